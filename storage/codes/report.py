"""What an import did, item by item."""

from collections.abc import Mapping
from dataclasses import dataclass

from storage.imports.coded_project import Loss

Losses = tuple[Loss, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was taken, and everything that was not, or not as it was. Codes are named by their paths."""

    new_codes: tuple[str, ...]
    changed_codes: tuple[str, ...]
    new_codings: Mapping[str, int]  # by coder
    matched_by: Mapping[str, int]  # new codings by how their text was found
    already: int  # codings that were there before
    retired: int
    revived: int
    new_memos: int
    flagged: Losses
    left_out: Losses
    differences: Losses
    losses: Losses  # of the file itself

    @property
    def needs_a_person(self) -> bool:
        return bool(self.flagged or self.left_out or self.differences)
