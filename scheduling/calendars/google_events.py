"""An interview as an event of Google's, and an event of Google's as we read it. Pure: nothing here calls Google.

What people have changed in an event by hand stays: texts, guests, reminders, attachments, a meeting. To know what
is ours, an event carries in its private properties, which only the study's own calendar has, digests of what we last
wrote. Source: the Event resource of Calendar API v3.
"""

import json
from base64 import b32hexencode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from scheduling.calendars.base import Entry, Meeting, Standing

Event = Mapping[str, Any]

_TEXTS = ("summary", "description", "location")
_REPLIES = ("accepted", "declined", "tentative")
_MEET = "hangoutsMeet"
_AT_FIRST = {
    "visibility": "private",
    "guestsCanInviteOthers": False,
    "guestsCanModify": False,
    "guestsCanSeeOtherGuests": False,
}


def event_id(guid: str, generation: int) -> str:
    """SHA-256 of both in base32hex (RFC 4648, section 7): Google takes no other letters than those."""
    return b32hexencode(sha256(f"{guid}/{generation}".encode()).digest()).decode().rstrip("=").lower()


def request_id(guid: str, generation: int, failed: str = "") -> str:
    """What a video meeting is asked for with; another one after a request that `failed`, for the same is ignored."""
    return str(uuid5(NAMESPACE_URL, f"{guid}/{generation}/{failed}"))


def new_event(entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    """The event of an interview that has none yet."""
    return changed_event({"id": event_id(entry.guid, entry.generation), **_AT_FIRST}, entry, zone)


def changed_event(event: Event, entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    """An event as it was read, with what is ours as `entry` wants it; equal to it where nothing is to be changed."""
    private = _private(event)
    written = _written(private)
    return {
        **event,
        **_times(event, entry, zone),
        **dict(_texts(event, entry, written)),
        **_guests(event, entry, written),
        **_conference(event, entry),
        "status": "tentative" if entry.is_tentative else "confirmed",
        "extendedProperties": {**event.get("extendedProperties", {}), "private": {**private, **_ours(entry)}},
    }


def standing_of(event: Event) -> Standing:
    """An event as the study reads it. A copy of one of ours is a stranger's, for it has another id.

    All-day events have no times; addresses are in small letters.
    """
    private = _private(event)
    guid, generation = private.get("fieldcall", ""), _number(private.get("generation"), 0)
    is_ours = bool(guid) and event["id"] == event_id(guid, generation)
    return Standing(
        event_id=event["id"],
        etag=event.get("etag", ""),
        is_cancelled=event.get("status") == "cancelled",
        is_tentative=event.get("status") == "tentative",
        guid=guid if is_ours else "",
        generation=generation if is_ours else 0,
        sequence=_number(private.get("sequence"), -1) if is_ours else -1,
        starts_at=_instant(event.get("start", {})),
        ends_at=_instant(event.get("end", {})),
        replies={
            guest["email"].lower(): guest["responseStatus"]
            for guest in event.get("attendees", ())
            if guest.get("email") and guest.get("responseStatus") in _REPLIES
        },
        meeting=_meeting(event.get("conferenceData") or {}),
    )


def _ours(entry: Entry) -> dict[str, str]:
    written: dict[str, Any] = {name: _digest(getattr(entry, name)) for name in _TEXTS}
    written["guests"] = sorted(_digest(guest.address.lower()) for guest in entry.guests)
    return {
        "fieldcall": entry.guid,
        "generation": str(entry.generation),
        "sequence": str(entry.sequence),
        "written": json.dumps(written, sort_keys=True, separators=(",", ":")),
    }


def _times(event: Event, entry: Entry, zone: ZoneInfo) -> dict[str, Any]:
    """Start and end with offset and zone; nothing where they are the same instants already."""
    wanted = {"start": entry.starts_at, "end": entry.ends_at}
    if all(_instant(event.get(name, {})) == at for name, at in wanted.items()):
        return {}
    return {name: {"dateTime": at.astimezone(zone).isoformat(), "timeZone": zone.key} for name, at in wanted.items()}


def _texts(event: Event, entry: Entry, written: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Our texts, except where somebody has put another in the place of what we wrote."""
    for name in _TEXTS:
        there = event.get(name, "")
        is_ours = written[name] == _digest(there) if name in written else not there
        text = getattr(entry, name)
        if is_ours and _digest(text) != _digest(there):
            yield name, text


def _guests(event: Event, entry: Entry, written: Mapping[str, Any]) -> dict[str, Any]:
    """Our guests with their replies, and those whom others added; whom others took off the list stays off it."""
    there = event.get("attendees", [])
    wanted = {guest.address.lower(): guest.address for guest in entry.guests}
    before = set(written.get("guests", ()))
    kept = [guest for guest in there if (email := guest["email"].lower()) in wanted or _digest(email) not in before]
    known = {guest["email"].lower() for guest in kept}
    new = [email for key, email in wanted.items() if key not in known and _digest(key) not in before]
    attendees = [*kept, *({"email": email} for email in new)]
    return {"attendees": attendees} if attendees != there else {}


def _conference(event: Event, entry: Entry) -> dict[str, Any]:
    """A request for a meeting where one is wanted, and none is there or on its way."""
    data = event.get("conferenceData") or {}
    request = data.get("createRequest", {})
    has_failed = request.get("status", {}).get("statusCode") == "failure" and not data.get("entryPoints")
    if not entry.with_meeting or (data and not has_failed):
        return {}
    wanted = request_id(entry.guid, entry.generation, request.get("requestId", ""))
    return {"conferenceData": {"createRequest": {"requestId": wanted, "conferenceSolutionKey": {"type": _MEET}}}}


def _meeting(data: Mapping[str, Any]) -> Meeting | None:
    """Where a meeting is, or how far the wish for one has come."""
    points = {point.get("entryPointType"): point for point in reversed(data.get("entryPoints", ()))}
    if not points:
        status = data.get("createRequest", {}).get("status", {}).get("statusCode", "pending")
        return Meeting("failure" if status == "failure" else "pending") if "createRequest" in data else None
    is_meet = data.get("conferenceSolution", {}).get("key", {}).get("type") == _MEET
    phone = points.get("phone", {})
    number, pin = phone.get("uri", ""), phone.get("pin", "")
    return Meeting(
        "success",
        code=data.get("conferenceId", "") if is_meet else "",
        url=points.get("video", {}).get("uri", ""),
        phone=number if pin in number else f"{number},,,{pin}#",
    )


def _instant(given: Mapping[str, str]) -> datetime | None:
    """The instant of a start or an end; None for a whole day, or where it cannot be told."""
    if "dateTime" not in given:
        return None
    at = datetime.fromisoformat(given["dateTime"])
    if at.tzinfo is None:
        return at.replace(tzinfo=ZoneInfo(given["timeZone"])).astimezone(UTC) if "timeZone" in given else None
    return at.astimezone(UTC)


def _private(event: Event) -> dict[str, str]:
    return dict(event.get("extendedProperties", {}).get("private", {}))


def _written(private: Mapping[str, str]) -> dict[str, Any]:
    """Digests of what we wrote last; none where that is not to be read any more."""
    try:
        written = json.loads(private.get("written", "{}"))
    except ValueError:
        return {}
    return written if isinstance(written, dict) else {}


def _digest(text: str) -> str:
    """The same for texts that differ only in white space, which Google may set otherwise."""
    return sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise
