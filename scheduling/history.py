"""All that happened with a participant, on one line of time: who did what, when, and why.

The rows stay where they are written (consents, steps of interviews, attempts, what was sent, conflicts);
here they are told in one way and put in order.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from scheduling.local_time import show, show_day
from storage.interviews import interviews_of, label
from storage.study import Study
from storage.tables import Attempt, Change, Conflict, Consent, Effect, EffectState, Interview, Placement

OUTBOX = "fieldcall"  # who sends what is owed to the outside
CALENDAR = "calendar"  # who tells of conflicts

_Row = TypeVar("_Row", Change, Attempt, Effect, Conflict)


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened; `interview` is the label of the interview it belongs to, '' where it is none's."""

    at: datetime
    interview: str
    what: str
    actor: str
    cause: str


@dataclass(frozen=True, slots=True)
class Life:
    """An interview's label, and every row that tells of the interview."""

    label: str
    changes: Sequence[Change] = ()
    attempts: Sequence[Attempt] = ()
    effects: Sequence[Effect] = ()
    conflicts: Sequence[Conflict] = ()
    placement: Placement | None = None


def timeline(consents: Iterable[Consent], lives: Iterable[Life], zone: ZoneInfo) -> list[Happening]:
    """What happened in the order of time; times in a cause are those of `zone`. What coincides keeps its order."""
    happenings = [_consent(consent) for consent in consents]
    for life in lives:
        happenings += (Happening(c.at, life.label, c.state, c.actor, c.cause) for c in life.changes)
        happenings += (_attempt(attempt, life.label, zone) for attempt in life.attempts)
        happenings += (
            _effect(e, life.label) for e in life.effects if e.state in (EffectState.DONE, EffectState.FAILED)
        )
        happenings += (told for conflict in life.conflicts for told in _conflict(conflict, life.label))
        happenings += _replies(life)
    return sorted(happenings, key=lambda happening: happening.at)


def participant_timeline(session: Session, study: Study, code: str) -> list[Happening]:
    """The timeline of the participant with this code, from all that is written of them."""
    consents = select(Consent).where(Consent.participant_code == code).order_by(col(Consent.id))
    lives = [_life(session, study, interview) for interview in interviews_of(session, code)]
    return timeline(session.exec(consents), lives, study.zone)


def _life(session: Session, study: Study, interview: Interview) -> Life:
    return Life(
        label=label(interview.participant_code, interview.starts_at, study.zone),
        changes=_rows(session, Change, interview),
        attempts=_rows(session, Attempt, interview),
        effects=_rows(session, Effect, interview),
        conflicts=_rows(session, Conflict, interview),
        placement=session.get(Placement, interview.id),
    )


def _rows(session: Session, table: type[_Row], interview: Interview) -> Sequence[_Row]:
    query = select(table).where(table.interview_id == interview.id).order_by(col(table.id))
    return session.exec(query).all()


def _consent(consent: Consent) -> Happening:
    what = "consent" if consent.interview else "withdrawal"
    parts = (
        f"of {show_day(consent.given_on)}",
        f"sheet {consent.sheet}" if consent.sheet else "",
        "no recording" if consent.interview and not consent.recording else "",
    )
    return Happening(consent.entered_at, "", what, consent.actor, ", ".join(filter(None, parts)))


def _attempt(attempt: Attempt, interview: str, zone: ZoneInfo) -> Happening:
    cause = f"call back at {show(attempt.call_back_at, zone)}" if attempt.call_back_at else ""
    return Happening(attempt.at, interview, f"attempt: {attempt.outcome}", attempt.actor, cause)


def _effect(effect: Effect, interview: str) -> Happening:
    what = f"{effect.kind} to {effect.recipient}" if effect.recipient else effect.kind
    sent, cause = ("sent", "") if effect.state == EffectState.DONE else ("not sent", effect.failure)
    return Happening(effect.done_at or effect.due_at, interview, f"{what} {sent}", OUTBOX, cause)


def _conflict(conflict: Conflict, interview: str) -> Iterator[Happening]:
    yield Happening(conflict.found_at, interview, "conflict", CALENDAR, conflict.reason)
    if conflict.settled_at:
        yield Happening(conflict.settled_at, interview, "conflict settled", "", conflict.settlement)


def _replies(life: Life) -> Iterator[Happening]:
    """Replies are kept as they stand, so the time is that at which the calendar was last seen to say so."""
    if life.placement:
        for code, reply in sorted(life.placement.replies.items()):
            yield Happening(life.placement.seen_at, life.label, f"reply: {reply}", code, "as last seen in the calendar")
