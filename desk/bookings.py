"""`fieldcall slots · book · interviews · move · cancel · held · no-show`: the interviews of a study."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import Opened, opened
from desk.output import JSON_OPTION, say, show
from desk.times import both_times

if TYPE_CHECKING:
    from storage.tables import Interview

COORDINATOR = "coordinator"
WHEN = typer.Argument(metavar="WHEN", help="In the study's zone, such as '2020-06-03 14:00'.")
ACTOR = typer.Option("--as", metavar="WHO", help="For an interviewer, the participant or their link worker, by code.")
CAUSE = typer.Option("--cause", help="Why, in a few words; no names.")
AS_OF = typer.Option("--as-of", metavar="WHEN", help="Book as if it were this time, to enter bookings afterwards.")


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    for command in (slots, book, interviews, move, cancel, held):
        app.command()(command)
    app.command("no-show")(no_show)


def publish_calendar(here: Opened) -> None:
    """Bring the calendar up to date with the bookings."""
    from scheduling.calendars.local import publish

    publish(here.study, here.database)


def actor_of(here: Opened, acting: str, step: str, interview: str) -> str:
    """Who takes a step, as the history writes it, once it is known that they may. Raises NotAllowed."""
    from scheduling.actors import Step, allowed_actor

    return allowed_actor(here.database, here.study, acting, Step(step), interview)


def zone_of(here: Opened, code: str) -> str:
    """Where a participant lives; '' is the study's zone."""
    from scheduling.participants import participant_of
    from storage.interviews import code_of

    with here.database.reading() as session:
        return participant_of(session, code_of(code)).zone


def slots(
    context: typer.Context,
    code: str,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 20,
    as_of: Annotated[str | None, AS_OF] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show when a participant could be interviewed, soonest first."""
    from scheduling.booking import slots_for

    here = opened(context)
    with here.database.reading() as session:
        free = slots_for(session, here.study, code, _now(here, as_of), limit=limit)
    zone = zone_of(here, code)
    rows = [
        {
            "when": slot.starts_at if as_json else both_times(slot.starts_at, here.study, zone),
            "with": slot.interviewer_code,
        }
        for slot in free
    ]
    show(rows, title=f"Free for {code}", as_json=as_json, empty=f"Nothing is free for {code} in the study's window.")


def book(
    context: typer.Context,
    code: Annotated[str | None, typer.Argument(help="A participant's code.")] = None,
    everyone: Annotated[bool, typer.Option("--all", help="Everyone who is still to be booked.")] = False,
    at: Annotated[str | None, typer.Option(metavar="WHEN", help="This time; else the first free one.")] = None,
    interviewer: Annotated[str | None, typer.Option(help="This interviewer's code; else whoever is free.")] = None,
    mode: Annotated[str | None, typer.Option(help="phone or video; else what the participant prefers.")] = None,
    acting: Annotated[str, ACTOR] = COORDINATOR,
    as_of: Annotated[str | None, AS_OF] = None,
) -> None:
    """Book one participant, or with --all everyone who is still to be booked."""
    if everyone == (code is not None) or (everyone and (at or interviewer or mode or acting != COORDINATOR)):
        raise typer.BadParameter("give a code, or --all on its own")
    here = opened(context)
    if code:
        _book_one(here, code, at, interviewer, mode, acting, as_of)
        return
    from desk.runs import run_flow
    from flows.options import BookOptions

    run_flow(here.study, "book-interviews", BookOptions(as_of=_now(here, as_of) if as_of else None))


def _book_one(
    here: Opened, code: str, at: str | None, interviewer: str | None, mode: str | None, acting: str, as_of: str | None
) -> None:
    from scheduling.booking import book as book_interview

    interview = book_interview(
        here.database,
        here.study,
        code,
        now=_now(here, as_of),
        starts_at=_instant(here, at) if at else None,
        interviewer=interviewer,
        mode=mode,
        actor=actor_of(here, acting, "book", code),
    )
    publish_calendar(here)
    say(f"{code} is booked for {_describe(here, interview)}.")


def interviews(
    context: typer.Context,
    day: Annotated[str | None, typer.Option(help="Those of a day, such as 2020-06-03.")] = None,
    week: Annotated[str | None, typer.Option(help="Those of the week with this day.")] = None,
    state: Annotated[str | None, typer.Option(help="Those in a state, such as booked, due or no-show.")] = None,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show interviews in the order of time."""
    from scheduling.local_time import read_day
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
            "when": row.starts_at if as_json else both_times(row.starts_at, here.study, row.zone),
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
    interviewer: Annotated[str | None, typer.Option(help="With this interviewer; else the same.")] = None,
    cause: Annotated[str, CAUSE] = "",
    acting: Annotated[str, ACTOR] = COORDINATOR,
) -> None:
    """Move an interview to another time."""
    from scheduling.booking import move as move_interview

    here = opened(context)
    moved = move_interview(
        here.database,
        here.study,
        interview,
        starts_at=_instant(here, when),
        interviewer=interviewer,
        now=datetime.now(UTC),
        actor=actor_of(here, acting, "move", interview),
        cause=cause,
    )
    publish_calendar(here)
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
    publish_calendar(here)
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
    publish_calendar(here)
    say(f"{interview} is noted as a no-show.")


def _now(here: Opened, as_of: str | None) -> datetime:
    return _instant(here, as_of) if as_of else datetime.now(UTC)


def _instant(here: Opened, text: str) -> datetime:
    from scheduling.local_time import read_local

    return read_local(text, here.study.zone)


def _describe(here: Opened, interview: "Interview") -> str:
    when = both_times(interview.starts_at, here.study, zone_of(here, interview.participant_code))
    return f"{when} by {interview.mode} with {interview.interviewer_code}"
