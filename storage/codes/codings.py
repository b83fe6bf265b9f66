"""What becomes of the codings of a file beside those that are stored. Pure.

Nothing of one coder ever takes the place of another's. What is new is taken. What has changed, is gone from the
coder's file or was retired before is said, and is followed only with `update`: the older row is retired, never removed.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.codes.anchoring import Anchor

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class PlacedCoding:
    """A coding under the study's GUIDs, in the version where it stands. `row_id` is that of its row, once stored."""

    guid: str
    code_guid: str
    coder_guid: str
    version_id: int
    transcript_id: int
    style: str
    anchor: Anchor
    made_at: datetime | None = None
    row_id: int | None = None
    is_retired: bool = False

    @property
    def key(self) -> Key:
        """What makes it the same coding, under whatever GUID."""
        a = self.anchor
        place = (a.start, a.end) if a.start is not None else ("ms", a.start_ms, a.end_ms)
        return (self.code_guid, self.coder_guid, self.version_id, self.style, *place)


@dataclass(frozen=True, slots=True)
class MergedCodings:
    """What is to be done, and what a person should know: pairs of a coding and what is the matter with it."""

    new: tuple[PlacedCoding, ...]
    retired: tuple[PlacedCoding, ...]  # stored ones that do not count from now on
    revived: tuple[PlacedCoding, ...]  # stored ones that count again
    already: int
    differences: tuple[tuple[PlacedCoding, str], ...]


def merge_codings(
    stored: Sequence[PlacedCoding],
    found: Sequence[PlacedCoding],
    *,
    update: bool,
    coders: Collection[str],
    present: Collection[str],
    version_ids: Collection[int],
) -> MergedCodings:
    """What of a file is new, and what differs.

    `coders` are the coders of the file, `present` the GUIDs of all codings in it, those that could not be placed
    included, and `version_ids` the versions whose texts it has: only what is missing there of theirs is gone.
    """
    live = {each.guid: each for each in stored if not each.is_retired}
    past = {each.guid: each for each in stored if each.is_retired and each.guid not in live}
    keys, seen = {each.key for each in live.values()}, set[str]()
    new, retired, revived, differences, already = [], [], [], [], 0
    for each in found:
        before = live.get(each.guid) or past.get(each.guid)
        if each.guid in seen:
            differences.append((each, "has the GUID of another coding of the file; only the first was taken"))
        elif before is None and each.key in keys:
            already += 1
        elif before is None:
            new.append(each)
            keys.add(each.key)
        elif what := _difference(before, each):
            can_follow = update and before.coder_guid == each.coder_guid
            differences.append((each, what if can_follow else f"{what}; the study keeps what it has"))
            if can_follow and _is_same(before, each):
                revived.append(before)
            elif can_follow:
                new.append(each)
                retired += [before] * (not before.is_retired)
        else:
            already += 1
        seen.add(each.guid)
    for each in _gone(live.values(), found, coders, present, version_ids):
        differences.append((each, "is not in the file any more" + ("" if update else "; it still counts")))
        retired += [each] * update
    return MergedCodings(tuple(new), tuple(retired), tuple(revived), already, tuple(differences))


def _difference(before: PlacedCoding, found: PlacedCoding) -> str:
    if before.coder_guid != found.coder_guid:
        return "is another coder's here"
    if before.is_retired:
        return "was retired before"
    return "" if _is_same(before, found) else "has another code or other words"


def _is_same(before: PlacedCoding, found: PlacedCoding) -> bool:
    """Whether both say the same: in one text by position, in two versions or styles of a transcript by the words."""
    if (before.version_id, before.style) == (found.version_id, found.style):
        return before.key == found.key
    same_words = before.anchor.quote.split() == found.anchor.quote.split()
    return same_words and (before.code_guid, before.transcript_id) == (found.code_guid, found.transcript_id)


def _gone(
    live: Iterable[PlacedCoding],
    found: Sequence[PlacedCoding],
    coders: Collection[str],
    present: Collection[str],
    version_ids: Collection[int],
) -> list[PlacedCoding]:
    keys = {each.key for each in found}
    return [
        each
        for each in live
        if each.coder_guid in coders
        and each.version_id in version_ids
        and each.guid not in present
        and each.key not in keys
    ]
