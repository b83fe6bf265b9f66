"""Interviews that have a meeting at the stand-in, and meetings that were recorded: rows and files."""

from datetime import date, datetime, timedelta

from google_people import ANNA
from google_stand_in import Google

from storage.database import Database
from storage.interviews import record_change
from storage.tables import Consent, Interview, Participant, Party, PartyKind, Placement, State


def booked(database: Database, code: str, starts_at: datetime, room: str, *, consent: bool = True) -> Interview:
    """A participant with an interview of an hour in a room."""
    interview = Interview(
        participant_code=code,
        interviewer_code="INT_01",
        mode="video",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        state=State.BOOKED,
    )
    with database.writing() as session:
        session.merge(Party(code=code, kind=PartyKind.PARTICIPANT))
        session.merge(Party(code="INT_01", kind=PartyKind.INTERVIEWER))
        session.flush()
        session.add(Participant(code=code, group="client", mode="video"))
        session.flush()
        given = {"given_on": date(2020, 5, 1), "sheet": "v1", "recording": consent, "actor": "coordinator"}
        session.add(Consent(participant_code=code, **given))
        record_change(session, interview, State.BOOKED, actor="coordinator")
    place(database, interview, room)
    return interview


def place(database: Database, interview: Interview, room: str, state: str = "success") -> None:
    """An interview's event stands in the calendar with the meeting of a code; it is held by video."""
    assert interview.id is not None
    with database.writing() as session:
        row = session.get_one(Interview, interview.id)
        row.mode = "video"
        session.add(row)
        session.add(
            Placement(
                interview_id=interview.id,
                calendar="primary",
                event_id=f"e{interview.id}",
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                meeting_code=room,
                meeting_state=state,
                seen_at=row.starts_at,
            )
        )


def recorded(google: Google, room: str, began_at: datetime, content: bytes, minutes: float = 50) -> None:
    """A meeting that was recorded from its begin to its end, with its file in Drive."""
    ended_at = began_at + timedelta(minutes=minutes)
    conference = google.meet.meet(room, began_at, ended_at)
    recording = google.meet.record(conference, began_at, ended_at)
    google.meet.file_made(conference, recording, google.drive.add(ANNA, "a call", content).id)
