"""Calendar v3: events with ids, etags and sync tokens, conferences that come later, and who is busy when.

Sources: the discovery document, and Google's guides 'Handle API errors', 'Synchronize resources efficiently', 'Get
specific versions of resources' and 'Create events'. What is not kept here: series of events (a repeated event is kept
as one), copies of events on guests' calendars (a guest of the domain is busy by them all the same), push channels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from google_accounts import Identity
from google_errors import GoogleError, forbidden, invalid, not_found, required
from google_meet import Meet
from google_times import stamp

Event = dict[str, Any]
Values = Mapping[str, Any]

_ID = re.compile(r"[a-v0-9]{5,1024}")
_MAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+")
_NOT_WITH_SYNC_TOKEN = (
    "iCalUID",
    "orderBy",
    "privateExtendedProperty",
    "q",
    "sharedExtendedProperty",
    "timeMin",
    "timeMax",
    "updatedMin",
)
_SET_BY_SERVER = ("kind", "etag", "htmlLink", "created", "updated", "creator", "organizer", "hangoutLink", "eventType")
_RANKS = ("freeBusyReader", "reader", "writer", "owner")
_OLDEST_UPDATE = timedelta(days=28)


@dataclass
class Calendar:
    """One calendar. `shared` says who else may do what with it; `versions` orders all changes ever made to it."""

    id: str
    zone: str
    owner: str
    shared: dict[str, str] = field(default_factory=dict)
    allows_meet: bool = True
    events: dict[str, Event] = field(default_factory=dict)
    purged: set[str] = field(default_factory=set)  # ids of deleted events that are gone, and stay taken
    versions: dict[str, int] = field(default_factory=dict)
    version: int = 0
    epoch: int = 0  # sync tokens of an earlier one are dead


@dataclass(frozen=True)
class Notice:
    """A mail that Google sent to a guest."""

    kind: str  # invitation, update, cancellation
    to: str
    event_id: str


@dataclass
class Calendars:
    """All calendars, and what tests may set about how they answer."""

    now: Callable[[], datetime]
    meet: Meet
    calendars: dict[str, Calendar] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    page_size: int | None = None  # pages are no longer than this, whatever is asked for
    empty_pages: int = 0  # so many empty ones with a next page come before the first that holds anything
    conference: str = "success"  # what becomes of a conference that was asked for: success, failure, pending
    freebusy_errors: dict[str, str] = field(default_factory=dict)  # by calendar: why it is not told

    # What people do in Google's own pages

    def add(self, owner: str, zone: str = "Europe/London", **how: Any) -> Calendar:
        """A person's primary calendar."""
        self.calendars[owner] = Calendar(owner, zone, owner, **how)
        return self.calendars[owner]

    def put(self, calendar_id: str, starts_at: datetime, ends_at: datetime, **fields: Any) -> Event:
        """An event made by its owner, or, with `organizer`, by somebody else who invited them."""
        body = {"start": {"dateTime": starts_at.isoformat()}, "end": {"dateTime": ends_at.isoformat()}, **fields}
        organizer = body.pop("organizer", None)
        event = self._made(self.calendars[calendar_id], body, calendar_id)
        if organizer:
            event["organizer"] = {"email": organizer}
        return self._stored(self.calendars[calendar_id], event)

    def change(self, calendar_id: str, event_id: str, **fields: Any) -> Event:
        """What the owner changes by hand; times as datetimes under `starts_at` and `ends_at`."""
        calendar = self.calendars[calendar_id]
        event = deepcopy(calendar.events[event_id])
        for name, key in (("starts_at", "start"), ("ends_at", "end")):
            if name in fields:
                event[key] = {"dateTime": fields.pop(name).isoformat(), "timeZone": calendar.zone}
        return self._stored(calendar, self._later(calendar.events[event_id], event | fields))

    def remove(self, calendar_id: str, event_id: str) -> None:
        calendar = self.calendars[calendar_id]
        self._stored(calendar, calendar.events[event_id] | {"status": "cancelled"})

    def reply(self, calendar_id: str, event_id: str, email: str, answer: str) -> None:
        """A guest answers: accepted, tentative, declined."""
        event = deepcopy(self.calendars[calendar_id].events[event_id])
        for attendee in event["attendees"]:
            if attendee["email"] == email:
                attendee["responseStatus"] = answer
        self._stored(self.calendars[calendar_id], event)

    def purge(self, calendar_id: str, event_id: str) -> None:
        """A deleted event vanishes for good. Its id stays taken."""
        calendar = self.calendars[calendar_id]
        del calendar.events[event_id], calendar.versions[event_id]
        calendar.purged.add(event_id)

    def end_sync_tokens(self, calendar_id: str) -> None:
        self.calendars[calendar_id].epoch += 1

    # The methods of the API

    def calendars_get(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        calendar = self._allowed(who, given, "reader")
        return {"kind": "calendar#calendar", "etag": '"0"', "id": calendar.id, "summary": calendar.id} | {
            "timeZone": calendar.zone,
            "conferenceProperties": _conference_properties(calendar),
        }

    def calendar_list_list(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        seen = [calendar for calendar in self.calendars.values() if self._rank(who, calendar)]
        items = [self._entry(who, calendar) for calendar in seen]
        return {"kind": "calendar#calendarList", "etag": '"0"', "items": items, "nextSyncToken": "list-0"}

    def calendar_list_get(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        return self._entry(who, self._allowed(who, given, "freeBusyReader"))

    def events_insert(self, who: Identity, given: Values, body: Event, _headers: Values) -> Any:
        calendar = self._allowed(who, given, "writer")
        if who.is_service and body.get("attendees"):
            raise forbidden(
                "forbiddenForServiceAccounts",
                "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.",
            )
        if "id" in body and body["id"] in {*calendar.events, *calendar.purged}:
            raise GoogleError(409, "duplicate", "The requested identifier already exists.")
        event = self._made(calendar, body, who.email)
        if given.get("conferenceDataVersion"):
            self._ask_for_conference(who, calendar, event, body)
        self._notify(given, "invitation", event)
        return self._shown(calendar, self._stored(calendar, event), given)

    def events_get(self, who: Identity, given: Values, _body: Any, headers: Values) -> Any:
        calendar = self._allowed(who, given, "reader")
        event = self._event(calendar, given)
        if headers.get("If-None-Match") == event["etag"]:
            raise GoogleError(304, "notModified", "Not Modified")
        self._make_conference(calendar, event)
        return self._shown(calendar, self._event(calendar, given), given)

    def events_update(self, who: Identity, given: Values, body: Event, headers: Values) -> Any:
        return self._replaced(who, given, headers, lambda event: body)

    def events_patch(self, who: Identity, given: Values, body: Event, headers: Values) -> Any:
        return self._replaced(who, given, headers, lambda event: _merged(event, body))

    def events_delete(self, who: Identity, given: Values, _body: Any, headers: Values) -> Any:
        calendar = self._allowed(who, given, "writer")
        event = self._event(calendar, given)
        if event["status"] == "cancelled":
            raise GoogleError(410, "deleted", "Resource has been deleted")
        _match(headers, event)
        self._notify(given, "cancellation", event)
        self._stored(calendar, event | {"status": "cancelled"})
        return None

    def events_list(self, who: Identity, given: Values, _body: Any, _headers: Values) -> Any:
        calendar = self._allowed(who, given, "reader")
        query = {name: value for name, value in given.items() if name not in ("pageToken", "maxResults")}
        page = self._page(calendar, given, query)
        changed = sorted(
            (version, event_id)
            for event_id, version in calendar.versions.items()
            if page["since"] < version <= page["until"] and self._asked_for(calendar, event_id, given)
        )
        if given.get("orderBy") == "startTime":
            if not given.get("singleEvents"):
                raise invalid("The requested ordering is not available for the particular query.", "orderBy")
            changed.sort(key=lambda one: _instant(calendar.events[one[1]]["start"], calendar.zone))
        size = min(given.get("maxResults", 250), 2500, self.page_size or 2500)
        begin, empty = page["begin"], page["empty"]
        items = [] if empty else changed[begin : begin + size]
        answer = {
            "kind": "calendar#events",
            "etag": f'"{calendar.version}"',
            "summary": calendar.id,
            "updated": stamp(self.now()),
            "timeZone": calendar.zone,
            "accessRole": self._rank(who, calendar),
            "items": [self._listed(calendar, event_id, given) for _, event_id in items],
        }
        if empty or begin + size < len(changed):
            onward = page | {"empty": empty - 1} if empty else page | {"begin": begin + size}
            return answer | {"nextPageToken": _token(onward)}
        kept = {name: value for name, value in query.items() if name != "syncToken"}
        same = page["query"] if "syncToken" in given else kept
        token = {"calendar": calendar.id, "epoch": calendar.epoch, "version": page["until"], "query": same}
        return answer | {"nextSyncToken": _token(token)}

    def freebusy_query(self, who: Identity, _given: Values, body: Values, _headers: Values) -> Any:
        for name in ("timeMin", "timeMax"):
            if name not in body:
                raise required(name)
        begin, end = (datetime.fromisoformat(body[name]) for name in ("timeMin", "timeMax"))
        if end <= begin:
            raise GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", "calendar", "timeMax")
        asked = [item["id"] for item in body.get("items", [])]
        most = min(body.get("calendarExpansionMax", 50), 50)
        told = {}
        for number, calendar_id in enumerate(asked):
            calendar = self.calendars.get(who.email if calendar_id == "primary" else calendar_id)
            error = self.freebusy_errors.get(calendar_id, "")
            if number >= most:
                error = "tooManyCalendarsRequested"
            if calendar is None or not self._rank(who, calendar):
                error = error or "notFound"
            if error:
                told[calendar_id] = {"errors": [{"domain": "global", "reason": error}], "busy": []}
            else:
                assert calendar is not None
                told[calendar_id] = {"busy": list(self._busy(calendar, begin, end))}
        return {
            "kind": "calendar#freeBusy",
            "timeMin": stamp(begin),
            "timeMax": stamp(end),
            "calendars": told,
        }

    # Inside

    def _rank(self, who: Identity, calendar: Calendar) -> str:
        return "owner" if calendar.owner == who.email else calendar.shared.get(who.email, "")

    def _allowed(self, who: Identity, given: Values, least: str) -> Calendar:
        """The calendar that is asked for, `primary` being one's own. Raises GoogleError 404 and 403."""
        calendar = self.calendars.get(who.email if given["calendarId"] == "primary" else given["calendarId"])
        rank = self._rank(who, calendar) if calendar else ""
        if calendar is None or not rank:
            raise not_found()
        if _RANKS.index(rank) < _RANKS.index(least):
            raise forbidden("requiredAccessLevel", f"You need to have {least} access to this calendar.")
        return calendar

    def _entry(self, who: Identity, calendar: Calendar) -> dict[str, Any]:
        rank = self._rank(who, calendar)
        return {
            "kind": "calendar#calendarListEntry",
            "etag": '"0"',
            "id": calendar.id,
            "summary": calendar.id,
            "timeZone": calendar.zone,
            "accessRole": rank,
            "primary": calendar.id == who.email,
            "conferenceProperties": _conference_properties(calendar),
        }

    def _event(self, calendar: Calendar, given: Values) -> Event:
        event = calendar.events.get(given["eventId"])
        if event is None:
            raise not_found()
        return event

    def _made(self, calendar: Calendar, body: Event, creator: str) -> Event:
        """A new event of a body. Raises GoogleError 400."""
        _check(body, calendar.zone)
        event = {name: deepcopy(value) for name, value in body.items() if name not in _SET_BY_SERVER}
        event_id = body.get("id", uuid4().hex)
        if not _ID.fullmatch(event_id):
            raise invalid("Invalid resource id value.", "id")
        if "id" in body and "iCalUID" in body:
            raise invalid("Event id and iCalUID may not both be given.", "iCalUID")
        return {
            "kind": "calendar#event",
            "status": "confirmed",
            "htmlLink": f"https://www.google.com/calendar/event?eid={event_id}",
            "created": stamp(self.now()),
            "creator": {"email": creator},
            "organizer": {"email": calendar.id, "self": True},
            "iCalUID": f"{event_id}@google.com",
            "sequence": 0,
            "reminders": {"useDefault": True},
            "eventType": "default",
            **event,
            "id": event_id,
            "conferenceData": None,
            "attendees": [{"responseStatus": "needsAction", **guest} for guest in body.get("attendees", [])],
        }

    def _stored(self, calendar: Calendar, event: Event) -> Event:
        calendar.version += 1
        calendar.versions[event["id"]] = calendar.version
        calendar.events[event["id"]] = event | {"etag": f'"{calendar.version}"', "updated": stamp(self.now())}
        return calendar.events[event["id"]]

    def _later(self, before: Event, after: Event) -> Event:
        """An event changed: a new time is a new sequence, and guests are asked anew."""
        if all(before[name] == after[name] for name in ("start", "end")):
            return after
        guests = [guest | {"responseStatus": "needsAction"} for guest in after["attendees"]]
        return after | {"sequence": before["sequence"] + 1, "attendees": guests}

    def _replaced(self, who: Identity, given: Values, headers: Values, changed: Callable[[Event], Event]) -> Any:
        calendar = self._allowed(who, given, "writer")
        event = self._event(calendar, given)
        if event["status"] == "cancelled":
            raise forbidden("forbidden", "The event has been deleted.")
        if not event["organizer"].get("self"):
            raise forbidden("forbiddenForNonOrganizer", "Shared properties can only be changed by the organizer.")
        _match(headers, event)
        body = changed(event)
        made = self._made(calendar, {n: v for n, v in body.items() if n not in ("id", "iCalUID")}, "")
        kept = ("id", "iCalUID", "htmlLink", "created", "creator", "organizer", "sequence", "conferenceData")
        new = self._later(event, made | {name: event[name] for name in kept})
        if "hangoutLink" in event:
            new["hangoutLink"] = event["hangoutLink"]
        if given.get("conferenceDataVersion"):
            if not body.get("conferenceData"):  # who knows of conferences and gives none takes it away
                new["conferenceData"] = None
                new.pop("hangoutLink", None)
            self._ask_for_conference(who, calendar, new, body)
        self._notify(given, "cancellation" if new["status"] == "cancelled" else "update", new)
        return self._shown(calendar, self._stored(calendar, new), given)

    def _notify(self, given: Values, kind: str, event: Event) -> None:
        if given.get("sendUpdates") in ("all", "externalOnly"):
            self.notices += [Notice(kind, guest["email"], event["id"]) for guest in event["attendees"]]

    def _ask_for_conference(self, who: Identity, calendar: Calendar, event: Event, body: Event) -> None:
        asked = (body.get("conferenceData") or {}).get("createRequest")
        before = (event.get("conferenceData") or {}).get("createRequest", {})
        if not asked or asked.get("requestId") == before.get("requestId"):
            return  # the same request as before is no request
        if not asked.get("requestId"):
            raise required("conferenceData.createRequest.requestId")
        kind = asked.get("conferenceSolutionKey", {}).get("type")
        if kind != "hangoutsMeet" or who.is_service or not calendar.allows_meet:
            raise invalid("Invalid conference type value.", "conferenceData")
        pending = {"requestId": asked["requestId"], "conferenceSolutionKey": {"type": kind}}
        event["conferenceData"] = {"createRequest": pending | {"status": {"statusCode": "pending"}}}

    def _make_conference(self, calendar: Calendar, event: Event) -> None:
        """What was asked for is there when it is looked for the next time, if tests do not want it otherwise."""
        request = (event.get("conferenceData") or {}).get("createRequest")
        if not request or request["status"]["statusCode"] != "pending" or self.conference == "pending":
            return
        request["status"]["statusCode"] = self.conference
        if self.conference == "success":
            space = self.meet.new_space(calendar.owner)
            event["hangoutLink"] = space.uri
            event["conferenceData"] |= {
                "conferenceId": space.code,
                "conferenceSolution": {"key": {"type": "hangoutsMeet"}, "name": "Google Meet"},
                "entryPoints": [
                    {"entryPointType": "video", "uri": space.uri, "label": space.uri.removeprefix("https://")},
                    {"entryPointType": "phone", "uri": space.phone_uri, "pin": space.pin, "regionCode": "GB"},
                ],
            }
        self._stored(calendar, event)

    def _shown(self, calendar: Calendar, event: Event, given: Values) -> Event:
        """An event with its times in the zone asked for, or the calendar's."""
        shown = {name: deepcopy(value) for name, value in event.items() if value not in (None, [])}
        zone = ZoneInfo(given.get("timeZone", calendar.zone))
        for name in ("start", "end"):
            if "dateTime" in event[name]:
                at = _instant(event[name], calendar.zone).astimezone(zone)
                shown[name] = {"dateTime": at.isoformat(), "timeZone": event[name].get("timeZone", calendar.zone)}
        for person in (shown["organizer"], *shown.get("attendees", [])):
            if person["email"] == calendar.id:
                person["self"] = True
        return shown

    def _listed(self, calendar: Calendar, event_id: str, given: Values) -> Event:
        event = calendar.events[event_id]
        if event["status"] == "cancelled":  # only the id is promised
            return {"kind": "calendar#event", "etag": event["etag"], "id": event_id, "status": "cancelled"}
        return self._shown(calendar, event, given)

    def _page(self, calendar: Calendar, given: Values, query: Values) -> dict[str, Any]:
        """Where a listing goes on: from its start, from a sync token, or from a page token. Raises GoogleError."""
        if "pageToken" in given:
            page = _opened(given["pageToken"], "pageToken")
            if page.get("asked") != dict(query):
                raise invalid("Page token is not of this query.", "pageToken")
            return page
        page = {"since": 0, "until": calendar.version, "begin": 0, "empty": self.empty_pages, "asked": dict(query)}
        if "syncToken" not in given:
            if "updatedMin" in given and _time(given["updatedMin"]) < self.now() - _OLDEST_UPDATE:
                raise GoogleError(
                    410, "updatedMinTooLongAgo", "The requested minimum modification time lies too far in the past."
                )
            if "timeMin" in given and "timeMax" in given and _time(given["timeMax"]) <= _time(given["timeMin"]):
                raise GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", "calendar", "timeMax")
            return page
        for name in _NOT_WITH_SYNC_TOKEN:
            if name in given:
                raise invalid(f"Sync token cannot be used together with {name}.", name)
        if given.get("showDeleted") is False:
            raise invalid("Sync token cannot be used with showDeleted set to false.", "showDeleted")
        token = _opened(given["syncToken"], "syncToken")
        if token.get("calendar") != calendar.id or token["epoch"] != calendar.epoch:
            raise GoogleError(
                410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.", "calendar"
            )
        return page | {"since": token["version"], "query": token["query"]}

    def _asked_for(self, calendar: Calendar, event_id: str, given: Values) -> bool:
        event = calendar.events[event_id]
        if event["status"] == "cancelled":
            return "syncToken" in given or "updatedMin" in given or bool(given.get("showDeleted"))
        starts_at, ends_at = (_instant(event[name], calendar.zone) for name in ("start", "end"))
        private = event.get("extendedProperties", {}).get("private", {})
        wanted = [pair.split("=", 1) for pair in given.get("privateExtendedProperty", [])]
        return (
            ("timeMin" not in given or ends_at > _time(given["timeMin"]))
            and ("timeMax" not in given or starts_at < _time(given["timeMax"]))
            and ("updatedMin" not in given or _time(event["updated"]) >= _time(given["updatedMin"]))
            and ("iCalUID" not in given or event["iCalUID"] == given["iCalUID"])
            and ("q" not in given or given["q"].casefold() in event.get("summary", "").casefold())
            and all(private.get(key) == value for key, value in wanted)
        )

    def _busy(self, calendar: Calendar, begin: datetime, end: datetime) -> Iterator[dict[str, str]]:
        spans: list[list[datetime]] = []
        for starts_at, ends_at in sorted(self._taken(calendar)):
            if ends_at <= begin or starts_at >= end:
                continue
            if spans and starts_at <= spans[-1][1]:
                spans[-1][1] = max(spans[-1][1], ends_at)
            else:
                spans.append([starts_at, ends_at])
        for starts_at, ends_at in spans:
            yield {"start": stamp(max(starts_at, begin)), "end": stamp(min(ends_at, end))}

    def _taken(self, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
        """Times of the calendar's own events, and of those of others to which its owner is invited."""
        for home in self.calendars.values():
            for event in home.events.values():
                guests = {guest["email"]: guest["responseStatus"] for guest in event["attendees"]}
                own = home is calendar and guests.get(calendar.id) != "declined"
                invited = guests.get(calendar.id, "declined") != "declined"
                if (own or invited) and event["status"] != "cancelled" and event.get("transparency") != "transparent":
                    yield _instant(event["start"], home.zone), _instant(event["end"], home.zone)


def _conference_properties(calendar: Calendar) -> dict[str, list[str]]:
    return {"allowedConferenceSolutionTypes": ["hangoutsMeet"] * calendar.allows_meet}


def _check(body: Event, zone: str) -> None:
    for name in ("start", "end"):
        if not body.get(name):
            raise required(name)
        given = [part for part in ("date", "dateTime") if body[name].get(part)]
        if len(given) != 1:
            raise invalid("Either a date or a time is to be given.", name)
    if set(body["start"]) & {"date"} != set(body["end"]) & {"date"}:
        raise invalid("Start and end times must either both be date or both be dateTime.", "start")
    if body.get("recurrence") and not all("timeZone" in body[name] for name in ("start", "end")):
        raise GoogleError(400, "required", "Missing time zone definition for start time.", location="start.timeZone")
    if _instant(body["end"], zone) <= _instant(body["start"], zone):
        raise GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", "calendar")
    for guest in body.get("attendees", []):
        if not _MAIL.fullmatch(guest.get("email", "")):
            raise invalid("Invalid attendee email.", "attendees")
    for properties in (body.get("extendedProperties") or {}).values():
        if len(properties) > 300 or any(len(key) > 44 or len(value) > 1024 for key, value in properties.items()):
            raise invalid("Extended property is too long.", "extendedProperties")
    if len((body.get("reminders") or {}).get("overrides", [])) > 5:
        raise invalid("Too many reminders.", "reminders")


def _instant(given: Values, zone: str) -> datetime:
    """The instant of a start or an end. Raises GoogleError 400."""
    try:
        zone_info = ZoneInfo(given.get("timeZone", zone))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise invalid("Invalid time zone definition.", "timeZone") from error
    if "date" in given:
        return datetime.combine(date.fromisoformat(given["date"]), time(), zone_info)
    at = datetime.fromisoformat(given["dateTime"])
    if at.tzinfo is None:
        if "timeZone" not in given:
            raise GoogleError(400, "required", "Missing time zone definition for start time.", location="timeZone")
        at = at.replace(tzinfo=zone_info)
    return at.astimezone(UTC)


def _time(given: str) -> datetime:
    return datetime.fromisoformat(given)


def _merged(event: Event, patch: Event) -> Event:
    """PATCH: what is given replaces, inside of objects too; null removes; lists are replaced as a whole."""
    merged = dict(event)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict) and isinstance(merged.get(name), dict):
            merged[name] = _merged(merged[name], value)
        else:
            merged[name] = value
    return merged


def _match(headers: Values, event: Event) -> None:
    if headers.get("If-Match") not in (None, "*", event["etag"]):
        raise GoogleError(412, "conditionNotMet", "Precondition Failed", location="If-Match")


def _token(content: Values) -> str:
    text = json.dumps(content, sort_keys=True)
    return f"{sha256(text.encode()).hexdigest()[:8]}{text.encode().hex()}"


def _opened(token: str, name: str) -> dict[str, Any]:
    """What stands in a token. Raises GoogleError 400 for one that was not given out."""
    try:
        text = bytes.fromhex(token[8:])
    except ValueError as error:
        raise invalid(f"Invalid {name} value.", name) from error
    if sha256(text).hexdigest()[:8] != token[:8]:
        raise invalid(f"Invalid {name} value.", name)
    content: dict[str, Any] = json.loads(text)
    return content
