"""What becomes of the memos of a file beside those that are stored. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from storage.imports.coded_project import Loss, ProjectMemo


@dataclass(frozen=True, slots=True)
class StoredMemo:
    """A memo as it is stored, its coder by the study's GUID."""

    memo: ProjectMemo
    row_id: int
    is_retired: bool


@dataclass(frozen=True, slots=True)
class MergedMemos:
    """The memos to store, the rows that they replace, and what a person should know of the others."""

    new: tuple[ProjectMemo, ...]
    retired: tuple[int, ...]
    left_out: tuple[Loss, ...]
    differences: tuple[Loss, ...]


def merge_memos(
    stored: Iterable[StoredMemo], found: Iterable[ProjectMemo], refused: Collection[str], *, update: bool
) -> MergedMemos:
    """What of a file's memos is new; with `update`, also what their coder rewrote: the older text is retired and kept.

    `found` name the study's coders. A memo about anything in `refused` (of somebody whose consent does not allow it)
    is left out.
    """
    before = {each.memo.guid: each for each in sorted(stored, key=lambda each: not each.is_retired)}
    new: dict[str, ProjectMemo] = {}
    retired, left_out, differences = [], [], []
    for memo in found:
        where, old = f"memo {memo.name}", before.get(memo.guid)
        if any(guid in refused for guid in memo.about):
            left_out.append(Loss(where, "it is about somebody whose consent does not allow it"))
        elif memo.guid in new:
            left_out.append(Loss(where, "its GUID is there twice in the file; only the first was taken"))
        elif old is None:
            new[memo.guid] = memo
        elif not old.is_retired and (old.memo.name, old.memo.text) == (memo.name, memo.text):
            continue
        elif update and old.memo.coder_guid == memo.coder_guid:
            differences.append(Loss(where, "was rewritten; the older text is retired"))
            new[memo.guid] = memo
            retired += [old.row_id] * (not old.is_retired)
        else:
            differences.append(Loss(where, "is not what is stored under its GUID; the study keeps what it has"))
    return MergedMemos(tuple(new.values()), tuple(retired), tuple(left_out), tuple(differences))
