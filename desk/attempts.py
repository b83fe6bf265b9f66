"""`fieldcall due · attempt`: who is to be called now, and how it went."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from desk.bookings import ACTOR, COORDINATOR, actor_of, zone_of
from desk.opened import opened
from desk.output import JSON_OPTION, say, show
from desk.times import both_times, instant_of

if TYPE_CHECKING:
    from scheduling.attempts import DueRow, Outcome
    from storage.study import Study

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
    table = [_facts(row) if as_json else _line(row, here.study) for row in rows]
    show(table, title="Due", as_json=as_json, empty="No interview is due.")


def _facts(row: "DueRow") -> dict[str, object]:
    return {
        "interview": row.label,
        "when": row.interview.starts_at,
        "zone": row.participant.zone or None,
        "with": row.interview.interviewer_code,
        "mode": row.interview.mode,
        "attempts": [{"at": a.at, "outcome": a.outcome, "call_back_at": a.call_back_at} for a in row.attempts],
        "next_at": row.advice.at,
        "next_step": row.advice.words,
    }


def _line(row: "DueRow", study: "Study") -> dict[str, object]:
    at = f"{row.advice.at.astimezone(study.zone):%H:%M} " if row.advice.at else ""
    return {
        "interview": row.label,
        "when": both_times(row.interview.starts_at, study, row.participant.zone),
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

    here = opened(context)
    now = datetime.now(UTC)
    advice = note_attempt(
        here.database,
        here.study,
        interview,
        _outcome(outcome),
        now=now,
        at=instant_of(at, here.study, now) if at else None,
        call_back_at=instant_of(call_back, here.study, now) if call_back else None,
        actor=actor_of(here, acting, "attempt", interview),
    )
    when = f"{both_times(advice.at, here.study, zone_of(here, interview))}, " if advice.at else ""
    say(f"{interview}: {outcome} is noted. Next: {when}{advice.words}.")


def _outcome(text: str) -> "Outcome":
    from scheduling.attempts import Outcome

    allowed = {outcome.replace(" ", "-"): outcome for outcome in Outcome}
    if text not in allowed:
        raise typer.BadParameter(f"{text} is no outcome; allowed: {', '.join(allowed)}")
    return allowed[text]
