"""The study's outside calendar, of whichever kind the study file names."""

from scheduling.calendars.base import Calendar
from storage.contacts import Contacts
from storage.study import Study


def open_calendar(study: Study, contacts: Contacts) -> Calendar | None:
    """The calendar that interviews stand in, or None where only the local files are written. Raises CalendarError."""
    if study.calendar.backend == "google":
        from scheduling.calendars.google import open_google

        return open_google(study, contacts.key)
    if study.calendar.backend == "caldav":
        from scheduling.calendars.caldav import open_caldav

        return open_caldav(study)
    return None
