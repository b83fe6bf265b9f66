"""Reading a backup from its first byte to its last, and comparing all of it with what it says of itself."""

import gzip
import hashlib
import io
import json
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from storage.backup.archive import Archive
from storage.backup.manifest import KeptTable, Manifest, Tally, read_manifest, rows_member, tallied
from storage.backup.rows import Table
from storage.errors import BackupError, ContactsError

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is, and of how much

_NAMED = 5  # altered files that a message names


def check_backup(path: Path, key: bytes, progress: Progress | None = None) -> Manifest:
    """Read a whole backup and compare every file and every row with its manifest, which is returned.

    The key must open every contact. Raises BackupError naming what is not as it was written, ContactsError.
    """
    with path.open("rb") as file:
        archive = Archive(file)
        manifest = read_manifest(archive, key)
        total, done = sum(kept.size for kept in manifest.files), 0
        altered = []
        for kept in manifest.files:
            if digest_in(archive, kept.name) != kept.sha256:
                altered.append(kept.name)
            done += kept.size
            if progress:
                progress("reading back", done, total)
        if altered:
            raise _altered(altered)
        for line, database in manifest.databases.items():
            for table in database.tables:
                for _ in checked_lines(archive, line, table, key):
                    pass
    return manifest


def digest_in(archive: Archive, name: str) -> str:
    """The SHA-256 of a file in the archive."""
    digest = hashlib.sha256()
    for chunk in archive.read(name):
        digest.update(chunk)
    return digest.hexdigest()


def checked_lines(archive: Archive, line: str, kept: KeptTable, key: bytes) -> Iterator[bytes]:
    """The lines of a table; raises BackupError at their end where they are not those that were written.

    What is sealed is opened with the key, and left as it is. Raises ContactsError where the key does not open it.
    """
    tally = Tally()
    lines = tallied(_unpacked(archive.read(rows_member(line, kept.table.name))), tally)
    yield from _opened(lines, kept.table, Fernet(key)) if line == "contacts" else lines
    if (tally.rows, tally.sha256) != (kept.rows, kept.sha256):
        raise _altered([rows_member(line, kept.table.name)])


def _altered(names: list[str]) -> BackupError:
    shown = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    return BackupError(
        f"{len(names)} {'file of the backup is' if len(names) == 1 else 'files of the backup are'} not what was "
        f"written: {shown}. Use another backup; what is sound in this one can be taken out with 'tar'."
    )


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=io.BufferedReader(_Stream(chunks))) as packed:
        try:
            yield from packed
        except (EOFError, OSError, zlib.error):
            raise BackupError("Rows in the backup cannot be unpacked; they were altered. Use another backup.") from None


def _opened(lines: Iterable[bytes], table: Table, key: Fernet) -> Iterator[bytes]:
    """Every value of bytes in the contacts database is sealed."""
    sealed = [place for place, (_, kind) in enumerate(table.columns) if kind == "bytes"]
    for line in lines:
        values = json.loads(line)
        try:
            for place in sealed:
                key.decrypt(b64decode(values[place]))
        except InvalidToken:
            raise ContactsError(
                "The contact details cannot be opened: the key does not fit them. Give the key they were sealed with."
            ) from None
        yield line


class _Stream(io.RawIOBase):
    """Chunks as a file to read from."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        self._left = self._left or next(self._chunks, b"")
        given, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(given)] = given
        return len(given)
