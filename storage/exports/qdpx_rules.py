"""Rules of REFI-QDA 1.5 that its schema does not express: identity, references, texts, positions, files."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from pathlib import PurePosixPath

from lxml import etree

SOURCES = "sources"  # the folder of internal files
Element = etree._Element

_SOURCE_TAGS = frozenset({"TextSource", "PictureSource", "PDFSource", "AudioSource", "VideoSource"})
_TEXT_TAGS = frozenset({"TextSource", "Note", "TextDescription", "Representation", "Transcript"})
_SELECTION_TAGS = frozenset(
    f"{kind}Selection" for kind in ("PlainText", "Picture", "PDF", "Audio", "Video", "Transcript")
)
_MEDIA_TAGS = frozenset({"AudioSource", "VideoSource"})
_TARGETS_OF_TAG = {
    "CodeRef": frozenset({"Code"}),
    "MemberCode": frozenset({"Code"}),
    "SourceRef": _SOURCE_TAGS,
    "MemberSource": _SOURCE_TAGS,
    "NoteRef": frozenset({"Note"}),
    "MemberNote": frozenset({"Note"}),
    "VariableRef": frozenset({"Variable"}),
    "SelectionRef": _SELECTION_TAGS,
}
_TARGETS_OF_ATTRIBUTE = {
    "creatingUser": frozenset({"User"}),
    "modifyingUser": frozenset({"User"}),
    "creatingUserGUID": frozenset({"User"}),
    "modifyingUserGUID": frozenset({"User"}),
    "sourceVertex": frozenset({"Vertex"}),
    "targetVertex": frozenset({"Vertex"}),
    "originGUID": None,  # of a link: anything
    "representedGUID": None,
}
_INTERNAL_NAME = re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?\.[A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong in a project file: where, and what."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class Project:
    """A parsed project: its XML, the names of the archive's members, a way to read one (None: it cannot be)."""

    root: Element
    members: frozenset[str]
    read: Callable[[str], bytes | None]


def broken_rules(project: Project) -> Iterator[Finding]:
    """Every rule that the project breaks, in the order of its XML. Broken XML values are the schema's to report."""
    yield from _identities(project.root)
    yield from _references(project.root)
    yield from _values(project.root)
    yield from _files(project)
    for element in _with_tags(project.root, _TEXT_TAGS):
        text, findings = _text(project, element)
        length = inf if text is None else len(text)
        yield from findings
        yield from _selections(element, length)
        yield from _synchrony(element, length)
    yield from _media_selections(project.root)


def _identities(root: Element) -> Iterator[Finding]:
    """A GUID belongs to one thing; only a PDF selection shares its own with its twin in the text."""
    owners = (e for e in root.iter("{*}*") if e.get("guid") and not _is_twin(e))
    for guid, times in Counter(_guid(element, "guid") for element in owners).items():
        if times > 1:
            yield Finding(f"GUID {guid}", f"is given to {times} things")


def _is_twin(element: Element) -> bool:
    parent = element.getparent()
    return _tag(element) == "PlainTextSelection" and parent is not None and _tag(parent) == "Representation"


def _references(root: Element) -> Iterator[Finding]:
    """What refers to something must find it, and of the right kind."""
    kinds: dict[str, set[str]] = {}
    for element in root.iter("{*}*"):
        if element.get("guid"):
            kinds.setdefault(_guid(element, "guid"), set()).add(_tag(element))
    for element in root.iter("{*}*"):
        for attribute, allowed in _references_of(element):
            found = kinds.get(_guid(element, attribute), set())
            if not found or (allowed is not None and not found & allowed):
                wanted = "anything" if allowed is None else " or ".join(sorted(allowed))
                yield Finding(_place(element), f"{attribute} {_guid(element, attribute)} is not the GUID of {wanted}")


def _references_of(element: Element) -> Iterator[tuple[str, frozenset[str] | None]]:
    for name in map(str, element.attrib):
        if name in _TARGETS_OF_ATTRIBUTE:
            yield name, _TARGETS_OF_ATTRIBUTE[name]
        elif name == "targetGUID":
            yield name, _TARGETS_OF_TAG.get(_tag(element))


def _values(root: Element) -> Iterator[Finding]:
    """The value of a variable has the variable's type."""
    types = {_guid(v, "guid"): v.get("typeOfVariable", "") for v in root.iter("{*}Variable") if v.get("guid")}
    for value in root.iter("{*}VariableValue"):
        children = [child for child in value if isinstance(child.tag, str)]
        wanted = {types[_guid(child, "targetGUID")] for child in children if _guid(child, "targetGUID") in types}
        given = {_tag(child).removesuffix("Value") for child in children if _tag(child).endswith("Value")}
        if wanted and given and wanted != given:
            yield Finding(_place(value), f"is {given.pop()} while its variable is {wanted.pop()}")


def _files(project: Project) -> Iterator[Finding]:
    """Paths name files that are there and that the standard allows; every file is named by a path."""
    used = set()
    for element in project.root.iter("{*}*"):
        for attribute in ("path", "plainTextPath", "richTextPath"):
            if path := element.get(attribute):
                used.add(f"{SOURCES}/{path.removeprefix('internal://')}")
                if complaint := _about_path(project, element, attribute, path):
                    yield Finding(_place(element), f"{attribute} {complaint}")
    for name in sorted(project.members - used):
        if name.startswith(f"{SOURCES}/"):
            yield Finding(name, "is in the archive and no source refers to it")


def _about_path(project: Project, element: Element, attribute: str, path: str) -> str:
    """What is wrong with a path, or ''."""
    scheme, _, name = path.partition("://")
    if scheme in ("relative", "absolute") and name.startswith("/"):
        if "\\" in name or ".." in PurePosixPath(name).parts:
            return "leads outside the project's folder or has a backslash"
        return "" if _tag(element) in _MEDIA_TAGS and attribute == "path" else "is external, which only media may be"
    if scheme != "internal":
        return "begins with none of internal://, relative:/// and absolute:///"
    if not _INTERNAL_NAME.fullmatch(name):
        return "is not a GUID with a suffix"
    if attribute == "richTextPath" and name.lower().endswith(".txt"):
        return "is a plain text, which is no rich text"
    return "" if f"{SOURCES}/{name}" in project.members else f"names a file that is not in '{SOURCES}'"


def _text(project: Project, element: Element) -> tuple[str | None, list[Finding]]:
    """The text of a source, note or transcript where it can be had, and what is wrong with it."""
    content, path = element.find("{*}PlainTextContent"), element.get("plainTextPath")
    if (content is None) == (path is None):
        return None, [Finding(_place(element), "needs one of PlainTextContent and plainTextPath, not none or both")]
    if content is not None:
        text = content.text or ""
    else:
        data = project.read(f"{SOURCES}/{str(path).removeprefix('internal://')}")
        if data is None:
            return None, []  # reported with the paths
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            return None, [Finding(_place(element), "its text is not UTF-8")]
    faults = (("\ufeff", text[:1], "begins with a byte order mark"), ("\r", text, "has line ends that are not LF"))
    return text, [Finding(_place(element), f"its text {fault}") for sign, part, fault in faults if sign in part]


def _selections(element: Element, length: float) -> Iterator[Finding]:
    """0 <= start <= end <= length, in code points."""
    for selection in element.iterchildren("{*}PlainTextSelection"):
        start, end = _number(selection, "startPosition"), _number(selection, "endPosition")
        if start is not None and end is not None and not 0 <= start <= end <= length:
            yield Finding(_place(selection), f"goes from {start} to {end} in a text of {length} characters")


def _synchrony(transcript: Element, length: float) -> Iterator[Finding]:
    """Sync points lie in the text, and later in the text is never earlier in time."""
    points = {_guid(p, "guid"): p for p in transcript.iterchildren("{*}SyncPoint") if p.get("guid")}
    positions = {guid: _number(point, "position") for guid, point in points.items()}
    for guid, position in positions.items():
        if position is not None and not 0 <= position <= length:
            yield Finding(_place(points[guid]), f"position {position} is outside a text of {length} characters")
        if (stamp := _number(points[guid], "timeStamp")) is not None and stamp < 0:
            yield Finding(_place(points[guid]), f"timeStamp {stamp} is before the recording")
    yield from _order(list(points.values()))
    for selection in transcript.iterchildren("{*}TranscriptSelection"):
        ends = [_guid(selection, name) for name in ("fromSyncPoint", "toSyncPoint") if selection.get(name)]
        if any(end not in points for end in ends):
            yield Finding(_place(selection), "refers to a sync point that its transcript does not have")
        elif len(ends) == 2 and (positions[ends[0]] or 0) > (positions[ends[1]] or 0):
            yield Finding(_place(selection), "ends before it starts")


def _order(points: list[Element]) -> Iterator[Finding]:
    both = [(_number(p, "position"), _number(p, "timeStamp"), p) for p in points]
    known = [(position, stamp, p) for position, stamp, p in both if position is not None and stamp is not None]
    known.sort(key=lambda point: point[:2])
    for (_, before, _first), (_, after, point) in pairwise(known):
        if after < before:
            yield Finding(_place(point), f"is later in the text and earlier in time ({after} ms after {before} ms)")


def _media_selections(root: Element) -> Iterator[Finding]:
    """0 <= begin <= end, in milliseconds."""
    for selection in _with_tags(root, frozenset({"AudioSelection", "VideoSelection"})):
        begin, end = _number(selection, "begin"), _number(selection, "end")
        if begin is not None and end is not None and not 0 <= begin <= end:
            yield Finding(_place(selection), f"goes from {begin} to {end} ms")


def _with_tags(root: Element, tags: frozenset[str]) -> Iterator[Element]:
    return (element for element in root.iter("{*}*") if _tag(element) in tags)


def _tag(element: Element) -> str:
    return str(etree.QName(element).localname)


def _guid(element: Element, attribute: str) -> str:
    return element.get(attribute, "").strip().strip("{}").lower()


def _number(element: Element, attribute: str) -> int | None:
    try:
        return int(element.get(attribute, ""))
    except ValueError:
        return None


def _place(element: Element) -> str:
    guid = f" {_guid(element, 'guid')}" if element.get("guid") else ""
    return f"line {element.sourceline}, {_tag(element)}{guid}"
