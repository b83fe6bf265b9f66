"""The folder of calendar files: valid, stable, and rewritten only when something changed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar, Component

from scheduling.booking import book, cancel, hold, mark_no_show, move
from scheduling.calendars.events import Event
from scheduling.calendars.local import icalendar_of, publish
from scheduling.consent import withdraw
from scheduling.errors import CalendarError
from storage.database import Database
from storage.study import Study

MONDAY_10 = datetime(2020, 5, 4, 9, 0, tzinfo=UTC)
WEDNESDAY_10 = MONDAY_10 + timedelta(days=2)


def shown(study: Study, code: str) -> dict[str, Component]:
    """The events in an interviewer's file by the code of the participant."""
    content = (study.place(study.calendar.folder) / f"{code}.ics").read_bytes()
    events = Calendar.from_ical(content).walk("VEVENT")
    return {str(event["SUMMARY"]).split()[1]: event for event in events}


def test_every_interviewer_has_a_file_from_the_first_day(filled: Database, study: Study) -> None:
    assert [path.name for path in publish(study, filled)] == ["INT_01.ics", "INT_02.ics"]
    assert shown(study, "INT_01") == {}


def test_an_interview_is_shown_in_utc_with_its_code_and_mode_only(
    filled: Database, study: Study, now: datetime
) -> None:
    interview = book(filled, study, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    publish(study, filled)
    event = shown(study, "INT_01")["C_001"]
    assert event["UID"] == f"{interview.guid}@fieldcall"
    assert event["SUMMARY"] == "Interview C_001 (phone)"
    assert (event["STATUS"], event["SEQUENCE"]) == ("CONFIRMED", 0)
    text = (study.place(study.calendar.folder) / "INT_01.ics").read_text()
    assert "DTSTART:20200504T090000Z" in text
    assert "DTEND:20200504T100000Z" in text


def test_the_files_are_valid_icalendar(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, actor="coordinator")
    for path in publish(study, filled):
        content = path.read_bytes()
        calendar = Calendar.from_ical(content)
        assert calendar.to_ical() == content
        assert (calendar["VERSION"], calendar["CALSCALE"]) == ("2.0", "GREGORIAN")
        assert not any(component.errors for component in calendar.walk())
        assert all(len(line) <= 75 for line in content.split(b"\r\n"))
        assert content.count(b"\n") == content.count(b"\r\n")


def test_nothing_is_rewritten_when_nothing_changed(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, interviewer="INT_01", actor="coordinator")
    publish(study, filled)
    assert publish(study, filled) == ()
    cancel(filled, study, "C_001", now=now, actor="coordinator")
    assert [path.name for path in publish(study, filled)] == ["INT_01.ics"]


def test_a_cancelled_interview_stays_as_cancelled_with_a_higher_sequence(
    filled: Database, study: Study, now: datetime
) -> None:
    book(filled, study, "C_001", now=now, interviewer="INT_01", actor="coordinator")
    cancel(filled, study, "C_001", now=now, actor="coordinator")
    book(filled, study, "C_002", now=now, interviewer="INT_01", actor="coordinator")
    withdraw(filled, study, "C_002", now=now, actor="coordinator")
    publish(study, filled)
    for code in ("C_001", "C_002"):
        event = shown(study, "INT_01")[code]
        assert (event["STATUS"], event["SEQUENCE"]) == ("CANCELLED", 1)


def test_a_moved_interview_keeps_its_uid(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    publish(study, filled)
    before = shown(study, "INT_01")["C_001"]
    move(filled, study, "C_001", starts_at=WEDNESDAY_10, interviewer="INT_02", now=now, actor="coordinator")
    publish(study, filled)
    after = shown(study, "INT_02")["C_001"]
    assert shown(study, "INT_01") == {}
    assert (after["UID"], after["SEQUENCE"]) == (before["UID"], 1)
    assert after.decoded("DTSTART") == WEDNESDAY_10
    assert after.decoded("DTSTAMP") >= before.decoded("DTSTAMP")


def test_a_held_slot_is_tentative_and_a_no_show_took_its_time(filled: Database, study: Study, now: datetime) -> None:
    hold(filled, study, "C_001", now=now, interviewer="INT_01", actor="coordinator")
    book(filled, study, "C_002", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    mark_no_show(filled, study, "C_002", now=MONDAY_10, actor="coordinator")
    publish(study, filled)
    events = shown(study, "INT_01")
    assert (events["C_001"]["STATUS"], events["C_002"]["STATUS"]) == ("TENTATIVE", "CONFIRMED")


def test_the_same_events_give_the_same_bytes() -> None:
    at = datetime(2020, 5, 4, 9, 0, tzinfo=UTC)
    event = Event("a@fieldcall", 2, "CONFIRMED", "Interview C_001 (phone)", at, at + timedelta(hours=1), "INT_01", at)
    once = icalendar_of("A title, with; marks\\ and an é", "INT_01", [event])
    assert once == icalendar_of("A title, with; marks\\ and an é", "INT_01", [event])
    assert Calendar.from_ical(once)["X-WR-CALNAME"] == "INT_01 · A title, with; marks\\ and an é"


def test_a_folder_that_cannot_be_written_is_named(filled: Database, study: Study) -> None:
    place: Path = study.place(study.calendar.folder)
    place.write_text("a file stands where the folder should be")
    with pytest.raises(
        CalendarError, match=r"The calendar in calendar cannot be written: .* bookings themselves are s"
    ):
        publish(study, filled)
