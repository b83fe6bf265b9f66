"""Interviewers' own calendars on the CalDAV server: read as they mean them, and unseen rather than free."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from caldav_desk import CalDavHand, Desk, stamp
from caldav_server import USER, Fate, answer
from calendar_contract import HOUR, TEN, WEEK

from scheduling.calendars.base import Unseen
from scheduling.calendars.caldav import CalDavCalendar
from scheduling.errors import CalendarUnavailable
from scheduling.spans import Span


def test_a_day_off_is_that_of_its_owner_whatever_the_server_makes_of_it(
    desk: Desk, hand: CalDavHand, owners: tuple[str, str]
) -> None:
    first, second = owners
    calendar = desk.open(zones={first: ZoneInfo("America/New_York")})
    for owner in owners:
        hand.occupy_with(owner, "DTSTART;VALUE=DATE:20200505", "DTEND;VALUE=DATE:20200506")
    found = calendar.busy(owners, WEEK)
    assert found[first] == (span("2020-05-05T04:00", "2020-05-06T04:00"),)
    assert found[second] == (span("2020-05-04T23:00", "2020-05-05T23:00"),)
    # this is why the events are read: the server takes the day for one in UTC
    desk.proxy.always(answer("403 Forbidden"), "REPORT", holding="calendar-query")
    assert calendar.busy(owners, WEEK)[first] == (span("2020-05-05T00:00", "2020-05-06T00:00"),)
    calendar.close()


def span(start: str, end: str) -> Span:
    return Span(datetime.fromisoformat(start + "Z"), datetime.fromisoformat(end + "Z"))


def test_series_block_each_of_their_times(calendar: CalDavCalendar, hand: CalDavHand, owners: tuple[str, str]) -> None:
    lines = ("DTSTART;TZID=Europe/London:20200302T100000", "DTEND;TZID=Europe/London:20200302T110000")
    hand.occupy_with(owners[0], *lines, "RRULE:FREQ=DAILY;BYDAY=MO,WE")
    hand.occupy_with(owners[0], "DTSTART:20200505T100000Z", "DTEND:20200505T110000Z", "STATUS:TENTATIVE")
    hand.occupy_with(owners[0], "DTSTART:20200505T120000Z", "DTEND:20200505T130000Z", "STATUS:CANCELLED")
    assert calendar.busy(owners, WEEK)[owners[0]] == (
        span("2020-05-04T09:00", "2020-05-04T10:00"),
        span("2020-05-05T10:00", "2020-05-05T11:00"),
        span("2020-05-06T09:00", "2020-05-06T10:00"),
    )


@pytest.mark.parametrize("how", ["events not shown", "events not understood"])
def test_the_account_of_the_server_is_taken_where_events_are_no_help(
    calendar: CalDavCalendar, hand: CalDavHand, desk: Desk, owners: tuple[str, str], how: str
) -> None:
    hand.occupy(owners[0], TEN, TEN + HOUR)
    if how == "events not shown":
        desk.proxy.always(answer("403 Forbidden"), "REPORT", holding="calendar-query")
    else:
        desk.proxy.alter = lambda question, heard: heard.replace(b"SUMMARY:something", b"RRULE:FREQ=HOURLY")
    assert calendar.busy(owners, WEEK)[owners[0]] == (Span(TEN, TEN + HOUR),)
    asked = [question.text for question in desk.proxy.questions if "free-busy-query" in question.text]
    assert asked and 'start="20200501T100000Z"' in asked[-1]


def test_a_calendar_that_shows_nothing_at_all_is_unseen(
    calendar: CalDavCalendar, hand: CalDavHand, desk: Desk, owners: tuple[str, str]
) -> None:
    first, second = owners
    hand.occupy(second, TEN, TEN + HOUR)
    desk.proxy.rule = lambda question: answer("403 Forbidden") if "/first/" in question.path else None
    found = calendar.busy((first, second, f"{desk.proxy.address}/locked/calendar/"), WEEK)
    assert found[second] == (Span(TEN, TEN + HOUR),)
    for address in found.keys() - {second}:
        unseen = found[address]
        assert isinstance(unseen, Unseen)
        assert "Share the calendar with the user" in unseen.reason
        assert USER not in unseen.reason and address not in unseen.reason


def test_an_event_that_cannot_be_worked_out_leaves_its_owner_unseen(
    calendar: CalDavCalendar, hand: CalDavHand, desk: Desk, owners: tuple[str, str]
) -> None:
    hand.occupy_with(owners[0], f"DTSTART:{stamp(TEN)}", f"DTEND:{stamp(TEN + HOUR)}", "RRULE:FREQ=HOURLY;COUNT=3")
    desk.proxy.always(answer("501 Not Implemented"), "REPORT", holding="free-busy-query")
    found = calendar.busy(owners, WEEK)
    assert isinstance(found[owners[0]], Unseen)
    assert "repeats too often" in str(found[owners[0]])
    assert found[owners[1]] == ()


def test_a_fault_with_one_calendar_is_not_one_with_all(
    calendar: CalDavCalendar, desk: Desk, owners: tuple[str, str]
) -> None:
    fault = answer("500 Internal Server Error")
    desk.proxy.rule = lambda question: fault if "/first/" in question.path else None
    found = calendar.busy(owners, WEEK)
    assert isinstance(found[owners[0]], Unseen)
    assert found[owners[1]] == ()
    for is_dead in (fault, Fate.HANG_UP):
        desk.proxy.rule = lambda question, said=is_dead: said  # type: ignore[misc]
        with pytest.raises(CalendarUnavailable):
            calendar.busy([*owners, "https://elsewhere.example.org/"], WEEK)


def test_nobody_is_nobody(calendar: CalDavCalendar) -> None:
    assert calendar.busy([], WEEK) == {}
