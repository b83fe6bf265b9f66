"""Recordings at Google Meet on the command line: what waits for a person, and how a person settles it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google_meetings import booked, recorded
from google_people import ANNA
from google_setup import WITH_MEET, log_in, rewritten
from google_stand_in import Google

from storage.contacts import Contacts
from storage.database import Database
from storage.intake.meet_capture import capture_meet, meet_and_drive
from storage.study import Study

DEMO = Path(__file__).parents[2] / "demo" / "recordings" / "client_choir_two_channel_phone.wav"
NINE = datetime(2020, 5, 12, 9, tzinfo=UTC)


@pytest.fixture
def waiting(study: Study, database: Database, contacts: Contacts, google: Google) -> None:
    """C_001's interview was held three hours late, in its room."""
    google.clock.at = NINE + timedelta(hours=6)
    room = google.meet.new_space(ANNA).code
    booked(database, "C_001", NINE, room)
    recorded(google, room, NINE + timedelta(hours=3), DEMO.read_bytes())
    log_in(rewritten(study, WITH_MEET), contacts.key, google)
    with meet_and_drive(study, contacts.key) as services:
        capture_meet(study, database, contacts, services, now=google.clock(), actor="capture")


def test_what_waits_is_shown_with_its_reason_and_counted(waiting: None, at: Any) -> None:
    (row,) = at("recordings", "--review", "--json").json
    assert row["item"].startswith("meet-1 ")
    assert row["item"].endswith(", C_001_05/20?")
    assert row["what"] == "at Google Meet"
    assert "not at the time of C_001_05/20" in row["reason"]
    assert row["next step"].startswith("fieldcall bind RECORDING INTERVIEW")
    assert "1 recordings need a person" in at("status").out


def test_binding_it_fetches_it(waiting: None, at: Any) -> None:
    said = at("bind", "meet-1", "C_001")
    assert said.status == 0, said.err
    assert said.out.startswith("meet-1 is fetched, as recording ")
    assert said.out.strip().endswith("it belongs to C_001_05/20.")
    assert at("recordings", "--review").out.strip() == "Nothing needs a person."
    (row,) = at("recordings", "--json").json
    assert (row["interview"], row["state"]) == ("C_001_05/20", "to transcribe")


@pytest.mark.parametrize(
    ("recording", "interview", "why"),
    [
        ("meet-9", "C_001", "There is no recording meet-9"),
        ("meet-1", "C_009", "C_009 has no open interview"),
        ("meet-x", "C_001", "'meet-x' is not a recording"),
    ],
)
def test_what_is_not_known_is_said(waiting: None, at: Any, recording: str, interview: str, why: str) -> None:
    said = at("bind", recording, interview)
    assert said.status == 1
    assert why in said.err
