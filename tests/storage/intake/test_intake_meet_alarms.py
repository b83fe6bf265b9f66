"""What a person is told in time, once, and no longer than it is so."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from storage.alerts import alerts_of, keep_alerts
from storage.database import Database
from storage.interviews import record_change
from storage.tables import Consent, Interview, State

Meetings = Any  # of this folder's conftest
NINE = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)
TEN = NINE + timedelta(hours=1)
DAY = timedelta(days=1)


def put_state(database: Database, interview: Interview, state: State) -> None:
    with database.writing() as session:
        record_change(session, session.get_one(Interview, interview.id), state, actor="coordinator")


class TestExpiry:
    def test_a_recording_that_cannot_be_fetched_is_told_seven_days_before_it_goes(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        file = meetings.recorded(meetings.met(meetings.room_of(interview), NINE), can_download=False)
        expires = TEN + 30 * DAY
        assert meetings.capture(expires - 7 * DAY - timedelta(minutes=1)).alarms == ()
        (told,) = meetings.capture(expires - 7 * DAY).alarms
        row = meetings.row()
        assert told.startswith(
            f"A recording that seems to be of C_001_05/20 (meet-{row.id}) is not fetched, and Google forgets its "
            "meeting on 11 Jun 11:00: Drive does not let it be downloaded."
        )
        assert meetings.capture(expires - 6 * DAY).alarms == (), "it is told as new once"
        assert list(meetings.alerts()) == [f"meet-expiry:{row.id}"]
        file.can_download = True
        assert len(meetings.capture(expires - 5 * DAY).taken) == 1
        assert meetings.alerts() == {}

    def test_one_whose_file_is_never_made(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE), None)
        meetings.capture(TEN + 24 * DAY)
        assert set(meetings.alerts()) == {f"meet-expiry:{meetings.row().id}", f"meet-missing:{interview.id}"}
        meetings.capture(TEN + 31 * DAY)
        row = meetings.row()
        assert (row.state, row.reason) == (
            "gone",
            "Google lists it no more, and had not told of its file. Look into Drive for it",
        )
        assert list(meetings.alerts()) == [f"meet-missing:{interview.id}"]

    def test_one_whose_meeting_google_forgets_is_still_fetched(self, meetings: Meetings) -> None:
        """The record of the meeting is gone after thirty days; the file stays in Drive."""
        interview = meetings.interview("C_001", NINE)
        file = meetings.recorded(meetings.met(meetings.room_of(interview), NINE), can_download=False)
        meetings.capture(TEN + 29 * DAY)
        meetings.capture(TEN + 31 * DAY)
        assert meetings.row().state == "ready"
        assert list(meetings.alerts()) == [f"meet-expiry:{meetings.row().id}"]
        file.can_download = True
        assert len(meetings.capture(TEN + 32 * DAY).taken) == 1
        assert meetings.alerts() == {}

    def test_not_by_itself_where_what_is_left_says_something_else(self, meetings: Meetings, database: Database) -> None:
        from storage.intake.meet_capture import fetch_by_hand

        interview = meetings.interview("C_001", NINE)
        file = meetings.recorded(meetings.met(meetings.room_of(interview), NINE), can_download=False)
        meetings.capture(TEN + 29 * DAY)
        put_state(database, interview, State.DELIVERED)
        file.can_download = True
        assert meetings.capture(TEN + 31 * DAY).taken == ()
        row = meetings.row()
        assert (row.state, row.reason) == (
            "review",
            "Google lists its meeting no more, but its file may still be in Drive",
        )
        where = (meetings.study, meetings.database, meetings.contacts, meetings.services)
        fetch_by_hand(*where, f"meet-{row.id}", "C_001", now=TEN + 31 * DAY, actor="coordinator")
        meetings.capture(TEN + 32 * DAY)
        assert (meetings.row().state, meetings.alerts()) == ("fetched", {})

    def test_not_by_itself_where_another_interview_has_its_time_by_now(
        self, meetings: Meetings, database: Database
    ) -> None:
        room = meetings.google.meet.new_space("anna@study.example").code
        interview = meetings.interview("C_001", NINE, room=room)
        file = meetings.recorded(meetings.met(room, NINE), can_download=False)
        meetings.capture(TEN + 29 * DAY)
        with database.writing() as session:
            row = session.get_one(Interview, interview.id)
            row.starts_at, row.ends_at = NINE + 50 * DAY, TEN + 50 * DAY
        meetings.interview("C_002", NINE, room=room)
        file.can_download = True
        assert meetings.capture(TEN + 31 * DAY).taken == ()
        assert meetings.row().state == "review"

    def test_it_is_told_although_google_cannot_be_read(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE), can_download=False)
        meetings.capture(TEN + DAY)
        meetings.google.accounts.revoke("anna@study.example")
        meetings.capture(TEN + 25 * DAY)
        assert set(meetings.alerts()) == {f"meet-expiry:{meetings.row().id}", "meet-unread:google"}

    def test_a_test_that_was_recorded_is_none_of_it(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        room = meetings.room_of(interview)
        meetings.recorded(meetings.met(room, NINE - DAY, 5), 1.0)
        meetings.recorded(meetings.met(room, NINE), 2.0)
        meetings.capture(TEN)
        meetings.capture(NINE + 25 * DAY)
        assert meetings.alerts() == {}


class TestAMeetingWithoutARecording:
    def test_nobody_recorded(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        conference = meetings.met(meetings.room_of(interview), NINE, 43)
        for name in ("Zebedee Quixworth", "Anna"):
            meetings.google.meet.join(conference, name, "anonymousUser", NINE)
        assert meetings.capture(TEN + DAY - timedelta(minutes=1)).alarms == ()
        (told,) = meetings.capture(TEN + DAY).alarms
        assert told.startswith("The meeting of C_001_05/20 (43 min, 2 people) has no recording. Ask whether it was")
        assert list(meetings.alerts()) == [f"meet-missing:{interview.id}"]

    def test_nobody_met(self, meetings: Meetings) -> None:
        meetings.interview("C_001", NINE)
        (told,) = meetings.capture(TEN + DAY).alarms
        assert told.startswith("Nobody met for C_001_05/20 in Google Meet")

    def test_the_file_is_not_made(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.recorded(meetings.met(meetings.room_of(interview), NINE), None)
        (told,) = meetings.capture(TEN + DAY).alarms
        assert told.startswith("The meeting of C_001_05/20 was recorded, but Google has not made the file yet")

    def test_its_file_is_gone(self, meetings: Meetings) -> None:
        interview = meetings.interview("C_001", NINE)
        file = meetings.recorded(meetings.met(meetings.room_of(interview), NINE))
        del meetings.google.drive.files[file.id]
        (told,) = meetings.capture(TEN + DAY).alarms
        assert told.startswith("The recording of C_001_05/20 is gone before it could be fetched")

    @pytest.mark.parametrize("state", [State.NO_SHOW, State.CANCELLED, State.RECORDED])
    def test_it_is_over_when_somebody_says_what_became_of_it(
        self, meetings: Meetings, database: Database, state: State
    ) -> None:
        interview = meetings.interview("C_001", NINE)
        meetings.capture(TEN + DAY)
        put_state(database, interview, state)
        meetings.capture(TEN + 2 * DAY)
        assert meetings.alerts() == {}

    def test_one_of_somebody_who_did_not_agree_is_as_it_should_be(self, meetings: Meetings) -> None:
        meetings.interview("C_001", NINE, consent=False)
        assert meetings.capture(TEN + DAY).alarms == ()

    def test_one_by_telephone_is_none(self, meetings: Meetings, database: Database) -> None:
        interview = meetings.interview("C_001", NINE)
        with database.writing() as session:
            session.get_one(Interview, interview.id).mode = "phone"
        assert meetings.capture(TEN + DAY).alarms == ()

    def test_while_google_cannot_be_read_it_is_neither_raised_nor_cleared(
        self, meetings: Meetings, database: Database
    ) -> None:
        first = meetings.interview("C_001", NINE)
        meetings.capture(TEN + DAY)
        meetings.interview("C_002", NINE)
        meetings.google.accounts.revoke("anna@study.example")
        meetings.capture(TEN + 2 * DAY)
        assert set(meetings.alerts()) == {f"meet-missing:{first.id}", "meet-unread:google"}
        with database.writing() as session:
            given = {"given_on": date(2020, 5, 13), "sheet": "v1", "recording": False, "actor": "c"}
            session.add(Consent(participant_code="C_001", **given))
        meetings.capture(TEN + 3 * DAY)
        assert set(meetings.alerts()) == {"meet-unread:google"}


def test_alerts_of_one_kind_leave_the_others_alone(database: Database) -> None:
    with database.writing() as session:
        assert keep_alerts(session, "meet", {"1": "a", "2": "b"}, NINE) == ["a", "b"]
        assert keep_alerts(session, "meet-missing", {"1": "c"}, NINE) == ["c"]
    with database.writing() as session:
        assert keep_alerts(session, "meet", {"2": "b, still", "3": "d"}, TEN) == ["d"]
    with database.reading() as session:
        kept, new = alerts_of(session, "meet")
        assert (kept.key, kept.message, kept.since, kept.seen_at) == ("meet:2", "b, still", NINE, TEN)
        assert (new.key, new.since) == ("meet:3", TEN)
        assert [alert.key for alert in alerts_of(session, "meet-missing")] == ["meet-missing:1"]
