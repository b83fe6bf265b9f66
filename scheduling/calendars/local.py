"""The local calendar, written whatever the backend: a folder of iCalendar files (RFC 5545), one per interviewer.

Each file is rewritten as a whole and only when it differs, so that a calendar program never reads half
of one and never fetches what it has.
"""

from collections.abc import Iterable
from pathlib import Path

from icalendar import Calendar as ICalendar
from icalendar import Event as IEvent

from scheduling.calendars.base import PRODUCT
from scheduling.calendars.events import Event, events
from scheduling.errors import CalendarError
from storage.database import Database
from storage.files import locked, write_bytes
from storage.study import Study

_READABLE = 0o644  # calendar programs of other users read it; it holds codes only


def publish(study: Study, database: Database) -> tuple[Path, ...]:
    """Write every interviewer's file from the rows; returns those that were rewritten. Raises CalendarError."""
    folder = study.place(study.calendar.folder)
    try:
        # rows are read under the lock: whoever writes last has read last
        with locked(folder / ".publishing"):
            with database.reading() as session:
                shown = events(session)
            codes = sorted({*study.interviewers, *(event.interviewer_code for event in shown)})
            return tuple(path for code in codes if (path := _publish_one(folder, study, code, shown)))
    except OSError as error:
        raise CalendarError(
            f"The calendar in {study.calendar.folder} cannot be written: {error.strerror}. The bookings themselves "
            "are safe; mend [calendar] folder in study.toml or make room, and it is written with the next change."
        ) from error


def icalendar_of(title: str, code: str, shown: Iterable[Event]) -> bytes:
    """One interviewer's calendar as iCalendar text: the same events give the same bytes."""
    calendar = ICalendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"{code} · {title}")
    for event in shown:
        calendar.add_component(_component(event))
    return bytes(calendar.to_ical())


def _component(event: Event) -> IEvent:
    component = IEvent()
    component.add("uid", event.uid)
    component.add("sequence", event.sequence)
    component.add("dtstamp", event.changed_at)
    component.add("dtstart", event.starts_at)
    component.add("dtend", event.ends_at)
    component.add("summary", event.summary)
    component.add("status", event.status)
    component.add("transp", "TRANSPARENT" if event.status == "CANCELLED" else "OPAQUE")
    component.add("class", "PRIVATE")
    return component


def _publish_one(folder: Path, study: Study, code: str, shown: Iterable[Event]) -> Path | None:
    path = folder / f"{code}.ics"
    content = icalendar_of(study.study.title, code, [event for event in shown if event.interviewer_code == code])
    if path.exists() and path.read_bytes() == content:
        return None
    write_bytes(path, content, mode=_READABLE)
    return path
