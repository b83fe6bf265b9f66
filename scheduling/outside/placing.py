"""One interview and its event in the outside calendar: both are read, compared, and made to say the same.

Who carries out what is owed and who follows what people do in the calendar come here alike. What is read is
held against the row that says what was agreed last; where anybody has changed that row or the event meanwhile,
all is read anew, so that any number of runs at once, broken off anywhere, end in the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Literal

from sqlmodel import Session, col, select

from scheduling.calendars.base import Calendar, Entry, Standing
from scheduling.calendars.opening import open_calendar
from scheduling.claims import claim, close, free_line, lock_parties, parties_of, release, taking
from scheduling.errors import CalendarUnavailable, Clash, EditedMeanwhile
from scheduling.local_time import show
from scheduling.outside.entries import entry_of, guests_of
from scheduling.outside.outbox import announce, times_owed
from scheduling.outside.reconciling import Side, Verdict, explain, reconcile
from storage.alerts import clear_alerts, raise_alert
from storage.contacts import Contacts
from storage.database import Database
from storage.interviews import label, record_change
from storage.study import Study
from storage.tables import CALLED_OFF_STATES, PLANNED_STATES, Conflict, Interview, Participant, Placement, State

ACTOR = "calendar"
_ATTEMPTS = 8  # at one interview while others change it
_REPLIES = ("accepted", "declined", "tentative")


class Settled(Enum):
    """How an interview and its event came to agree, or why they do not yet."""

    AGREED = "agreed"
    WRITTEN = "written"
    TAKEN = "taken"
    CONFLICT = "conflict"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Keeping:
    """Whose interviews are kept in step with which calendar."""

    study: Study
    database: Database
    contacts: Contacts
    calendar: Calendar


@contextmanager
def keeping_with(study: Study, database: Database, contacts: Contacts) -> Iterator[Keeping | None]:
    """The study with its outside calendar opened; None where it has none. Raises CalendarError."""
    calendar = open_calendar(study, contacts)
    if calendar is None:
        yield None
        return
    try:
        yield Keeping(study, database, contacts, calendar)
    finally:
        calendar.close()


@dataclass(frozen=True, slots=True)
class _Reading:
    """Both sides as they were read. `version` is that of the placement, -1 where there is none yet."""

    interview_id: int
    interview: Interview
    participant: Participant
    entry: Entry | None  # None where there is to be no event
    event_id: str
    version: int
    base: Side | None
    ours: Side
    standing: Standing | None
    theirs: Side | None
    in_conflict: bool


def settle(
    keeping: Keeping, interview_id: int, now: datetime, *, keep: Literal["study", "calendar"] | None = None
) -> Settled:
    """Make an interview and its event agree, or let a person decide; `keep` is what they have decided.

    Raises CalendarError, ContactsError.
    """
    for _ in range(_ATTEMPTS):
        reading = _read(keeping, interview_id)
        if keep:
            # as if both had last agreed on what is to go
            going = (reading.theirs or reading.base) if keep == "study" else reading.ours
            reading = replace(reading, base=going, in_conflict=False)
        verdict = reconcile(
            reading.base,
            reading.ours,
            reading.theirs,
            is_open=reading.interview.state in PLANNED_STATES,
            has_begun=reading.interview.starts_at <= now,
        )
        if reading.in_conflict and verdict is not Verdict.AGREED:
            return Settled.CONFLICT
        if verdict is Verdict.AGREED and _only_the_look_differs(reading):
            verdict = Verdict.WRITE
        try:
            settled = _STEPS[verdict](keeping, reading, now)
        except EditedMeanwhile:
            continue
        if settled is not None:
            if keep and settled is not Settled.CONFLICT:
                _end_conflict(keeping, reading, now, f"as the {keep} had it")
            return settled
    raise CalendarUnavailable(
        f"The event of {_name(keeping.study, reading.interview)} is changed by others all the time. "
        "It is looked at again by itself."
    )


def _read(keeping: Keeping, interview_id: int) -> _Reading:
    with keeping.database.reading() as session:
        interview = session.get_one(Interview, interview_id)
        participant = session.get_one(Participant, interview.participant_code)
        placement = session.get(Placement, interview_id)
        generation = placement.generation if placement else 0
        is_off = interview.state in CALLED_OFF_STATES
        entry = None if is_off else entry_of(session, keeping.study, keeping.contacts, interview, generation)
        in_conflict = _open_conflict(session, interview_id) is not None
    event_id = keeping.calendar.event_id(interview.guid, generation)
    standing = keeping.calendar.find(event_id)
    theirs = _side(standing)
    if theirs is None and placement is not None and placement.etag:
        theirs = Side(None, None, is_cancelled=True)  # it stood there once and has vanished since
    base = None
    if placement is not None:
        base = Side(placement.starts_at, placement.ends_at, placement.is_cancelled)
    if standing is not None and standing.sequence > (placement.sequence if placement else -1):
        with keeping.database.reading() as session:  # we wrote it, and were broken off before that was noted
            written = times_owed(session, interview_id, standing.sequence)
        base = Side(*written) if written else base
    return _Reading(
        interview_id,
        interview,
        participant,
        entry,
        event_id,
        placement.version if placement else -1,
        base,
        Side(interview.starts_at, interview.ends_at, is_off),
        standing,
        theirs,
        in_conflict,
    )


def _side(standing: Standing | None) -> Side | None:
    return Side(standing.starts_at, standing.ends_at, standing.is_cancelled) if standing else None


def _only_the_look_differs(reading: _Reading) -> bool:
    """The times agree, but a slot that was held has been booked since."""
    standing, entry = reading.standing, reading.entry
    return bool(
        standing and entry and reading.interview.state in PLANNED_STATES and standing.is_tentative != entry.is_tentative
    )


def _agree(keeping: Keeping, reading: _Reading, now: datetime) -> Settled | None:
    """Note what both sides say."""
    with keeping.database.writing() as session:
        placement = _unchanged(session, keeping, reading)
        if placement is None:
            return None
        _note(session, keeping, reading, placement, reading.standing, now)
    if reading.in_conflict:
        _end_conflict(keeping, reading, now, "both sides say the same again")
    return Settled.AGREED


def _write(keeping: Keeping, reading: _Reading, now: datetime) -> Settled | None:
    """Make the calendar say what the study says, and note it."""
    standing: Standing | None = None
    if reading.entry is None:
        if reading.standing is not None:
            keeping.calendar.remove(reading.standing)
    elif reading.standing is not None and reading.standing.is_cancelled:
        return _make_anew(keeping, reading, now)
    else:
        standing = keeping.calendar.put(reading.entry, reading.standing)
        theirs = _side(standing)
        if theirs is None or not theirs.agrees(reading.ours):
            return None  # an earlier try had made it, and it has been changed since: read both anew
    with keeping.database.writing() as session:
        placement = _unchanged(session, keeping, reading)
        if placement is None:
            return None
        _note(session, keeping, reading, placement, standing, now)
    return Settled.WRITTEN


def _make_anew(keeping: Keeping, reading: _Reading, now: datetime) -> Settled | None:
    """The event was deleted and is wanted again: its id stays taken, so that the next one needs another."""
    with keeping.database.writing() as session:
        placement = _unchanged(session, keeping, reading)
        if placement is not None:
            _note(session, keeping, reading, placement, reading.standing, now)
            placement.generation += 1
            placement.etag = ""
    return None


def _take(keeping: Keeping, reading: _Reading, now: datetime) -> Settled | None:
    """Make the study say what the calendar says; what the database refuses is for a person to settle."""
    theirs = reading.theirs
    assert theirs is not None, "only what the calendar says is taken"
    study, code = keeping.study, reading.participant.code
    try:
        with taking(keeping.database, study, code, theirs.starts_at or now) as session:
            placement = _unchanged(session, keeping, reading)
            if placement is None:
                return None
            interview = session.get_one(Interview, reading.interview_id)
            if not Side(interview.starts_at, interview.ends_at, interview.state in CALLED_OFF_STATES).agrees(
                reading.ours
            ):
                return None
            if theirs.is_cancelled:
                close(session, study, interview, State.CANCELLED, actor=ACTOR, cause="deleted in the calendar", now=now)
            else:
                _move(session, study, interview, theirs, now)
            _note(session, keeping, reading, placement, reading.standing, now)
    except Clash:
        return _conflict(keeping, reading, now, "was moved in the calendar to a time that is taken")
    return Settled.TAKEN


def _move(session: Session, study: Study, interview: Interview, theirs: Side, now: datetime) -> None:
    assert theirs.starts_at is not None, "an event without a time is never taken"
    assert theirs.ends_at is not None, "an event without a time is never taken"
    cause = f"from {show(interview.starts_at, study.zone)} with {interview.interviewer_code}; moved in the calendar"
    state = State(interview.state)
    participant = session.get_one(Participant, interview.participant_code)
    lock_parties(session, parties_of(study, participant, interview.interviewer_code, interview.mode))
    record_change(session, interview, State.MOVED, actor=ACTOR, cause=cause)
    interview.starts_at, interview.ends_at = theirs.starts_at, theirs.ends_at
    interview.sequence += 1
    release(session, interview)
    interview.line_code = free_line(session, study, interview)
    claim(session, study, interview)
    record_change(session, interview, state, actor=ACTOR)
    announce(session, study, interview, now=now)


def _conflict(keeping: Keeping, reading: _Reading, now: datetime, why: str = "") -> Settled | None:
    """Put it before a person; neither side is changed."""
    theirs = reading.theirs
    assert theirs is not None, "a conflict has two sides"
    why = why or explain(reading.base, reading.ours, theirs)
    with keeping.database.writing() as session:
        if _unchanged(session, keeping, reading) is None:
            return None
        if _open_conflict(session, reading.interview_id) is None:
            conflict = Conflict(
                interview_id=reading.interview_id,
                reason=why,
                starts_at=None if theirs.is_cancelled else theirs.starts_at,
                ends_at=None if theirs.is_cancelled else theirs.ends_at,
                found_at=now,
            )
            session.add(conflict)
        name = _name(keeping.study, reading.interview)
        message = f"{name} {why}. Decide with 'fieldcall conflicts', and settle it there."
        raise_alert(session, _conflict_key(reading.interview), message, now)
    return Settled.CONFLICT


def _leave(keeping: Keeping, reading: _Reading, now: datetime) -> Settled | None:
    return Settled.LEFT


_STEPS = {
    Verdict.AGREED: _agree,
    Verdict.WRITE: _write,
    Verdict.TAKE: _take,
    Verdict.CONFLICT: _conflict,
    Verdict.LEAVE: _leave,
}


def _unchanged(session: Session, keeping: Keeping, reading: _Reading) -> Placement | None:
    """The placement, if it is still as it was read, locked; a fresh one where there was none. Else None."""
    session.get_one(Interview, reading.interview_id, with_for_update=True)  # those who come here at once take turns
    placement = session.get(Placement, reading.interview_id)
    if (placement.version if placement else -1) != reading.version:
        return None
    if placement is None:
        placement = Placement(
            interview_id=reading.interview_id,
            calendar=keeping.calendar.address,
            event_id=reading.event_id,
            starts_at=reading.interview.starts_at,
            ends_at=reading.interview.ends_at,
            seen_at=reading.interview.starts_at,
            version=-1,
        )
    return placement


def _note(
    session: Session,
    keeping: Keeping,
    reading: _Reading,
    placement: Placement,
    standing: Standing | None,
    now: datetime,
) -> None:
    """Note what both sides agree on from now on: what the calendar says."""
    placement.version += 1
    placement.seen_at = now
    if standing is None or standing.is_cancelled:
        placement.is_cancelled = True
    else:
        assert standing.starts_at is not None, "what is agreed on has a time"
        assert standing.ends_at is not None, "what is agreed on has a time"
        placement.is_cancelled = False
        placement.starts_at, placement.ends_at = standing.starts_at, standing.ends_at
    if standing is not None:
        placement.etag = standing.etag
        placement.sequence = max(standing.sequence, placement.sequence if placement.version else 0)
        _note_meeting(session, keeping, reading, placement, standing, now)
        _note_replies(session, keeping, reading, placement, standing, now)
    session.add(placement)
    session.flush()


def _note_meeting(
    session: Session, keeping: Keeping, reading: _Reading, placement: Placement, standing: Standing, now: datetime
) -> None:
    key = meeting_key(reading.interview)
    meeting = standing.meeting
    if meeting is None or placement.is_cancelled:
        clear_alerts(session, [key])
        return
    name = _name(keeping.study, reading.interview)
    placement.meeting_state = meeting.state
    if meeting.state == "success":
        placement.meeting_code, placement.meeting_url = meeting.code, meeting.url
        placement.meeting_phone = meeting.phone
        clear_alerts(session, [key])
    elif meeting.state == "failure":
        step = "Make one in the calendar by hand, or book it by phone; the invitation waits for it."
        raise_alert(session, key, f"{name} has no video meeting: Google could not make it. {step}", now)


def _note_replies(
    session: Session, keeping: Keeping, reading: _Reading, placement: Placement, standing: Standing, now: datetime
) -> None:
    """Write down what guests have answered since; who declines is put before a person."""
    interview = session.get_one(Interview, reading.interview_id)
    guests = guests_of(keeping.study, keeping.contacts, interview, reading.participant)
    told = {address.casefold(): reply for address, reply in standing.replies.items() if reply in _REPLIES}
    replies = {guest.code: told[at] for guest in guests if (at := guest.address.casefold()) in told}
    for code, reply in sorted(replies.items()):
        if reply == placement.replies.get(code):
            continue
        cause = f"{reply}, as the calendar says"
        record_change(session, interview, State(interview.state), actor=code, cause=cause)
        key = f"declined:{interview.guid}:{code}"
        if reply == "declined" and interview.state in PLANNED_STATES:
            message = f"{code} has declined {_name(keeping.study, interview)}. Move it or cancel it."
            raise_alert(session, key, message, now)
        else:
            clear_alerts(session, [key])
    placement.replies = replies


def _open_conflict(session: Session, interview_id: int) -> Conflict | None:
    query = select(Conflict).where(Conflict.interview_id == interview_id, col(Conflict.settled_at).is_(None))
    return session.exec(query).one_or_none()


def _end_conflict(keeping: Keeping, reading: _Reading, now: datetime, settlement: str) -> None:
    with keeping.database.writing() as session:
        conflict = _open_conflict(session, reading.interview_id)
        if conflict is not None:
            conflict.settled_at, conflict.settlement = now, settlement
        clear_alerts(session, [_conflict_key(reading.interview)])


def meeting_key(interview: Interview) -> str:
    """Under which it is told that an interview has no video meeting."""
    return f"meeting:{interview.guid}"


def _conflict_key(interview: Interview) -> str:
    return f"conflict:{interview.guid}"


def _name(study: Study, interview: Interview) -> str:
    return label(interview.participant_code, interview.starts_at, study.zone)
