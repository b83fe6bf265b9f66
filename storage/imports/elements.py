"""Looking at the elements of QDA-XML without believing their values."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from storage.imports.losses import Losses
from storage.imports.safe_xml import Element

GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAMESPACE = "{urn:qda-xml"
_NUMBER = re.compile(r"\s*([+-]?[0-9]{1,15})(?:\.0+)?\s*", re.ASCII)
_SHORT = 20
_FIRST_YEAR = 1900  # programs write the year 1 where they know no date


def is_known(element: Element) -> bool:
    """Whether an element is of the standard's namespace, in any version, or of none."""
    return isinstance(element.tag, str) and (element.tag[0] != "{" or element.tag.lower().startswith(_NAMESPACE))


def tag(element: Element) -> str:
    """The name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def children(element: Element, *tags: str) -> Iterator[Element]:
    """The children of these names, in their order; of all names where none is given."""
    return (child for child in element if is_known(child) and (not tags or tag(child) in tags))


def has(element: Element, *tags: str) -> bool:
    """Whether there is a child of one of these names. (An element without children of its own is false in itself.)"""
    return next(children(element, *tags), None) is not None


def inside(element: Element, container: str, *tags: str) -> Iterator[Element]:
    """The children of every container of a name, such as those of `Sources`."""
    return (child for found in children(element, container) for child in children(found, *tags))


def words(element: Element, name: str) -> str:
    """The text of the children of this name, that of elements within them included, or ''."""
    return "\n\n".join("".join(map(str, child.itertext())) for child in children(element, name))


def description(element: Element) -> str:
    """What the element says of itself, or '' where that is nothing but blanks."""
    text = words(element, "Description")
    return text if text.strip() else ""


def number(element: Element, attribute: str) -> int | None:
    """The whole number that an attribute gives, or None."""
    found = _NUMBER.fullmatch(element.get(attribute, ""))
    return int(found[1]) if found else None


def written(element: Element, *attributes: str) -> str:
    """What a file gives for attributes that are no numbers, or none that fit: ' to ' between them, cut short."""
    values = (element.get(attribute, "nothing") for attribute in attributes)
    return " to ".join(value if len(value) <= _SHORT else f"{value[:_SHORT]}…" for value in values)


def guid_of(value: str | None) -> str:
    """A GUID as it is kept here: lower case, without braces; what is no GUID is returned as it is."""
    bare = (value or "").strip().strip("{}").lower()
    if len(bare) == 32 and re.fullmatch("[0-9a-f]+", bare):
        return f"{bare[:8]}-{bare[8:12]}-{bare[12:16]}-{bare[16:20]}-{bare[20:]}"
    return bare


def place(element: Element) -> str:
    """Where something is, for a person: the kind and GUID; names can be those of people."""
    guid = guid_of(element.get("guid"))
    return f"{tag(element)} {guid}" if GUID.fullmatch(guid) else f"{tag(element)} in line {element.sourceline}"


def moment(element: Element, attribute: str, losses: Losses) -> datetime | None:
    """The date and time that an attribute gives, in UTC, or None."""
    written = element.get(attribute, "").strip()
    if not written:
        return None
    try:
        read = datetime.fromisoformat(written)
        known = read if read.tzinfo else read.replace(tzinfo=UTC)
        if read.year < _FIRST_YEAR:
            losses.tally(attribute, "is before 1900, which programs write for a date that they do not know; left out")
            return None
        moment = known.astimezone(UTC)
    except (ValueError, OverflowError):
        losses.tally(attribute, "is no date and time and was left out")
        return None
    if not read.tzinfo:
        losses.tally(attribute, "has no time zone and is taken as UTC")
    return moment
