"""`fieldcall slots · why-not · book · interviews · move · cancel · held · no-show`: the interviews of a study."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import Opened, opened
from desk.output import JSON_OPTION, say, show
from desk.outside import look_outside, tell_outside

if TYPE_CHECKING:
    from storage.tables import Interview

COORDINATOR = "coordinator"
WHEN = typer.Argument(metavar="WHEN", help="In the study's zone or that of --zone, such as '2020-06-03 14:00'.")
ZONE = typer.Option("--zone", metavar="ZONE", help="The zone that WHEN is told in, such as Europe/Berlin.")
MODE = typer.Option(help="phone or video; else what the participant prefers.")
ACTOR = typer.Option("--as", metavar="WHO", help="For an interviewer, the participant or their link worker, by code.")
CAUSE = typer.Option("--cause", help="Why, in a few words; no names.")
SECONDS = typer.Option(min=1, max=3600, help="With --plan: how long to look for the best plan.")
AS_OF = typer.Option("--as-of", metavar="WHEN", help="Book as if it were this time, to enter bookings afterwards.")


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    for command in (slots, book, interviews, move, cancel, held):
        app.command()(command)
    app.command("no-show")(no_show)
    app.command("why-not")(why_not)


def actor_of(here: Opened, acting: str, step: str, interview: str) -> str:
    """Who takes a step, as the history writes it, once it is known that they may. Raises NotAllowed."""
    from scheduling.actors import Step, allowed_actor

    return allowed_actor(here.database, here.study, acting, Step(step), interview)


def now_of(here: Opened, as_of: str | None) -> datetime:
    """The time as which a command is run: now, or the one named, in the study's zone. Raises LocalTimeError."""
    return _instant(here, as_of) if as_of else datetime.now(UTC)


def slots(
    context: typer.Context,
    code: str,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    mode: Annotated[str | None, MODE] = None,
    as_of: Annotated[str | None, AS_OF] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show when a participant could be interviewed, soonest first."""
    from scheduling.booking import slots_for
    from scheduling.local_time import show_both
    from scheduling.participants import participant_of
    from scheduling.rules import zones_of
    from storage.interviews import code_of

    here = opened(context)
    look_outside(here)
    with here.database.reading() as session:
        free = slots_for(session, here.study, code, now_of(here, as_of), mode=mode, limit=limit)
        participant = participant_of(session, code_of(code))
    rows = [
        {
            "when": slot.starts_at
            if as_json
            else show_both(slot.starts_at, *zones_of(here.study, participant, slot.interviewer_code)),
            "with": slot.interviewer_code,
        }
        for slot in free
    ]
    show(rows, title=f"Free for {code}", as_json=as_json, empty=f"Nothing is free for {code} in the study's window.")


def why_not(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="A participant's code.")],
    when: Annotated[str, WHEN],
    interviewer: Annotated[str | None, typer.Option(help="Only this interviewer's code; else all.")] = None,
    mode: Annotated[str | None, MODE] = None,
    zone: Annotated[str | None, ZONE] = None,
    as_of: Annotated[str | None, AS_OF] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Say which rule keeps a participant from being interviewed at a time, for each interviewer."""
    from scheduling.booking import verdicts
    from scheduling.local_time import show as show_time

    here = opened(context)
    look_outside(here)
    at = _instant(here, when, zone)
    with here.database.reading() as session:
        found = verdicts(
            session, here.study, code, now_of(here, as_of), starts_at=at, interviewer=interviewer, mode=mode
        )
    rows = [
        {"with": verdict.interviewer_code, "free": not verdict.rule, "rule": verdict.rule}
        if as_json
        else {"with": verdict.interviewer_code, "rule": verdict.rule or "free"}
        for verdict in found
    ]
    show(rows, title=f"{code} on {show_time(at, here.study.zone)}", as_json=as_json)
    if all(verdict.rule for verdict in found):
        raise typer.Exit(1)


def book(
    context: typer.Context,
    code: Annotated[str | None, typer.Argument(help="A participant's code.")] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Everyone who is still to be booked.")] = False,
    at: Annotated[str | None, typer.Option(metavar="WHEN", help="This time; else the first free one.")] = None,
    interviewer: Annotated[str | None, typer.Option(help="This interviewer's code; else whoever is free.")] = None,
    mode: Annotated[str | None, MODE] = None,
    zone: Annotated[str | None, ZONE] = None,
    acting: Annotated[str, ACTOR] = COORDINATOR,
    as_of: Annotated[str | None, AS_OF] = None,
    plan: Annotated[bool, typer.Option("--plan", help="With --all: propose the best plan, and book nobody.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="With --all: book that plan.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Save that plan, to be booked later.")] = None,
    file: Annotated[Path | None, typer.Option("--from", metavar="FILE.csv", help="Book a plan that was saved.")] = None,
    seconds: Annotated[int, SECONDS] = 60,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Book one participant, or everyone who is still to be booked: at once, or as a plan to look at first."""
    planned = plan or apply or out is not None
    if [code is not None, everyone, file is not None].count(True) != 1:
        raise typer.BadParameter("give a code, or --all, or --from FILE.csv")
    if (not code and (at or interviewer or mode or acting != COORDINATOR)) or (zone and not at):
        raise typer.BadParameter("--at, --interviewer, --mode and --as go with a code; --zone only with --at")
    if (planned and not everyone) or (as_json and not (planned or file)):
        raise typer.BadParameter("--plan, --apply and --out go with --all; --json with a plan or --from")
    here = opened(context)
    if code:
        actor = actor_of(here, acting, "book", code)
        _book_one(here, code, _instant(here, at, zone) if at else None, interviewer, mode, actor, as_of)
        return
    from desk import plans

    look_outside(here)
    if planned:
        plans.plan_everyone(here, now_of(here, as_of), apply=apply, out=out, seconds=seconds, as_json=as_json)
        return
    if file:
        plans.book_file(here, file, now_of(here, as_of), as_json=as_json)
        return
    from desk.runs import run_flow
    from flows.options import BookOptions

    try:
        run_flow(here.study, "book-interviews", BookOptions(as_of=now_of(here, as_of) if as_of else None))
    finally:
        tell_outside(here)


def _book_one(
    here: Opened,
    code: str,
    at: datetime | None,
    interviewer: str | None,
    mode: str | None,
    actor: str,
    as_of: str | None,
) -> None:
    from scheduling.booking import book as book_interview

    look_outside(here)
    interview = book_interview(
        here.database,
        here.study,
        code,
        now=now_of(here, as_of),
        starts_at=at,
        interviewer=interviewer,
        mode=mode,
        actor=actor,
    )
    tell_outside(here)
    say(f"{code} is booked for {_describe(here, interview)}.")


def interviews(
    context: typer.Context,
    day: Annotated[str | None, typer.Option(help="Those of a day, such as 2020-06-03.")] = None,
    week: Annotated[str | None, typer.Option(help="Those of the week with this day.")] = None,
    state: Annotated[str | None, typer.Option(help="Those in a state, such as booked, due or no-show.")] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show interviews in the order of time."""
    from scheduling.local_time import read_day, show_both
    from scheduling.recruitment import DUE, interview_rows
    from storage.tables import State

    states = [DUE, *State]
    if state and state not in states:
        raise typer.BadParameter(f"{state} is not a state; allowed: {', '.join(states)}")
    here = opened(context)
    with here.database.reading() as session:
        found = interview_rows(
            session,
            here.study,
            now=datetime.now(UTC),
            day=read_day(day) if day else None,
            week=read_day(week) if week else None,
            state=state,
        )
    rows = [
        {
            "interview": row.label,
            "when": row.starts_at if as_json else show_both(row.starts_at, *row.zones),
            "ends": row.ends_at if as_json else f"{row.ends_at.astimezone(here.study.zone):%H:%M}",
            "mode": row.mode,
            "with": row.interviewer_code,
            "state": row.state,
        }
        for row in found
    ]
    show(rows, title="Interviews", as_json=as_json, empty="There are no such interviews.")


def move(
    context: typer.Context,
    interview: str,
    when: Annotated[str, WHEN],
    zone: Annotated[str | None, ZONE] = None,
    interviewer: Annotated[str | None, typer.Option(help="With this interviewer; else the same.")] = None,
    cause: Annotated[str, CAUSE] = "",
    acting: Annotated[str, ACTOR] = COORDINATOR,
) -> None:
    """Move an interview to another time."""
    from scheduling.booking import move as move_interview

    here = opened(context)
    look_outside(here)
    moved = move_interview(
        here.database,
        here.study,
        interview,
        starts_at=_instant(here, when, zone),
        interviewer=interviewer,
        now=datetime.now(UTC),
        actor=actor_of(here, acting, "move", interview),
        cause=cause,
    )
    tell_outside(here)
    say(f"{moved.participant_code} is moved to {_describe(here, moved)}.")


def cancel(
    context: typer.Context,
    interview: str,
    cause: Annotated[str, CAUSE] = "",
    acting: Annotated[str, ACTOR] = COORDINATOR,
) -> None:
    """Cancel an interview; the participant can be booked again."""
    from scheduling.booking import cancel as cancel_interview

    here = opened(context)
    actor = actor_of(here, acting, "cancel", interview)
    cancel_interview(here.database, here.study, interview, now=datetime.now(UTC), actor=actor, cause=cause)
    tell_outside(here)
    say(f"{interview} is cancelled.")


def held(
    context: typer.Context,
    interview: str,
    cause: Annotated[str, CAUSE] = "",
    acting: Annotated[str, ACTOR] = COORDINATOR,
) -> None:
    """Note that an interview has taken place."""
    from scheduling.booking import mark_held

    here = opened(context)
    actor = actor_of(here, acting, "held", interview)
    mark_held(here.database, here.study, interview, now=datetime.now(UTC), actor=actor, cause=cause)
    say(f"{interview} is held.")


def no_show(
    context: typer.Context,
    interview: str,
    cause: Annotated[str, CAUSE] = "",
    acting: Annotated[str, ACTOR] = COORDINATOR,
) -> None:
    """Note that the participant did not come; they can be booked again."""
    from scheduling.booking import mark_no_show

    here = opened(context)
    actor = actor_of(here, acting, "no-show", interview)
    mark_no_show(here.database, here.study, interview, now=datetime.now(UTC), actor=actor, cause=cause)
    tell_outside(here)
    say(f"{interview} is noted as a no-show.")


def _instant(here: Opened, text: str, zone: str | None = None) -> datetime:
    from scheduling.local_time import read_local, read_zone

    return read_local(text, read_zone(zone) if zone else here.study.zone)


def _describe(here: Opened, interview: "Interview") -> str:
    """When and with whom, in the time of the study and of both sides."""
    from scheduling.local_time import show_both
    from scheduling.participants import participant_of
    from scheduling.rules import zones_of

    with here.database.reading() as session:
        participant = participant_of(session, interview.participant_code)
    when = show_both(interview.starts_at, *zones_of(here.study, participant, interview.interviewer_code))
    return f"{when} by {interview.mode} with {interview.interviewer_code}"
