"""The ZIP archive of a project: what no archive may be, and what a project's has to be besides."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from zipfile import ZipFile, ZipInfo

from storage.exports.checks.findings import Finding
from storage.exports.refi_qda import LARGEST_INTERNAL, PROJECT_FILE, SOURCES
from storage.imports.safe_xml import LARGEST_XML
from storage.imports.safe_zip import LARGEST_GROWTH, MOST_MEMBERS, SMALL, UNREADABLE, Flaw, blocks, flaws, unpack

HARMLESS = frozenset({"layout", "project-file"})  # rules that do not keep a file from being read further


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes and numbers beyond which nothing is read. `growth`: times the archive's own size, all members together,
    where that is more than `grown`."""

    members: int = MOST_MEMBERS
    internal: int = LARGEST_INTERNAL
    xml: int = LARGEST_XML
    text: int = 64 << 20
    growth: int = LARGEST_GROWTH
    grown: int = SMALL

    def of(self, name: str) -> int:
        """The largest size of a member of this name."""
        return self.xml if name == PROJECT_FILE else self.text if name.lower().endswith(".txt") else self.internal


def about_members(archive: ZipFile, limits: Limits) -> Iterator[Finding]:
    """Names, kinds and stated sizes that must not be."""
    members = archive.infolist()
    found = list(flaws(members, limits.members))
    yield from (_finding(members, flaw) for flaw in found)
    if any(flaw.rule == "members" for flaw in found):
        return
    misplaced = {flaw.number for flaw in found if flaw.rule == "member-path"}
    for number, member in enumerate(members, 1):
        if number not in misplaced and not _is_in_place(member.filename):
            what = f"is neither {PROJECT_FILE} nor in the flat folder '{SOURCES}' (lower case)"
            yield Finding("layout", member.filename, what)
        if member.file_size > limits.of(member.filename):
            yield Finding("size", member.filename, f"is larger than {limits.of(member.filename):,} bytes")
    yield from _about_project_file([member.filename for member in members])


def _is_in_place(name: str) -> bool:
    """Whether a project may have a member of this name; of a project under another name another rule tells."""
    folder, _, file = name.rpartition("/")
    return name == f"{SOURCES}/" or _is_project(name) or (folder == SOURCES and bool(file))


def _is_project(name: str) -> bool:
    """What begins with a dot is no file of its own: a Mac keeps there what it knows of another one."""
    is_hidden = name.rpartition("/")[2].startswith(".")
    return name.lower().endswith(".qde") and not is_hidden and not name.startswith(f"{SOURCES}/")


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
    allowed = max(limits.grown, limits.growth * size)
    found = unpack(archive, allowed, lambda _, block: step(len(block)), lambda member: limits.of(member.filename))
    return (_finding(archive.infolist(), flaw) for flaw in found)


def content_of(archive: ZipFile, name: str, limits: Limits) -> bytes | None:
    """A member's bytes; None where it is missing, too large or, as another finding tells, cannot be unpacked."""
    most = limits.of(name)
    try:
        content = b"".join(blocks(archive, archive.getinfo(name), most + 1))
    except (KeyError, *UNREADABLE):
        return None
    return content if len(content) <= most else None


def _finding(members: Sequence[ZipInfo], flaw: Flaw) -> Finding:
    return Finding(flaw.rule, members[flaw.number - 1].filename if flaw.number else "archive", flaw.what)
