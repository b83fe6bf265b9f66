"""A ZIP archive from elsewhere, looked through and read without trusting it.

Nothing of it reaches the disk, no archive within it is opened, and sizes are counted, not believed.
"""

import stat
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from itertools import pairwise
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

MOST_MEMBERS = 50_000
SMALL = 64 << 20  # bytes that an archive of any size may hold
LARGEST_GROWTH = 200  # times its own size, beyond that
UNREADABLE = (BadZipFile, OSError, EOFError, zlib.error, struct.error, RuntimeError, ValueError, OverflowError)

_BLOCK = 1 << 20
_ANY_SIZE = 1 << 62
_ENCRYPTED = 0x1 | 0x40 | 0x2000


@dataclass(frozen=True, slots=True)
class Flaw:
    """What no archive of a project has: the rule it breaks, in which member from 1 on (0 is the archive), and how.

    Rules are `members`, `beginning`, `overlap`, `member-path`, `packing`, `member-twice`, `size`, `growth`, `unpacked`.
    """

    rule: str
    number: int
    what: str


def flaws(members: Sequence[ZipInfo], most: int = MOST_MEMBERS) -> Iterator[Flaw]:
    """What is wrong with an archive before any of it is read; of more than `most` members none is looked at."""
    if len(members) > most:
        yield Flaw("members", 0, f"has {len(members):,} members, more than {most:,}")
        return
    yield from _of_places(members)
    seen: set[str] = set()
    for number, member in enumerate(members, 1):
        yield from (Flaw(rule, number, what) for rule, what in _of_member(member))
        if (key := same_name(member.filename)) in seen:
            yield Flaw("member-twice", number, "is in it twice")
        seen.add(key)


def same_name(name: str) -> str:
    """What names have in common that mean the same file to the programs in use."""
    return name.replace("\\", "/").casefold().replace("{", "").replace("}", "")


def _of_places(members: Sequence[ZipInfo]) -> Iterator[Flaw]:
    """Members that share bytes make a small file endless. Where the first does not stand at the beginning, the list of
    members can be that of an archive within this one, which ends too early."""
    in_order = sorted(members, key=lambda member: member.header_offset)
    if in_order and in_order[0].header_offset != 0:
        yield Flaw("beginning", 0, "does not begin with its first member: it ends too early, or holds something else")
    if any(one.header_offset + 30 + one.compress_size > next_one.header_offset for one, next_one in pairwise(in_order)):
        yield Flaw("overlap", 0, "has members that overlap")


def _of_member(member: ZipInfo) -> Iterator[tuple[str, str]]:
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ":" in name or ".." in name.split("/"):
        yield "member-path", "would be unpacked outside its folder"
    elif not name or any(ord(sign) < 32 for sign in member.orig_filename):
        yield "member-path", "has a name with signs that no file has"
    elif stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        yield "member-path", "is a link or a device, not a file"
    if member.flag_bits & _ENCRYPTED:
        yield "packing", "is encrypted; a project has no password"
    elif member.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        yield "packing", f"is packed by method {member.compress_type}, which is not used for projects"


def unpack(
    archive: ZipFile,
    allowed: int,
    take: Callable[[ZipInfo, bytes], object],
    largest: Callable[[ZipInfo], int] = lambda _: _ANY_SIZE,
) -> Iterator[Flaw]:
    """Read every member to its real end, and tell those that are not what was packed.

    `take` is given each block. A member of more than `largest` bytes is left in its middle; all reading ends where the
    members together have more than `allowed`, in bytes.
    """
    left = allowed
    for number, member in enumerate(archive.infolist(), 1):
        size, most = 0, largest(member)
        try:
            for block in blocks(archive, member, min(left, most) + 1):
                size += len(block)
                take(member, block)
        except UNREADABLE as error:
            yield Flaw("unpacked", number, cause(error))
        else:
            if size > left:
                yield Flaw("growth", 0, f"grows more than a project does when unpacked: to over {allowed:,} bytes")
                return
            if size > most:
                yield Flaw("size", number, f"has more than {most:,} bytes")
            elif size != member.file_size:
                what = f"holds {size:,} bytes, not the {member.file_size:,} that it states"
                yield Flaw("unpacked", number, what)
        left -= size


def blocks(archive: ZipFile, member: ZipInfo, most: int) -> Iterator[bytes]:
    """The first `most` bytes of a member, whatever it states as its size, which would else end the reading before."""
    unbelieved = copy(member)
    unbelieved.file_size = _ANY_SIZE
    with archive.open(unbelieved) as content:
        while most > 0 and (block := content.read(min(_BLOCK, most))):
            most -= len(block)
            yield block


def cause(error: Exception) -> str:
    """What a failure to unpack means; the errors of zipfile themselves quote names."""
    if isinstance(error, EOFError):
        return "ends too early"
    return "does not match its checksum" if "CRC" in str(error) else "is damaged and cannot be unpacked"
