"""Attempts to reach somebody for a booked interview, and when to try again.

An interview keeps its slot for an hour after its booked start, for until then a recording is bound to it by
its time; within that hour it may be called back, later it must be moved. Nobody is blamed by a count: after
three attempts without an answer a person is asked to decide.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from scheduling.booking import in_state
from scheduling.claims import claimants
from scheduling.errors import BookingError
from scheduling.local_time import show
from scheduling.participants import participant_of
from scheduling.rules import zones_of
from storage.database import Database
from storage.intake.binding import EARLIEST, LATEST
from storage.interviews import label
from storage.study import Study
from storage.tables import Attempt, Claim, Interview, State

WAIT = timedelta(minutes=20)  # until the next try, where nobody says a time: three fit into the hour
ENOUGH = 3  # attempts without an answer, after which a person decides
_MINUTE = timedelta(minutes=1)


class Outcome(StrEnum):
    """How an attempt went."""

    NO_ANSWER = "no answer"
    CALL_BACK = "call back"
    REACHED = "reached"


@dataclass(frozen=True, slots=True)
class Advice:
    """What comes next with an interview: `at` where a time can be said, and what in words."""

    at: datetime | None
    words: str


@dataclass(frozen=True, slots=True)
class DueRow:
    """An interview that has begun or is about to; `attempts` are those made since, in order."""

    interview: Interview
    label: str
    zones: tuple[ZoneInfo, ...]  # the study's, then those of both sides
    attempts: tuple[Attempt, ...]
    advice: Advice


def note_attempt(
    database: Database,
    study: Study,
    code: str,
    outcome: Outcome,
    *,
    now: datetime,
    at: datetime | None = None,
    call_back_at: datetime | None = None,
    actor: str,
) -> DueRow:
    """Write down an attempt, made now or `at`, and say how it stands then; a call-back without a time gets one.

    Raises UnknownParticipant, WrongState, BookingError.
    """
    at = (at or now).replace(second=0, microsecond=0)
    with database.writing() as session:
        interview = in_state(session, study, code, "called", (State.BOOKED,))
        if outcome is Outcome.CALL_BACK:
            call_back_at = call_back_at or next_try(interview.starts_at, at)
        assert interview.id is not None
        attempt = Attempt(interview_id=interview.id, outcome=outcome, call_back_at=call_back_at, actor=actor, at=at)
        earlier = attempts_of(session, [interview])[interview.id]
        if reason := why_not_noted(interview, earlier, attempt, now, study.zone):
            raise BookingError(f"This attempt to reach {interview.participant_code} is not noted: {reason}.")
        session.add(attempt)
        session.flush()
        return _due_row(session, study, interview, [*earlier, attempt], at)


def why_not_noted(
    interview: Interview, earlier: Sequence[Attempt], attempt: Attempt, now: datetime, zone: ZoneInfo
) -> str:
    """Why an attempt cannot be one for this interview, in words; '' if it can."""
    latest = interview.starts_at + LATEST
    move = f"move it instead with 'fieldcall move {interview.participant_code} WHEN'"
    back = attempt.call_back_at
    verdicts = (
        (attempt.at > now, f"{show(attempt.at, zone)} is yet to come"),
        (
            attempt.at < interview.starts_at - EARLIEST,
            f"the interview is booked for {show(interview.starts_at, zone)}, and attempts count from "
            f"{EARLIEST // _MINUTE} minutes before; to hold it sooner, {move}",
        ),
        (any(other.at == attempt.at for other in earlier), f"one at {show(attempt.at, zone)} is noted already"),
        (back is not None and attempt.outcome != Outcome.CALL_BACK, "only a call-back has a time to call back"),
        (back is None and attempt.outcome == Outcome.CALL_BACK, f"the hour after its booked start is over; {move}"),
        (back is not None and back <= attempt.at, "the time to call back is not after the attempt"),
        (
            back is not None and back > latest,
            f"the slot is kept until {show(latest, zone)}, an hour after the booked start; {move}",
        ),
    )
    return next((reason for forbids, reason in verdicts if forbids), "")


def next_try(starts_at: datetime, at: datetime) -> datetime | None:
    """When to try again after an attempt: in a while, not before the start, within the hour; None when that is over."""
    suggested = min(max(at + WAIT, starts_at), starts_at + LATEST)
    return suggested if suggested > at else None


def advise(
    interview: Interview, attempts: Sequence[Attempt], now: datetime, free_until: datetime | None = None
) -> Advice:
    """What comes next after the attempts so far; `free_until` is when one of the parties is taken by something else."""
    code = interview.participant_code
    last = attempts[-1] if attempts else None
    if last and last.outcome == Outcome.REACHED:
        return Advice(None, f"once it has taken place: fieldcall held {code}")
    decide = f"decide: fieldcall no-show {code}, or fieldcall move {code} WHEN"
    if now > interview.starts_at + LATEST:
        return Advice(None, f"its hour is over; {decide}")
    if last and last.outcome == Outcome.CALL_BACK:
        return _until(Advice(last.call_back_at, "call back"), interview, free_until)
    unanswered = sum(attempt.outcome == Outcome.NO_ANSWER for attempt in attempts)
    if unanswered >= ENOUGH:
        return Advice(None, f"{unanswered} attempts without an answer; {decide}")
    if last:
        return _until(Advice(next_try(interview.starts_at, last.at), "try again"), interview, free_until)
    return Advice(interview.starts_at, "call")


def attempts_of(session: Session, interviews: Sequence[Interview]) -> defaultdict[int, list[Attempt]]:
    """The attempts to reach each interview's participant at its present time, in order, by the interview's id."""
    starts = {interview.id: interview.starts_at for interview in interviews}
    query = select(Attempt).where(col(Attempt.interview_id).in_(starts)).order_by(col(Attempt.at), col(Attempt.id))
    found: defaultdict[int, list[Attempt]] = defaultdict(list)
    for attempt in session.exec(query):
        if attempt.at >= starts[attempt.interview_id] - EARLIEST:  # earlier ones were for a time it was moved from
            found[attempt.interview_id].append(attempt)
    return found


def due_rows(session: Session, study: Study, now: datetime) -> list[DueRow]:
    """The booked interviews that have begun or begin within half an hour, in the order in which they want something."""
    query = (
        select(Interview)
        .where(Interview.state == State.BOOKED, Interview.starts_at <= now + EARLIEST)
        .order_by(col(Interview.starts_at), col(Interview.id))
    )
    interviews = session.exec(query).all()
    attempts = attempts_of(session, interviews)
    rows = [_due_row(session, study, interview, attempts[interview.id or 0], now) for interview in interviews]
    return sorted(rows, key=lambda row: row.advice.at or row.interview.starts_at)


def _due_row(
    session: Session, study: Study, interview: Interview, attempts: Sequence[Attempt], now: datetime
) -> DueRow:
    participant = participant_of(session, interview.participant_code)
    return DueRow(
        interview=interview,
        label=label(interview.participant_code, interview.starts_at, study.zone),
        zones=zones_of(study, participant, interview.interviewer_code),
        attempts=tuple(attempts),
        advice=advise(interview, attempts, now, _free_until(session, interview)),
    )


def _free_until(session: Session, interview: Interview) -> datetime | None:
    """When the next claim of one of the interview's parties begins; None where there is none."""
    query = select(func.min(Claim.starts_at)).where(
        col(Claim.party_code).in_(claimants(interview)),
        Claim.interview_id != interview.id,
        Claim.starts_at > interview.starts_at,
    )
    return session.exec(query).one()


def _until(advice: Advice, interview: Interview, free_until: datetime | None) -> Advice:
    """The advice, with a warning where an interview that begins then would run into somebody's next claim."""
    length = interview.ends_at - interview.starts_at
    if advice.at is None or free_until is None or advice.at + length <= free_until:
        return advice
    minutes = max(free_until - advice.at, timedelta(0)) // _MINUTE
    return Advice(advice.at, f"{advice.words}: only {minutes} minutes are free then, so keep it short or move it")
