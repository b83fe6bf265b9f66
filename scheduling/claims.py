"""Time is taken and given back: the part of every booking that happens inside its transaction.

What must never be, two claims of one party overlapping or two open interviews of one participant, is
refused by the database; here the refusal is put into words that do not tell whose time it was.

Nobody waits in a circle. Whoever takes time locks the rows of all its parties first, in the order of
their codes; whoever moves an interview locks it, then its parties of before and after in the same way.
Claims that somebody else is only giving back can be waited for with these locks held, because whoever
gives back waits for nothing afterwards; that is why holds expire in a transaction of their own.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, col, select

from scheduling.availability import Slot, day_of, monday_of
from scheduling.errors import AlreadyBooked, Clash, WrongState
from scheduling.local_time import show_both, span_of_days
from scheduling.outside.outbox import announce
from scheduling.participants import participant_of
from scheduling.rules import attending_code, interviewer_zone, is_expired, lines_for, participant_zone
from scheduling.spans import Span
from storage.database import Database
from storage.guards import CLAIM_OVERLAP
from storage.interviews import has_withdrawn, open_interview, record_change
from storage.study import Study
from storage.tables import CLOSED_STATES, Claim, Interview, Participant, Party, PartyKind, State

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
        if "one_open_interview" in str(error.orig) or "interview.participant_code" in str(error.orig):
            raise AlreadyBooked(_already(code)) from error
        if _is_overlap(error) or getattr(error.orig, "sqlstate", "") == _DEADLOCK:
            with database.reading() as session:
                when = _when(session, study, code, starts_at)
            raise _taken(code, when, "somebody is not free any more") from error
        raise


def take(session: Session, study: Study, seat: Seat, *, now: datetime, actor: str) -> Interview:
    """Take a slot for a participant, in a transaction of `taking`.

    Raises Clash, AlreadyBooked, WrongState, UnknownParticipant.
    """
    participant = participant_of(session, seat.code)
    lock_parties(session, parties_of(study, participant, seat.slot.interviewer_code, seat.mode))
    expire_holds(session, study, now)
    check_bookable(session, seat.code, now)
    _within_limits(session, study, seat.slot)
    interview = Interview(
        participant_code=seat.code,
        interviewer_code=seat.slot.interviewer_code,
        mode=seat.mode,
        starts_at=seat.slot.starts_at,
        ends_at=seat.slot.ends_at,
        state=State.HELD_SLOT if seat.expires_at else State.BOOKED,
        expires_at=seat.expires_at,
        attending_code=attending_code(participant),
    )
    interview.line_code = free_line(session, study, interview)
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


def expire_holds_first(database: Database, study: Study, now: datetime) -> None:
    """The same in a transaction of its own, begun only where there is such a slot; it waits for nobody."""
    with database.reading() as session:
        if session.exec(select(Interview.id).where(is_expired(now))).first() is None:
            return
    with database.writing() as session:
        expire_holds(session, study, now)


def close(
    session: Session, study: Study, interview: Interview, state: State, *, actor: str, cause: str, now: datetime
) -> None:
    """End an interview without a talk: nobody's time is claimed any longer, and the outside is told."""
    session.refresh(interview, with_for_update=True)  # a move under way is waited for, or its new claims would stay
    release(session, interview)
    interview.sequence += 1
    record_change(session, interview, state, actor=actor, cause=cause)
    announce(session, study, interview, now=now)


def release(session: Session, interview: Interview) -> None:
    """Give back the time that an interview takes."""
    session.execute(delete(Claim).where(col(Claim.interview_id) == interview.id))


def _already(code: str) -> str:
    return f"{code} already has an interview. Move it with 'fieldcall move {code} WHEN', or cancel it first."


def _is_overlap(error: DBAPIError) -> bool:
    return CLAIM_OVERLAP in str(error.orig) or "claim_no_overlap" in str(error.orig)


def _taken(code: str, when: str, how: str) -> Clash:
    return Clash(
        f"{code} cannot be booked for {when}: that time has just been taken ({how}). "
        f"See 'fieldcall slots {code}' for times that are free."
    )


def _when(session: Session, study: Study, code: str, starts_at: datetime) -> str:
    return show_both(starts_at, study.zone, participant_zone(study, participant_of(session, code)))


def parties_of(study: Study, participant: Participant, interviewer: str, mode: str) -> dict[str, PartyKind]:
    """All whose time an interview takes or may take: of the telephone lines it takes one."""
    link_worker = attending_code(participant)
    return {
        **dict.fromkeys(lines_for(study, mode), PartyKind.LINE),
        **({link_worker: PartyKind.PARTICIPANT} if link_worker else {}),
        participant.code: PartyKind.PARTICIPANT,
        interviewer: PartyKind.INTERVIEWER,
    }


def claimants(interview: Interview) -> dict[str, str]:
    """The codes of those whose time an interview takes, each with who that is, in words that do not name them."""
    claimants = {
        interview.line_code: "the telephone line",
        interview.attending_code: "the link worker who attends",
        interview.participant_code: "the participant",
        interview.interviewer_code: "the interviewer",
    }
    return {code: who for code, who in claimants.items() if code}


def lock_parties(session: Session, parties: Mapping[str, PartyKind]) -> None:
    """Let bookings with the same parties take turns, for limits and lines are counted, not constrained.

    Rows that are missing are made. All that a transaction needs is locked in one call, in the order of the codes.
    """
    codes = sorted(parties)
    session.execute(
        text("INSERT INTO party (code, kind) VALUES (:code, :kind) ON CONFLICT DO NOTHING"),
        [{"code": code, "kind": parties[code].value} for code in codes],
    )
    # the weaker lock (FOR NO KEY UPDATE) lets PostgreSQL's own checks of foreign keys pass, which others wait for
    locked = select(Party.code).where(col(Party.code).in_(codes)).order_by(Party.code)
    session.exec(locked.with_for_update(key_share=True)).all()


def _within_limits(session: Session, study: Study, slot: Slot) -> None:
    """Raise Clash when the interviewer's day or week is full; both are those of their own zone."""
    rule, zone = study.interviewers[slot.interviewer_code], interviewer_zone(study, slot.interviewer_code)
    day = day_of(slot.starts_at, zone)
    week = span_of_days(monday_of(day), monday_of(day) + timedelta(days=6), zone)
    query = select(Interview.starts_at).where(
        Interview.interviewer_code == slot.interviewer_code,
        Interview.starts_at >= week.start,
        Interview.starts_at < week.end,
        col(Interview.state).not_in(CLOSED_STATES),
    )
    days = [day_of(starts_at, zone) for starts_at in session.exec(query)]
    if len(days) >= rule.weekly_limit:
        raise Clash(f"{slot.interviewer_code} has just reached the weekly limit in that week. Try another time.")
    if days.count(day) >= rule.daily_limit:
        raise Clash(f"{slot.interviewer_code} has just reached the daily limit on that day. Try another time.")


def free_line(session: Session, study: Study, interview: Interview) -> str | None:
    """The first telephone line that is free for an interview; None where it takes none. Raises Clash."""
    lines, span = lines_for(study, interview.mode), claimed(study, interview)
    if not lines:
        return None
    query = select(Claim.party_code).where(
        col(Claim.party_code).in_(lines), Claim.starts_at < span.end, Claim.ends_at > span.start
    )
    taken = set(session.exec(query))
    line = next((line for line in lines if line not in taken), None)
    if line is None:
        code = interview.participant_code
        when = _when(session, study, code, interview.starts_at)
        raise _taken(code, when, "no telephone line is free any more")
    return line


def claim(session: Session, study: Study, interview: Interview) -> None:
    """Take the time of all parties. The database refuses what overlaps; raises Clash."""
    starts_at, ends_at = claimed(study, interview)
    code = interview.participant_code
    when = _when(session, study, code, interview.starts_at)  # before the database refuses all further questions
    assert interview.id is not None
    for party, who in sorted(claimants(interview).items()):
        session.add(Claim(party_code=party, interview_id=interview.id, starts_at=starts_at, ends_at=ends_at))
        try:
            session.flush()
        except IntegrityError as error:
            if not _is_overlap(error):
                raise
            raise _taken(code, when, f"{who} is not free any more") from error


def claimed(study: Study, interview: Interview) -> Span:
    """The time that an interview takes of each party, buffers included."""
    return Span(
        interview.starts_at - timedelta(minutes=study.booking.buffer_before_minutes),
        interview.ends_at + timedelta(minutes=study.booking.buffer_after_minutes),
    )
