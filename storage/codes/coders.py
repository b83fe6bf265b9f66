"""Who coded: several coders stay apart, and are one by GUID only, unless somebody says that they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.codes.codebook import SameNames, folded
from storage.imports.coded_project import CodedProject, Loss, ProjectCoder

NOBODY = ProjectCoder("00000000-0000-0000-0000-000000000000", "")  # of codings whose file names no coder


@dataclass(frozen=True, slots=True)
class MergedCoders:
    """By the file's GUID of a coder the study's coder; `same_names` are names that a person must decide about."""

    coders: Mapping[str, ProjectCoder]
    same_names: tuple[str, ...] = ()
    differences: tuple[Loss, ...] = ()


def shown(coder: ProjectCoder) -> str:
    return coder.name or "a coder without a name"


def merge_coders(stored: Sequence[ProjectCoder], project: CodedProject, same_names: SameNames) -> MergedCoders:
    """The coders of a file among those of the study, those included whom only codings and memos name."""
    found = {coder.guid: coder for coder in project.coders}
    active = _active(project)
    for guid in sorted(active):
        found.setdefault(guid, ProjectCoder(guid, "") if guid else NOBODY)
    known = {coder.guid: coder for coder in stored}
    by_name = {folded([coder.name]): coder for coder in reversed(stored) if coder.name}
    coders, twice, differences = {}, [], []
    for guid, coder in found.items():
        namesake = by_name.get(folded([coder.name]))
        coders[guid] = known.get(coder.guid, coder)
        if coder.guid not in known and namesake and same_names == SameNames.MERGE:
            coders[guid] = namesake
        elif coder.guid not in known and namesake and same_names == SameNames.ASK and guid in active:
            twice.append(coder.name)
        elif coders[guid].name != coder.name:
            said = f"the file calls them {shown(coder)}; the study keeps its own name"
            differences.append(Loss(f"coder {shown(coders[guid])}", said))
    return MergedCoders(coders, tuple(twice), tuple(differences))


def all_of_one(stored: Sequence[ProjectCoder], project: CodedProject, name: str, guid: str) -> MergedCoders:
    """All that is in a file as the work of one coder, known by name, or new under `guid`."""
    one = next((coder for coder in stored if folded([coder.name]) == folded([name])), ProjectCoder(guid, name.strip()))
    named = {coder.guid for coder in project.coders}
    return MergedCoders(dict.fromkeys(sorted(named | _active(project)), one))


def _active(project: CodedProject) -> set[str]:
    """The GUIDs of those who made something in the file."""
    return {coding.coder_guid for coding in project.codings} | {memo.coder_guid for memo in project.memos}
