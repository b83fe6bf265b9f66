"""How far a night is: its estimates, corrected by what the work really takes. Values only; no clock is read here."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flows.night_plan import GRACE, Job, Limits, NightPlan, plan_night, spent_tonight
from flows.one_recording import HEARING
from flows.speeds import NO_EFFORT, Effort

# How much of the whole night's work an estimate is worth beside what the night itself shows.
TRUST_IN_MEASURES = 0.02
TRUST_IN_GUESSES = 0.002


@dataclass(frozen=True, slots=True)
class Pace:
    """What work was expected to take tonight, and what it took."""

    trust: Effort = NO_EFFORT
    expected: Effort = NO_EFFORT
    spent: Effort = NO_EFFORT

    def with_more(self, expected: Effort, spent: Effort) -> "Pace":
        return replace(self, expected=self.expected + expected, spent=self.spent + spent)

    def seconds(self, effort: Effort) -> float:
        """How long an effort takes, as the night has shown so far."""
        hearing = _ratio(self.spent.hearing + self.trust.hearing, self.expected.hearing + self.trust.hearing)
        decoding = _ratio(self.spent.decoding + self.trust.decoding, self.expected.decoding + self.trust.decoding)
        return effort.times(hearing, decoding).seconds


def _ratio(spent: float, expected: float) -> float:
    return spent / expected if spent > 0 and expected > 0 else 1.0


@dataclass(frozen=True, slots=True)
class InHand:
    """The recording that is worked on: how far it is, and since when."""

    job: Job
    began_at: datetime
    at: datetime
    part: float = 0.0  # of the whole recording, as told
    heard_at: datetime | None = None

    def moved(self, part: float, at: datetime) -> "InHand":
        ended_hearing = self.at if part > HEARING else None  # the first windows took the time since then
        return replace(self, part=max(part, self.part), at=max(at, self.at), heard_at=self.heard_at or ended_hearing)

    @property
    def reached(self) -> Effort:
        """The effort that is behind it, of that which was left when it was begun."""
        decoded = max(0.0, (self.part - HEARING) / (1 - HEARING))
        tonight = max(0.0, (decoded - self.job.begun) / (1 - self.job.begun)) if self.job.begun < 1 else 1.0
        return self.job.effort.times(min(1.0, self.part / HEARING), min(1.0, tonight))

    @property
    def spent(self) -> Effort:
        heard_at = self.heard_at or self.at
        return Effort((heard_at - self.began_at).total_seconds(), (self.at - heard_at).total_seconds())

    @property
    def rest(self) -> Effort:
        return self.job.effort - self.reached


@dataclass(frozen=True, slots=True)
class Night:
    """A night as it goes. Each step gives a new one; `part`, of all its work, never falls."""

    limits: Limits
    waiting: tuple[Job, ...]
    pace: Pace
    taken: int = 0
    in_hand: InHand | None = None
    part: float = 0.0

    @property
    def current_pace(self) -> Pace:
        return self.pace.with_more(self.in_hand.reached, self.in_hand.spent) if self.in_hand else self.pace

    @property
    def seconds_in_hand(self) -> float:
        """What the recording in hand still needs."""
        return self.current_pace.seconds(self.in_hand.rest) if self.in_hand else 0.0

    def plan(self, at: datetime) -> NightPlan:
        """What is taken after the recording in hand, and when it will be done."""
        begins_at = at + timedelta(seconds=self.seconds_in_hand)
        return plan_night(self.waiting, begins_at, self.limits, self.current_pace.seconds, self.taken)

    def begun(self, job: Job, at: datetime) -> "Night":
        waiting = tuple(other for other in self.waiting if other is not job)
        heard_at = None if job.effort.hearing else at
        return replace(self, waiting=waiting, taken=self.taken + 1, in_hand=InHand(job, at, at, heard_at=heard_at))

    def heard(self, effort: Effort) -> "Night":
        """The recording in hand has been heard through, so its speech is known: what decoding it takes is `effort`."""
        assert self.in_hand is not None
        job = replace(self.in_hand.job, effort=replace(self.in_hand.job.effort, decoding=effort.decoding))
        return replace(self, in_hand=replace(self.in_hand, job=job))

    def moved(self, part: float, at: datetime) -> "Night":
        """The recording in hand is so far."""
        assert self.in_hand is not None
        return replace(self, in_hand=self.in_hand.moved(part, at))._counted(at)

    def ended(self, at: datetime, *, is_done: bool) -> "Night":
        """The recording in hand has ended; only one that was done tells anything about the pace."""
        assert self.in_hand is not None
        night = replace(self, in_hand=self.in_hand.moved(1.0, at)) if is_done else self
        pace = night.current_pace if is_done else self.pace
        return replace(night, pace=pace, in_hand=None)._counted(at)

    def is_over_for_the_one_in_hand(self, at: datetime) -> bool:
        """Whether the end has come, and what is in hand needs so long yet that it is broken off."""
        ends_at = self.limits.ends_at
        return ends_at is not None and at >= ends_at and self.seconds_in_hand > GRACE.total_seconds()

    def _counted(self, at: datetime) -> "Night":
        done = self.current_pace.seconds(self.current_pace.expected)
        rest = spent_tonight(self.seconds_in_hand, at, self.limits.ends_at)
        rest += sum((turn.done_at - turn.begins_at).total_seconds() for turn in self.plan(at).turns)
        part = done / (done + rest) if done + rest > 0 else 1.0
        return replace(self, part=max(self.part, min(1.0, part)))


def new_night(limits: Limits, jobs: tuple[Job, ...], *, is_measured: bool) -> Night:
    """A night in which nothing has been done yet."""
    whole = sum((job.effort for job in jobs), NO_EFFORT)
    trust = TRUST_IN_MEASURES if is_measured else TRUST_IN_GUESSES
    return Night(limits, jobs, Pace(trust=whole.times(trust, trust)))
