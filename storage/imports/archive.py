"""A `.qdpx` from elsewhere, opened without trusting it and without writing any of it to disk.

Every member is read once before anything is taken: so damage anywhere is noticed, sizes are counted and not
believed, and the SHA-256 of each is known. Archives within the archive are never opened.
"""

import hashlib
import re
import stat
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from storage.errors import StorageError

MOST_MEMBERS = 50_000
SMALL = 64 << 20  # bytes that an archive of any size may hold
LARGEST_GROWTH = 200  # times its own size, beyond that
LARGEST_READ = 256 << 20  # bytes of a member that is taken into memory
PROJECT_FILE = "project.qde"

_BLOCK = 1 << 20
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UNREADABLE = (BadZipFile, OSError, EOFError, zlib.error, RuntimeError, NotImplementedError, ValueError, OverflowError)
_LITTER = re.compile(r"(?:.*/)?(?:__MACOSX/.*|\.DS_Store|Thumbs\.db|desktop\.ini)", re.IGNORECASE)
_TELLING = re.compile(r"[^/]*\.qde|(?:[^/]*/)?\{?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\}?\.\w+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ProjectArchive:
    """An archive that was found sound: its members by name with '/', the SHA-256 of each, and the project's XML."""

    name: str
    members: Mapping[str, ZipInfo]
    digests: Mapping[str, str]
    project_file: str
    zipped: ZipFile
    by_key: Mapping[str, str]
    by_last: Mapping[str, str]  # by the name without its folders, where there is one of it

    def read(self, member: str) -> bytes:
        """The bytes of a member. Raises StorageError where it is larger than `LARGEST_READ`."""
        info = self.members[member]
        if info.file_size > LARGEST_READ:
            raise StorageError(f"{self.name}: {called(member)} is larger than {LARGEST_READ:,} bytes and was not read.")
        try:
            return self.zipped.read(info)
        except _UNREADABLE as error:
            _refuse(self.name, called(member), _cause(error))

    def find(self, path: str) -> str | None:
        """The member that an internal path means, whatever the case, braces and folders it is written with."""
        path = path.replace("\\", "/")
        wanted = (path.partition("://")[2] or path).lstrip("/")
        base = self.project_file.rpartition("/")[0]
        for name in (wanted, unquote(wanted)):
            for folder in ("sources/", ""):
                if found := self.by_key.get(_key("/".join(filter(None, [base, folder + name])))):
                    return found
        return self.by_last.get(_key(wanted.rpartition("/")[2]))


@contextmanager
def opened(path: Path) -> Iterator[ProjectArchive]:
    """Open an archive and verify all of it.

    Raises StorageError where it is damaged, or not what a program for coding would write: names that lead
    out of it, links, encrypted or double members, more than `MOST_MEMBERS`, more bytes than `SMALL` that are
    more than `LARGEST_GROWTH` times its size.
    """
    try:
        zipped = ZipFile(path)
    except _UNREADABLE as error:
        raise StorageError(
            f"{path.name} is damaged or ends too early: its list of members cannot be read. Copy or export it again."
        ) from error
    with zipped:
        members = dict(_members(path.name, zipped))
        project_file = _project_file(path.name, members)
        digests = _digests(path, zipped, members)
        by_key = {_key(name): name for name in members if name != project_file}
        last = Counter(key.rpartition("/")[2] for key in by_key)
        by_last = {key.rpartition("/")[2]: name for key, name in by_key.items() if last[key.rpartition("/")[2]] == 1}
        yield ProjectArchive(path.name, members, digests, project_file, zipped, by_key, by_last)


def _project_file(archive: str, names: Iterable[str]) -> str:
    """`project.qde`, else what ends on `.qde`, else on `.xml`; where there are several, the only one least deep."""
    for pattern in (rf"(?:.*/)?{re.escape(PROJECT_FILE)}", r".*\.qde", r"[^/]*\.xml"):
        found = [name for name in names if re.fullmatch(pattern, name, re.IGNORECASE)]
        highest = [name for name in found if name.count("/") == min(other.count("/") for other in found)]
        if len(highest) > 1:
            raise StorageError(f"{archive} holds {len(highest)} projects. Export one project to one file.")
        if highest:
            return highest[0]
    raise StorageError(
        f"{archive} is a ZIP archive without a project in it. "
        "Export the project as REFI-QDA project (.qdpx) and give that file."
    )


def _members(archive: str, zipped: ZipFile) -> Iterator[tuple[str, ZipInfo]]:
    """The files of an archive by name. What Windows programs write with '\\' is one folder deeper all the same."""
    infos = zipped.infolist()
    if len(infos) > MOST_MEMBERS:
        _refuse(archive, "the archive", f"has {len(infos):,} members, more than {MOST_MEMBERS:,}")
    _refuse_places(archive, infos)
    seen: set[str] = set()
    for number, info in enumerate(infos, 1):
        name = info.filename.replace("\\", "/")
        if complaint := _about(info, name):
            _refuse(archive, called(name, number), complaint)
        if _key(name) in seen:
            _refuse(archive, called(name, number), "is in it twice")
        seen.add(_key(name))
        if not name.endswith("/") and not _LITTER.fullmatch(name):
            yield name, info


def _about(info: ZipInfo, name: str) -> str:
    """What is wrong with a member before any of it is read, or ''."""
    if name.startswith("/") or ":" in name or ".." in name.split("/"):
        return "would be unpacked outside its folder"
    if not name or any(ord(sign) < 32 for sign in info.orig_filename):
        return "has a name with signs that no file has"
    if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted; export the project without a password"
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        return f"is packed by method {info.compress_type}, which is not used for projects"
    return ""


def _refuse_places(archive: str, infos: list[ZipInfo]) -> None:
    """Members that share bytes make a small file endless. Where the first does not stand at the beginning, the list of
    members can be that of an archive within this one, which ends too early."""
    in_order = sorted(infos, key=lambda info: info.header_offset)
    if infos and in_order[0].header_offset != 0:
        _refuse(
            archive, "the archive", "does not begin with its first member: it ends too early, or holds something else"
        )
    for first, second in pairwise(in_order):
        if first.header_offset + 30 + first.compress_size > second.header_offset:
            _refuse(archive, "the archive", "has members that overlap")


def _digests(path: Path, zipped: ZipFile, members: Mapping[str, ZipInfo]) -> dict[str, str]:
    """The SHA-256 of every member, each read to its end within what the archive's size allows for all together."""
    left = max(SMALL, LARGEST_GROWTH * path.stat().st_size)
    digests = {}
    for number, (name, info) in enumerate(members.items(), 1):
        digest, size = hashlib.sha256(), 0
        try:
            with zipped.open(info) as content:
                while block := content.read(_BLOCK):
                    size += len(block)
                    digest.update(block)
                    if size > left:
                        break
        except _UNREADABLE as error:
            _refuse(path.name, called(name, number), _cause(error))
        left -= size
        if left < 0:
            _refuse(path.name, "the archive", f"grows more than {LARGEST_GROWTH} times when unpacked")
        if size != info.file_size:
            _refuse(path.name, called(name, number), f"holds {size:,} bytes, not the {info.file_size:,} it states")
        digests[name] = digest.hexdigest()
    return digests


def _key(name: str) -> str:
    """Names that mean the same file to the programs in use."""
    return name.casefold().replace("{", "").replace("}", "")


def called(name: str, number: int = 0) -> str:
    """A member as a message may call it: files from elsewhere can bear a person's name."""
    if _TELLING.fullmatch(name):
        return name
    return f"member {number}" if number else "a member"


def _cause(error: Exception) -> str:
    """What a failure to unpack means; the errors of zipfile themselves quote names."""
    if isinstance(error, EOFError):
        return "ends too early"
    return "does not match its checksum" if "CRC" in str(error) else "is damaged and cannot be unpacked"


def _refuse(archive: str, item: str, cause: str) -> NoReturn:
    raise StorageError(f"{archive}: {item} {cause}. Nothing was taken. Export the project again, or copy it again.")
