"""An interview as the study has it and as its calendar has it: who changed it, and what follows. Pure.

Both sides are compared with what they last agreed on. A change on one side is carried to the other; where
both have changed and differ, nobody is overwritten: a person decides.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class Side:
    """When an interview is, as one side says; times are None where that side has no usable ones."""

    starts_at: datetime | None
    ends_at: datetime | None
    is_cancelled: bool = False

    def agrees(self, other: "Side") -> bool:
        """Whether both say the same; two that are cancelled do, whatever their times were."""
        if self.is_cancelled or other.is_cancelled:
            return self.is_cancelled and other.is_cancelled
        return (self.starts_at, self.ends_at) == (other.starts_at, other.ends_at)


class Verdict(Enum):
    """What is to be done about an interview and its event."""

    AGREED = auto()  # both say the same
    WRITE = auto()  # the study changed it: the calendar is to follow
    TAKE = auto()  # the calendar changed it: the study is to follow
    CONFLICT = auto()  # both did, or the calendar says what cannot be taken
    LEAVE = auto()  # nothing is to follow from it any more


def reconcile(base: Side | None, ours: Side, theirs: Side | None, *, is_open: bool, has_begun: bool) -> Verdict:
    """Decide from what was agreed last, the study's side, and the calendar's; None is an event that never was.

    `is_open`: the interview is held for or booked, so that its time may still be changed. `has_begun`: its start
    has passed, after which a deleted event is a tidied calendar as likely as a cancelled interview.
    """
    if theirs is None:
        # nothing of a time that is over is written anew
        return Verdict.AGREED if ours.is_cancelled or not is_open else Verdict.WRITE
    if ours.agrees(theirs):
        return Verdict.AGREED
    if base is None or base.agrees(theirs):
        return Verdict.WRITE if is_open or ours.is_cancelled else Verdict.LEAVE
    if not is_open and not ours.is_cancelled:
        return Verdict.LEAVE
    if not base.agrees(ours) or ours.is_cancelled:
        return Verdict.CONFLICT
    if theirs.is_cancelled:
        return Verdict.CONFLICT if has_begun else Verdict.TAKE
    return Verdict.CONFLICT if theirs.starts_at is None or theirs.ends_at is None else Verdict.TAKE


def explain(base: Side | None, ours: Side, theirs: Side) -> str:
    """Why a person must decide, in words that follow the interview's label; `base` is None where nothing was agreed."""
    if theirs.is_cancelled:
        return "was deleted in the calendar" + (
            " after it had begun" if base and base.agrees(ours) else " and changed in the study at the same time"
        )
    if theirs.starts_at is None or theirs.ends_at is None:
        return "has no time of day in the calendar any more"
    if ours.is_cancelled:
        if base and base.is_cancelled:
            return "was cancelled and is in the calendar again"
        return "was cancelled in the study and moved in the calendar at the same time"
    return "was moved in the study and in the calendar at the same time"
