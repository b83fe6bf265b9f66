"""A plan by OR-Tools CP-SAT, with the proof of how good it is.

Every opening of a participant is an optional interval whose start is left free within it. What parties and
telephone lines allow is `no overlap` and `cumulative` over those intervals; limits by day and week and the
choice of one opening are linear. Costs hang on openings only, so that without the overlaps the model would be
a flow through a network: its linear relaxation is all but whole, and the bound is tight from the beginning.

What counts first is minimised first, and then kept while the next is. For the cost, that flow is solved first
(`cohort_relaxation.py`): most of its plan can be seated as it is, and most openings cannot be part of anything
better and are left out. One thread, a fixed seed and a limit in deterministic time: the same problem gives the
same plan, unless the clock breaks the search off before.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

from scheduling.availability import monday_of
from scheduling.cohort.draft import Draft, parties_of
from scheduling.cohort.greedy import drawn_up, filled_up, traded
from scheduling.cohort.problem import (
    DAY,
    Opening,
    Openings,
    Plan,
    Problem,
    Score,
    Wanted,
    least_imbalance,
    plan_of,
    score_of,
)
from scheduling.cohort.relaxation import relaxed
from scheduling.spans import Span

INSTALL = "pip install 'fieldcall[plan]'"
SECONDS = 60
_WORK_PER_SECOND = 0.15  # in deterministic time, half of what a free core gets done: the clock is for busy machines
_NEAR = DAY // 2  # what trades look at first: openings that are all but part of the relaxation
_NOTHING = 2**62  # the value of what has not been found
_LEVELS = ("shortfall", "unplaced", "moved", "cost")

Watch = Callable[[str, int, int], None]  # which part of the score is being minimised; the best so far, and the bound


def is_installed() -> bool:
    """Whether OR-Tools is there."""
    return find_spec("ortools") is not None


def solve(problem: Problem, *, seconds: float = SECONDS, watch: Watch | None = None) -> Plan:
    """The best plan that can be found in so many seconds, never worse than the greedy one it begins with."""
    search = _Search(problem, drawn_up(problem), seconds * _WORK_PER_SECOND, time.monotonic() + seconds, watch)
    for level in _LEVELS:
        if not search.settle(level):
            break
    search.draft.settle()
    bound = Score(**search.proven)
    plan = plan_of(problem, search.draft.chosen, "optimal", bound)
    return plan if plan.score == bound else replace(plan, how="broken off")


@dataclass(slots=True)
class _Search:
    """The best so far, and what is proven of each part of the score."""

    problem: Problem
    draft: Draft
    work: float  # deterministic time for each part of the score
    until: float  # by the clock that only goes forward
    watch: Watch | None
    proven: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_LEVELS, 0))

    def settle(self, level: str) -> bool:
        """Make one part of the score as small as can be, those before it kept; whether that is proven."""
        if self.score(level) > 0:
            openings = self.narrow() if level == "cost" else {w.code: w.openings for w in self.problem.wanted}
            if self.score(level) > self.proven[level]:
                self.improve(level, _Model(self.problem, openings))
        return self.score(level) == self.proven[level]

    def narrow(self) -> Openings:
        """The openings that still matter for the cost, after what the relaxation prefers has been tried."""
        score = _score(self.problem, self.draft)
        relaxation = relaxed(self.problem, len(self.draft.chosen), score.moved)
        if relaxation is None:
            return {wanted.code: wanted.openings for wanted in self.problem.wanted}
        self.proven["cost"] = relaxation.bound
        tried = filled_up(self.problem, relaxation.seated())
        tried = traded(self.problem, tried, relaxation.within(_NEAR, tried))
        stay = {wanted.code for wanted in self.problem.wanted if wanted.stays}
        if _score(self.problem, tried) < score and stay <= tried.chosen.keys():
            self.draft = tried
        return relaxation.within(self.score("cost") - relaxation.bound, self.draft)

    def improve(self, level: str, model: "_Model") -> None:
        """Let CP-SAT look for something better."""
        for earlier in _LEVELS[: _LEVELS.index(level)]:
            model.keep(earlier, self.score(earlier))
        limits = _Limits(self.work, max(0.0, self.until - time.monotonic()))
        found = model.minimise(level, self.draft, limits, self.watch)
        self.proven[level] = max(self.proven[level], found.bound)
        if found.value < self.score(level):
            self.draft = found.draft if level == "cost" else traded(self.problem, found.draft)

    def score(self, level: str) -> int:
        value: int = getattr(_score(self.problem, self.draft), level)
        return value


def _score(problem: Problem, draft: Draft) -> Score:
    return score_of(problem, {code: opening for code, (opening, _) in draft.chosen.items()})


@dataclass(frozen=True, slots=True)
class _Limits:
    """Where a search is broken off: by what it has done, which is always the same, and by the clock."""

    work: float
    seconds: float


@dataclass(frozen=True, slots=True)
class _Choice:
    """An opening in the model: whether it is chosen, and the claim's start in seconds since 1970."""

    opening: Opening
    is_chosen: Any
    begins: Any
    interval: Any
    window: Span  # all that any of its claims could take


@dataclass(frozen=True, slots=True)
class _Found:
    draft: Draft
    value: int
    bound: int


class _Model:
    """The problem in the terms of CP-SAT."""

    def __init__(self, problem: Problem, openings: Openings) -> None:
        from ortools.sat.python import cp_model

        self.problem = problem
        self.cp_model = cp_model
        self.model = cp_model.CpModel()
        self.choices = {w.code: [self._choice(w, opening) for opening in openings[w.code]] for w in problem.wanted}
        self.left_out = {wanted.code: self._choose_one(wanted) for wanted in problem.wanted}
        self.steps = {code: self._load(code, steps) for code, steps in problem.fair_steps.items()}
        self.short = {group: self._shortfall(group, quota) for group, quota in problem.quotas.items()}
        self._keep_limits()
        self._keep_parties_apart()
        self._share_lines()

    def minimise(self, level: str, draft: Draft, limits: _Limits, watch: Watch | None) -> _Found:
        """Make one part of the score as small as can be, beginning with the draft."""
        offset = least_imbalance(self.problem, len(draft.chosen)) if level == "cost" else 0
        self._hint(draft)
        self.model.minimize(self._sum(level))
        solver = self._solver(limits)
        seen = _Seen(level, offset, watch)
        solver.best_bound_callback = seen.bounded
        status = solver.solve(self.model, self._telling(seen))
        assert status != self.cp_model.INFEASIBLE, "the draft keeps every rule, so the model must allow it"
        bound = max(0, math.ceil(solver.best_objective_bound - 1e-6) - offset)
        if status == self.cp_model.UNKNOWN:
            return _Found(draft, _NOTHING, bound)
        found = _Found(self._read(solver), round(solver.objective_value) - offset, bound)
        if watch:
            watch(level, found.value, bound)
        return found

    def keep(self, level: str, value: int) -> None:
        """Let a part of the score become no greater any more."""
        self.model.add(self._sum(level) <= value)

    def _choice(self, wanted: Wanted, opening: Opening) -> _Choice:
        claims = [self.problem.claim(wanted, start) for start in opening.starts]
        domain = self.cp_model.Domain.from_values([_seconds(claim.start) for claim in claims])
        is_chosen = self.model.new_bool_var("")
        begins = self.model.new_int_var_from_domain(domain, "")
        size = int((claims[0].end - claims[0].start).total_seconds())
        interval = self.model.new_optional_fixed_size_interval_var(begins, size, is_chosen, "")
        return _Choice(opening, is_chosen, begins, interval, Span(claims[0].start, claims[-1].end))

    def _choose_one(self, wanted: Wanted) -> Any:
        """One opening, or to be left out, which is not for those who must keep a place."""
        left_out = self.model.new_constant(0) if wanted.stays else self.model.new_bool_var("")
        self.model.add_exactly_one([*(choice.is_chosen for choice in self.choices[wanted.code]), left_out])
        return left_out

    def _load(self, interviewer: str, steps: Sequence[int]) -> list[Any]:
        """One variable for every interview more: as steps rise, the cheap ones are taken first."""
        chosen = [choice.is_chosen for choice in self._all() if choice.opening.interviewer == interviewer]
        taken = [self.model.new_bool_var("") for _ in steps]
        self.model.add(self._total(chosen) == self._total(taken))
        return taken

    def _shortfall(self, group: str, quota: int) -> Any:
        short = self.model.new_int_var(0, quota, "")
        members = [wanted for wanted in self.problem.wanted if wanted.group == group]
        self.model.add(short + len(members) - self._total([self.left_out[w.code] for w in members]) >= quota)
        return short

    def _keep_limits(self) -> None:
        by_day: defaultdict[tuple[str, date], list[Any]] = defaultdict(list)
        by_week: defaultdict[tuple[str, date], list[Any]] = defaultdict(list)
        for choice in self._all():
            by_day[choice.opening.interviewer, choice.opening.day].append(choice.is_chosen)
            by_week[choice.opening.interviewer, monday_of(choice.opening.day)].append(choice.is_chosen)
        free = Draft(self.problem)
        for (code, day), chosen in by_day.items():
            self.model.add(self._total(chosen) <= free.left_on(code, day))
        for (code, monday), chosen in by_week.items():
            self.model.add(self._total(chosen) <= free.left_in_week(code, monday))

    def _keep_parties_apart(self) -> None:
        shared = {*self.problem.capacities, *(wanted.attending for wanted in self.problem.wanted)}
        by_party: defaultdict[str, list[_Choice]] = defaultdict(list)
        for wanted in self.problem.wanted:
            for choice in self.choices[wanted.code]:
                for party in shared.intersection(parties_of(wanted, choice.opening)):
                    by_party[party].append(choice)
        for choices in by_party.values():
            for together in _meeting([(choice.window, choice.interval) for choice in choices]):
                self.model.add_no_overlap(together)

    def _share_lines(self) -> None:
        if not self.problem.lines:
            return
        calls = [
            (choice.window, (choice.interval, 1))
            for wanted in self.problem.wanted
            if wanted.mode == "phone"
            for choice in self.choices[wanted.code]
        ]
        calls += [(span, (self._fixed(span), in_use)) for span, in_use in self._lines_in_use()]
        for together in _meeting(calls):
            intervals, demands = zip(*together, strict=True)
            self.model.add_cumulative(intervals, demands, self.problem.lines)

    def _lines_in_use(self) -> Iterator[tuple[Span, int]]:
        """Stretches with the lines that are taken in them, never more than there are."""
        claims = self.problem.line_claims
        cuts = sorted({at for claim in claims for at in claim})
        for start, end in pairwise(cuts):
            if in_use := sum(claim.start <= start and end <= claim.end for claim in claims):
                yield Span(start, end), min(in_use, self.problem.lines)

    def _fixed(self, span: Span) -> Any:
        length = int((span.end - span.start).total_seconds())
        return self.model.new_fixed_size_interval_var(_seconds(span.start), length, "")

    def _sum(self, level: str) -> Any:
        """What a part of the score is in the model, without the imbalance that nobody can help."""
        if level == "shortfall":
            return self._total(list(self.short.values()))
        if level == "unplaced":
            return self._total(list(self.left_out.values()))
        if level == "moved":
            return self._total([choice.is_chosen for choice in self._all() if choice.opening.moves])
        terms = [(choice.is_chosen, choice.opening.cost) for choice in self._all()]
        for code, taken in self.steps.items():
            terms += zip(taken, self.problem.fair_steps[code], strict=True)
        return self.cp_model.LinearExpr.weighted_sum([term for term, _ in terms], [cost for _, cost in terms])

    def _total(self, variables: Sequence[Any]) -> Any:
        return self.cp_model.LinearExpr.sum(variables)

    def _all(self) -> Iterator[_Choice]:
        return (choice for choices in self.choices.values() for choice in choices)

    def _hint(self, draft: Draft) -> None:
        """Tell the solver the draft as a whole, so that it begins with it."""
        self.model.clear_hints()  # type: ignore[no-untyped-call]
        for code, choices in self.choices.items():
            opening, start = draft.chosen.get(code, (None, None))
            wanted = self.problem.by_code[code]
            if not wanted.stays:
                self.model.add_hint(self.left_out[code], int(opening is None))
            for choice in choices:
                chosen = choice.opening is opening
                at = start if chosen and start else choice.opening.starts[0]
                self.model.add_hint(choice.is_chosen, int(chosen))
                self.model.add_hint(choice.begins, _seconds(self.problem.claim(wanted, at).start))
        for code, taken in self.steps.items():
            for number, variable in enumerate(taken):
                self.model.add_hint(variable, int(number < draft.loads[code]))
        placed = draft.placed()
        for group, variable in self.short.items():
            self.model.add_hint(variable, max(0, self.problem.quotas[group] - placed[group]))

    def _solver(self, limits: _Limits) -> Any:
        solver = self.cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        solver.parameters.max_time_in_seconds = limits.seconds
        solver.parameters.max_deterministic_time = limits.work
        solver.parameters.cp_model_probing_level = 0  # most of the time went there, and the bound was the same
        solver.parameters.max_presolve_iterations = 1
        solver.parameters.symmetry_level = 0
        return solver

    def _telling(self, seen: "_Seen") -> Any:
        class Telling(self.cp_model.CpSolverSolutionCallback):  # type: ignore[name-defined, misc]
            def on_solution_callback(self) -> None:
                seen.improved(self.objective_value)
                seen.bounded(self.best_objective_bound)

        return Telling()

    def _read(self, solver: Any) -> Draft:
        draft = Draft(self.problem)
        for code, choices in self.choices.items():
            wanted = self.problem.by_code[code]
            for choice in choices:
                if solver.boolean_value(choice.is_chosen):
                    begins = datetime.fromtimestamp(solver.value(choice.begins), UTC)
                    draft.place(wanted, choice.opening, begins + self.problem.before)
        return draft


@dataclass(slots=True)
class _Seen:
    """The best and the bound of a search that is going on."""

    level: str
    offset: int
    watch: Watch | None
    best: int | None = None
    bound: int = 0

    def improved(self, objective: float) -> None:
        self.best = round(objective) - self.offset
        self._tell()

    def bounded(self, bound: float) -> None:
        self.bound = max(self.bound, math.ceil(bound - 1e-6) - self.offset)
        self._tell()

    def _tell(self) -> None:
        if self.watch and self.best is not None:
            self.watch(self.level, self.best, self.bound)


def _seconds(instant: datetime) -> int:
    return int(instant.timestamp())


def _meeting(intervals: Sequence[tuple[Span, Any]]) -> Iterator[list[Any]]:
    """Intervals in groups that cannot meet each other, as those of two days; a group of one needs no rule."""
    group: list[Any] = []
    until: datetime | None = None
    for window, interval in sorted(intervals, key=lambda item: item[0]):
        if until is not None and window.start >= until:
            if len(group) > 1:
                yield group
            group, until = [], None
        group.append(interval)
        until = max(until or window.end, window.end)
    if len(group) > 1:
        yield group
