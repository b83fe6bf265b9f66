"""The interview that these tests put into the calendar at Google, and a look at what became of it there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from google_people import BEN
from google_stand_in import Google

from scheduling.calendars.base import Entry, Guest, Standing
from scheduling.calendars.google import GoogleCalendar

START = datetime(2020, 6, 3, 13, tzinfo=UTC)  # two o'clock in London
HOUR = timedelta(hours=1)
ENTRY = Entry(
    guid="6f1c2a52-1111-4222-8333-944455556666",
    generation=0,
    sequence=0,
    summary="Interview",
    description="By video.",
    location="Google Meet",
    starts_at=START,
    ends_at=START + HOUR,
    is_tentative=False,
    with_meeting=False,
    guests=(Guest("INT_01", BEN),),
)
MOVED = replace(ENTRY, sequence=1, starts_at=START + 24 * HOUR, ends_at=START + 25 * HOUR)


def only(events: dict[str, Any]) -> Any:
    (event,) = events.values()
    return event


def found(calendar: GoogleCalendar, entry: Entry = ENTRY) -> Standing:
    standing = calendar.find(calendar.event_id(entry.guid, entry.generation))
    assert standing is not None
    return standing


def methods(google: Google) -> list[str]:
    return [call.method for call in google.calls]
