"""Time is taken and given back: the part of every booking that happens inside its transaction.

What must never be, two claims of one party overlapping or two open interviews of one participant, is
refused by the database; here the refusal is put into words that do not tell whose time it was.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from scheduling.availability import Slot, day_of
from scheduling.errors import AlreadyBooked, Clash, WrongState
from scheduling.local_time import show, span_of_day
from scheduling.outbox import announce
from scheduling.rules import is_expired
from scheduling.spans import Span
from storage.database import Database
from storage.guards import CLAIM_OVERLAP
from storage.interviews import has_withdrawn, open_interview, record_change
from storage.study import Study
from storage.tables import CLOSED_STATES, Claim, Interview, Party, PartyKind, State

ATTEMPTS = 200  # at a slot before giving up: at each, somebody else was faster
_DEADLOCK = "40P01"  # PostgreSQL's SQLSTATE


@dataclass(frozen=True, slots=True)
class Seat:
    """What is to be taken: a slot with a mode; with `expires_at` it is only held until then."""

    code: str
    slot: Slot
    mode: str
    expires_at: datetime | None = None


@contextmanager
def taking(database: Database, study: Study, code: str, starts_at: datetime) -> Iterator[Session]:
    """A writing transaction in which time is taken; what the database refuses is told as Clash or AlreadyBooked."""
    try:
        with database.writing() as session:
            yield session
    except DBAPIError as error:
        said = str(error.orig)
        if "one_open_interview" in said or "interview.participant_code" in said:
            raise AlreadyBooked(_already(code)) from error
        if CLAIM_OVERLAP in said or "claim_no_overlap" in said or getattr(error.orig, "sqlstate", "") == _DEADLOCK:
            raise Clash(
                f"{code} cannot be booked for {show(starts_at, study.zone)}: that time has just been taken. "
                f"See 'fieldcall slots {code}' for times that are free."
            ) from error
        raise


def take(session: Session, study: Study, seat: Seat, *, now: datetime, actor: str) -> Interview:
    """Take a slot for a participant, in a transaction of `taking`. Raises Clash, AlreadyBooked, WrongState."""
    expire_holds(session, study, now)
    lock_interviewer(session, seat.slot.interviewer_code)
    check_bookable(session, seat.code, now)
    _within_daily_limit(session, study, seat.slot)
    interview = Interview(
        participant_code=seat.code,
        interviewer_code=seat.slot.interviewer_code,
        mode=seat.mode,
        starts_at=seat.slot.starts_at,
        ends_at=seat.slot.ends_at,
        state=State.HELD_SLOT if seat.expires_at else State.BOOKED,
        expires_at=seat.expires_at,
    )
    record_change(session, interview, State(interview.state), actor=actor)
    claim(session, study, interview)
    announce(session, study, interview, now=now)
    return interview


def check_bookable(session: Session, code: str, now: datetime) -> None:
    """Raise AlreadyBooked or WrongState when the participant has an interview, or has withdrawn."""
    interview = open_interview(session, code)
    if interview and not (interview.expires_at and interview.expires_at <= now):
        raise AlreadyBooked(_already(code))
    if has_withdrawn(session, code):
        raise WrongState(f"{code} has withdrawn from the study and is not to be booked.")


def expire_holds(session: Session, study: Study, now: datetime) -> None:
    """Close held slots whose time is up, so that nothing stands in the way of what is booked next."""
    query = select(Interview).where(is_expired(now)).order_by(col(Interview.id)).with_for_update(skip_locked=True)
    for interview in session.exec(query).all():
        release(session, interview)
        record_change(session, interview, State.EXPIRED, actor="booking", cause="the slot was not confirmed in time")
        announce(session, study, interview, now=now)


def close(
    session: Session, study: Study, interview: Interview, state: State, *, actor: str, cause: str, now: datetime
) -> None:
    """End an interview without a talk: nobody's time is claimed any longer, and the outside is told."""
    release(session, interview)
    interview.sequence += 1
    record_change(session, interview, state, actor=actor, cause=cause)
    announce(session, study, interview, now=now)


def release(session: Session, interview: Interview) -> None:
    """Give back the time that an interview takes."""
    session.execute(delete(Claim).where(col(Claim.interview_id) == interview.id))


def _already(code: str) -> str:
    return f"{code} already has an interview. Move it with 'fieldcall move {code} WHEN', or cancel it first."


def lock_interviewer(session: Session, interviewer: str) -> None:
    """Let bookings with one interviewer take turns, for daily limits are counted, not constrained."""
    session.execute(
        text("INSERT INTO party (code, kind) VALUES (:code, :kind) ON CONFLICT DO NOTHING"),
        {"code": interviewer, "kind": PartyKind.INTERVIEWER.value},
    )
    session.exec(select(Party.code).where(Party.code == interviewer).with_for_update()).one()


def _within_daily_limit(session: Session, study: Study, slot: Slot) -> None:
    day = span_of_day(day_of(slot.starts_at, study.zone), study.zone)
    query = select(func.count()).where(
        Interview.interviewer_code == slot.interviewer_code,
        Interview.starts_at >= day.start,
        Interview.starts_at < day.end,
        col(Interview.state).not_in(CLOSED_STATES),
    )
    if session.exec(query).one() >= study.interviewers[slot.interviewer_code].daily_limit:
        raise Clash(f"{slot.interviewer_code} has just reached the daily limit on that day. Try another time.")


def claim(session: Session, study: Study, interview: Interview) -> None:
    """Take the time of both parties. The database refuses what overlaps."""
    starts_at, ends_at = claimed(study, interview)
    assert interview.id is not None
    for party in sorted((interview.interviewer_code, interview.participant_code)):
        session.add(Claim(party_code=party, interview_id=interview.id, starts_at=starts_at, ends_at=ends_at))
    session.flush()


def claimed(study: Study, interview: Interview) -> Span:
    """The time that an interview takes of each party, buffers included."""
    return Span(
        interview.starts_at - timedelta(minutes=study.booking.buffer_before_minutes),
        interview.ends_at + timedelta(minutes=study.booking.buffer_after_minutes),
    )
