"""`fieldcall due · attempt`: who is to be called now, and how it went."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from desk.bookings import ACTOR, COORDINATOR, actor_of
from desk.opened import opened
from desk.output import JSON_OPTION, say, show

if TYPE_CHECKING:
    from scheduling.attempts import DueRow, Outcome
    from storage.study import Study

_CLOCK = re.compile(r"\d{1,2}:\d{2}")
TIME = "In the study's zone; '14:20' alone is today's."


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    app.command()(due)
    app.command()(attempt)


def due(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show whose interview has begun or is about to, the attempts so far, and what comes next, by time."""
    from scheduling.attempts import due_rows

    here = opened(context)
    with here.database.reading() as session:
        rows = due_rows(session, here.study, datetime.now(UTC))
    table = [_facts(row) if as_json else _line(row) for row in rows]
    show(table, title="Due", as_json=as_json, empty="No interview is due.")


def _facts(row: "DueRow") -> dict[str, object]:
    return {
        "interview": row.label,
        "when": row.interview.starts_at,
        "zones": list(dict.fromkeys(zone.key for zone in row.zones)),
        "with": row.interview.interviewer_code,
        "mode": row.interview.mode,
        "attempts": [{"at": a.at, "outcome": a.outcome, "call_back_at": a.call_back_at} for a in row.attempts],
        "next_at": row.advice.at,
        "next_step": row.advice.words,
    }


def _line(row: "DueRow") -> dict[str, object]:
    from scheduling.local_time import show_both

    at = f"{row.advice.at.astimezone(row.zones[0]):%H:%M} " if row.advice.at else ""
    return {
        "interview": row.label,
        "when": show_both(row.interview.starts_at, *row.zones),
        "with": row.interview.interviewer_code,
        "by": row.interview.mode,
        "attempts": len(row.attempts),
        "last": row.attempts[-1].outcome if row.attempts else "",
        "next": f"{at}{row.advice.words}",
    }


def attempt(
    context: typer.Context,
    interview: str,
    outcome: Annotated[str, typer.Argument(help="no-answer, call-back or reached.")],
    at: Annotated[str | None, typer.Option(metavar="WHEN", help=f"When it was made, if not just now. {TIME}")] = None,
    call_back: Annotated[
        str | None, typer.Option(metavar="WHEN", help=f"When to call back; else in a while, within the hour. {TIME}")
    ] = None,
    acting: Annotated[str, ACTOR] = COORDINATOR,
) -> None:
    """Note an attempt to reach the participant of an interview that is due, and say what comes next."""
    from scheduling.attempts import note_attempt
    from scheduling.local_time import show_both

    here = opened(context)
    now = datetime.now(UTC)
    row = note_attempt(
        here.database,
        here.study,
        interview,
        _outcome(outcome),
        now=now,
        at=_instant(at, here.study, now) if at else None,
        call_back_at=_instant(call_back, here.study, now) if call_back else None,
        actor=actor_of(here, acting, "attempt", interview),
    )
    when = f"{show_both(row.advice.at, *row.zones)}, " if row.advice.at else ""
    say(f"{row.label}: {outcome} is noted. Next: {when}{row.advice.words}.")


def _outcome(text: str) -> "Outcome":
    from scheduling.attempts import Outcome

    allowed = {outcome.replace(" ", "-"): outcome for outcome in Outcome}
    if text not in allowed:
        raise typer.BadParameter(f"{text} is no outcome; allowed: {', '.join(allowed)}")
    return allowed[text]


def _instant(text: str, study: "Study", now: datetime) -> datetime:
    """A time in the study's zone; a clock time alone is that of the local day of `now`. Raises LocalTimeError."""
    from scheduling.local_time import read_local

    day = f"{now.astimezone(study.zone):%Y-%m-%d} " if _CLOCK.fullmatch(text.strip()) else ""
    return read_local(day + text, study.zone)
