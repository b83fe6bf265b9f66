"""What other people do to an event in the CalDAV calendar stays there, and is understood."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from caldav_desk import CalDavHand, event_in, stamp
from calendar_contract import GUEST, HOUR, TEN, an_entry, moved, times

from scheduling.calendars.base import Meeting
from scheduling.calendars.caldav import CalDavCalendar


def test_what_others_have_added_stays_when_we_change_an_event(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    hand.reply(made.event_id, GUEST.address, "accepted")
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:ring\r\nSUMMARY:bell\r\nTRIGGER:-PT15M\r\nEND:VALARM"
    added = [
        ("COMMENT", "COMMENT:bring the sheet\\, please"),
        ("CATEGORIES", "CATEGORIES:RED,BLUE"),
        ("X-COLOUR", 'X-COLOUR;X-SHADE="a:b;c":dark;green'),
        ("NONE", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:helper@example.org"),
        ("NONE", alarm),
    ]
    hand.edit(made.event_id, *added)
    found = calendar.find(made.event_id)
    assert found is not None
    changed = calendar.put(moved(replace(entry, summary="Interview C_031 (phone)", guests=(GUEST,)), HOUR), found)
    after = event_in(hand.read(made.event_id))
    assert str(after["COMMENT"]) == "bring the sheet, please"
    assert sorted(map(str, after["CATEGORIES"].cats)) == ["BLUE", "RED"]
    assert after["X-COLOUR"].params["X-SHADE"] == "a:b;c"
    assert [str(one["DESCRIPTION"]) for one in after.walk("VALARM")] == ["ring"]
    assert str(after["SUMMARY"]) == "Interview C_031 (phone)"
    assert after["SEQUENCE"] == 1
    assert changed.replies == {GUEST.address: "accepted", "helper@example.org": "tentative"}


def test_the_guest_who_is_no_longer_one_leaves_and_others_stay(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    hand.edit(made.event_id, ("NONE", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:helper@example.org"))
    found = calendar.find(made.event_id)
    calendar.put(replace(entry, guests=(replace(GUEST, code="INT_02", address="other@example.org"),)), found)
    attendees = {str(one) for one in event_in(hand.read(made.event_id))["ATTENDEE"]}
    assert attendees == {"mailto:helper@example.org", "mailto:other@example.org"}


def test_the_sequence_rises_with_the_times_and_never_falls(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    hand.edit(made.event_id, ("SEQUENCE", "SEQUENCE:7"))
    found = calendar.find(made.event_id)
    assert found is not None
    retold = calendar.put(replace(entry, description="new words"), found)
    assert event_in(hand.read(made.event_id))["SEQUENCE"] == 7
    calendar.put(moved(entry, HOUR), retold)
    assert event_in(hand.read(made.event_id))["SEQUENCE"] == 8


def test_a_copy_that_somebody_makes_is_a_foreign_event(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    token = calendar.changes("").token
    copy = re.sub("UID:.*", "UID:the-copy", hand.read(made.event_id))
    hand.write("the-copy.ics", copy.replace(stamp(TEN), stamp(TEN + HOUR)))
    (told,) = calendar.changes(token).standings
    assert (told.event_id, told.guid, told.generation, told.sequence) == ("the-copy.ics", "", 0, -1)


def test_an_event_under_another_name_is_found_by_its_uid(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    token = calendar.changes("").token
    text = hand.read(made.event_id)
    hand.delete(made.event_id)
    hand.write("moved about.ics", text)
    (told,) = calendar.changes(token).standings  # and not that it is gone
    assert (told.event_id, told.guid, told.is_cancelled) == ("moved about.ics", entry.guid, False)
    assert calendar.find(made.event_id) == told
    assert calendar.put(entry, None) == told  # the server refuses a second event with this UID
    changed = calendar.put(moved(entry, HOUR), told)
    assert (changed.event_id, changed.starts_at) == ("moved about.ics", TEN + HOUR)
    calendar.remove(changed)
    assert calendar.find(made.event_id) is None


def test_a_cancelled_event_is_told_with_what_it_was(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    entry = an_entry()
    made = calendar.put(entry, None)
    token = calendar.changes("").token
    hand.edit(made.event_id, ("STATUS", "STATUS:CANCELLED"))
    (told,) = calendar.changes(token).standings
    assert (told.is_cancelled, told.guid, told.starts_at) == (True, entry.guid, TEN)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("DTSTART;VALUE=DATE:20200504", "DTEND;VALUE=DATE:20200505", ("2020-05-03T23:00", "2020-05-04T23:00")),
        ("DTSTART;VALUE=DATE:20200504", "", ("2020-05-03T23:00", "2020-05-04T23:00")),
        ("DTSTART:20200504T100000", "DTEND:20200504T113000", ("2020-05-04T09:00", "2020-05-04T10:30")),
        ("DTSTART:20200504T100000Z", "DURATION:PT45M", ("2020-05-04T10:00", "2020-05-04T10:45")),
        ("DTSTART:20200504T100000Z", "", ("2020-05-04T10:00", "2020-05-04T10:00")),
        (
            "DTSTART;TZID=America/New_York:20200504T100000",
            "DTEND;TZID=America/New_York:20200504T110000",
            ("2020-05-04T14:00", "2020-05-04T15:00"),
        ),
        (
            "DTSTART;TZID=GMT Standard Time:20200504T100000",
            "DTEND;TZID=GMT Standard Time:20200504T110000",
            ("2020-05-04T09:00", "2020-05-04T10:00"),
        ),
    ],
    ids=["all-day", "all-day-without-end", "floating", "duration", "no-length", "zone", "zone-of-windows"],
)
def test_times_as_programs_write_them_are_read(
    calendar: CalDavCalendar, hand: CalDavHand, start: str, end: str, expected: tuple[str, str]
) -> None:
    made = calendar.put(an_entry(), None)
    hand.edit(made.event_id, ("DTEND", ""), ("DTSTART", start), ("NONE", end))
    found = calendar.find(made.event_id)
    assert times(found) == tuple(datetime.fromisoformat(text).replace(tzinfo=UTC) for text in expected)


def test_a_meeting_is_one_that_people_have_put_there(calendar: CalDavCalendar, hand: CalDavHand) -> None:
    made = calendar.put(an_entry(with_meeting=True), None)
    assert made.meeting is None
    conference = "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example.org/abc"
    phone = "CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+44-20-3956-0000"
    hand.edit(made.event_id, ("NONE", conference), ("NONE", phone))
    found = calendar.find(made.event_id)
    assert found is not None
    assert found.meeting == Meeting("success", url="https://meet.example.org/abc", phone="tel:+44-20-3956-0000")
