"""The file of a backup: a plain tar in exactly one form, so that any byte that is not as written is seen.

Members are regular files with short plain names, mode 600 and no time, owner or extension; the padding is zero and two
zero blocks end the file. `tar` reads it as any other. Nothing else is accepted on reading: no links, no folders, no
long names, nothing after the end. The content of members is for whoever reads them to compare.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tarfile import BLOCKSIZE, GNU_FORMAT, NUL, HeaderError, TarInfo
from typing import IO

from storage.errors import BackupError

CHUNK = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*){0,3}")
_LONGEST_NAME = 100  # bytes that a plain tar header has room for
_END = NUL * (2 * BLOCKSIZE)


class Changed(Exception):
    """What was to be added changed meanwhile, or has another size than was said; nothing of it was added."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file in the archive: its name, size in bytes and SHA-256."""

    name: str
    size: int
    sha256: str


def is_member_name(name: str) -> bool:
    """Whether a file can have this name in an archive: plain parts between slashes, none of them hidden."""
    return len(name) <= _LONGEST_NAME and _NAME.fullmatch(name) is not None


class ArchiveWriter:
    """Writes members one after another into a file opened for writing and reading."""

    def __init__(self, file: IO[bytes]) -> None:
        self.members: list[Member] = []
        self._file = file

    def add(self, name: str, size: int, content: Iterable[bytes]) -> Member:
        """Add a member of `size` bytes. Raises Changed, with the file as it was, where `content` has more or less.

        `content` may raise Changed too, when it finds so at its end.
        """
        began = self._file.tell()
        self._file.write(_header(name, size))
        try:
            sha256 = self._write(name, size, content)
        except Changed:
            self._file.seek(began)
            self._file.truncate()
            raise
        self._file.write(NUL * _padding(size))
        member = Member(name, size, sha256)
        self.members.append(member)
        return member

    def _write(self, name: str, size: int, content: Iterable[bytes]) -> str:
        digest, written = hashlib.sha256(), 0
        for chunk in content:
            written += len(chunk)
            if written > size:
                raise Changed(name)
            digest.update(chunk)
            self._file.write(chunk)
        if written != size:
            raise Changed(name)
        return digest.hexdigest()

    def finish(self) -> None:
        """Write the end. Nothing can be added after it."""
        self._file.write(_END)


@dataclass(frozen=True, slots=True)
class _Place:
    offset: int
    size: int


class Archive:
    """An archive opened for reading, whose members are where their headers say. Raises BackupError."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._places = _places(file)

    @property
    def names(self) -> tuple[str, ...]:
        """The members in their order."""
        return tuple(self._places)

    def size(self, name: str) -> int:
        return self._places[name].size

    def read(self, name: str) -> Iterator[bytes]:
        """The content of a member, chunk by chunk."""
        place = self._places[name]
        for offset in range(place.offset, place.offset + place.size, CHUNK):
            self._file.seek(offset)  # each time, for another member may be read in between
            wanted = min(CHUNK, place.offset + place.size - offset)
            chunk = self._file.read(wanted)
            if len(chunk) != wanted:
                raise BackupError("The backup became shorter while it was read. Use another one.")
            yield chunk


def _header(name: str, size: int) -> bytes:
    info = TarInfo(name)
    info.size, info.mode = size, 0o600
    return info.tobuf(GNU_FORMAT, "ascii", "strict")


def _padding(size: int) -> int:
    return -size % BLOCKSIZE


def _places(file: IO[bytes]) -> dict[str, _Place]:
    """Where each member lies, every byte of the file that is not content compared with what is written there."""
    end = file.seek(0, os.SEEK_END)
    offset = file.seek(0)
    places: dict[str, _Place] = {}
    while (header := file.read(BLOCKSIZE)).strip(NUL):
        name, size = _read_header(header, offset)
        padded = size + _padding(size)
        if name in places or offset + BLOCKSIZE + padded > end:
            raise _altered(offset)
        places[name] = _Place(offset + BLOCKSIZE, size)
        file.seek(offset + BLOCKSIZE + size)
        if file.read(_padding(size)).strip(NUL):
            raise _altered(offset)
        offset += BLOCKSIZE + padded
    file.seek(offset)
    if end - offset != len(_END) or file.read() != _END:
        raise _altered(offset)
    return places


def _read_header(header: bytes, offset: int) -> tuple[str, int]:
    try:
        info = TarInfo.frombuf(header, "ascii", "strict")
    except (HeaderError, UnicodeDecodeError):
        raise _altered(offset) from None
    if not is_member_name(info.name) or info.size < 0 or _header(info.name, info.size) != header:
        raise _altered(offset)
    return info.name, info.size


def _altered(offset: int) -> BackupError:
    return BackupError(
        f"The file is no backup of Fieldcall's, or is incomplete, or was altered (at byte {offset:,}). Use another one."
    )


def chunks_of(path: Path) -> Iterator[bytes]:
    """A file chunk by chunk."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
