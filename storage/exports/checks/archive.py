"""The ZIP archive of a project, which is not trusted: nothing is unpacked to disk, sizes are counted, not believed."""

import stat
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from storage.exports.checks.findings import Finding
from storage.exports.refi_qda import LARGEST_INTERNAL, PROJECT_FILE, SOURCES

UNREADABLE = (BadZipFile, OSError, EOFError, zlib.error, struct.error, RuntimeError, ValueError, OverflowError)
HARMLESS = frozenset({"layout", "project-file"})  # rules that do not keep a file from being read further
_BLOCK = 1 << 20
_ANY_SIZE = 1 << 62
_ENCRYPTED = 0x1


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and numbers beyond which nothing is read. `growth`: times the archive's own size, all members together,
    where that is more than `grown`."""

    members: int = 50_000
    internal: int = LARGEST_INTERNAL
    xml: int = 256 << 20
    text: int = 64 << 20
    growth: int = 200
    grown: int = 64 << 20

    def of(self, name: str) -> int:
        """The largest size of a member of this name."""
        return self.xml if name == PROJECT_FILE else self.text if name.lower().endswith(".txt") else self.internal


def about_members(archive: ZipFile, limits: Limits) -> Iterator[Finding]:
    """Names, kinds and stated sizes that must not be."""
    members = archive.infolist()
    if len(members) > limits.members:
        yield Finding("members", "archive", f"has {len(members):,} members, more than {limits.members:,}")
        return
    for name, times in Counter(member.filename.lower() for member in members).items():
        if times > 1:
            yield Finding("member-twice", name, f"is in the archive {times} times")
    for member in members:
        yield from _about_member(member, limits)
    yield from _about_project_file([member.filename for member in members])


def _about_member(member: ZipInfo, limits: Limits) -> Iterator[Finding]:
    name = member.filename
    folder, _, file = name.rpartition("/")
    if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
        yield Finding("member-path", name, "would be unpacked outside its folder")
    elif stat.S_ISLNK(member.external_attr >> 16):
        yield Finding("member-path", name, "is a link to another place")
    elif name != f"{SOURCES}/" and not _is_project(name) and not (folder == SOURCES and file):
        yield Finding("layout", name, f"is neither {PROJECT_FILE} nor in the flat folder '{SOURCES}' (lower case)")
    if member.flag_bits & _ENCRYPTED:
        yield Finding("packing", name, "is encrypted")
    elif member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        yield Finding("packing", name, "is compressed in a way that other programs may not know")
    if member.file_size > limits.of(name):
        yield Finding("size", name, f"is larger than {limits.of(name):,} bytes")


def _is_project(name: str) -> bool:
    return name.lower().endswith(".qde") and not name.startswith(f"{SOURCES}/")


def _about_project_file(names: list[str]) -> Iterator[Finding]:
    found = [name for name in names if _is_project(name)]
    if PROJECT_FILE not in found:
        others = f"; it has {', '.join(found)}" if found else ""
        yield Finding("project-file", "archive", f"has no {PROJECT_FILE}{others}")
    yield from (
        Finding("project-file", name, f"is a second project beside {PROJECT_FILE}")
        for name in found
        if name != PROJECT_FILE and PROJECT_FILE in found
    )


def about_content(
    archive: ZipFile, size: int, limits: Limits, step: Callable[[int], None] = lambda _: None
) -> Iterator[Finding]:
    """Members whose bytes are not those that were packed, in an archive of `size` bytes. `step` is told bytes read.

    What grows beyond the limits ends the reading, whatever sizes the archive states.
    """
    allowed, total = max(limits.grown, limits.growth * size), 0
    for member in archive.infolist():
        read = 0
        try:
            for block in _blocks(archive, member):
                read += len(block)
                total += len(block)
                step(len(block))
                if total > allowed:
                    what = f"makes the archive grow to more than {allowed:,} bytes, over {limits.growth} times its size"
                    yield Finding("growth", member.filename, what)
                    return
                if read > limits.of(member.filename):
                    yield Finding("size", member.filename, f"has more than {limits.of(member.filename):,} bytes")
                    break
        except UNREADABLE as error:
            yield Finding("unpacked", member.filename, f"cannot be unpacked: {error}")
        else:
            if read != member.file_size:
                what = f"holds {read:,} bytes, not the {member.file_size:,} that it states"
                yield Finding("unpacked", member.filename, what)


def content_of(archive: ZipFile, name: str, limits: Limits) -> bytes | None:
    """A member's bytes; None where it is missing, too large or, as another finding tells, cannot be unpacked."""
    found = bytearray()
    try:
        for block in _blocks(archive, archive.getinfo(name)):
            found += block
            if len(found) > limits.of(name):
                return None
    except (KeyError, *UNREADABLE):
        return None
    return bytes(found)


def _blocks(archive: ZipFile, member: ZipInfo) -> Iterator[bytes]:
    """A member's bytes to their real end: what it states as its size would else end the reading before."""
    unbelieved = copy(member)
    unbelieved.file_size = _ANY_SIZE
    with archive.open(unbelieved) as content:
        while block := content.read(_BLOCK):
            yield block
