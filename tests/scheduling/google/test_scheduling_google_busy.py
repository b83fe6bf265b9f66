"""When people are busy at Google: told apart, whole, and unseen rather than free where that is not known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google_interview import HOUR, START
from google_people import ANNA, BEN
from google_stand_in import Google

from scheduling.calendars.base import Unseen
from scheduling.calendars.google import GoogleCalendar
from scheduling.errors import CalendarUnavailable
from scheduling.spans import Span


class TestBusy:
    SPAN = Span(START - 4 * HOUR, START + 4 * HOUR)

    def share(self, google: Google, *addresses: str) -> None:
        for address in addresses:
            if address not in google.calendars.calendars:
                google.calendars.add(address)
            google.calendars.calendars[address].shared[ANNA] = "freeBusyReader"

    def test_each_is_told_apart_and_sorted(self, calendar: GoogleCalendar, google: Google) -> None:
        self.share(google, BEN)
        google.calendars.put(BEN, START + 2 * HOUR, START + 3 * HOUR)
        google.calendars.put(BEN, START - HOUR, START)
        google.calendars.put(BEN, START - 6 * HOUR, START - 3 * HOUR)
        assert calendar.busy([ANNA, BEN], self.SPAN) == {
            ANNA: (),
            BEN: (
                Span(START - 4 * HOUR, START - 3 * HOUR),
                Span(START - HOUR, START),
                Span(START + 2 * HOUR, START + 3 * HOUR),
            ),
        }

    def test_one_that_is_not_shared_is_unseen_and_hides_no_other(
        self, calendar: GoogleCalendar, google: Google
    ) -> None:
        seen = calendar.busy([ANNA, BEN, "nobody@study.example"], self.SPAN)
        assert seen[ANNA] == ()
        for address in (BEN, "nobody@study.example"):
            told = seen[address]
            assert isinstance(told, Unseen)
            assert "not shared" in told.reason
            assert "@" not in told.reason

    @pytest.mark.parametrize("reason", ["internalError", "groupTooBig", "somethingNew"])
    def test_one_that_fails_inside_of_a_success_is_unseen(
        self, calendar: GoogleCalendar, google: Google, reason: str
    ) -> None:
        google.calendars.freebusy_errors[ANNA] = reason
        told = calendar.busy([ANNA], self.SPAN)[ANNA]
        assert isinstance(told, Unseen)
        assert told.reason.endswith(".")

    def test_one_of_which_the_answer_says_nothing_is_unseen(
        self, calendar: GoogleCalendar, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(GoogleCalendar, "_free_busy", lambda self, addresses, span: {BEN: {}})
        seen = calendar.busy([ANNA, BEN], self.SPAN)
        assert all(isinstance(told, Unseen) for told in seen.values())

    def test_more_than_fifty_are_asked_for_in_turns(self, calendar: GoogleCalendar, google: Google) -> None:
        addresses = [f"int{number}@study.example" for number in range(103)]
        self.share(google, *addresses)
        for address in addresses:
            google.calendars.put(address, START, START + HOUR)
        seen = calendar.busy([*addresses, *addresses], self.SPAN)
        assert seen == dict.fromkeys(addresses, (Span(START, START + HOUR),))
        assert [len(call.body["items"]) for call in google.calls] == [50, 50, 3]

    def test_long_spans_are_asked_for_in_parts_and_put_together(self, calendar: GoogleCalendar, google: Google) -> None:
        begin = datetime(2020, 5, 1, tzinfo=UTC)
        seam = begin + timedelta(weeks=8)
        google.calendars.put(ANNA, seam - HOUR, seam + HOUR)
        span = Span(begin, begin + timedelta(weeks=20))
        assert calendar.busy([ANNA], span)[ANNA] == (Span(seam - HOUR, seam + HOUR),)
        asked = [(call.body["timeMin"], call.body["timeMax"]) for call in google.calls]
        assert len(asked) == 3
        assert [end for _, end in asked[:-1]] == [start for start, _ in asked[1:]]

    def test_one_that_is_unseen_in_a_part_is_unseen_in_all(
        self, calendar: GoogleCalendar, google: Google, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ask = GoogleCalendar._free_busy

        def failing_later(self: GoogleCalendar, addresses: Any, span: Span) -> Any:
            google.calendars.freebusy_errors = {ANNA: "internalError"} if span.start > START else {}
            return ask(self, addresses, span)

        monkeypatch.setattr(GoogleCalendar, "_free_busy", failing_later)
        span = Span(START, START + timedelta(weeks=9))
        assert isinstance(calendar.busy([ANNA], span)[ANNA], Unseen)

    def test_where_google_does_not_answer_nobody_is_free(
        self, calendar: GoogleCalendar, google: Google, slept: list[float]
    ) -> None:
        google.faults.refuse("calendar.freebusy.query", 503, "backendError", times=100)
        with pytest.raises(CalendarUnavailable, match="tried again by itself"):
            calendar.busy([ANNA], self.SPAN)
        assert 10 < sum(slept) <= 30
