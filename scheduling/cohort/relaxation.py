"""How good a plan can be at best, and which openings can be part of a better one: planning without overlaps.

Without what parties and telephone lines forbid, and with parts of an interview allowed, a plan is a flow from
people through openings to interviewers' days, weeks and loads: a linear program, quickly solved. Its least cost
is a bound for every plan. An opening's reduced cost is what choosing it would add to that bound at least, so
whatever lifts the bound above a plan that is known cannot be part of a better one (reduced-cost fixing,
Dantzig, Fulkerson and Johnson 1954).
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scheduling.availability import monday_of
from scheduling.cohort.draft import Draft
from scheduling.cohort.problem import Opening, Openings, Problem, least_imbalance

_SLACK = 1.0  # in units of cost: far more than what the arithmetic of a linear program may be off


@dataclass(frozen=True, slots=True)
class Relaxation:
    """The best plan without overlaps: its cost, which no plan can go below, and what it says of every opening."""

    problem: Problem
    bound: int
    preferred: Mapping[str, Opening]
    added: Mapping[str, Sequence[float]]  # to the bound by each opening of a participant, at least

    def within(self, room: float, draft: Draft) -> Openings:
        """The openings that add no more than `room` to the bound, and those of the draft; all others left out."""
        return {
            wanted.code: [
                opening
                for opening, added in zip(wanted.openings, self.added[wanted.code], strict=True)
                if added <= room + _SLACK or opening is draft.chosen.get(wanted.code, (None,))[0]
            ]
            for wanted in self.problem.wanted
        }

    def seated(self) -> Draft:
        """The preferred openings as far as they do not stand against each other."""
        draft = Draft(self.problem)
        for code, opening in self.preferred.items():
            wanted = self.problem.by_code[code]
            if start := draft.first_start(wanted, opening):
                draft.place(wanted, opening, start)
        return draft


def relaxed(problem: Problem, placed: int, moved: int) -> Relaxation | None:
    """The relaxation of all plans that place so many and move at most so many; None where it cannot be solved."""
    from ortools.linear_solver import pywraplp

    solver = pywraplp.Solver.CreateSolver("GLOP")
    chosen = _flow(solver, problem, placed, moved)
    if solver.Solve() != pywraplp.Solver.OPTIMAL:
        return None
    least = solver.Objective().Value() - least_imbalance(problem, placed)
    preferred = {
        wanted.code: opening
        for wanted in problem.wanted
        for opening, variable in zip(wanted.openings, chosen[wanted.code], strict=True)
        if variable.solution_value() > 1 / 2
    }
    added = {code: [variable.reduced_cost() for variable in variables] for code, variables in chosen.items()}
    return Relaxation(problem, max(0, math.ceil(least - _SLACK)), preferred, added)


def _flow(solver: Any, problem: Problem, placed: int, moved: int) -> dict[str, list[Any]]:
    """Write the linear program into `solver`; the variables of the openings, by participant."""
    free, objective = Draft(problem), solver.Objective()
    objective.SetMinimization()
    moves = solver.Constraint(0, moved)
    left_out = solver.Constraint(len(problem.wanted) - placed, len(problem.wanted) - placed)
    days: defaultdict[Any, Any] = defaultdict(lambda: solver.Constraint(-solver.infinity(), 0))
    loads = {code: _steps(solver, objective, steps) for code, steps in problem.fair_steps.items()}
    chosen = {}
    for wanted in problem.wanted:
        one = solver.Constraint(1, 1)
        if not wanted.stays:
            without = solver.NumVar(0, 1, "")
            one.SetCoefficient(without, 1)
            left_out.SetCoefficient(without, 1)
        chosen[wanted.code] = [solver.NumVar(0, solver.infinity(), "") for _ in wanted.openings]
        for opening, variable in zip(wanted.openings, chosen[wanted.code], strict=True):
            who, monday = opening.interviewer, monday_of(opening.day)
            objective.SetCoefficient(variable, opening.cost)
            limited = days[who, opening.day], days[who, monday, "week"]
            for constraint in (one, *limited, loads[who], *([moves] if opening.moves else [])):
                constraint.SetCoefficient(variable, 1)
            limited[0].SetUb(free.left_on(who, opening.day))
            limited[1].SetUb(free.left_in_week(who, monday))
    return chosen


def _steps(solver: Any, objective: Any, steps: tuple[int, ...]) -> Any:
    """What each further interview with somebody costs; the constraint that an interview with them belongs to."""
    load = solver.Constraint(0, 0)
    for cost in steps:
        step = solver.NumVar(0, 1, "")
        load.SetCoefficient(step, -1)
        objective.SetCoefficient(step, cost)
    return load
