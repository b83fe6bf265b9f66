"""Whether GUIDs name one thing each, and whether what refers to something finds it."""

from collections.abc import Iterator, Sequence

from storage.exports.checks.elements import all_elements, guid, place, tag, with_tags
from storage.exports.checks.findings import Finding
from storage.exports.refi_qda import Element

_SOURCES = frozenset({"TextSource", "PictureSource", "PDFSource", "AudioSource", "VideoSource"})
_SELECTIONS = frozenset(f"{kind}Selection" for kind in ("PlainText", "Picture", "PDF", "Audio", "Video", "Transcript"))
_CODES, _USERS, _NOTES, _VERTICES = (frozenset({kind}) for kind in ("Code", "User", "Note", "Vertex"))
_OF_TAG = {
    "CodeRef": _CODES,
    "MemberCode": _CODES,
    "SourceRef": _SOURCES,
    "MemberSource": _SOURCES,
    "NoteRef": _NOTES,
    "MemberNote": _NOTES,
    "VariableRef": frozenset({"Variable"}),
    "SelectionRef": _SELECTIONS,
}
_OF_ATTRIBUTE = {
    "creatingUser": _USERS,
    "modifyingUser": _USERS,
    "creatingUserGUID": _USERS,
    "modifyingUserGUID": _USERS,
    "sourceVertex": _VERTICES,
    "targetVertex": _VERTICES,
    "originGUID": None,  # of a link: anything
    "representedGUID": None,
}
_TYPES = frozenset({"Text", "Boolean", "Integer", "Float", "Date", "DateTime"})


def about_identity(root: Element) -> Iterator[Finding]:
    """GUIDs given twice, references that find nothing or the wrong thing, values of another type."""
    owners: dict[str, list[Element]] = {}
    for element in all_elements(root):
        if element.get("guid") and tag(element) not in _OF_TAG:
            owners.setdefault(guid(element), []).append(element)
    for name, elements in owners.items():
        if len(elements) > 1 and not _are_twins(elements):
            places = "; ".join(place(element) for element in elements[:5])
            yield Finding("guid-unique", f"GUID {name}", f"is given to {len(elements)} things: {places}")
    kinds = {name: {tag(element) for element in elements} for name, elements in owners.items()}
    for element in all_elements(root):
        yield from _about_references(element, kinds)
    yield from _about_values(root)


def _are_twins(elements: Sequence[Element]) -> bool:
    """A PDF selection and its twin in the text of the same PDF share a GUID, as in the standard's own example."""
    if sorted(map(tag, elements)) != ["PDFSelection", "PlainTextSelection"]:
        return False
    text = next(element for element in elements if tag(element) == "PlainTextSelection")
    parent = text.getparent()
    if parent is None or tag(parent) != "Representation":
        return False
    pdfs = [next(element.iterancestors("{*}PDFSource"), None) for element in elements]
    return pdfs[0] is not None and pdfs[0] is pdfs[1]


def _about_references(element: Element, kinds: dict[str, set[str]]) -> Iterator[Finding]:
    for attribute, allowed in _references_of(element):
        name = guid(element, attribute)
        found = kinds.get(name, set())
        if not found or (allowed is not None and not found & allowed):
            wanted = "anything" if allowed is None else " or ".join(sorted(allowed))
            yield Finding("reference", place(element), f"{attribute} {name} is not the GUID of {wanted}")


def _references_of(element: Element) -> Iterator[tuple[str, frozenset[str] | None]]:
    """Attributes that name another thing, and the tags it may have; None is any."""
    name = tag(element)
    for attribute in map(str, element.attrib):
        if attribute in _OF_ATTRIBUTE:
            yield attribute, _OF_ATTRIBUTE[attribute]
        elif attribute == "targetGUID" or (attribute == "guid" and name in _OF_TAG):
            yield attribute, _OF_TAG.get(name)


def _about_values(root: Element) -> Iterator[Finding]:
    types = {guid(one): one.get("typeOfVariable", "") for one in with_tags(root, {"Variable"})}
    for value in with_tags(root, {"VariableValue"}):
        children = list(value.iterchildren("{*}*"))
        wanted = {types[guid(child, "targetGUID")] for child in children if guid(child, "targetGUID") in types}
        given = {tag(child).removesuffix("Value") for child in children if tag(child).endswith("Value")}
        if wanted and given and wanted != given and wanted <= _TYPES:  # others are the schema's to tell
            what = f"is {', '.join(sorted(given))} while its variable is {', '.join(sorted(wanted))}"
            yield Finding("value-type", place(value), what)
