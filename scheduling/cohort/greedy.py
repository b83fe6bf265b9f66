"""A plan without a solver: the hardest to place come first, then places are traded while that makes it better.

A trade is an ejection chain (Glover 1996): a participant takes a better place from another, who finds one in
turn, or takes it from a third. It is made when the whole chain is better. Nothing is left to chance.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from scheduling.availability import monday_of
from scheduling.cohort.draft import Draft
from scheduling.cohort.problem import Opening, Openings, Plan, Problem, Wanted, plan_of

_MOVE = 10**7  # a booking moved weighs more than any days
_ANY = 10**12
_DEPTHS = (1, 2)  # how many may be displaced by one trade
_EFFORT = 400_000  # openings looked at in trades, so that a large cohort takes no more than seconds


def greedy(problem: Problem) -> Plan:
    """A plan for everyone of the problem; the same problem gives the same plan."""
    return plan_of(problem, drawn_up(problem).chosen, "greedy")


def drawn_up(problem: Problem) -> Draft:
    """The greedy plan as a draft, for somebody to go on with."""
    return traded(problem, filled_up(problem, Draft(problem)))


def filled_up(problem: Problem, draft: Draft) -> Draft:
    """A draft with a place for everyone who can still be given one; those who must keep theirs come first."""
    trading = _Trading(problem, draft, _all_openings(problem))
    for wanted in problem.wanted:
        if wanted.stays and wanted.code not in draft.chosen:
            trading.keep(wanted)
    for depth in (0, *_DEPTHS):
        for wanted in _hardest_first(problem):
            if wanted.code not in trading.draft.chosen:
                trading.insert(wanted, _ANY, depth)
    trading.fill_quotas()
    return draft


def traded(problem: Problem, draft: Draft, openings: Openings | None = None) -> Draft:
    """A draft after every trade that makes it better, as far as the effort goes; the same people are placed.

    With `openings`, only those are looked at.
    """
    trading = _Trading(problem, draft, openings or _all_openings(problem))
    for depth in _DEPTHS:
        while trading.improve(depth):
            pass
    draft.settle()
    return draft


def _all_openings(problem: Problem) -> Openings:
    return {wanted.code: wanted.openings for wanted in problem.wanted}


def _hardest_first(problem: Problem) -> list[Wanted]:
    """By the number of openings, first those whom the targets need, then those beyond."""
    by_openings = sorted(problem.wanted, key=lambda w: (len(w.openings), w.code))
    seen: Counter[str] = Counter()
    needed: dict[str, bool] = {}
    for wanted in by_openings:
        needed[wanted.code] = seen[wanted.group] < problem.quotas[wanted.group]
        seen[wanted.group] += 1
    return sorted(by_openings, key=lambda w: not needed[w.code])


@dataclass(slots=True)
class _Trading:
    problem: Problem
    draft: Draft
    openings: Openings
    effort: int = _EFFORT

    def price(self, opening: Opening) -> int:
        steps = self.problem.fair_steps[opening.interviewer]
        return opening.moves * _MOVE + opening.cost + steps[self.draft.loads[opening.interviewer]]

    def keep(self, wanted: Wanted) -> None:
        """Leave an interview where it is booked, if nobody is there."""
        assert wanted.booked is not None
        opening = wanted.opening_at(wanted.booked)
        if self.draft.first_start(wanted, opening) == wanted.booked.starts_at:
            self.draft.place(wanted, opening, wanted.booked.starts_at)

    def insert(self, wanted: Wanted, allowance: int, depth: int) -> bool:
        """Place somebody for less than `allowance`, what others lose by it included; else change nothing."""
        return self._directly(wanted, allowance) or (depth > 0 and self._by_displacing(wanted, allowance, depth))

    def _directly(self, wanted: Wanted, allowance: int) -> bool:
        best = None
        for opening in self.openings[wanted.code]:
            if opening.cost + opening.moves * _MOVE >= allowance:
                break
            self.effort -= 1
            price = self.price(opening)
            if price < allowance and (start := self.draft.first_start(wanted, opening)):
                best, allowance = (opening, start), price
        if best:
            self.draft.place(wanted, *best)
        return best is not None

    def _by_displacing(self, wanted: Wanted, allowance: int, depth: int) -> bool:
        for opening in self.openings[wanted.code]:
            if opening.cost + opening.moves * _MOVE >= allowance:
                return False
            for other in self._in_the_way(wanted, opening):
                if self.effort < 0:
                    return False
                if self._displace(self.problem.by_code[other], wanted, opening, allowance, depth):
                    return True
        return False

    def _displace(self, other: Wanted, wanted: Wanted, opening: Opening, allowance: int, depth: int) -> bool:
        self.effort -= 1
        place = self.draft.remove(other)
        refund = self.price(place[0])
        price = self.price(opening)
        start = self.draft.first_start(wanted, opening)
        if start is not None:
            self.draft.place(wanted, opening, start)
            if self.insert(other, allowance - price + refund, depth - 1):
                return True
            self.draft.remove(wanted)
        self.draft.place(other, *place)
        return False

    def _in_the_way(self, wanted: Wanted, opening: Opening) -> list[str]:
        """Those each of whom alone may keep somebody from an opening."""
        if not self.draft.left_on(opening.interviewer, opening.day):
            return self.draft.sharing(opening, day=True)
        if not self.draft.left_in_week(opening.interviewer, monday_of(opening.day)):
            return self.draft.sharing(opening, day=False)
        codes = (code for start in opening.starts for code in self.draft.displaceable(wanted, opening, start))
        return list(dict.fromkeys(codes))

    def fill_quotas(self) -> None:
        """Let those beyond a target give way to those whom another target lacks."""
        for wanted in self._lacking():
            for other in self._surplus():
                place = self.draft.remove(other)
                if self.insert(wanted, _ANY, 1):
                    break
                self.draft.place(other, *place)

    def _lacking(self) -> Iterator[Wanted]:
        for wanted in self.problem.wanted:
            quota = self.problem.quotas[wanted.group]
            if wanted.code not in self.draft.chosen and self.draft.placed()[wanted.group] < quota:
                yield wanted

    def _surplus(self) -> list[Wanted]:
        placed = self.draft.placed()
        movable = (self.problem.by_code[code] for code in sorted(self.draft.chosen))
        return [w for w in movable if not w.stays and placed[w.group] > self.problem.quotas[w.group]]

    def improve(self, depth: int) -> bool:
        """Look once for a better place for everyone who has a cost, dearest first; whether anything changed."""
        changed = False
        costly = [(self.price_paid(code), code) for code in self.draft.chosen]
        for _, code in sorted(costly, key=lambda item: (-item[0], item[1])):
            if self.effort < 0:
                return False
            wanted = self.problem.by_code[code]
            place = self.draft.remove(wanted)
            if self.insert(wanted, self.price(place[0]), depth):
                changed = True
            else:
                self.draft.place(wanted, *place)
        return changed

    def price_paid(self, code: str) -> int:
        opening, _ = self.draft.chosen[code]
        return opening.cost + opening.moves * _MOVE
