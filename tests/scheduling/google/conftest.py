"""The study's calendar at Google, asked through the real client of a stand-in that keeps Google's contract."""

from collections.abc import Iterator
from typing import Any

import pytest
from google_people import ANNA
from google_stand_in import Google

from scheduling.calendars.google import GoogleCalendar, open_google
from storage.contacts import Contacts
from storage.study import Study


@pytest.fixture
def slept() -> list[float]:
    """How long the code under test would have waited, each time."""
    return []


@pytest.fixture
def calendar(logged_in: Study, contacts: Contacts, slept: list[float]) -> Iterator[GoogleCalendar]:
    calendar = open_google(logged_in, contacts.key, sleep=slept.append)
    yield calendar
    calendar.close()


@pytest.fixture
def events(google: Google) -> dict[str, Any]:
    """The events of the study's calendar as Google keeps them."""
    return google.calendars.calendars[ANNA].events
