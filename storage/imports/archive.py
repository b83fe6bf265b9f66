"""A `.qdpx` from elsewhere, opened without trusting it and without writing any of it to disk.

Every member is read once before anything is taken: so damage anywhere is noticed, sizes are counted and not
believed, and the SHA-256 of each is known. Archives within the archive are never opened.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote
from zipfile import ZipFile, ZipInfo

from storage.errors import StorageError
from storage.imports.safe_zip import (
    LARGEST_GROWTH,
    MOST_MEMBERS,
    SMALL,
    UNREADABLE,
    Flaw,
    cause,
    flaws,
    same_name,
    unpack,
)

LARGEST_READ = 256 << 20  # bytes of a member that is taken into memory
PROJECT_FILE = "project.qde"

_AGAIN = "Nothing was taken. Export the project again, or copy it again."
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
        except UNREADABLE as error:
            raise StorageError(f"{self.name}: {called(member)} {cause(error)}. {_AGAIN}") from error

    def find(self, path: str) -> str | None:
        """The member that an internal path means, whatever the case, braces and folders it is written with."""
        path = path.replace("\\", "/")
        wanted = (path.partition("://")[2] or path).lstrip("/")
        base = self.project_file.rpartition("/")[0]
        for name in (wanted, unquote(wanted)):
            for folder in ("sources/", ""):
                if found := self.by_key.get(same_name("/".join(filter(None, [base, folder + name])))):
                    return found
        return self.by_last.get(same_name(wanted.rpartition("/")[2]))


@contextmanager
def opened(path: Path) -> Iterator[ProjectArchive]:
    """Open an archive and verify all of it.

    Raises StorageError where it is damaged, or not what a program for coding would write: names that lead
    out of it, links, encrypted or double members, more than `MOST_MEMBERS`, more bytes than `SMALL` that are
    more than `LARGEST_GROWTH` times its size.
    """
    try:
        zipped = ZipFile(path)
    except UNREADABLE as error:
        raise StorageError(
            f"{path.name} is damaged or ends too early: its list of members cannot be read. Copy or export it again."
        ) from error
    with zipped:
        members = dict(_members(path.name, zipped))
        project_file = _project_file(path.name, members)
        digests = _digests(path, zipped, members)
        by_key = {same_name(name): name for name in members if name != project_file}
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
    for flaw in flaws(infos, MOST_MEMBERS):
        _refuse(archive, infos, flaw)
    for info in infos:
        name = info.filename.replace("\\", "/")
        if not name.endswith("/") and not _LITTER.fullmatch(name):
            yield name, info


def _digests(path: Path, zipped: ZipFile, members: Mapping[str, ZipInfo]) -> dict[str, str]:
    """The SHA-256 of every member, each read to its end within what the archive's size allows for all together."""
    infos = zipped.infolist()
    sums = {info.filename: hashlib.sha256() for info in infos}
    allowed = max(SMALL, LARGEST_GROWTH * path.stat().st_size)
    for flaw in unpack(zipped, allowed, lambda info, block: sums[info.filename].update(block)):
        _refuse(path.name, infos, flaw)
    return {name: sums[info.filename].hexdigest() for name, info in members.items()}


def called(name: str, number: int = 0) -> str:
    """A member as a message may call it: files from elsewhere can bear a person's name."""
    if _TELLING.fullmatch(name) and name.isprintable():
        return name
    return f"member {number}" if number else "a member"


def _refuse(archive: str, infos: Sequence[ZipInfo], flaw: Flaw) -> NoReturn:
    name = infos[flaw.number - 1].filename.replace("\\", "/")
    item = called(name, flaw.number) if flaw.number else "the archive"
    raise StorageError(f"{archive}: {item} {flaw.what}. {_AGAIN}")
