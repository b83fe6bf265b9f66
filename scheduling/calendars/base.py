"""What an outside calendar is to us: one small set of things to ask, a backend a file.

The study's events stand in one calendar, that of the organiser; interviewers are its guests, and their own
calendars are only asked when they are busy. What is written follows from the rows, under ids that follow
from the interview, so that writing it again finds what is there. Nothing in it tells who a participant is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from scheduling.spans import Span

PRODUCT = "-//Fieldcall//fieldcall//EN"  # PRODID of all iCalendar text (RFC 5545) that we write


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who takes part in an event; `code` is how we know them, `address` how the calendar does."""

    code: str
    address: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An event as we want it. `generation` rises when one that was deleted there is to be made anew."""

    guid: str  # of the interview
    generation: int
    sequence: int
    summary: str
    description: str
    location: str
    starts_at: datetime
    ends_at: datetime
    is_tentative: bool  # a slot that is only held
    with_meeting: bool  # a video meeting is to be made for it
    guests: tuple[Guest, ...] = ()


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where an event's video meeting is; `state` is pending, success or failure."""

    state: str
    code: str = ""
    url: str = ""
    phone: str = ""  # number and PIN to dial in, as a tel: URI


@dataclass(frozen=True, slots=True)
class Standing:
    """An event as the calendar has it. A deleted one may have nothing but its `event_id`."""

    event_id: str
    etag: str
    is_cancelled: bool
    is_tentative: bool = False
    guid: str = ""  # of the interview, where the event says so
    generation: int = 0
    sequence: int = -1  # of the interview when we last wrote the event; -1 where it does not say
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    replies: Mapping[str, str] = field(default_factory=dict)  # by address: accepted, declined, tentative
    meeting: Meeting | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed in a calendar, whole: `token` is what to ask with the next time. `all` of it, where none was."""

    standings: tuple[Standing, ...]
    token: str
    is_all: bool


@dataclass(frozen=True, slots=True)
class Unseen:
    """Why it cannot be known when somebody is busy, with the next step."""

    reason: str


class Calendar(Protocol):
    """A backend. Its connection is one thread's; every method raises CalendarError in one of its kinds."""

    @property
    def address(self) -> str:
        """The calendar that events stand in, as it is kept in the rows."""
        ...

    def busy(self, addresses: Sequence[str], span: Span) -> Mapping[str, tuple[Span, ...] | Unseen]:
        """When the owners of calendars are busy within `span`, sorted; one that fails never hides the others."""
        ...

    def event_id(self, guid: str, generation: int) -> str:
        """The id under which an interview's event stands, derived from these alone."""
        ...

    def find(self, event_id: str) -> Standing | None:
        """An event as it is there, deleted ones included; None where there never was one."""
        ...

    def put(self, entry: Entry, standing: Standing | None) -> Standing:
        """Make an event, or change the one that was read as `standing`, only if it is still as it was then.

        An event that exists already under the same id, because an earlier try was not heard of, is adopted as
        it is: the caller compares. Raises EditedMeanwhile.
        """
        ...

    def remove(self, standing: Standing) -> None:
        """Delete an event, if it is still as it was read; one that is gone is no fault. Raises EditedMeanwhile."""
        ...

    def changes(self, token: str) -> Changes:
        """What has changed since `token` was given; with '' all there is. Raises FollowingLost."""
        ...

    def close(self) -> None:
        """Give its connections back."""
        ...
