"""The text of an event: what is written is valid and reads back, what anybody has written never breaks the reading."""

import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from calendar_contract import GUEST, HOUR, TEN, an_entry, moved
from hypothesis import example, given
from hypothesis import strategies as st
from icalendar import Calendar

from scheduling.calendars.base import Entry, Guest, Standing
from scheduling.calendars.dav_event import Inviting, Unreadable, changed_text, name_of, new_text, standing_of, uid_of

LONDON = ZoneInfo("Europe/London")
BY_MAIL = Inviting("desk@example.org", by_server=False)
AT = datetime(2020, 5, 1, 12, 0, tzinfo=UTC)

entries = st.builds(
    an_entry,
    guid=st.uuids().map(str),
    generation=st.integers(0, 50),
    sequence=st.integers(0, 10**6),
    summary=st.text(),
    description=st.text(),
    location=st.text(),
    starts_at=st.integers(0, 4 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    ends_at=st.integers(4 * 10**9, 5 * 10**9).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    is_tentative=st.booleans(),
)


def event_in(text: str) -> Any:
    (found,) = Calendar.from_ical(text).walk("VEVENT")
    return found


def standing(text: str) -> Standing:
    return standing_of(text, "name.ics", '"1"', LONDON)


def as_kept(text: str) -> str:
    """A text without what no calendar and no XML can hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        c for c in lines if c in "\n\t" or (unicodedata.category(c) not in ("Cc", "Cs") and c not in "\ufffe\uffff")
    )


@given(entries)
@example(an_entry(summary='a,b;c\\d\\n\\N"e":f', description="x\r\n y\n\n", location="שלום 🎙\u2028\u0085\x0b"))
def test_an_event_reads_back_as_it_was_written(entry: Entry) -> None:
    text = new_text(entry, BY_MAIL, AT)
    event = event_in(text)
    assert [str(event.get(name, "")) for name in ("SUMMARY", "DESCRIPTION", "LOCATION")] == [
        as_kept(one) for one in (entry.summary, entry.description, entry.location)
    ]
    found = standing(text)
    assert (found.guid, found.generation, found.sequence) == (entry.guid, entry.generation, entry.sequence)
    assert (found.starts_at, found.ends_at) == (entry.starts_at, entry.ends_at)
    assert all(len(line) <= 75 for line in text.encode().split(b"\r\n"))
    assert text.count("\n") == text.count("\r\n")


@given(entries, entries)
def test_a_change_leaves_nothing_of_the_old_event_and_adds_nothing_twice(first: Entry, second: Entry) -> None:
    second = replace(second, guid=first.guid, generation=first.generation)
    text = changed_text(new_text(first, BY_MAIL, AT), second, BY_MAIL, AT + HOUR)
    fresh = event_in(new_text(second, BY_MAIL, AT))
    event = event_in(text)
    assert event.keys() == fresh.keys()
    same = event.keys() - {"SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "CREATED"}
    assert {name: str(event[name]) for name in same} == {name: str(fresh[name]) for name in same}
    is_moved = (first.starts_at, first.ends_at) != (second.starts_at, second.ends_at)
    assert event["SEQUENCE"] == max(second.sequence, first.sequence + is_moved)
    assert event["DTSTAMP"].dt == AT + HOUR


def test_a_change_of_nothing_changes_nothing_but_its_stamps() -> None:
    entry = an_entry(guests=(GUEST, Guest("INT_02", "o'neil+a%b@example.org")))
    text = new_text(entry, BY_MAIL, AT)
    assert sorted(changed_text(text, entry, BY_MAIL, AT).splitlines()) == sorted(text.splitlines())
    assert "o'neil+a%25b@example.org" in re.sub(r"\r\n ", "", text)


def test_addresses_of_guests_come_back_as_they_were_given() -> None:
    guest = Guest("INT_02", "O'Neil+a%b@Example.org")
    text = re.sub(r"\r\n ", "", new_text(an_entry(guests=(guest,)), BY_MAIL, AT)).replace("NEEDS-ACTION", "ACCEPTED")
    assert standing(text).replies == {guest.address: "accepted"}


def test_the_event_of_a_series_is_changed_and_its_exceptions_stay() -> None:
    entry = an_entry()
    text = new_text(entry, BY_MAIL, AT)
    standard = "BEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\n"
    zone = f"BEGIN:VTIMEZONE\nTZID:Somewhere\n{standard}END:VTIMEZONE\n"
    of_series = f"UID:{uid_of(name_of(entry.guid, 0))}\nRECURRENCE-ID:20200511T100000Z\n"
    exception = f"BEGIN:VEVENT\n{of_series}DTSTART:20200511T150000Z\nSUMMARY:later\nEND:VEVENT\n"
    series = text.replace("BEGIN:VEVENT", exception + "BEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY;COUNT=3")
    series = series.replace("END:VCALENDAR", zone + "END:VCALENDAR")
    changed = changed_text(series, moved(entry, HOUR), BY_MAIL, AT)
    assert standing(changed).starts_at == TEN + HOUR
    for part in (exception, zone, "RRULE:FREQ=WEEKLY;COUNT=3\n"):
        assert part in changed.replace("\r\n", "\n")


def test_only_names_of_ours_have_a_uid() -> None:
    assert uid_of(name_of("guid", 0)).endswith("@fieldcall")
    assert {uid_of(name) for name in ("", "x.ics", "fieldcall-.ics", "fieldcall-" + "0" * 33 + ".ics")} == {""}


LINES = [
    "BEGIN:VCALENDAR", "END:VCALENDAR", "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "BEGIN:VTIMEZONE",
    "END:VTIMEZONE", "UID:1", "DTSTART:20200504T100000Z", "DTSTART;VALUE=DATE:20200504",
    "DTSTART;VALUE=DATE:00010101", "DTSTART:never", "DTSTART",
    "DTEND:00010101T000000Z", "DTEND;TZID=Nowhere:99991231T235959", "DTSTART:99991231T235959", "DURATION:-P1D",
    "DURATION:P99999999999D", "SEQUENCE:-1", "SEQUENCE:99999999999999999999", "X-FIELDCALL-GUID:1",
    "X-FIELDCALL-GENERATION:x", "ATTENDEE:mailto", "ATTENDEE;PARTSTAT=:MAILTO:%zz", 'ATTENDEE;X="a:b', "URL:https://[",
    "CONFERENCE:tel:", "STATUS:", "RRULE:FREQ=DAILY", "RECURRENCE-ID:1", " ", "\t", ":", ";",
    "DTSTART:20200504T100000Z/PT1H",
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES) | st.text(max_size=20), max_size=30).map("\r\n".join))
@example("\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", "URL:https://[", "END:VEVENT", "END:VCALENDAR"]))
def test_whatever_anybody_writes_is_an_event_or_unreadable(text: str) -> None:
    entry = an_entry()
    for one in (text, f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{text}\r\nEND:VEVENT\r\nEND:VCALENDAR"):
        try:
            standing(one)
            changed = standing(changed_text(one, entry, BY_MAIL, AT))
        except Unreadable:
            continue
        assert (changed.starts_at, changed.ends_at) == (entry.starts_at, entry.ends_at)


def test_an_event_whose_lines_the_parser_reads_otherwise_is_not_written_back() -> None:
    entry = an_entry()
    text = new_text(entry, BY_MAIL, AT).replace("DTSTART:", "DTSTART :")
    with pytest.raises(Unreadable, match="its lines do not mean"):
        changed_text(text, moved(entry, HOUR), BY_MAIL, AT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BEGIN:VCALENDAR",
        "x" * 1_000_001,
        "BEGIN:VEVENT\n" * 500 + "END:VEVENT\n" * 500,
        "BEGIN:VCALENDAR\nEND:VCALENDAR",
    ],
    ids=["nothing", "cut", "huge", "deep", "empty"],
)
def test_what_is_no_event_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        standing(text)


@given(st.integers(0, 3 * 10**9), st.timedeltas(timedelta(minutes=1), timedelta(days=2)))
def test_times_of_a_zone_are_read_as_the_instants_they_mean(seconds: int, length: timedelta) -> None:
    start = datetime.fromtimestamp(seconds, UTC)
    end = start + timedelta(seconds=int(length.total_seconds()))
    walls = [f"{moment.astimezone(LONDON):%Y%m%dT%H%M%S}" for moment in (start, end)]
    text = new_text(an_entry(), BY_MAIL, AT)
    text = re.sub("DTSTART:.*?\r\n", f"DTSTART;TZID=Europe/London:{walls[0]}\r\n", text)
    text = re.sub("DTEND:.*?\r\n", f"DTEND;TZID=Europe/London:{walls[1]}\r\n", text)
    found = standing(text)
    assert found.starts_at is not None and found.ends_at is not None
    # iCalendar writes no fold: the second reading of an hour that is there twice cannot be told from the first
    assert found.starts_at in (start, start - HOUR)
    assert found.ends_at in (end, end - HOUR)
    assert f"{found.starts_at.astimezone(LONDON):%Y%m%dT%H%M%S}" == walls[0]
