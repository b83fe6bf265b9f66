"""`fieldcall follow · remind · alerts · conflicts · settle · effects · retry · drop`: the study and its outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from desk.opened import Opened, opened
from desk.output import JSON_OPTION, complain, say, show

if TYPE_CHECKING:
    from scheduling.outside.placing import Keeping

KEEP = typer.Option("--keep", metavar="study|calendar", help="Which side is to have its way.")


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    for command in (follow, remind, alerts, conflicts, settle, effects, retry, drop):
        app.command()(command)


def follow(context: typer.Context) -> None:
    """Keep study and outside calendar in step, now; 'fieldcall serve' does so every two minutes."""
    from desk.runs import run_flow
    from flows.options import FollowOptions

    run_flow(opened(context).study, "follow-calendar", FollowOptions())


def remind(context: typer.Context) -> None:
    """Send the invitations, changes and reminders that are due, now; 'fieldcall serve' does so every five minutes."""
    from desk.runs import run_flow
    from flows.options import SendOptions

    run_flow(opened(context).study, "send-reminders", SendOptions())


def alerts(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show what is the matter now, and what to do about it."""
    from scheduling.local_time import show as show_time
    from storage.alerts import alerts as all_alerts

    here = opened(context)
    with here.database.reading() as session:
        rows = [
            {
                "since": alert.since if as_json else show_time(alert.since, here.study.zone),
                "what": alert.message,
            }
            for alert in all_alerts(session)
        ]
    show(rows, title="Alerts", as_json=as_json, empty="Nothing is the matter.")
    if rows:
        raise typer.Exit(1)


def conflicts(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show interviews of which the study and its calendar say different things."""
    from scheduling.local_time import show as show_time
    from scheduling.outside.conflicts import open_conflicts

    here = opened(context)

    def when(at: datetime | None) -> object:
        return at if as_json else show_time(at, here.study.zone) if at else "not at all"

    with here.database.reading() as session:
        rows = [
            {
                "interview": row.label,
                "in the study": when(row.in_study),
                "in the calendar": when(row.in_calendar),
                "why": row.reason,
            }
            for row in open_conflicts(session, here.study)
        ]
    show(rows, title="Conflicts", as_json=as_json, empty="The study and its calendar say the same.")
    if rows and not as_json:
        say("Settle one with 'fieldcall settle CODE --keep study' or '--keep calendar'.")
    if rows:
        raise typer.Exit(1)


def settle(context: typer.Context, code: str, keep: Annotated[str, KEEP]) -> None:
    """Let the study or its calendar have its way about an interview."""
    from scheduling.outside.conflicts import settle_conflict

    if keep not in ("study", "calendar"):
        raise typer.BadParameter(f"{keep} is no side; allowed: study, calendar")
    here = opened(context)
    with keeping_of(here) as keeping:
        row, _ = settle_conflict(keeping, code, cast('Literal["study", "calendar"]', keep), datetime.now(UTC))
    say(f"{row.label} is now as the {keep} had it.")


def effects(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that are done or overtaken too.")] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show events, invitations and reminders that are still owed, have failed, or may not have been sent."""
    from scheduling.local_time import show as show_time
    from scheduling.outside.outbox import effect_rows

    here = opened(context)
    with here.database.reading() as session:
        found = effect_rows(session, here.study, everything=everything)
    rows = [
        {
            "key": row.key,
            "interview": row.label,
            "for": row.recipient,
            "due": row.due_at if as_json else show_time(row.due_at, here.study.zone),
            "state": row.state,
            "why": row.failure,
        }
        for row in found
    ]
    show(rows, title="Owed to the outside", as_json=as_json, empty="Nothing is owed.")


def retry(context: typer.Context, key: str) -> None:
    """Let an effect that failed, or may not have been sent, be tried again."""
    from scheduling.outside.outbox import wait_again

    here = opened(context)
    with here.database.writing() as session:
        wait_again(session, key, datetime.now(UTC))
    say(f"{key} is tried again with the next run.")


def drop(context: typer.Context, key: str) -> None:
    """Give up an effect: it will not happen, or has happened by other means."""
    from scheduling.outside.outbox import give_up

    here = opened(context)
    with here.database.writing() as session:
        give_up(session, key, datetime.now(UTC))
    say(f"{key} is given up.")


@contextmanager
def keeping_of(here: Opened) -> "Iterator[Keeping]":
    """The study with its outside calendar. Raises CalendarError, also where it has none."""
    from scheduling.errors import CalendarError
    from scheduling.outside.placing import keeping_with

    with keeping_with(here.study, here.database, here.contacts) as keeping:
        if keeping is None:
            raise CalendarError("This study has no outside calendar: [calendar] backend is local in study.toml.")
        yield keeping


def look_outside(here: Opened) -> None:
    """See when interviewers are busy by their own calendars, before a time is offered; what is not seen is told."""
    from scheduling.errors import CalendarError
    from scheduling.outside.placing import keeping_with
    from scheduling.outside.seeing import look

    if here.study.calendar.backend == "local":
        return
    try:
        with keeping_with(here.study, here.database, here.contacts) as keeping:
            unseen = look(here.study, here.database, keeping.calendar, datetime.now(UTC)) if keeping else {}
    except CalendarError as error:
        unseen = {"": str(error)}
    for failure in dict.fromkeys(unseen.values()):
        complain(failure)


def tell_outside(here: Opened) -> None:
    """Bring every calendar up to date with the bookings; one that cannot be reached is told later by itself."""
    from scheduling.calendars.local import publish
    from scheduling.errors import CalendarError
    from scheduling.outside.following import carry_out_events
    from scheduling.outside.placing import Settled, keeping_with

    publish(here.study, here.database)
    if here.study.calendar.backend == "local":
        return
    try:
        with keeping_with(here.study, here.database, here.contacts) as keeping:
            done = carry_out_events(keeping, datetime.now(UTC)) if keeping else None
    except CalendarError as error:
        complain(f"{error} The booking is safe; the calendar is told later by itself.")
        return
    for failure in dict.fromkeys(done.failures.values() if done else ()):
        complain(f"{failure} The booking is safe; the calendar is told later by itself.")
    if done and Settled.CONFLICT in done.settled.values():
        complain("The calendar says something else. See 'fieldcall conflicts'.")
