"""`fieldcall book --all --plan · book --from · repair`: many interviews planned at once, looked at, and booked."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from desk.bookings import AS_OF, SECONDS, now_of
from desk.opened import Opened, opened
from desk.output import JSON_OPTION, complain, print_json, print_table, progress_bar, say
from desk.outside import look_outside, tell_outside
from desk.runs import Bars

if TYPE_CHECKING:
    from scheduling.cohort.assignment import BookAllReport, Planner, Proposal, Unplaced
    from scheduling.cohort.problem import Plan
    from scheduling.cohort.repair import Move, Repair

ACTOR = "coordinator"


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    app.command()(repair)


def plan_everyone(here: Opened, now: datetime, *, apply: bool, out: Path | None, seconds: int, as_json: bool) -> None:
    """Propose a plan for everyone who is still to be booked; save it, book it, or only show it."""
    from scheduling.cohort.assignment import propose

    with Bars() as bars:
        proposal = propose(here.database, here.study, now=now, planner=_planner(bars, seconds))
    if out:
        _save(here, proposal, out)
    report = _book(here, proposal, now) if apply else None
    if as_json:
        print_json(_as_json(here, proposal, report))
    else:
        _show_plan(here, proposal)
        if report:
            _tell_booked(report)
        elif out:
            say(f"Saved as {out}. Book it with 'fieldcall book --from {out}', after any changes by hand.")
        elif proposal.plan.proposed:
            say("Nothing is booked yet. Book this plan with --apply, or save it with --out FILE.csv.")
    if report.unplaced if report else proposal.unplaced:
        raise typer.Exit(1)


def book_file(here: Opened, file: Path, now: datetime, *, as_json: bool) -> None:
    """Book the rows of a plan that was saved; every rule is looked at again, row by row."""
    from scheduling.cohort.assignment import book_rows
    from scheduling.cohort.plan_file import read_plan

    rows, problems = read_plan(file, here.study)
    with progress_bar("book") as moved:
        booked, refused = book_rows(here.database, here.study, rows, now=now, actor=ACTOR, progress=moved)
    problems = sorted([*problems, *refused], key=lambda problem: problem.line)
    tell_outside(here)
    if as_json:
        print_json({"booked": booked, "problems": problems})
    else:
        say(f"{len(booked)} booked.")
        for problem in problems:
            complain(f"line {problem.line}{f' ({problem.code})' if problem.code else ''}: {problem.reason}")
        if problems:
            complain(f"{len(problems)} rows were not booked. Mend them in the file and book it again.")
    if problems:
        raise typer.Exit(1)


def repair(
    context: typer.Context,
    interviewer: Annotated[str, typer.Argument(help="The code of the interviewer who is away.")],
    days: Annotated[str, typer.Argument(help="A day or a span of days, such as 2020-06-08..2020-06-12.")],
    plan: Annotated[bool, typer.Option("--plan", help="Only propose; so it is without --apply too.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Move the interviews as proposed.")] = False,
    seconds: Annotated[int, SECONDS] = 60,
    as_of: Annotated[str | None, AS_OF] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Give an interviewer's interviews of some days to others, or other times, with the fewest changes."""
    from scheduling.cohort.repair import carry_out, propose_repair

    if plan and apply:
        raise typer.BadParameter("give --plan or --apply")
    here = opened(context)
    look_outside(here)
    now, away = now_of(here, as_of), _days(days)
    with Bars() as bars:
        found = propose_repair(
            here.database, here.study, interviewer.upper(), away, now=now, planner=_planner(bars, seconds)
        )
    refused: tuple[Unplaced, ...] = ()
    if apply:
        with progress_bar("move") as moved:
            refused = carry_out(here.database, here.study, found, now=now, actor=ACTOR, progress=moved).refused
        tell_outside(here)
    if as_json:
        print_json(_repair_as_json(found, refused, applied=apply))
    else:
        _show_repair(here, found)
        for unplaced in refused:
            complain(unplaced.reason)
        say(_what_now(found, refused, apply))
        _advise(here, found, days)
    if found.unplaced or refused:
        raise typer.Exit(1)


def _planner(bars: Bars, seconds: int) -> "Planner":
    """The solver where it is installed, else the greedy planner with a word about it."""
    from scheduling.cohort.greedy import greedy
    from scheduling.cohort.solver import INSTALL, is_installed, solve

    bars.began("plan")
    if not is_installed():
        complain(f"Without OR-Tools the plan is good but not proven to be the best. Install it with {INSTALL}.")
        return greedy

    def watch(level: str, best: int, bound: int) -> None:
        words = f"best {_amount(level, best)}, at least {_amount(level, bound)}"
        bars.moved("plan", min(bound, best), max(best, 1), words)

    return lambda problem: solve(problem, seconds=seconds, watch=watch)


def _amount(level: str, value: int) -> str:
    from scheduling.cohort.problem import DAY

    words = {"shortfall": "short of the targets", "unplaced": "without a place", "moved": "of others moved"}
    return f"{value} {words[level]}" if level in words else f"{value / DAY:,.1f} days"


def _book(here: Opened, proposal: "Proposal", now: datetime) -> "BookAllReport":
    from scheduling.cohort.assignment import book_proposal

    with progress_bar("book") as moved:
        report = book_proposal(here.database, here.study, proposal, now=now, actor=ACTOR, progress=moved)
    tell_outside(here)
    return report


def _save(here: Opened, proposal: "Proposal", out: Path) -> None:
    from scheduling.cohort.plan_file import write_plan
    from scheduling.cohort.reasons import why_there
    from scheduling.errors import PlanFileError
    from storage.files import write_bytes

    rows = [(one, why_there(proposal.problem, one)) for one in proposal.plan.proposed]
    try:
        write_bytes(out, write_plan(rows, here.study).encode())
    except OSError as error:
        raise PlanFileError(f"The plan cannot be saved: {error.strerror}. Name another file with --out.") from error


def _plan_rows(here: Opened, proposal: "Proposal", *, as_json: bool) -> list[dict[str, Any]]:
    from scheduling.cohort.reasons import why_there
    from scheduling.local_time import show as show_time

    return [
        {
            "code": one.code,
            "when": one.slot.starts_at if as_json else show_time(one.slot.starts_at, here.study.zone),
            "with": one.slot.interviewer_code,
            "mode": one.mode,
            "why": why_there(proposal.problem, one),
        }
        for one in proposal.plan.proposed
    ]


def _show_plan(here: Opened, proposal: "Proposal") -> None:
    if proposal.plan.proposed:
        print_table(_plan_rows(here, proposal, as_json=False), "Proposed")
        print_table(_load_rows(proposal), "Interviews by week, those booked before included")
    if proposal.unplaced:
        print_table(_unplaced_rows(proposal.unplaced), "Without a place")
    if not proposal.plan.proposed and not proposal.unplaced:
        say("Nobody is to be booked.")
        return
    say(f"{len(proposal.plan.proposed)} proposed, {len(proposal.unplaced)} without a place. {_how_good(proposal.plan)}")


def _load_rows(proposal: "Proposal") -> list[dict[str, Any]]:
    from scheduling.cohort.problem import weekly_loads

    loads = weekly_loads(proposal.problem, proposal.plan)
    weeks = sorted({monday for load in loads.values() for monday in load})
    return [
        {
            "interviewer": code,
            **{f"{monday.day} {monday:%b}": load[monday] for monday in weeks},
            "sum": sum(load.values()),
            "weekly limit": proposal.problem.capacities[code].weekly_limit,
        }
        for code, load in loads.items()
    ]


def _unplaced_rows(unplaced: Sequence["Unplaced"]) -> list[dict[str, Any]]:
    return [{"code": one.code, "because": one.reason} for one in unplaced]


def _how_good(plan: "Plan") -> str:
    """Cost and bound in a sentence."""
    from scheduling.cohort.problem import DAY

    cost = f"It costs {plan.score.cost / DAY:,.1f} days"
    if plan.how == "optimal":
        return f"No plan is better. {cost}."
    if plan.bound is None:
        return f"{cost}; how far that is from the best is not known."
    if plan.gap is None:
        return f"{cost}. The search was broken off: perhaps more can be placed; give it more time with --seconds."
    return f"{cost}, at most {plan.gap:.1%} more than the best, which costs at least {plan.bound.cost / DAY:,.1f}."


def _as_json(here: Opened, proposal: "Proposal", report: "BookAllReport | None") -> dict[str, Any]:
    from scheduling.cohort.problem import weekly_loads

    loads = weekly_loads(proposal.problem, proposal.plan)
    return {
        "how": proposal.plan.how,
        "score": proposal.plan.score,
        "bound": proposal.plan.bound,
        "proposed": _plan_rows(here, proposal, as_json=True),
        "loads": {
            code: {monday.isoformat(): number for monday, number in sorted(load.items())}
            for code, load in loads.items()
        },
        "unplaced": proposal.unplaced,
        "booked": report,
    }


def _tell_booked(report: "BookAllReport") -> None:
    say(f"{len(report.booked)} booked.")
    for unplaced in report.unplaced:
        complain(f"{unplaced.code} could not be booked because {unplaced.reason}.")


def _days(text: str) -> frozenset[date]:
    from storage.hours import parse_days

    try:
        return frozenset(parse_days(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _show_repair(here: Opened, found: "Repair") -> None:
    from scheduling.local_time import show as show_time

    rows = [
        {
            "code": one.code,
            "from": show_time(one.before.starts_at, here.study.zone),
            "to": "same time" if _same_time(one) else show_time(one.after.starts_at, here.study.zone),
            "with": one.after.interviewer_code,
            "instead of": ""
            if one.after.interviewer_code == one.before.interviewer_code
            else one.before.interviewer_code,
            "why": f"{found.interviewer} is away" if one.affected else "makes room",
        }
        for one in found.moves
    ]
    if rows:
        print_table(rows, "Moves")
    if found.unplaced:
        print_table(_unplaced_rows(found.unplaced), "Without a place")


def _same_time(one: "Move") -> bool:
    return one.before.starts_at == one.after.starts_at


def _what_now(found: "Repair", refused: Sequence["Unplaced"], applied: bool) -> str:
    if not found.affected and not found.unplaced:
        return f"{found.interviewer} has no interviews on those days."
    affected = [one for one in found.moves if one.affected]
    kept = sum(map(_same_time, affected))
    sentences = [
        f"{len(found.affected)} of {found.interviewer}'s interviews are on those days: {kept} keep their time, "
        f"{len(affected) - kept} get another, {len(found.affected) - len(affected)} have no place.",
        f"{found.others_moved} of {found.others} other bookings are moved.",
    ]
    if not applied:
        sentences.append("Nothing has been moved yet; do it with --apply.")
    elif refused:
        sentences.append(f"{len(refused)} could not be moved after all; repair again.")
    return " ".join(sentences)


def _advise(here: Opened, found: "Repair", days: str) -> None:
    """The line that keeps those days free from now on."""
    rule = here.study.interviewers[found.interviewer]
    if found.away <= rule.days_away:
        return
    listed = ", ".join(f'"{one}"' for one in (*rule.away, days))
    say(f"So that nobody is booked then, write under [interviewers.{found.interviewer}] in study.toml:")
    say(f"  away = [{listed}]")


def _repair_as_json(found: "Repair", refused: Sequence["Unplaced"], *, applied: bool) -> dict[str, Any]:
    return {
        "interviewer": found.interviewer,
        "away": sorted(found.away),
        "affected": found.affected,
        "moves": [
            {
                "code": one.code,
                "from": one.before.starts_at,
                "to": one.after.starts_at,
                "instead_of": one.before.interviewer_code,
                "with": one.after.interviewer_code,
                "affected": one.affected,
            }
            for one in found.moves
        ],
        "unplaced": found.unplaced,
        "others": found.others,
        "others_moved": found.others_moved,
        "how": found.plan.how,
        "score": found.plan.score,
        "bound": found.plan.bound,
        "applied": applied,
        "refused": refused,
    }
