"""Google keeps what every calendar promises, through the real client."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from calendar_contract import CalendarContract
from google_people import ANNA, BEN
from google_stand_in import Google

from scheduling.calendars.google import GoogleCalendar, open_google
from storage.contacts import Contacts
from storage.study import Study

CARA = "cara@example.org"


@dataclass
class GoogleHand:
    """Somebody in Google's own pages, and Google itself."""

    google: Google

    def move(self, event_id: str, starts_at: datetime, ends_at: datetime) -> None:
        self.google.calendars.change(ANNA, event_id, starts_at=starts_at, ends_at=ends_at)

    def delete(self, event_id: str) -> None:
        self.google.calendars.remove(ANNA, event_id)

    def reply(self, event_id: str, address: str, answer: str) -> None:
        self.google.calendars.reply(ANNA, event_id, address, answer)

    def add(self, title: str, starts_at: datetime, ends_at: datetime) -> None:
        self.google.calendars.put(ANNA, starts_at, ends_at, summary=title)

    def occupy(self, owner: str, starts_at: datetime, ends_at: datetime, *, is_free: bool = False) -> None:
        how = {"transparency": "transparent"} if is_free else {}
        self.google.calendars.put(owner, starts_at, ends_at, **how)

    def lose_answer(self) -> None:
        for method in ("insert", "update", "delete"):
            # the client itself repeats what it was not answered, so all of that is lost too
            self.google.faults.commit_then_drop(f"calendar.events.{method}", times=9)

    def forget_tokens(self) -> None:
        self.google.calendars.end_sync_tokens(ANNA)

    def lock_out(self) -> None:
        self.google.accounts.revoke(ANNA)

    def go_down(self) -> None:
        self.google.faults.drop("*", times=1000)
        self.google.faults.drop("token", times=1000)


@pytest.fixture
def calendar(
    logged_in: Study, contacts: Contacts, google: Google, monkeypatch: pytest.MonkeyPatch
) -> Iterator[GoogleCalendar]:
    monkeypatch.setattr("storage.google.calls.BUDGET_S", 0.0)
    for owner in (BEN, CARA):
        if owner not in google.calendars.calendars:
            google.calendars.add(google.accounts.person(owner))
        google.calendars.calendars[owner].shared[ANNA] = "freeBusyReader"
    calendar = replace(open_google(logged_in, contacts.key), sleep=lambda seconds: None)
    yield calendar
    calendar.close()


@pytest.fixture
def hand(google: Google) -> GoogleHand:
    return GoogleHand(google)


@pytest.fixture
def owners() -> tuple[str, str]:
    return BEN, CARA


@pytest.fixture
def nobody() -> str:
    return "nobody@example.org"


class TestGoogle(CalendarContract):
    """The promises of `CalendarContract`."""
