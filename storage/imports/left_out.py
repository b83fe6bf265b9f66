"""What a project holds that is not taken, itemised: what is known and cannot be carried, and what is not known."""

from collections.abc import Iterator

from storage.imports.elements import children, has, inside, is_known, place, tag
from storage.imports.losses import Losses
from storage.imports.safe_xml import Element

_MADE = ("creatingUser", "creationDateTime")
_TEXT = ("guid", "name", "plainTextPath", *_MADE)
_SELECTION = ("guid", "name", *_MADE)
_MARKED = ("Description", "Coding", "CodeRef", "NoteRef")
_SOURCE = ("Description", "Coding", "CodeRef", "NoteRef", "VariableValue")
_TEXT_PARTS = ("PlainTextContent", "PlainTextSelection", "SyncPoint", "TranscriptSelection")
_VALUES = ("VariableRef", "TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue")

# by element: the attributes and the children that are taken, or told of one by one elsewhere
_TAKEN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Project": (
        ("name", "origin", "creatingUserGUID", "creationDateTime", "basePath"),
        ("Users", "CodeBook", "Variables", "Cases", "Sources", "Notes", "Links", "Sets", "Graphs", "Description",
         "NoteRef"),
    ),
    "CodeBook": (("origin", "name"), ("Codes", "Sets")),
    "Users": ((), ("User",)),
    "User": (("guid", "name", "id"), ()),
    "Codes": ((), ("Code",)),
    "Code": (("guid", "name", "color", "isCodable"), ("Description", "NoteRef", "Code")),
    "Variables": ((), ("Variable",)),
    "Variable": (("guid", "name", "typeOfVariable"), ("Description",)),
    "VariableValue": ((), _VALUES),
    "Cases": ((), ("Case",)),
    "Case": (("guid", "name"), ("Description", "CodeRef", "VariableValue", "SourceRef", "SelectionRef", "NoteRef")),
    "Sources": ((), ("TextSource", "PictureSource", "PDFSource", "AudioSource", "VideoSource")),
    "TextSource": (_TEXT, (*_SOURCE, *_TEXT_PARTS)),
    "PictureSource": (("guid", "name", "path", *_MADE), (*_SOURCE, "TextDescription", "PictureSelection")),
    "PDFSource": (("guid", "name", "path", *_MADE), (*_SOURCE, "Representation", "PDFSelection")),
    "AudioSource": (("guid", "name", "path", *_MADE), (*_SOURCE, "Transcript", "VideoSelection", "AudioSelection")),
    "VideoSource": (("guid", "name", "path", *_MADE), (*_SOURCE, "Transcript", "VideoSelection", "AudioSelection")),
    "Transcript": (_TEXT, (*_MARKED, *_TEXT_PARTS)),
    "TextDescription": (_TEXT, (*_MARKED, *_TEXT_PARTS)),
    "Representation": (_TEXT, (*_MARKED, *_TEXT_PARTS)),
    "Notes": ((), ("Note",)),
    "Note": (_TEXT, ("Description", "PlainTextContent", "PlainTextSelection", "NoteRef", "Coding")),
    "SyncPoint": (("guid", "timeStamp", "position"), ()),
    "PlainTextSelection": ((*_SELECTION, "startPosition", "endPosition"), _MARKED),
    "TranscriptSelection": ((*_SELECTION, "fromSyncPoint", "toSyncPoint"), _MARKED),
    "AudioSelection": ((*_SELECTION, "begin", "end"), _MARKED),
    "VideoSelection": ((*_SELECTION, "begin", "end"), _MARKED),
    "Coding": (("guid", *_MADE), ("CodeRef", "NoteRef")),
}  # fmt: skip
_LEAVES = ("CodeRef", "NoteRef", "SourceRef", "SelectionRef", "VariableRef")  # with a targetGUID
_TOLD_ELSEWHERE = ("Links", "Sets", "Graphs", "PictureSelection", "PDFSelection")
_WORDS = ("PlainTextContent", "Description")
_CHANGES = ("modifyingUser", "modifiedDateTime", "modifyingUserGUID")


def tell_what_is_left_out(root: Element, losses: Losses) -> None:
    """Add a loss for each kind of element or attribute that the reader passes over."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        name = tag(element)
        attributes, inner = _TAKEN.get(name, (("targetGUID",) if name in _LEAVES else (), ()))
        _tell_attributes(element, attributes, losses)
        for child in element:
            if is_known(child) and tag(child) in inner:
                if tag(child) not in _TOLD_ELSEWHERE:
                    waiting.append(child)
            else:
                _tell_element(child, name, losses)


def _tell_attributes(element: Element, attributes: tuple[str, ...], losses: Losses) -> None:
    for attribute in map(str, element.attrib):
        if attribute in _CHANGES:
            losses.tally("who last changed things, and when", "was left out")
        elif attribute == "richTextPath":
            if not _is_the_text(element):
                losses.tally("rich texts", "are not read: of a text, its plain form is taken")
        elif attribute == "currentPath":
            losses.tally("paths of originals", "on the computer where they were, were left out")
        elif attribute not in attributes and not attribute.startswith("{http://www.w3.org/"):
            losses.tally(f"attribute {_bare(attribute)} of {tag(element)}", "is not known and was left out")


def _is_the_text(element: Element) -> bool:
    """Whether what a program calls a rich text was taken as the plain one."""
    has_plain = element.get("plainTextPath") or has(element, "PlainTextContent")
    return not has_plain and element.get("richTextPath", "").lower().endswith(".txt")


def _tell_element(child: Element, parent: str, losses: Losses) -> None:
    """An element that is not known here, with how many codings are in it."""
    if not isinstance(child.tag, str):
        losses.tally("entity", "was left out")
        return
    if parent in _WORDS:
        losses.tally(f"{tag(child)[:40]} in {parent}", "is no part of the text: its words were taken without it")
        return
    codings = sum(1 for _ in child.iter("{*}Coding"))
    within = f", with {codings} {'coding' if codings == 1 else 'codings'} in it" if codings else ""
    losses.tally(f"{tag(child)[:40]} in {parent}", f"is not known there and was left out{within}")


def tell_sets_and_graphs(holder: Element, losses: Losses) -> None:
    """Sets and graphs, with how much is in each."""
    for group in inside(holder, "Sets", "Set"):
        members = _counted(group, "MemberCode", "MemberSource", "MemberNote")
        losses.add(place(group), f"is a set, which cannot be carried: {members or 'empty'}")
    for graph in inside(holder, "Graphs", "Graph"):
        losses.add(place(graph), f"is a graph, which cannot be carried: {_counted(graph, 'Vertex', 'Edge') or 'empty'}")


def _counted(element: Element, *tags: str) -> str:
    counts: Iterator[tuple[int, str]] = ((sum(1 for _ in children(element, name)), name) for name in tags)
    return ", ".join(f"{count:,} {name}" for count, name in counts if count)


def _bare(attribute: str) -> str:
    return attribute.rpartition("}")[2][:40]
