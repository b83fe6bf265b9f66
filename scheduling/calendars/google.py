"""The study's calendar at Google (Calendar API v3), through Google's own client.

An event's id follows from the interview, so that making it twice is refused and the one that is there is taken over;
every change is made under the etag that was read. What Google does not tell is unknown: never free, never gone.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.fernet import Fernet

from scheduling.calendars import google_events
from scheduling.calendars.base import Changes, Entry, Standing, Unseen
from scheduling.calendars.google_events import Event, changed_event, new_event, standing_of
from scheduling.errors import AccessLost, CalendarError, CalendarUnavailable, EditedMeanwhile, FollowingLost
from scheduling.spans import Span, intersection, merged
from storage.google.account import account_of, build_service, credentials_of
from storage.google.calls import (
    GoogleAccessLost,
    GoogleChanged,
    GoogleError,
    GoogleMissing,
    GoogleQuotaUsedUp,
    GoogleRefused,
    GoogleTaken,
    GoogleTokenDead,
    GoogleUnavailable,
    call,
)
from storage.study import Study

_CALENDARS_AT_ONCE = 50  # more are not told of in one answer
_SPAN_AT_ONCE = timedelta(weeks=8)  # longer ones are refused from some length on that is not documented
_EVENTS_AT_ONCE = 2500
_WAITS_S = (1.0, 2.0, 4.0, 8.0)  # for an event that exists, as Google says, and that it does not find yet
# of strangers' events, no more than this is asked for
_FIELDS = (
    "nextPageToken,nextSyncToken,items(id,etag,status,start,end,attendees(email,responseStatus),conferenceData,"
    "extendedProperties/private)"
)
_READ_ANEW = "Nothing was changed there; the event is read anew and looked at again."
_SHARE = (
    "Look at [calendar] address in study.toml, and share that calendar with the account that Fieldcall uses, with the "
    "right to make changes to events."
)
_ALLOW_MEET = (
    "Google Meet cannot be used in the study's calendar by this account: let an administrator allow it, or name the "
    "calendar of an account that has it in [calendar] address."
)
_NOT_SEEN = {
    "notFound": "It is not shared with the account that Fieldcall uses, or its address in study.toml is wrong. Its "
    "owner shares it with the organiser, with the right to see free and busy times.",
    "groupTooBig": "Its address is that of a group with too many members. Give the address of one person's calendar.",
}


def open_google(study: Study, key: Fernet, *, sleep: Callable[[float], None] = time.sleep) -> "GoogleCalendar":
    """The study's calendar at Google; `key` opens the login. Nothing is asked of Google yet. Raises AccessLost."""
    with _in_our_words():
        address = study.calendar.address
        if address == "primary":  # of whom is kept with what is written there: another login is another calendar
            address = account_of(study, key)
        service = build_service("calendar", credentials_of(study, key))
    # 'none' may lose the event for a guest, so it is not used; with 'externalOnly' Google mails only those guests
    # who have no Google calendar that would show it to them
    updates = "all" if study.calendar.invite_participants else "externalOnly"
    return GoogleCalendar(service, address, study.zone, updates, sleep)


@dataclass(frozen=True, slots=True)
class GoogleCalendar:
    """`Calendar` at Google; `updates` is which guests Google writes to about a change."""

    service: Any
    address: str
    zone: ZoneInfo
    updates: str
    sleep: Callable[[float], None] = time.sleep

    def busy(self, addresses: Sequence[str], span: Span) -> Mapping[str, tuple[Span, ...] | Unseen]:
        """When the owners of calendars are busy within `span`; a calendar of which Google is silent is unseen."""
        asked = list(dict.fromkeys(addresses))
        spans: dict[str, list[Span]] = {address: [] for address in asked}
        unseen: dict[str, Unseen] = {}
        batches = [asked[first : first + _CALENDARS_AT_ONCE] for first in range(0, len(asked), _CALENDARS_AT_ONCE)]
        for part, batch in product(_parts(span), batches):
            with _in_our_words():
                told = self._free_busy(batch, part)
            for address in batch:
                busy = _busy(told.get(address, {}))
                if isinstance(busy, Unseen):
                    unseen[address] = busy
                else:
                    spans[address] += busy
        return {
            address: unseen.get(address) or tuple(intersection(merged(spans[address]), [span])) for address in asked
        }

    def event_id(self, guid: str, generation: int) -> str:
        return google_events.event_id(guid, generation)

    def find(self, event_id: str) -> Standing | None:
        """An event as it is there, deleted ones included; None where there never was one, or it is gone for good."""
        with _in_our_words():
            event = self._event(event_id)
        return standing_of(event) if event else None

    def put(self, entry: Entry, standing: Standing | None) -> Standing:
        """Make or change an event; see `Calendar.put`. What others changed in it stays. Raises EditedMeanwhile."""
        with _in_our_words():
            return standing_of(self._made(entry) if standing is None else self._changed(entry, standing))

    def remove(self, standing: Standing) -> None:
        """Delete an event, if it is still as it was read; one that is gone is no fault. Raises EditedMeanwhile."""
        if standing.is_cancelled:
            return
        if not standing.etag:  # without one, Google deletes whatever is there
            raise EditedMeanwhile(f"It is not known how an interview's event was read. {_READ_ANEW}")
        request = self.service.events().delete(
            calendarId=self.address, eventId=standing.event_id, sendUpdates=self.updates
        )
        request.headers["If-Match"] = standing.etag
        with _in_our_words():
            try:
                self._call(request, "delete an interview's event")
            except GoogleMissing as missing:
                if missing.status == 404:
                    self._make_sure_of_the_calendar()

    def changes(self, token: str) -> Changes:
        """What has changed since `token`, or all there is, from every page. Raises FollowingLost."""
        query = {"calendarId": self.address, "showDeleted": True, "maxResults": _EVENTS_AT_ONCE, "fields": _FIELDS}
        if token:
            query["syncToken"] = token
        standings: dict[str, Standing] = {}
        pages: list[str | None] = [None]
        while True:
            with _in_our_words():
                answer = self._page(query, pages[-1], token)
            standings |= {event["id"]: standing_of(event) for event in answer.get("items", ())}
            onward, following = answer.get("nextPageToken"), answer.get("nextSyncToken")
            if following and not onward:
                return Changes(tuple(standings.values()), following, is_all=not token)
            if not onward or onward in pages:
                raise CalendarUnavailable(
                    "Google did not tell of all events: the list breaks off. None of it is used; it is read again."
                )
            pages.append(onward)

    def close(self) -> None:
        self.service.close()

    def _made(self, entry: Entry) -> Event:
        request = self.service.events().insert(
            calendarId=self.address,
            body=new_event(entry, self.zone),
            conferenceDataVersion=1,
            sendUpdates=self.updates,
        )
        try:
            event: Event = self._call(request, "make an interview's event")
        except GoogleTaken:
            return self._taken_over(entry)
        return event

    def _taken_over(self, entry: Entry) -> Event:
        """The event that has the id already. One that has vanished was deleted, for its id stays taken."""
        wanted = self.event_id(entry.guid, entry.generation)
        event = self._event(wanted)
        for wait_s in _WAITS_S:
            if event:
                break
            self.sleep(wait_s)  # it may be made already and not be found everywhere yet
            event = self._event(wanted)
        if event and event.get("extendedProperties", {}).get("private", {}).get("fieldcall", entry.guid) != entry.guid:
            raise CalendarError(
                "The id of an interview's event is taken by another's event. Nothing was changed; look into the "
                "study's calendar for events that Fieldcall did not make."
            )
        return event or {"id": wanted, "status": "cancelled"}

    def _changed(self, entry: Entry, standing: Standing) -> Event:
        assert standing.event_id == self.event_id(entry.guid, entry.generation)
        event = self._live(standing.event_id)
        wanted = changed_event(event, entry, self.zone)
        if wanted == event:
            return event
        if event["etag"] != standing.etag:
            raise EditedMeanwhile(f"An interview's event has been changed in the calendar since. {_READ_ANEW}")
        request = self.service.events().update(
            calendarId=self.address,
            eventId=standing.event_id,
            body=wanted,
            conferenceDataVersion=1,
            supportsAttachments=True,
            sendUpdates=self.updates,
        )
        request.headers["If-Match"] = event["etag"]
        try:
            written: Event = self._call(request, "change an interview's event")
        except (GoogleChanged, GoogleMissing, GoogleRefused) as refused:
            event = self._live(standing.event_id)
            if changed_event(event, entry, self.zone) == event:  # by a try of ours whose answer was lost
                return event
            if isinstance(refused, GoogleRefused):
                raise
            raise EditedMeanwhile(f"{refused} {_READ_ANEW}") from None
        return written

    def _live(self, event_id: str) -> Event:
        """An event that is not deleted. Raises EditedMeanwhile for one that is: it is never brought back."""
        event = self._event(event_id)
        if event is None or event["status"] == "cancelled":
            raise EditedMeanwhile(f"An interview's event has been deleted in the calendar since. {_READ_ANEW}")
        return event

    def _event(self, event_id: str) -> Event | None:
        """An event; None only where the calendar itself can be read."""
        request = self.service.events().get(calendarId=self.address, eventId=event_id)
        try:
            event: Event = self._call(request, "show an interview's event")
        except GoogleMissing:
            self._make_sure_of_the_calendar()
            return None
        return event

    def _make_sure_of_the_calendar(self) -> None:
        """Raise GoogleError where the calendar cannot be read: then nothing is known of the events in it."""
        request = self.service.events().list(calendarId=self.address, maxResults=1, fields="accessRole")
        self._call(request, "open the study's calendar")

    def _page(self, query: Mapping[str, Any], page: str | None, token: str) -> Mapping[str, Any]:
        request = self.service.events().list(**query, pageToken=page)
        try:
            answer: Mapping[str, Any] = self._call(request, "list the events of the study's calendar")
        except (GoogleMissing, GoogleRefused) as error:
            if token and error.status in (400, 410):  # without a token the same query is answered
                raise FollowingLost(f"{error} All events are read anew.") from None
            raise
        return answer

    def _free_busy(self, addresses: Sequence[str], span: Span) -> Mapping[str, Any]:
        body = {
            "timeMin": span.start.isoformat(),
            "timeMax": span.end.isoformat(),
            "items": [{"id": address} for address in addresses],
            "calendarExpansionMax": _CALENDARS_AT_ONCE,
        }
        answer = self._call(self.service.freebusy().query(body=body), "say when interviewers are busy")
        told: Mapping[str, Any] = answer.get("calendars", {})
        return told

    def _call(self, request: Any, what: str) -> Any:
        return call(request, what, sleep=self.sleep)


def _parts(span: Span) -> Iterator[Span]:
    start = span.start
    while start < span.end:
        end = min(start + _SPAN_AT_ONCE, span.end)
        yield Span(start, end)
        start = end


def _busy(told: Mapping[str, Any]) -> list[Span] | Unseen:
    """What Google says of one calendar: errors may stand in an answer that is otherwise a success."""
    if told.get("errors"):
        reason = str(told["errors"][0].get("reason", ""))
        otherwise = f"Google could not look into it ({reason or 'no reason given'}). It is asked again by itself."
        return Unseen(f"The calendar cannot be seen. {_NOT_SEEN.get(reason, otherwise)}")
    if "busy" not in told:
        return Unseen("The calendar cannot be seen. Google's answer does not name it. It is asked again by itself.")
    return [Span(_instant(one["start"]), _instant(one["end"])) for one in told["busy"]]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@contextmanager
def _in_our_words() -> Iterator[None]:
    """Errors of Google as errors of a calendar."""
    try:
        yield
    except GoogleError as error:
        raise _calendar_error(error) from error


def _calendar_error(error: GoogleError) -> CalendarError:
    match error:
        case GoogleUnavailable() | GoogleQuotaUsedUp():
            return CalendarUnavailable(str(error))
        case GoogleChanged():
            return EditedMeanwhile(f"{error} {_READ_ANEW}")
        case GoogleTokenDead():
            return FollowingLost(f"{error} All events are read anew.")
        case GoogleAccessLost():
            return AccessLost(str(error))
        case GoogleMissing() | GoogleRefused(status=403):
            return AccessLost(f"{error} {_SHARE}")
        case GoogleRefused() if "conference type" in str(error):
            return AccessLost(f"{error} {_ALLOW_MEET}")
    return CalendarError(f"{error} Look at this interview with 'fieldcall interviews', and at who its guests are.")
