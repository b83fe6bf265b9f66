"""A codebook as both kinds of REFI-QDA file write it: codes inside the code they belong to."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from storage.exports.clean import REPLACEMENT, clean, clean_lines
from storage.exports.refi_qda import Element, inside
from storage.imports.coded_project import ProjectCode

NO_NAME = "(code without a name)"
_COLOR = re.compile(r"#([0-9a-f]{6})(?:[0-9a-f]{2})?|#([0-9a-f]{3})[0-9a-f]?")  # a fourth value is how opaque it is


def add_codes(parent: Element, codebook: Sequence[ProjectCode]) -> None:
    """Add the container `Codes` with at least one code; those of one parent stand in the order given."""
    containers = {"": inside(parent, "Codes")}
    for code in _from_the_top(valid_codes(codebook)):
        one = inside(containers[code.parent_guid], "Code", guid=code.guid, name=code.name)
        one.set("isCodable", "true" if code.is_codable else "false")
        if code.color:
            one.set("color", code.color)
        if code.description:
            inside(one, "Description").text = code.description
        containers[code.guid] = one


def valid_codes(codebook: Sequence[ProjectCode]) -> tuple[ProjectCode, ...]:
    """The codes as the standard can carry them: a name on one line, a colour of six digits or none, a known parent."""
    at_the_top = _without_a_way_up(codebook)
    return tuple(
        replace(
            code,
            name=clean(code.name) or NO_NAME,
            parent_guid="" if code.guid in at_the_top else code.parent_guid,
            description=clean_lines(code.description),
            color=_valid_color(code.color),
        )
        for code in codebook
    )


def codebook_remarks(codebook: Sequence[ProjectCode]) -> tuple[str, ...]:
    """What could not be written as it is, a sentence for each."""
    return tuple(_remarks(zip(codebook, valid_codes(codebook), strict=True)))


def _remarks(pairs: Iterable[tuple[ProjectCode, ProjectCode]]) -> Iterator[str]:
    for code, valid in pairs:
        about = f"the code '{valid.name}' ({code.guid})"
        if valid.name != code.name:
            yield f"{about} is written with this name: its own is empty, or has more than one line can carry"
        if code.color and not valid.color:
            yield f"{about} is written without its colour, which is not of the form #rrggbb"
        if valid.parent_guid != code.parent_guid:
            yield f"{about} stands at the top because the code that it belongs to is not in the codebook above it"
        if valid.description.count(REPLACEMENT) > code.description.count(REPLACEMENT):
            yield f"{about} has characters in its description that XML forbids; each is written as {REPLACEMENT}"


def _without_a_way_up(codebook: Sequence[ProjectCode]) -> set[str]:
    """GUIDs of codes that belong to no known code, or that belong to themselves round a ring (one of each ring)."""
    parents = {code.guid: code.parent_guid for code in codebook}
    top: set[str] = set()
    settled: set[str] = set()
    for code in codebook:
        way: dict[str, None] = {}
        at = code.guid
        while at not in settled and at not in way:
            way[at] = None
            if parents[at] not in parents:
                top.add(at)
                break
            at = parents[at]
        else:
            if at in way:
                top.add(at)
        settled |= way.keys()
    return top


def _from_the_top(codes: Sequence[ProjectCode]) -> Iterator[ProjectCode]:
    """Every code after the one it belongs to."""
    children: dict[str, list[ProjectCode]] = {}
    for code in codes:
        children.setdefault(code.parent_guid, []).append(code)
    waiting = children.get("", [])[::-1]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += children.get(code.guid, [])[::-1]


def _valid_color(color: str) -> str:
    """`#A1B2C3FF` as `#a1b2c3`, `#abc` as `#aabbcc`; '' for anything else."""
    found = _COLOR.fullmatch(color.strip().lower())
    if not found:
        return ""
    return f"#{found[1] or ''.join(digit * 2 for digit in found[2])}"
