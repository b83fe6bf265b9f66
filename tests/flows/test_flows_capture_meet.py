"""The flow that captures takes from the inbox and from Google Meet, and one of them never stops the other."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google_meetings import booked, recorded
from google_people import ANNA
from google_setup import log_in, rewritten
from google_stand_in import Google
from prefect import State
from sqlmodel import select

from flows.capture import capture_recordings
from flows.options import CaptureOptions
from flows.outcomes import Summary, together
from flows.progress import Nobody, watching
from storage.contacts import Contacts
from storage.database import Database
from storage.study import Study
from storage.tables import Binding, RemoteRecording

THEN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=5)


def run() -> tuple[State[Any], Summary]:
    with watching(Nobody()) as summaries:
        state = capture_recordings(CaptureOptions(), return_state=True)
    return state, summaries[-1]


@pytest.fixture
def with_meet(in_study: Study, contacts: Contacts, google: Google) -> Study:
    """The study captures from Meet, and Anna has logged in."""
    google.clock.at = datetime.now(UTC)
    study = rewritten(in_study, ("settle_seconds = 10", "settle_seconds = 0\nmeet = true"))
    study.place(study.capture.inbox).mkdir()
    log_in(study, contacts.key, google)
    return study


@pytest.fixture
def met(with_meet: Study, database: Database, google: Google, talk: Path) -> str:
    """C_001 was interviewed in Meet and recorded; gives the meeting's code."""
    room = google.meet.new_space(ANNA).code
    booked(database, "C_001", THEN, room)
    recorded(google, room, THEN, talk.read_bytes())
    return room


def bound(database: Database) -> int:
    with database.reading() as session:
        return len(session.exec(select(Binding)).all())


def test_both_are_taken_from(with_meet: Study, database: Database, met: str, long_talk: Path) -> None:
    booked(database, "C_002", THEN - timedelta(days=2), "abc-mnop-xyz")
    (with_meet.place(with_meet.capture.inbox) / "C_002.wav").write_bytes(long_talk.read_bytes())
    state, summary = run()
    assert (state.is_completed(), state.message) == (True, "1 recording taken. Meet: 1 recording fetched")
    assert [(outcome.code, outcome.result) for outcome in summary.outcomes] == [("C_002", "done"), ("C_001", "done")]
    assert bound(database) == 2
    state, summary = run()
    assert (state.is_completed(), state.message) == (True, "0 recordings taken. Meet: 0 recordings fetched")
    assert not summary.needs_person


def test_an_inbox_that_is_missing_does_not_stop_meet(with_meet: Study, database: Database, met: str) -> None:
    with_meet.place(with_meet.capture.inbox).rmdir()
    state, _ = run()
    assert state.is_failed()
    assert str(state.message).startswith("There is no inbox at ")
    assert str(state.message).endswith("Meet: 1 recording fetched")
    assert bound(database) == 1


def test_a_login_that_is_revoked_does_not_stop_the_inbox(
    with_meet: Study, database: Database, google: Google, met: str, talk: Path
) -> None:
    google.accounts.revoke(ANNA)
    (with_meet.place(with_meet.capture.inbox) / "C_001.wav").write_bytes(talk.read_bytes())
    state, summary = run()
    assert state.is_failed()
    assert state.message == "1 recording taken. Meet: 0 recordings fetched, not all meetings could be read"
    assert any("Log in again with 'fieldcall google login'" in sentence for sentence in summary.story)
    assert bound(database) == 1


def test_nobody_has_logged_in(with_meet: Study) -> None:
    with_meet.place(with_meet.google.token).unlink()
    state, _ = run()
    assert state.is_failed()
    assert "Run 'fieldcall google login'" in str(state.message)


def test_one_that_cannot_be_fetched_fails_the_run_once(
    with_meet: Study, database: Database, google: Google, met: str
) -> None:
    for file in google.drive.files.values():
        file.can_download = False
    state, summary = run()
    assert state.is_failed()
    assert state.message == (
        "0 recordings taken. Meet: 0 recordings fetched, 1 could not be fetched. See 'fieldcall recordings --review'"
    )
    (outcome,) = summary.outcomes
    assert outcome.result == "failed"
    assert outcome.message.startswith("meet-1: Drive does not let it be downloaded")
    state, summary = run()
    assert state.is_completed()
    assert summary.needs_person


def test_one_that_needs_a_person(with_meet: Study, database: Database, google: Google) -> None:
    room = google.meet.new_space(ANNA).code
    booked(database, "C_001", THEN, room, consent=False)
    recorded(google, room, THEN, b"never fetched")
    state, summary = run()
    assert state.is_completed()
    assert "1 more to be looked at by a person" in str(state.message)
    assert summary.needs_person
    with database.reading() as session:
        assert session.exec(select(RemoteRecording)).one().state == "review"


def test_a_study_without_meet_asks_google_for_nothing(in_study: Study, google: Google) -> None:
    in_study.place(in_study.capture.inbox).mkdir()
    state, _ = run()
    assert state.message == "0 recordings taken"
    assert google.calls == []


def test_summaries_become_one() -> None:
    one, two = Summary("a.", failed=True, story=("x",)), Summary("b", needs_person=True, report="r", story=("y",))
    both = together([one, two])
    assert (both.message, both.failed, both.needs_person, both.report) == ("A. B", True, True, "r")
    assert both.story == ("x", "y")
    assert together([one]) is one
