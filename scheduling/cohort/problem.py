"""Many interviews planned at once: what is asked, what is proposed, and how good that is. Values only.

A plan is judged by what comes first: interviews that groups lack to their targets, then people without a
place, then bookings of others that are moved, and only then cost. Cost is in hundredths of a day: every day
that somebody waits beyond the first on which they could be interviewed at all, a fixed number of days where
they lose the interviewer they know, and the imbalance between interviewers (see `fair_steps`).
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import count, islice
from typing import Literal

from scheduling.availability import Slot, monday_of
from scheduling.spans import Span

DAY = 100  # a day's waiting, in units of cost
CONTINUITY = 14 * DAY  # what it costs to lose the interviewer one knows
BALANCE = DAY  # what one interview more costs with an interviewer who has exactly the fair share

How = Literal["optimal", "broken off", "greedy"]


@dataclass(frozen=True, slots=True)
class Opening:
    """A day with an interviewer on which an interview could start at `starts`, were nobody else to be placed.

    `moves` is 1 where choosing it would move a booking that could have stayed.
    """

    interviewer: str
    day: date
    starts: tuple[datetime, ...]
    cost: int = 0
    moves: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """An interview that is to be placed. `openings` are sorted by cost, best first.

    `booked` is its slot so far, when it has one; with `stays` it must keep one, whatever that costs.
    """

    code: str
    group: str
    mode: str
    length: timedelta
    openings: tuple[Opening, ...]
    attending: str = ""  # code of the link worker who is there too
    known: str = ""  # code of the interviewer whom the participant had before
    booked: Slot | None = None
    stays: bool = False

    def opening_at(self, slot: Slot) -> Opening:
        """The opening that a slot lies in."""
        return next(o for o in self.openings if o.interviewer == slot.interviewer_code and slot.starts_at in o.starts)


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one interviewer may take on; `booked_on` and `load` are without the interviews to be placed."""

    code: str
    daily_limit: int
    weekly_limit: int
    room: int  # the most interviews that fit into the study's window by hours and limits; at least 1
    booked_on: Mapping[date, int]
    load: int = 0  # interviews so far, from the study's beginning


@dataclass(frozen=True)
class Problem:
    """Everyone who is to be placed, sorted by code, and what they share.

    `missing` is how many interviews each group lacks to its target. `hopeless` are those whom no plan could
    place, each with the rule in words that follow 'because'. Telephone lines are shared where `lines` is not 0.
    """

    wanted: tuple[Wanted, ...]
    capacities: Mapping[str, Capacity]
    missing: Mapping[str, int]
    before: timedelta  # buffers, which belong to every claim
    after: timedelta
    lines: int = 0
    line_claims: tuple[Span, ...] = ()  # of interviews that are not to be placed, sorted
    hopeless: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_code(self) -> dict[str, Wanted]:
        return {wanted.code: wanted for wanted in self.wanted}

    @cached_property
    def quotas(self) -> dict[str, int]:
        """By group, how many of those to be placed count towards the target."""
        members = Counter(wanted.group for wanted in self.wanted)
        return {group: max(0, min(number, self.missing.get(group, 0))) for group, number in members.items()}

    @cached_property
    def fair_steps(self) -> dict[str, tuple[int, ...]]:
        """By interviewer, what each further interview costs in imbalance; rising."""
        open_to = {opening.interviewer for wanted in self.wanted for opening in wanted.openings}
        capacities = [self.capacities[code] for code in sorted(open_to)]
        total = sum(c.load for c in capacities) + len(self.wanted)
        room = sum(c.room for c in capacities)
        return {c.code: tuple(islice(_steps(c, room, total), len(self.wanted))) for c in capacities}

    def claim(self, wanted: Wanted, start: datetime) -> Span:
        """The time that an interview takes of each party, buffers included."""
        return Span(start - self.before, start + wanted.length + self.after)


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """How good a plan is: lower is better, the first that differs decides. `cost` is in hundredths of a day."""

    shortfall: int
    unplaced: int
    moved: int
    cost: int


@dataclass(frozen=True, slots=True)
class Proposed:
    """A slot for one participant, proposed and not taken."""

    code: str
    slot: Slot
    mode: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Slots in the order of time, who is without one, how good that is, and the best that could be.

    `bound` is proven: no plan has a lower score. A greedy plan proves nothing and has none.
    """

    proposed: tuple[Proposed, ...]
    unplaced: tuple[str, ...]
    score: Score
    how: How
    bound: Score | None = None

    @property
    def gap(self) -> float | None:
        """By how much the cost may be above the best, as a part of it; None where not even the rest is proven."""
        if self.bound is None or (self.bound.shortfall, self.bound.unplaced, self.bound.moved) != (
            self.score.shortfall,
            self.score.unplaced,
            self.score.moved,
        ):
            return None
        return (self.score.cost - self.bound.cost) / max(1, self.bound.cost)


Chosen = Mapping[str, tuple[Opening, datetime]]  # by participant
Openings = Mapping[str, Sequence[Opening]]  # the same: those to choose from, best first


def plan_of(problem: Problem, chosen: Chosen, how: How, bound: Score | None = None) -> Plan:
    """The plan in which every participant of `chosen` has that opening and start."""
    proposed = []
    for code, (opening, start) in chosen.items():
        wanted = problem.by_code[code]
        proposed.append(Proposed(code, Slot(start, start + wanted.length, opening.interviewer), wanted.mode))
    return Plan(
        tuple(sorted(proposed, key=lambda one: (one.slot, one.code))),
        tuple(wanted.code for wanted in problem.wanted if wanted.code not in chosen),
        score_of(problem, {code: opening for code, (opening, _) in chosen.items()}),
        how,
        bound,
    )


def chosen_by(problem: Problem, plan: Plan) -> Chosen:
    """The openings and starts of a plan."""
    return {one.code: (problem.by_code[one.code].opening_at(one.slot), one.slot.starts_at) for one in plan.proposed}


def weekly_loads(problem: Problem, plan: Plan) -> dict[str, Counter[date]]:
    """By interviewer, how many interviews there are in each week of the plan, by its Monday, those before included."""
    loads = {code: Counter[date]() for code in problem.capacities}
    for opening, _ in chosen_by(problem, plan).values():
        loads[opening.interviewer][monday_of(opening.day)] += 1
    weeks = {monday for load in loads.values() for monday in load}
    for code, capacity in problem.capacities.items():
        for day, number in capacity.booked_on.items():
            if monday_of(day) in weeks:
                loads[code][monday_of(day)] += number
    return loads


def score_of(problem: Problem, chosen: Mapping[str, Opening]) -> Score:
    """How good it is to give participants these openings, and the others none."""
    placed = Counter(problem.by_code[code].group for code in chosen)
    loads = Counter(opening.interviewer for opening in chosen.values())
    return Score(
        shortfall=sum(max(0, quota - placed[group]) for group, quota in problem.quotas.items()),
        unplaced=len(problem.wanted) - len(chosen),
        moved=sum(opening.moves for opening in chosen.values()),
        cost=sum(opening.cost for opening in chosen.values())
        + sum(sum(problem.fair_steps[code][:load]) for code, load in loads.items())
        - least_imbalance(problem, len(chosen)),
    )


def least_imbalance(problem: Problem, placed: int) -> int:
    """What so many interviews cost in imbalance when they are spread as evenly as can be."""
    return sum(islice(heapq.merge(*problem.fair_steps.values()), placed))


def _steps(capacity: Capacity, room: int, total: int) -> Iterator[int]:
    """Half-way between the square's values, so that the sum is least where loads are in proportion to room."""
    for number in count(capacity.load + 1):
        yield BALANCE * (2 * number - 1) * room // (2 * capacity.room * max(1, total))
