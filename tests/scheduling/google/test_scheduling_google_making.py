"""An event at Google is made once and as it was asked for, and one that was deleted there stays deleted."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from google_interview import ENTRY, HOUR, START, found, only
from google_people import ANNA, BEN
from google_setup import rewritten
from google_stand_in import Google

from scheduling.calendars.base import Standing
from scheduling.calendars.google import GoogleCalendar, open_google
from scheduling.errors import CalendarError
from storage.contacts import Contacts
from storage.study import Study


class TestMaking:
    def test_what_is_made_is_what_was_asked_for(self, calendar: GoogleCalendar, events: dict[str, Any]) -> None:
        standing = calendar.put(ENTRY, None)
        event = only(events)
        assert (event["summary"], event["description"], event["location"]) == ("Interview", "By video.", "Google Meet")
        assert event["start"] == {"dateTime": "2020-06-03T14:00:00+01:00", "timeZone": "Europe/London"}
        assert [guest["email"] for guest in event["attendees"]] == [BEN]
        assert standing == Standing(
            event_id=calendar.event_id(ENTRY.guid, 0),
            etag=event["etag"],
            is_cancelled=False,
            guid=ENTRY.guid,
            generation=0,
            sequence=0,
            starts_at=ENTRY.starts_at,
            ends_at=ENTRY.ends_at,
        )
        assert found(calendar) == standing

    def test_nobody_else_sees_what_it_is_or_who_comes(self, calendar: GoogleCalendar, events: dict[str, Any]) -> None:
        calendar.put(ENTRY, None)
        event = only(events)
        assert event["visibility"] == "private"
        assert not any(event[f"guestsCan{what}"] for what in ("InviteOthers", "Modify", "SeeOtherGuests"))
        assert event["extendedProperties"].keys() == {"private"}
        assert BEN not in str(event["extendedProperties"])

    def test_a_held_slot_is_tentative_until_it_is_booked(
        self, calendar: GoogleCalendar, events: dict[str, Any]
    ) -> None:
        standing = calendar.put(replace(ENTRY, is_tentative=True), None)
        assert only(events)["status"] == "tentative"
        assert not standing.is_cancelled
        calendar.put(replace(ENTRY, sequence=1), standing)
        assert only(events)["status"] == "confirmed"

    def test_made_twice_it_is_one_and_as_it_was(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        calendar.put(ENTRY, None)
        google.calendars.change(ANNA, only(events)["id"], starts_at=START + HOUR, ends_at=START + 2 * HOUR)
        standing = calendar.put(ENTRY, None)
        assert (standing.starts_at, standing.sequence) == (START + HOUR, 0)
        assert len(events) == 1

    def test_one_that_was_deleted_there_is_not_brought_back(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        calendar.put(ENTRY, None)
        google.calendars.remove(ANNA, only(events)["id"])
        assert calendar.put(ENTRY, None).is_cancelled
        assert only(events)["status"] == "cancelled"

    def test_nor_one_that_has_vanished_since_whose_id_stays_taken(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any], slept: list[float]
    ) -> None:
        calendar.put(ENTRY, None)
        event = only(events)["id"]
        google.calendars.remove(ANNA, event)
        google.calendars.purge(ANNA, event)
        assert calendar.put(ENTRY, None) == Standing(event, "", is_cancelled=True)
        assert sum(slept) == 15, "an event that is only slow to be found would be taken for a deleted one"

    def test_one_that_is_slow_to_be_found_is_waited_for(
        self, calendar: GoogleCalendar, google: Google, slept: list[float]
    ) -> None:
        calendar.put(ENTRY, None)
        google.faults.refuse("calendar.events.get", 404, "notFound", times=2)
        assert calendar.put(ENTRY, None).guid == ENTRY.guid
        assert slept == [1.0, 2.0]

    def test_the_next_generation_stands_beside_the_deleted_one(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        calendar.put(ENTRY, None)
        google.calendars.remove(ANNA, only(events)["id"])
        standing = calendar.put(replace(ENTRY, generation=1), None)
        assert (standing.guid, standing.generation, standing.is_cancelled) == (ENTRY.guid, 1, False)
        assert [event["status"] for event in events.values()] == ["cancelled", "confirmed"]

    def test_an_id_that_another_interview_has_is_never_taken_over(
        self, calendar: GoogleCalendar, google: Google, events: dict[str, Any]
    ) -> None:
        calendar.put(ENTRY, None)
        google.calendars.change(ANNA, only(events)["id"], extendedProperties={"private": {"fieldcall": "another"}})
        with pytest.raises(CalendarError, match="taken by another's event"):
            calendar.put(ENTRY, None)

    @pytest.mark.parametrize(
        ("zone", "start"),
        [
            ("America/St_Johns", "2020-06-03T10:30:00-02:30"),
            ("Asia/Kathmandu", "2020-06-03T18:45:00+05:45"),
            ("Pacific/Apia", "2020-06-04T02:00:00+13:00"),
        ],
    )
    def test_times_are_told_with_offset_and_zone_of_the_study(
        self, logged_in: Study, contacts: Contacts, google: Google, zone: str, start: str
    ) -> None:
        study = rewritten(logged_in, ("Europe/London", zone))
        calendar = open_google(study, contacts.key)
        assert calendar.put(ENTRY, None).starts_at == START
        calendar.close()
        body = next(call.body for call in google.calls if call.method == "calendar.events.insert")
        assert body["start"] == {"dateTime": start, "timeZone": zone}

    def test_both_of_the_hours_that_the_clocks_show_twice(self, calendar: GoogleCalendar) -> None:
        for number, hour in enumerate((0, 1)):  # half past one in London, summer time and winter time
            at = datetime(2020, 10, 25, hour, 30, tzinfo=UTC)
            entry = replace(ENTRY, guid=f"guid-{number}", starts_at=at, ends_at=at + HOUR)
            assert calendar.put(entry, None).starts_at == at
