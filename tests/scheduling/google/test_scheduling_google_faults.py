"""What Google refuses, delays or loses: waited for or told with the next step, and no event is made twice."""

from dataclasses import replace
from typing import Any

import pytest
from google_interview import ENTRY, HOUR, MOVED, START, found
from google_people import ANNA
from google_stand_in import Google

from scheduling.calendars.base import Guest
from scheduling.calendars.google import GoogleCalendar
from scheduling.errors import AccessLost, CalendarError, CalendarUnavailable
from scheduling.spans import Span


class TestFaults:
    @pytest.mark.parametrize(
        ("status", "reason"),
        [(429, "rateLimitExceeded"), (403, "rateLimitExceeded"), (403, "userRateLimitExceeded"), (500, "backendError"),
         (502, "backendError"), (503, "backendError")],
    )  # fmt: skip
    def test_what_passes_is_waited_for(
        self,
        calendar: GoogleCalendar,
        google: Google,
        events: dict[str, Any],
        slept: list[float],
        status: int,
        reason: str,
    ) -> None:
        google.faults.refuse("calendar.events.insert", status, reason, times=2)
        assert calendar.put(ENTRY, None).guid == ENTRY.guid
        assert len(events) == 1
        assert len(slept) == 2

    def test_for_as_long_as_google_says(self, calendar: GoogleCalendar, google: Google, slept: list[float]) -> None:
        google.faults.refuse("calendar.events.insert", 429, "rateLimitExceeded", retry_after_s=7)
        calendar.put(ENTRY, None)
        assert slept == [7.0]

    def test_but_not_for_longer_than_a_call_may_take(
        self, calendar: GoogleCalendar, google: Google, slept: list[float]
    ) -> None:
        google.faults.refuse("calendar.events.insert", 429, "rateLimitExceeded", retry_after_s=3600)
        with pytest.raises(CalendarUnavailable):
            calendar.put(ENTRY, None)
        assert slept == []

    @pytest.mark.parametrize("kind", ["drop", "commit_then_drop"])
    @pytest.mark.parametrize("times", [1, 2, 5])
    def test_however_often_the_connection_ends_there_is_one_event(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any], kind: str, times: int
    ) -> None:
        getattr(google.faults, kind)("calendar.events.insert", times=times)
        assert calendar.put(ENTRY, None).guid == ENTRY.guid
        assert len(events) == 1

    def test_a_try_that_was_given_up_is_found_by_the_next(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        google.faults.commit_then_drop("calendar.events.insert", times=100)
        with pytest.raises(CalendarUnavailable):
            calendar.put(ENTRY, None)
        google.faults._waiting.clear()
        assert calendar.put(ENTRY, None).guid == ENTRY.guid
        assert len(events) == 1

    def test_an_answer_that_is_too_slow_leaves_one_event(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        calendar.service._http.http.timeout = 0.3
        google.faults.slow("calendar.events.insert", 0.7)
        assert calendar.put(ENTRY, None).guid == ENTRY.guid
        assert len(events) == 1

    def test_an_answer_that_is_cut_short_is_asked_for_again(self, calendar: GoogleCalendar, google: Google) -> None:
        calendar.put(ENTRY, None)
        google.faults.cut("calendar.events.get", 20)
        assert found(calendar).guid == ENTRY.guid

    @pytest.mark.parametrize(
        ("status", "reason", "kind", "words"),
        [
            (403, "quotaExceeded", CalendarUnavailable, "No more is asked of Google for now"),
            (403, "forbiddenForServiceAccounts", AccessLost, "domain-wide delegation"),
            (403, "insufficientPermissions", AccessLost, "leave every box ticked"),
            (403, "accessNotConfigured", AccessLost, "Enable this API"),
            (403, "requiredAccessLevel", AccessLost, "right to make changes"),
            (403, "forbiddenForNonOrganizer", AccessLost, "right to make changes"),
            (401, "authError", AccessLost, "revoked"),
            (400, "invalid", CalendarError, "who its guests are"),
            (404, "notFound", AccessLost, "share that calendar"),
        ],
    )
    def test_what_does_not_pass_is_told_once_with_the_next_step(
        self,
        calendar: GoogleCalendar,
        google: Google,
        slept: list[float],
        status: int,
        reason: str,
        kind: type[CalendarError],
        words: str,
    ) -> None:
        if status == 401:
            google.accounts.revoke(ANNA)
        google.faults.refuse("calendar.events.insert", status, reason)
        with pytest.raises(kind, match=words) as error:
            calendar.put(ENTRY, None)
        assert type(error.value) is kind
        assert "@" not in str(error.value)
        assert slept == []

    def test_a_login_that_was_revoked_closes_everything(self, calendar: GoogleCalendar, google: Google) -> None:
        standing = calendar.put(ENTRY, None)
        google.accounts.revoke(ANNA)
        span = Span(START, START + HOUR)
        for attempt in (
            lambda: calendar.busy([ANNA], span),
            lambda: calendar.find(standing.event_id),
            lambda: calendar.put(MOVED, standing),
            lambda: calendar.remove(standing),
            lambda: calendar.changes(""),
        ):
            with pytest.raises(AccessLost, match="fieldcall google login"):
                attempt()

    def test_a_guest_whose_address_is_none_is_refused_for_good(self, calendar: GoogleCalendar) -> None:
        with pytest.raises(CalendarError, match="who its guests are") as error:
            calendar.put(replace(ENTRY, guests=(Guest("C_001", "nobody"),)), None)
        assert type(error.value) is CalendarError

    def test_no_error_tells_whose_calendar_it_is_not_even_in_its_causes(
        self, calendar: GoogleCalendar, google: Google
    ) -> None:
        import traceback

        google.faults.refuse("calendar.events.insert", 403, "requiredAccessLevel")
        with pytest.raises(AccessLost) as error:
            calendar.put(ENTRY, None)
        told = "".join(traceback.format_exception(error.value))
        assert "study.example" not in told
        assert "study%40" not in told
