"""Whether a `.qdpx` keeps the REFI-QDA standard: its container, its XML, and what the schema cannot say.

The file is not trusted: nothing is unpacked to disk, no entity or network address is followed, and nothing
is read beyond the sizes below.
"""

import zlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from lxml import etree

from storage.exports.qdpx_rules import SOURCES, Finding, Project, broken_rules
from storage.exports.refi_qda import LARGEST_INTERNAL, PROJECT_FILE

LARGEST_XML = 256 << 20  # bytes
LARGEST_TEXT = 64 << 20
MOST_MEMBERS = 50_000
LARGEST_GROWTH = 200  # times the packed size, for what is larger than LARGEST_TEXT
_BLOCK = 1 << 20
_UNREADABLE = (BadZipFile, OSError, EOFError, zlib.error, RuntimeError, NotImplementedError, ValueError)


def check_qdpx(path: Path) -> list[Finding]:
    """What is wrong with a project file, in order of importance; nothing found means that it conforms."""
    try:
        with ZipFile(path) as archive:
            findings = list(_about_members(archive))
            return findings or [*_about_content(archive), *_about_project(archive)]
    except _UNREADABLE as error:
        return [Finding(path.name, f"cannot be read as a ZIP archive: {error}")]


def _about_members(archive: ZipFile) -> Iterator[Finding]:
    """Names and sizes that must not be; a file with one of these is not read any further."""
    members = archive.infolist()
    names = Counter(member.filename for member in members)
    if len(members) > MOST_MEMBERS:
        yield Finding("archive", f"has {len(members):,} members, more than {MOST_MEMBERS:,}")
        return
    for name, times in names.items():
        if times > 1:
            yield Finding(name, f"is in the archive {times} times")
        if complaint := _about_name(name):
            yield Finding(name, complaint)
    if PROJECT_FILE not in names:
        yield Finding("archive", f"has no {PROJECT_FILE}")
    for member in members:
        if complaint := _about_size(member):
            yield Finding(member.filename, complaint)


def _about_name(name: str) -> str:
    """What is wrong with a member's name, or ''."""
    folder, _, file = name.rpartition("/")
    if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
        return "would be unpacked outside its folder"
    if name in (PROJECT_FILE, f"{SOURCES}/") or (folder == SOURCES and file):
        return ""
    return f"is neither {PROJECT_FILE} nor in the flat folder '{SOURCES}' (lower case)"


def _about_size(member: ZipInfo) -> str:
    """What is wrong with a member's size, or ''."""
    is_xml, is_text = member.filename == PROJECT_FILE, member.filename.lower().endswith(".txt")
    limit = LARGEST_XML if is_xml else LARGEST_TEXT if is_text else LARGEST_INTERNAL
    if member.file_size > limit:
        return f"is larger than {limit:,} bytes"
    packed = member.compress_type != ZIP_STORED and member.file_size > LARGEST_TEXT
    if packed and member.file_size > LARGEST_GROWTH * member.compress_size:
        return f"grows more than {LARGEST_GROWTH} times when unpacked"
    return ""


def _about_content(archive: ZipFile) -> Iterator[Finding]:
    """Members whose bytes are not those that were packed."""
    for member in archive.infolist():
        size = 0
        try:
            with archive.open(member) as content:
                while block := content.read(_BLOCK):
                    size += len(block)
        except _UNREADABLE as error:
            yield Finding(member.filename, f"cannot be unpacked: {error}")
        else:
            if size != member.file_size:
                yield Finding(member.filename, f"holds {size:,} bytes, not the {member.file_size:,} it states")


def _about_project(archive: ZipFile) -> Iterator[Finding]:
    """What the XML, the schema and the rules beyond it find."""
    content = _read(archive, PROJECT_FILE)
    if content is None:
        return
    if content.startswith(b"\xef\xbb\xbf"):
        yield Finding(PROJECT_FILE, "begins with a byte order mark")
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        yield Finding(PROJECT_FILE, f"is not well-formed XML: {error.msg}")
        return
    information: Any = root.getroottree().docinfo
    if information.doctype:
        yield Finding(PROJECT_FILE, "has a document type declaration, which may hide entities; it is not read further")
        return
    schema: Any = _schema()
    if not schema.validate(root):
        for entry in schema.error_log:
            yield Finding(f"{PROJECT_FILE} line {entry.line}", f"breaks the schema: {entry.message[:300]}")
    names = frozenset(name for name in archive.namelist() if not name.endswith("/"))
    yield from broken_rules(Project(root, names, lambda name: _read(archive, name)))


def _read(archive: ZipFile, name: str) -> bytes | None:
    """A member's bytes; None where it is missing or, as another finding tells, cannot be unpacked."""
    try:
        return archive.read(name)
    except (KeyError, *_UNREADABLE):
        return None


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )


@cache
def _schema() -> etree.XMLSchema:
    """The project schema of the standard, QDA-XML 1.0 of 18 March 2019."""
    return etree.XMLSchema(etree.parse(Path(__file__).with_name("refi_qda_project.xsd"), _parser()))
