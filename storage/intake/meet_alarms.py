"""What a person must know about meetings in time: a recording that is about to be lost, an interview without one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from storage.alerts import alerts_of, keep_alerts
from storage.database import Database
from storage.google.calls import GoogleError
from storage.intake.binding import OVERRUN
from storage.intake.meet_binding import Stretch
from storage.intake.meet_records import Conference, people_in
from storage.intake.meet_rows import EXPECTED, FETCHED, GONE, OPEN, barred
from storage.intake.meet_search import Found
from storage.interviews import current_consent, label
from storage.study import Study
from storage.tables import Binding, Interview, Placement, RemoteRecording, State

EXPIRES_WITHIN = timedelta(days=7)
MISSING_AFTER = timedelta(hours=24)
EXPIRY, MISSING, UNREAD = "meet-expiry", "meet-missing", "meet-unread"
_MAY_HAVE_BEEN_HELD = (State.BOOKED, State.MOVED, State.HELD)
_NEXT_STEP = (
    "Ask whether it was recorded elsewhere and put that file into the inbox, or say what became of it with 'fieldcall "
    "no-show' or 'fieldcall cancel'."
)


def sound_alarms(database: Database, study: Study, meet: Any, found: Found, *, now: datetime) -> list[str]:
    """Bring the alerts about meetings up to date; returns the messages of those that are new."""
    with database.reading() as session:  # Google is asked meanwhile, and nobody should have to wait for that
        alarms = {
            UNREAD: {"google": f"Google Meet cannot be read: {found.failures[0]}"} if found.failures else {},
            EXPIRY: _expiring(session, study, now),
            MISSING: _missing(session, study, meet, found, now),
        }
    with database.writing() as session:
        return [new for kind, messages in alarms.items() for new in keep_alerts(session, kind, messages, now)]


def _expiring(session: Session, study: Study, now: datetime) -> dict[str, str]:
    """Recordings of ours that Google is about to forget, by row."""
    query = (
        select(RemoteRecording, Interview)
        .join(Interview, col(Interview.id) == RemoteRecording.interview_id)
        .where(
            col(RemoteRecording.state).in_(OPEN),
            col(RemoteRecording.expires_at) <= now + EXPIRES_WITHIN,
            RemoteRecording.sha256 == "",
        )
        .order_by(col(RemoteRecording.id))
    )
    return {str(row.id): _expiry_message(row, interview, study) for row, interview in session.exec(query)}


def _expiry_message(row: RemoteRecording, interview: Interview, study: Study) -> str:
    assert row.expires_at is not None, "it was chosen by this"
    name = label(interview.participant_code, interview.starts_at, study.zone)
    why = row.failure or row.reason
    return (
        f"A recording that seems to be of {name} (meet-{row.id}) is not fetched, and Google forgets its meeting on "
        f"{row.expires_at.astimezone(study.zone):%d %b %H:%M}: {why.removesuffix('.')}. 'fieldcall bind meet-{row.id} "
        f"{interview.participant_code}' fetches it where there is a file."
    )


def _missing(session: Session, study: Study, meet: Any, found: Found, now: datetime) -> dict[str, str]:
    """Interviews by video of which there is no recording a day after their end, by interview."""
    query = (
        select(Interview, Placement)
        .join(Placement, col(Placement.interview_id) == Interview.id)
        .outerjoin(Binding, col(Binding.interview_id) == Interview.id)
        .where(
            col(Binding.recording_id).is_(None),
            col(Interview.state).in_(_MAY_HAVE_BEEN_HELD),
            Interview.mode == "video",
            Placement.meeting_code != "",
            col(Interview.ends_at) <= now - MISSING_AFTER,
        )
        .order_by(col(Interview.starts_at), col(Interview.id))
    )
    before = {alert.key: alert.message for alert in alerts_of(session, MISSING)}
    messages = {}
    for interview, placement in session.exec(query):
        held = found.conferences.get(placement.meeting_code)
        if barred(interview, current_consent(session, interview.participant_code)):
            continue  # it is right that there is none
        message = before.get(f"{MISSING}:{interview.id}", "")  # stays while its meeting cannot be looked for
        if held is not None:
            message = _missing_message(session, study, meet, interview, held)
        if message:
            messages[str(interview.id)] = message
    return messages


def _missing_message(
    session: Session, study: Study, meet: Any, interview: Interview, held: Sequence[Conference]
) -> str:
    """What is missing of an interview; '' where its recording waits for something that is told elsewhere."""
    rows = session.exec(select(RemoteRecording).where(RemoteRecording.interview_id == interview.id)).all()
    states = {row.state for row in rows}
    name = label(interview.participant_code, interview.starts_at, study.zone)
    if states - {EXPECTED, GONE, FETCHED}:
        return ""
    if EXPECTED in states:
        return (
            f"The meeting of {name} was recorded, but Google has not made the file yet. Look into Drive's 'Meet "
            "Recordings' of the organiser; it is looked for again by itself."
        )
    if GONE in states:
        return f"The recording of {name} is gone before it could be fetched. {_NEXT_STEP}"
    slot = Stretch(interview.starts_at, interview.ends_at).widened(OVERRUN, OVERRUN)
    met = [one for one in held if one.began_at and Stretch(one.began_at, one.ended_at or one.began_at).touches(slot)]
    if not met:
        return f"Nobody met for {name} in Google Meet, and there is no recording of it. {_NEXT_STEP}"
    return f"The meeting of {name} ({_in_words(meet, met)}) has no recording. {_NEXT_STEP}"


def _in_words(meet: Any, met: Sequence[Conference]) -> str:
    """'43 min, 2 people': what tells a no-show from a recording that nobody started."""
    lengths = [one.ended_at - one.began_at for one in met if one.began_at and one.ended_at]
    minutes = round(sum(lengths, timedelta(0)).total_seconds() / 60)
    try:
        people = max(people_in(meet, one) for one in met)
    except GoogleError:
        return f"{minutes} min"
    return f"{minutes} min, {people} {'person' if people == 1 else 'people'}"
