"""What is read at Google: one event, and all that has changed since the calendar was last read."""

import re
from dataclasses import replace
from typing import Any

import pytest
from google_interview import ENTRY, HOUR, MOVED, START, found
from google_people import ANNA, BEN, GUEST
from google_stand_in import Google

from scheduling.calendars.base import Guest, Standing
from scheduling.calendars.google import GoogleCalendar
from scheduling.calendars.google_events import standing_of
from scheduling.errors import AccessLost, CalendarUnavailable, FollowingLost


class TestFinding:
    def test_what_never_was_is_none(self, calendar: GoogleCalendar) -> None:
        assert calendar.find(calendar.event_id(ENTRY.guid, 7)) is None

    def test_a_deleted_one_is_told_as_cancelled(self, calendar: GoogleCalendar, google: Google) -> None:
        google.calendars.remove(ANNA, calendar.put(ENTRY, None).event_id)
        assert found(calendar).is_cancelled

    def test_replies_are_told_by_address(self, calendar: GoogleCalendar, google: Google) -> None:
        guests = (Guest("INT_01", BEN), Guest("C_001", "Zed@Elsewhere.example"))
        event = calendar.put(replace(ENTRY, guests=guests), None).event_id
        assert found(calendar).replies == {}
        google.calendars.reply(ANNA, event, "Zed@Elsewhere.example", "declined")
        assert found(calendar).replies == {GUEST: "declined"}

    def test_a_calendar_that_is_not_shared_any_more_is_not_an_event_that_is_gone(
        self, calendar: GoogleCalendar, google: Google
    ) -> None:
        """Both are a 404; taken for one another, every interview would be cancelled."""
        standing = calendar.put(ENTRY, None)
        google.calendars.calendars[ANNA].owner = "somebody@else.example"
        for attempt in (
            lambda: calendar.find(standing.event_id),
            lambda: calendar.remove(standing),
            lambda: calendar.put(MOVED, standing),
            lambda: calendar.put(ENTRY, None),
            lambda: calendar.changes(""),
        ):
            with pytest.raises(AccessLost, match="share that calendar"):
                attempt()

    def test_times_without_an_offset_are_in_the_zone_beside_them(self) -> None:
        given = {"dateTime": "2020-06-03T14:00:00", "timeZone": "Europe/London"}
        assert standing_of({"id": "e", "start": given, "end": {"dateTime": "2020-06-03T14:00:00"}}) == Standing(
            "e", "", is_cancelled=False, starts_at=START, ends_at=None
        )


class TestFollowing:
    def test_first_all_then_what_has_changed(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        ours = calendar.put(ENTRY, None)
        stranger = google.calendars.put(ANNA, START, START + HOUR, summary="Dentist")
        first = calendar.changes("")
        assert first.is_all
        assert {(one.event_id, one.guid) for one in first.standings} == {
            (ours.event_id, ENTRY.guid),
            (stranger["id"], ""),
        }
        assert calendar.changes(first.token).standings == ()
        google.calendars.change(ANNA, ours.event_id, starts_at=START + HOUR, ends_at=START + 2 * HOUR)
        google.calendars.remove(ANNA, stranger["id"])
        later = calendar.changes(first.token)
        assert not later.is_all
        assert [(one.event_id, one.starts_at, one.is_cancelled) for one in later.standings] == [
            (ours.event_id, START + HOUR, False),
            (stranger["id"], None, True),
        ]
        assert calendar.changes(later.token).standings == ()

    def test_all_holds_the_deleted_ones_too(self, calendar: GoogleCalendar, google: Google) -> None:
        google.calendars.remove(ANNA, calendar.put(ENTRY, None).event_id)
        (standing,) = calendar.changes("").standings
        assert standing.is_cancelled

    @pytest.mark.parametrize("empty", [0, 1, 3])
    def test_short_and_empty_pages_are_followed_to_the_end(
        self, calendar: GoogleCalendar, google: Google, empty: int
    ) -> None:
        ids = [
            google.calendars.put(ANNA, START + day * 24 * HOUR, START + day * 24 * HOUR + HOUR)["id"]
            for day in (0, 1, 2)
        ]
        google.calendars.page_size, google.calendars.empty_pages = 1, empty
        first = calendar.changes("")
        assert [one.event_id for one in first.standings] == ids
        for event in ids:
            google.calendars.change(ANNA, event, summary="x")
        assert [one.event_id for one in calendar.changes(first.token).standings] == ids

    def test_a_list_that_breaks_off_is_no_list(
        self, calendar: GoogleCalendar, google: Google, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask = GoogleCalendar._page
        calendar.put(ENTRY, None)

        def cut(self: GoogleCalendar, query: Any, page: Any, token: str) -> Any:
            return {name: value for name, value in ask(self, query, page, token).items() if name != "nextSyncToken"}

        monkeypatch.setattr(GoogleCalendar, "_page", cut)
        with pytest.raises(CalendarUnavailable, match="breaks off"):
            calendar.changes("")

    def test_nor_is_one_that_goes_round(self, calendar: GoogleCalendar, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(GoogleCalendar, "_page", lambda *_: {"items": [], "nextPageToken": "again"})
        with pytest.raises(CalendarUnavailable, match="breaks off"):
            calendar.changes("")

    def test_a_page_that_fails_takes_nothing_of_the_others(self, calendar: GoogleCalendar, google: Google) -> None:
        for day in range(3):
            google.calendars.put(ANNA, START + day * 24 * HOUR, START + day * 24 * HOUR + HOUR)
        google.calendars.page_size = 1
        google.faults.refuse("calendar.events.list", 500, "backendError", after=1, times=100)
        with pytest.raises(CalendarUnavailable):
            calendar.changes("")

    def test_a_token_that_is_too_old_asks_for_all_anew(self, calendar: GoogleCalendar, google: Google) -> None:
        token = calendar.changes("").token
        google.calendars.end_sync_tokens(ANNA)
        with pytest.raises(FollowingLost, match="read anew"):
            calendar.changes(token)
        assert calendar.changes("").is_all

    def test_so_does_one_that_google_does_not_know(self, calendar: GoogleCalendar) -> None:
        with pytest.raises(FollowingLost):
            calendar.changes("of another calendar")

    def test_also_in_the_middle_of_the_pages(self, calendar: GoogleCalendar, google: Google) -> None:
        first = calendar.changes("")
        calendar.put(ENTRY, None)
        google.calendars.empty_pages = 1
        google.faults.refuse("calendar.events.list", 410, "fullSyncRequired", after=1)
        with pytest.raises(FollowingLost):
            calendar.changes(first.token)

    def test_of_strangers_no_more_is_asked_for_than_is_needed(self, calendar: GoogleCalendar, google: Google) -> None:
        calendar.changes("")
        fields = google.calls[-1].values["fields"]
        assert not {"summary", "description", "location", "creator"} & set(re.findall(r"\w+", fields))
