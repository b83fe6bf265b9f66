"""What a coordinator sees of the outside, and decides: alerts, conflicts, effects, through the real client."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google_people import ANNA
from google_stand_in import Google

from scheduling.booking import book, move
from scheduling.outside.following import carry_out_events, follow
from scheduling.outside.placing import keeping_with
from scheduling.participants import import_participants
from storage.contacts import Contacts
from storage.database import Database, open_database
from storage.study import Study

NOW = datetime(2020, 4, 28, 8, 0, tzinfo=UTC)
TEN = datetime(2020, 5, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def database(logged_in: Study, contacts: Contacts) -> Database:
    """C_001 is booked on Anna's calendar, and nothing has been carried out yet."""
    database = open_database(logged_in)
    import_participants(logged_in, database, contacts, "code;group;mode\nC_001;client;phone\n", now=NOW)
    book(database, logged_in, "C_001", now=NOW, starts_at=TEN, interviewer="INT_02", actor="coordinator")
    return database


def kept(study: Study, database: Database, contacts: Contacts, now: datetime = NOW) -> None:
    """What the flow does."""
    with keeping_with(study, database, contacts) as keeping:
        assert keeping is not None
        follow(keeping, now)
        carry_out_events(keeping, now)


def events(google: Google) -> list[tuple[str, str]]:
    return [
        (event["status"], datetime.fromisoformat(event["start"]["dateTime"]).astimezone(UTC).isoformat()[:16])
        for event in google.calendars.calendars[ANNA].events.values()
    ]


def test_what_is_owed_is_listed_tried_again_and_given_up(fieldcall: Any, logged_in: Study, database: Database) -> None:
    listed = fieldcall("--study", logged_in.folder, "effects", "--json").json
    assert [(row["interview"], row["for"], row["state"]) for row in listed] == [("C_001_05/20", "calendar", "waiting")]
    key = listed[0]["key"]
    assert fieldcall("--study", logged_in.folder, "retry", key).status == 0
    assert fieldcall("--study", logged_in.folder, "drop", key).status == 0
    assert fieldcall("--study", logged_in.folder, "effects").out.strip() == "Nothing is owed."
    assert fieldcall("--study", logged_in.folder, "drop", key).status == 1
    assert key in fieldcall("--study", logged_in.folder, "effects", "--all").out.replace("\n", "")


def test_a_cancellation_at_the_desk_is_in_google_at_once(
    fieldcall: Any, logged_in: Study, database: Database, contacts: Contacts, google: Google
) -> None:
    kept(logged_in, database, contacts)
    assert events(google) == [("confirmed", "2020-05-05T09:00")]
    assert fieldcall("--study", logged_in.folder, "cancel", "C_001").status == 0
    assert events(google) == [("cancelled", "2020-05-05T09:00")]


def test_a_calendar_that_cannot_be_reached_keeps_no_booking_from_being_cancelled(
    fieldcall: Any,
    logged_in: Study,
    database: Database,
    contacts: Contacts,
    google: Google,
) -> None:
    kept(logged_in, database, contacts)
    google.accounts.revoke(ANNA)
    said = fieldcall("--study", logged_in.folder, "cancel", "C_001")
    assert said.status == 0
    assert "fieldcall google login" in said.err
    assert "The booking is safe; the calendar is told later by itself." in said.err


@pytest.mark.parametrize(
    ("keep", "left"),
    [("study", ("confirmed", "2020-05-05T11:00")), ("calendar", ("confirmed", "2020-05-05T14:00"))],
)
def test_a_conflict_is_shown_with_both_sides_and_settled(
    fieldcall: Any,
    logged_in: Study,
    database: Database,
    contacts: Contacts,
    google: Google,
    keep: str,
    left: tuple[str, str],
) -> None:
    kept(logged_in, database, contacts)
    (event_id,) = google.calendars.calendars[ANNA].events
    move(database, logged_in, "C_001", starts_at=TEN + 2 * HOUR, now=NOW, actor="coordinator")
    google.calendars.change(ANNA, event_id, starts_at=TEN + 5 * HOUR, ends_at=TEN + 6 * HOUR)
    kept(logged_in, database, contacts)
    shown = fieldcall("--study", logged_in.folder, "conflicts")
    assert shown.status == 1
    for side in ("Tue 5 May 2020 12:00 BST", "Tue 5 May 2020 15:00 BST", "moved in the study and in the calendar"):
        assert side in " ".join(shown.out.split())
    assert "C_001_05/20" in fieldcall("--study", logged_in.folder, "alerts").out
    assert fieldcall("--study", logged_in.folder, "settle", "C_001", "--keep", keep).status == 0
    assert events(google) == [left]
    assert fieldcall("--study", logged_in.folder, "conflicts").status == 0
    assert fieldcall("--study", logged_in.folder, "alerts").out.strip() == "Nothing is the matter."


def test_what_was_deleted_by_mistake_is_made_anew(
    fieldcall: Any, logged_in: Study, database: Database, contacts: Contacts, google: Google
) -> None:
    kept(logged_in, database, contacts)
    (event_id,) = google.calendars.calendars[ANNA].events
    google.calendars.remove(ANNA, event_id)
    kept(logged_in, database, contacts, TEN + HOUR)  # it had begun, so it is asked about
    assert "not at all" in fieldcall("--study", logged_in.folder, "conflicts").out
    assert fieldcall("--study", logged_in.folder, "settle", "C_001", "--keep", "study").status == 0
    assert sorted(events(google)) == [("cancelled", "2020-05-05T09:00"), ("confirmed", "2020-05-05T09:00")]


def test_bad_words_are_told(fieldcall: Any, logged_in: Study, database: Database) -> None:
    assert fieldcall("--study", logged_in.folder, "settle", "C_001", "--keep", "both").status == 2
    said = fieldcall("--study", logged_in.folder, "settle", "C_001", "--keep", "study")
    assert (said.status, "do not disagree about C_001" in said.err) == (1, True)


def test_a_study_without_an_outside_calendar_has_nothing_to_settle(fieldcall: Any, study: Study) -> None:
    said = fieldcall("--study", study.folder, "settle", "C_001", "--keep", "study")
    assert said.status == 1
    assert "no outside calendar" in said.err
