"""Codes with their hierarchy, from a project or a codebook."""

from collections.abc import Iterator

from storage.imports.coded_project import ProjectCode
from storage.imports.colours import read_colour
from storage.imports.elements import children, description, place
from storage.imports.guids import Guids
from storage.imports.losses import Losses
from storage.imports.safe_xml import Element


def read_codes(holder: Element, guids: Guids, losses: Losses) -> Iterator[tuple[Element, ProjectCode]]:
    """The codes within an element that holds `Codes`, parents before their children, each with its element."""
    waiting = [(code, "") for codes in children(holder, "Codes") for code in children(codes, "Code")][::-1]
    while waiting:
        element, parent = waiting.pop()
        code = _code(element, parent, guids, losses)
        waiting += [(child, code.guid) for child in children(element, "Code")][::-1]
        yield element, code


def _code(element: Element, parent: str, guids: Guids, losses: Losses) -> ProjectCode:
    name = element.get("name", "")
    if not name.strip():
        losses.add(place(element), "has no name")
    colour, lost = read_colour(element.get("color", ""))
    if lost:
        losses.add(place(element), f"its colour {lost}")
    return ProjectCode(
        guid=guids.own(element, "Code"),
        name=name,
        parent_guid=parent,
        description=description(element),
        color=colour,
        is_codable=element.get("isCodable", "true").strip().lower() not in ("false", "0", "no"),
    )
