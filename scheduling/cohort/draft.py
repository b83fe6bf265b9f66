"""A plan while it is drawn up: what is taken by whom, and what that leaves to others."""

from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Literal, NamedTuple

from scheduling.availability import monday_of
from scheduling.cohort.problem import Chosen, Opening, Problem, Wanted
from scheduling.spans import Span

# What participants compete for.
Shared = Literal["weekly limit", "daily limit", "lines", "link worker", "others"]


class Taken(NamedTuple):
    """A claim on somebody's time; `code` is the participant's, '' of an interview that is not to be placed."""

    start: datetime
    end: datetime
    code: str


class Draft:
    """Participants with the openings and starts they have so far; what it says fits breaks no rule of the problem."""

    def __init__(self, problem: Problem, chosen: Chosen | None = None) -> None:
        self.problem = problem
        self.chosen: dict[str, tuple[Opening, datetime]] = {}
        self.loads: Counter[str] = Counter()  # of those placed here, by interviewer
        self._days = {code: Counter(capacity.booked_on) for code, capacity in problem.capacities.items()}
        self._weeks = {code: _by_week(days) for code, days in self._days.items()}
        self._claims: defaultdict[str, list[Taken]] = defaultdict(list)  # by party; never overlapping
        self._calls = sorted(Taken(start, end, "") for start, end in problem.line_claims)
        spans = [*problem.line_claims, *(problem.claim(w, o.starts[0]) for w in problem.wanted for o in w.openings[:1])]
        self._longest = max((span.end - span.start for span in spans), default=timedelta(0))
        for code, (opening, start) in (chosen or {}).items():
            self.place(problem.by_code[code], opening, start)

    def first_start(self, wanted: Wanted, opening: Opening) -> datetime | None:
        """The first start of an opening that is still free."""
        if not self.left_on(opening.interviewer, opening.day):
            return None
        if not self.left_in_week(opening.interviewer, monday_of(opening.day)):
            return None
        return next((start for start in opening.starts if self.is_free(wanted, opening, start)), None)

    def left_on(self, interviewer: str, day: date) -> int:
        """How many more interviews the interviewer's daily limit allows; 0 where it has been passed."""
        return max(0, self.problem.capacities[interviewer].daily_limit - self._days[interviewer][day])

    def left_in_week(self, interviewer: str, monday: date) -> int:
        """The same for the weekly limit."""
        return max(0, self.problem.capacities[interviewer].weekly_limit - self._weeks[interviewer][monday])

    def placed(self) -> Counter[str]:
        """How many of each group have a place."""
        return Counter(self.problem.by_code[code].group for code in self.chosen)

    def settle(self) -> None:
        """Let everyone start as early as their opening still allows: what is free is left at the end of days."""
        for code, (opening, start) in sorted(self.chosen.items(), key=lambda item: (item[1][1], item[0])):
            wanted = self.problem.by_code[code]
            self.remove(wanted)
            self.place(wanted, opening, self.first_start(wanted, opening) or start)

    def is_free(self, wanted: Wanted, opening: Opening, start: datetime) -> bool:
        """Whether no claim of any party stands against a start, and a telephone line is left where one is needed."""
        claim = self.problem.claim(wanted, start)
        return not self._claimed(wanted, opening, claim) and not self._calls_against(wanted, claim)

    def against(self, wanted: Wanted, opening: Opening, start: datetime) -> frozenset[Shared]:
        """All that stands against a start."""
        claim = self.problem.claim(wanted, start)
        verdicts: dict[Shared, bool] = {
            "weekly limit": not self.left_in_week(opening.interviewer, monday_of(opening.day)),
            "daily limit": not self.left_on(opening.interviewer, opening.day),
            "lines": bool(self._calls_against(wanted, claim)),
            "link worker": bool(wanted.attending and _within(self._claims[wanted.attending], claim)),
            "others": any(_within(self._claims[party], claim) for party in (opening.interviewer, wanted.code)),
        }
        return frozenset(shared for shared, stands in verdicts.items() if stands)

    def displaceable(self, wanted: Wanted, opening: Opening, start: datetime) -> set[str]:
        """Those each of whom alone may stand against a start."""
        claim = self.problem.claim(wanted, start)
        claimed = {taken.code for taken in self._claimed(wanted, opening, claim)}
        if len(claimed) > 1:
            return set()
        return claimed or {call.code for call in self._calls_against(wanted, claim) if call.code}

    def _claimed(self, wanted: Wanted, opening: Opening, claim: Span) -> list[Taken]:
        return [taken for party in parties_of(wanted, opening) for taken in _within(self._claims[party], claim)]

    def _calls_against(self, wanted: Wanted, claim: Span) -> list[Taken]:
        """The telephone interviews at the same time, where they leave no line free."""
        if wanted.mode != "phone" or not self.problem.lines:
            return []
        first, last = (bisect_left(self._calls, (at,)) for at in (claim.start - self._longest, claim.end))
        near = self._calls[first:last]
        during = [call for call in near if call.end > claim.start]
        return during if _most_at_once(during) >= self.problem.lines else []

    def place(self, wanted: Wanted, opening: Opening, start: datetime) -> None:
        """Give a participant a start that fits."""
        self.chosen[wanted.code] = (opening, start)
        self._count(opening, 1)
        taken = Taken(*self.problem.claim(wanted, start), wanted.code)
        for party in parties_of(wanted, opening):
            insort(self._claims[party], taken)
        if wanted.mode == "phone":
            insort(self._calls, taken)

    def remove(self, wanted: Wanted) -> tuple[Opening, datetime]:
        """Take a participant's place away, and return it."""
        opening, start = self.chosen.pop(wanted.code)
        self._count(opening, -1)
        taken = Taken(*self.problem.claim(wanted, start), wanted.code)
        for party in parties_of(wanted, opening):
            self._claims[party].remove(taken)
        if wanted.mode == "phone":
            self._calls.remove(taken)
        return opening, start

    def sharing(self, opening: Opening, *, day: bool) -> list[str]:
        """Who is placed with the interviewer of an opening on its day, or else in its week."""
        return [
            code
            for code, (other, _) in self.chosen.items()
            if other.interviewer == opening.interviewer
            and (other.day == opening.day if day else monday_of(other.day) == monday_of(opening.day))
        ]

    def _count(self, opening: Opening, number: int) -> None:
        self.loads[opening.interviewer] += number
        self._days[opening.interviewer][opening.day] += number
        self._weeks[opening.interviewer][monday_of(opening.day)] += number


def parties_of(wanted: Wanted, opening: Opening) -> tuple[str, ...]:
    """Everyone whose time the interview takes."""
    parties = (opening.interviewer, wanted.code)
    return (*parties, wanted.attending) if wanted.attending else parties


def _within(claims: Sequence[Taken], span: Span) -> Sequence[Taken]:
    """Those of a party's claims that overlap a span; as they do not overlap each other, their ends rise too."""
    first = bisect_left(claims, (span.start,))
    if first and claims[first - 1].end > span.start:
        first -= 1
    return claims[first : bisect_left(claims, (span.end,))]


def _most_at_once(calls: Sequence[Taken]) -> int:
    steps = sorted([(call.start, 1) for call in calls] + [(call.end, -1) for call in calls])
    return max(accumulate(step for _, step in steps), default=0)


def _by_week(days: Counter[date]) -> Counter[date]:
    weeks: Counter[date] = Counter()
    for day, number in days.items():
        weeks[monday_of(day)] += number
    return weeks
