"""Only the version that was read last is written over or deleted, however little a CalDAV server tells of versions."""

import re

import pytest
from caldav_desk import CalDavHand, Desk
from caldav_server import Question, answer
from calendar_contract import HOUR, TEN, an_entry, moved, times

from scheduling.calendars.base import Standing
from scheduling.calendars.caldav import CalDavCalendar
from scheduling.errors import CalendarUnavailable, EditedMeanwhile


def test_an_edit_between_our_reading_and_our_writing_is_not_overwritten(
    calendar: CalDavCalendar, desk: Desk, hand: CalDavHand
) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)

    def quick(question: Question) -> None:
        if question.method == "PUT":
            hand.move(made.event_id, TEN + 5 * HOUR, TEN + 6 * HOUR)

    desk.proxy.rule = quick
    with pytest.raises(EditedMeanwhile):
        calendar.put(moved(entry, HOUR), made)
    assert times(calendar.find(made.event_id)) == (TEN + 5 * HOUR, TEN + 6 * HOUR)


def without_etag(heard: bytes) -> bytes:
    return re.sub(rb"(?im)^etag:.*\r\n", b"", heard)


def test_what_was_written_is_read_where_the_server_tells_no_version(calendar: CalDavCalendar, desk: Desk) -> None:
    desk.proxy.alter = lambda question, heard: without_etag(heard) if question.method == "PUT" else heard
    entry = an_entry()
    made = calendar.put(entry, None)
    assert made.etag
    assert calendar.put(moved(entry, HOUR), made).starts_at == TEN + HOUR


def test_a_server_that_gives_no_versions_at_all_is_not_written_to_blindly(calendar: CalDavCalendar, desk: Desk) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    desk.proxy.alter = lambda question, heard: without_etag(heard)
    with pytest.raises(CalendarUnavailable, match=r"with its version \(ETag\)"):
        calendar.put(moved(entry, HOUR), made)


def test_versions_that_a_proxy_has_weakened_are_still_versions(calendar: CalDavCalendar, desk: Desk) -> None:
    desk.proxy.alter = lambda question, heard: re.sub(rb'(?im)^(etag: )"', rb'\1W/"', heard)
    entry = an_entry()
    made = calendar.put(entry, None)
    changed = calendar.put(moved(entry, HOUR), made)
    with pytest.raises(EditedMeanwhile):
        calendar.put(moved(entry, 2 * HOUR), made)
    calendar.remove(changed)


def test_a_server_that_says_412_of_what_is_gone_is_understood(
    calendar: CalDavCalendar, desk: Desk, hand: CalDavHand
) -> None:
    made = calendar.put(an_entry(), None)
    hand.delete(made.event_id)
    desk.proxy.always(answer("412 Precondition Failed"), "DELETE")
    calendar.remove(made)


def test_an_event_of_ours_that_nobody_can_read_any_more_is_told_by_its_id(calendar: CalDavCalendar, desk: Desk) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    desk.proxy.alter = lambda question, heard: heard.replace(b"BEGIN:VEVENT", b"BEGIN:VMUDDLE")
    found = calendar.find(made.event_id)
    assert found == Standing(made.event_id, made.etag, is_cancelled=False)
    with pytest.raises(EditedMeanwhile, match="cannot be read"):
        calendar.put(moved(entry, HOUR), found)
