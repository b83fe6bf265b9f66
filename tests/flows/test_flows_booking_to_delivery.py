"""The main job from end to end: booked on Google, held in Meet, captured from Drive, transcribed overnight, delivered.

Through the real client against the stand-in, by the flows that a worker runs, with the demo's Whisper model.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google_meetings import recorded
from google_people import ANNA, BEN
from google_setup import log_in, rewritten
from google_stand_in import Google
from mail_server import MailServer, mail_server
from prefect import Flow, State
from sqlmodel import select

from flows.capture import capture_recordings
from flows.deliver import deliver_transcripts
from flows.follow import follow_calendar
from flows.options import CaptureOptions, DeliverOptions, NightOptions
from flows.outcomes import Summary
from flows.progress import Nobody, watching
from flows.send import send_reminders
from flows.transcribe import transcribe_overnight
from scheduling.booking import book
from scheduling.outside.placing import keeping_with
from scheduling.outside.seeing import look
from scheduling.participants import import_participants
from storage.alerts import alerts
from storage.contacts import Contacts
from storage.database import Database, open_database
from storage.interviews import history, interviews_of
from storage.study import Study
from storage.tables import Binding, Placement, Recording

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
AT = datetime(YESTERDAY.year, YESTERDAY.month, YESTERDAY.day, 13, tzinfo=UTC)
BEFORE = AT - timedelta(days=10)
PARTICIPANT = f"""code;group;mode;email;consent_date;consent_sheet;consent_recording
C_001;client;video;client@example.org;{BEFORE.date() - timedelta(days=1)};v1;yes
"""


def ran(flow: Flow[..., Any], *options: Any) -> Summary:
    """A flow that has to succeed."""
    with watching(Nobody()) as summaries:
        state: State[Any] = flow(*options, return_state=True)
    assert state.is_completed(), state.message
    return summaries[-1]


@pytest.fixture
def post() -> Any:
    with mail_server() as server:
        yield server


@pytest.fixture
def whole(demo_study: Study, in_study: Study, contacts: Contacts, google: Google, post: MailServer) -> Study:
    """A study that runs these days, books on Anna's calendar, heeds Ben's, mails, and captures from Meet."""
    google.clock.at = BEFORE
    google.calendars.calendars[BEN].shared[ANNA] = "freeBusyReader"
    study = rewritten(
        demo_study,
        ("start = 2020-05-01", f"start = {BEFORE.date()}"),
        ("end = 2020-09-30", f"end = {AT.date() + timedelta(days=30)}"),
        ('hours = ["Tue-Fri 10:00-18:00"]', f'hours = ["Mon-Sun 08:00-20:00"]\ncalendar = "{BEN}"'),
        ('backend = "local"', 'backend = "google"'),
        ("[calendar]", f'[google]\norganiser = "{ANNA}"\n\n[calendar]'),
        (
            "[capture]",
            f'[mail]\nserver = "127.0.0.1"\nport = {post.port}\nsecurity = "none"\nsender = "team@x.org"\n\n[capture]',
        ),
        ("settle_seconds = 10", "settle_seconds = 0\nmeet = true"),
    )
    log_in(study, contacts.key, google)
    return study


def booked(study: Study, database: Database, contacts: Contacts) -> None:
    """The coordinator books with Ben ten days ahead, once his calendar has been seen."""
    import_participants(study, database, contacts, PARTICIPANT, now=BEFORE)
    with keeping_with(study, database, contacts) as keeping:
        assert keeping is not None
        assert look(study, database, keeping.calendar, BEFORE) == {}
    at = AT - timedelta(hours=2)
    book(database, study, "C_001", now=BEFORE, starts_at=at, interviewer="INT_02", actor="coordinator")


def test_from_booking_to_delivery(
    whole: Study, contacts: Contacts, google: Google, post: MailServer, talk: Path
) -> None:
    database = open_database(whole)
    booked(whole, database, contacts)
    ran(follow_calendar)
    (event,) = google.calendars.calendars[ANNA].events.values()
    assert event["summary"] == "Interview C_001 (video)"

    # two days before, the interviewer drags it to another hour in Google
    google.calendars.change(ANNA, event["id"], starts_at=AT, ends_at=AT + timedelta(hours=1))
    ran(follow_calendar)
    with database.reading() as session:
        (interview,) = interviews_of(session, "C_001")
        placement = session.get_one(Placement, interview.id)
        steps = [(step.state, step.actor) for step in history(session, [interview.id or 0])]
    assert (interview.starts_at, placement.meeting_state) == (AT, "success")
    assert steps == [("booked", "coordinator"), ("moved", "calendar"), ("booked", "calendar")]

    # it is held in that event's meeting, which is recorded into the organiser's Drive
    recorded(google, placement.meeting_code, AT + timedelta(minutes=2), talk.read_bytes())
    google.clock.at = datetime.now(UTC)
    ran(capture_recordings, CaptureOptions())
    with database.reading() as session:
        assert session.exec(select(Binding.interview_id)).all() == [interview.id]
        assert session.exec(select(Recording.size)).all() == [talk.stat().st_size]

    assert [outcome.result for outcome in ran(transcribe_overnight, NightOptions()).outcomes] == ["done"]
    delivery = ran(deliver_transcripts, DeliverOptions(formats=["txt", "qdpx"]))
    assert delivery.folder is not None
    files = [path for path in delivery.folder.rglob("*.txt") if "C_001" in path.name]
    assert files
    assert len(files[0].read_text(encoding="utf-8").split()) > 20
    with database.reading() as session:
        assert interviews_of(session, "C_001")[0].state == "delivered"
        assert [alert.message for alert in alerts(session)] == []
    ran(send_reminders)  # the interview's time has come: nobody is written to about it any more
    assert post.messages == []
    assert not google.violations
    database.engine.dispose()
