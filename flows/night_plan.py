"""Which of the recordings that wait are taken tonight, in which order, and when each will be done. Arithmetic only."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from flows.speeds import Effort
from flows.transcription_queue import Waiting

# the recording in hand at the end of the night is finished if this is enough, else it is broken off and gone on with
GRACE = timedelta(minutes=30)
# so much of a whole night is never free for one recording: models are loaded, estimates err
USABLE = 0.9

Why = Literal["time", "limit"]
Seconds = Callable[[Effort], float]  # how long an effort takes, by what the night has shown so far


@dataclass(frozen=True, slots=True)
class Job:
    """A recording that waits, with the effort that is left and the part of its speech that is decoded already."""

    recording: Waiting
    effort: Effort
    begun: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a night may take on."""

    ends_at: datetime | None = None  # nothing is begun that would not be done by then
    most: int | None = None  # recordings
    whole_night: timedelta = timedelta(hours=9)  # the longest that a night can be


@dataclass(frozen=True, slots=True)
class Turn:
    """A recording that is taken, and when."""

    job: Job
    begins_at: datetime
    done_at: datetime
    goes_on: bool = False  # too long for any night: it is broken off when this one ends, and gone on with the next


@dataclass(frozen=True, slots=True)
class Left:
    """A recording that is not taken, and why."""

    job: Job
    why: Why
    seconds: float


@dataclass(frozen=True, slots=True)
class NightPlan:
    """Every recording once: in `turns`, in the order given, or in `left`."""

    turns: tuple[Turn, ...]
    left: tuple[Left, ...]

    def done_at(self, at: datetime) -> datetime:
        """When the last is done; `at` where none is taken."""
        return self.turns[-1].done_at if self.turns else at


def plan_night(jobs: Sequence[Job], at: datetime, limits: Limits, seconds: Seconds, taken: int = 0) -> NightPlan:
    """Take jobs in their order from `at` on; one that would not be done in time is left, a later one may still fit.

    The first of the night (none is `taken` yet) that is too long for any night is begun all the same, or its turn
    would never come: its windows are kept, and the next night goes on with it.
    """
    turns: list[Turn] = []
    left: list[Left] = []
    for number, job in enumerate(jobs):
        needs = seconds(job.effort)
        done_at = at + timedelta(seconds=needs)
        too_long = number + taken == 0 and needs > USABLE * limits.whole_night.total_seconds()
        if limits.most is not None and len(turns) + taken >= limits.most:
            left.append(Left(job, "limit", needs))
        elif limits.ends_at is None or done_at <= limits.ends_at:
            turns.append(Turn(job, at, done_at))
            at = done_at
        elif too_long and at < limits.ends_at:
            turns.append(Turn(job, at, done_at, goes_on=True))
            at = done_at
        else:
            left.append(Left(job, "time", needs))
    return NightPlan(tuple(turns), tuple(left))


def spent_tonight(seconds: float, at: datetime, ends_at: datetime | None) -> float:
    """How much of the work on a recording in hand falls into this night: all, unless it is broken off at the end."""
    if ends_at is None or at + timedelta(seconds=seconds) <= ends_at + GRACE:
        return seconds
    return max(0.0, (ends_at - at).total_seconds())


def done_on_later_nights(
    jobs: Sequence[Job], nights: Iterable[tuple[datetime, datetime]], limits: Limits, seconds: Seconds
) -> dict[int, datetime]:
    """When each job will be done if it waits for these nights, by the id of its recording."""
    waiting, done = list(jobs), dict[int, datetime]()
    for begins_at, ends_at in nights:
        plan = plan_night(waiting, begins_at, replace(limits, ends_at=ends_at, most=None), seconds)
        done |= {turn.job.recording.recording_id: turn.done_at for turn in plan.turns if not turn.goes_on}
        going_on = [_after(turn, ends_at) for turn in plan.turns if turn.goes_on]
        waiting = [*going_on, *(left.job for left in plan.left)]
        if not waiting:
            break
    return done


def _after(turn: Turn, ends_at: datetime) -> Job:
    """What is left of a job whose night ended before it did."""
    part = (turn.done_at - ends_at) / (turn.done_at - turn.begins_at)
    return replace(turn.job, effort=turn.job.effort.times(part, part))
