"""The codebook: read from the database, and merged with that of a file. Codes are the values of an import.

Merging is pure. Two codes are one by GUID. Codes of the same name under two GUIDs are one only if somebody says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlmodel import Session, col, select

from storage.imports.coded_project import Loss, ProjectCode
from storage.tables import Code

ARROW = " > "  # between the names of a code and of the code that it is below


class SameNames(StrEnum):
    """What codes, or coders, of the same name and different GUIDs are."""

    ASK = "ask"  # a person must say
    MERGE = "merge"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class MergedCodebook:
    """The study's codebook with a file's in it. `guids` has by the file's GUID of a code the study's.

    `codes` are all of them under the study's GUIDs, each after the one that it is below; `new` and `changed` the GUIDs
    of those that are to be written; `same_names` the paths that a person must decide about.
    """

    codes: tuple[ProjectCode, ...]
    guids: Mapping[str, str]
    new: frozenset[str]
    changed: frozenset[str]
    differences: tuple[Loss, ...]
    same_names: tuple[str, ...]
    losses: tuple[Loss, ...]


def read_codebook(session: Session) -> tuple[ProjectCode, ...]:
    """All codes as a tree is read; of one name, those first that were there first."""
    rows = session.exec(select(Code).order_by(col(Code.id))).all()
    guids = {row.id: row.guid for row in rows}
    codes = (
        ProjectCode(
            guid=row.guid,
            name=row.name,
            parent_guid=guids[row.parent_id] if row.parent_id else "",
            description=row.description,
            color=row.color,
            is_codable=row.is_codable,
        )
        for row in rows
    )
    return in_order(codes)


def in_order(codes: Iterable[ProjectCode]) -> tuple[ProjectCode, ...]:
    """Codes as a tree is read: by name, each followed by those below it. They have no circles.

    Codes of one name stay in the order in which they came, so that a later one never takes an earlier one's place.
    """
    by_guid = {code.guid: code for code in codes}
    own = {guid: (code.name.casefold(), number) for number, (guid, code) in enumerate(by_guid.items())}
    order = sorted(by_guid, key=lambda guid: [own[each] for each in _line_of(guid, by_guid)])
    return tuple(by_guid[guid] for guid in order)


def _line_of(guid: str, by_guid: Mapping[str, ProjectCode]) -> list[str]:
    """The GUIDs from the top down to a code."""
    line = [guid]
    while (parent := by_guid[line[-1]].parent_guid) in by_guid:
        line.append(parent)
    return line[::-1]


def paths_of(codes: Iterable[ProjectCode]) -> dict[str, tuple[str, ...]]:
    """By GUID, the names from the top down to each code. They have no circles."""
    by_guid = {code.guid: code for code in codes}
    return {guid: tuple(by_guid[each].name for each in _line_of(guid, by_guid)) for guid in by_guid}


def without_circles(codes: Iterable[ProjectCode]) -> tuple[tuple[ProjectCode, ...], tuple[Loss, ...]]:
    """Codes with a parent that is there and not below themselves; those that had another are at the top."""
    by_guid: dict[str, ProjectCode] = {}
    losses = []
    for code in codes:
        if code.guid in by_guid:
            losses.append(Loss(f"code {code.name}", "its GUID is there twice; only the first was taken"))
        else:
            by_guid[code.guid] = code
    for guid, code in list(by_guid.items()):
        if code.parent_guid and code.parent_guid not in by_guid:
            losses.append(Loss(f"code {code.name}", "the code that it is below is not there; it is at the top now"))
            by_guid[guid] = replace(code, parent_guid="")
        elif _is_below_itself(code, by_guid):
            losses.append(Loss(f"code {code.name}", "it is below itself, in a circle; it is at the top now"))
            by_guid[guid] = replace(code, parent_guid="")
    return tuple(by_guid.values()), tuple(losses)


def _is_below_itself(code: ProjectCode, by_guid: Mapping[str, ProjectCode]) -> bool:
    seen, at = {code.guid}, code
    while at.parent_guid in by_guid:
        at = by_guid[at.parent_guid]
        if at.guid == code.guid:
            return True
        if at.guid in seen:  # a circle further up, which is broken when its own turn comes
            return False
        seen.add(at.guid)
    return False


def merge_codebook(
    stored: Sequence[ProjectCode], found: Sequence[ProjectCode], same_names: SameNames, *, update: bool
) -> MergedCodebook:
    """The study's codebook with a file's. Where both have a code, the study's word counts, with `update` the file's."""
    found, losses = without_circles(found)
    known = {code.guid: code for code in stored}
    guids, twice = _guids(stored, found, same_names)
    here = {guids[code.guid]: _of_the_study(code, guids) for code in found}
    differences = tuple(
        Loss(f"code {known[guid].name}", f"{what}{'' if update else '; the study keeps its own'}")
        for guid, code in here.items()
        if guid in known
        for what in _differences(known[guid], code)
    )
    merged, circles = without_circles((known | here if update else here | known).values())
    return MergedCodebook(
        codes=_parents_first(merged),
        guids=guids,
        new=frozenset(here.keys() - known.keys()),
        changed=frozenset(code.guid for code in merged if code.guid in known and code != known[code.guid]),
        differences=differences,
        same_names=twice,
        losses=(*losses, *circles),
    )


def _guids(
    stored: Sequence[ProjectCode], found: Sequence[ProjectCode], same_names: SameNames
) -> tuple[dict[str, str], tuple[str, ...]]:
    """By the file's GUID the study's; and the paths that are there under two GUIDs while nobody has said what holds."""
    known = {code.guid for code in stored}
    by_path = {folded(path): guid for guid, path in reversed(paths_of(stored).items())}
    guids, twice = {}, []
    for guid, path in paths_of(found).items():
        namesake = by_path.get(folded(path))
        is_two = guid not in known and namesake is not None
        guids[guid] = namesake if is_two and namesake and same_names == SameNames.MERGE else guid
        if is_two and same_names == SameNames.ASK:
            twice.append(ARROW.join(path))
    return guids, tuple(twice)


def folded(names: Iterable[str]) -> tuple[str, ...]:
    """Names to compare: case and spaces do not count."""
    return tuple(" ".join(name.casefold().split()) for name in names)


def _of_the_study(code: ProjectCode, guids: Mapping[str, str]) -> ProjectCode:
    return replace(code, guid=guids[code.guid], parent_guid=guids.get(code.parent_guid, ""))


def _differences(stored: ProjectCode, found: ProjectCode) -> list[str]:
    said = []
    if stored.name != found.name:
        said.append(f"the file calls it {found.name}")
    if stored.parent_guid != found.parent_guid:
        said.append("the file has it below another code")
    if stored.description != found.description:
        said.append("the file describes it differently")
    if stored.color != found.color:
        said.append(f"the file gives it {found.color or 'no colour'}")
    if stored.is_codable != found.is_codable:
        said.append(f"the file says that it {'can' if found.is_codable else 'cannot'} be given to a passage")
    return said


def _parents_first(codes: Sequence[ProjectCode]) -> tuple[ProjectCode, ...]:
    depth = {guid: len(path) for guid, path in paths_of(codes).items()}
    return tuple(sorted(codes, key=lambda code: depth[code.guid]))
