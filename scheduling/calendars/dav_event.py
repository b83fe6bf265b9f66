"""An event as the text that a CalDAV server keeps (iCalendar, RFC 5545), and what such a text says.

A text that is there is changed line by line: the lines of the properties that are ours are replaced, and every other
line stays as it was, alarms, attendees and what programs add for themselves included.

Which event is whose is told by its UID, which follows from the interview: a copy that somebody makes of an event takes
our other marks with it, but gets a UID of its own, and counts as a foreign one.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

from icalendar import Calendar as ICalendar
from icalendar.parser import Contentline

from scheduling.calendars.base import PRODUCT, Entry, Guest, Meeting, Standing
from scheduling.local_time import span_of_day
from scheduling.spans import Span

MOST_CHARACTERS = 1_000_000  # of one event; more is not read
_DEEPEST = 8  # nesting of components; an alarm stands at 3
_GUID, _GENERATION, _SEQUENCE = "X-FIELDCALL-GUID", "X-FIELDCALL-GENERATION", "X-FIELDCALL-SEQUENCE"
_CODE = "X-FIELDCALL-CODE"  # parameter of the attendees that we put there
_TIMES = {"DTSTART", "DTEND", "DURATION", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE"}
_OURS = _TIMES | {"SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "CLASS", _GUID, _GENERATION, _SEQUENCE}
_PARTS = re.compile(r'((?:[^":]|"[^"]*")*):(.*)', re.DOTALL)  # name and parameters, value
_REPLIES = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "tentative"}


@dataclass(frozen=True, slots=True)
class Inviting:
    """Who invites the guests of events: `organiser` is an e-mail address, or '' where nobody is known for one."""

    organiser: str
    by_server: bool  # else by our own mail


class Unreadable(ValueError):
    """A text is not an event that can be understood; the message says what is wrong with it, and quotes nothing."""


def name_of(guid: str, generation: int) -> str:
    """The name of the resource that an interview's event is: its id, and the last part of its address."""
    return f"fieldcall-{_key(guid, generation)}.ics"


def uid_of(name: str) -> str:
    """The UID of the event that has, or had when we made it, a name of ours; '' for a name that is not."""
    match = re.fullmatch(r"fieldcall-([0-9a-f]{32})\.ics", name)
    return f"{match[1]}@fieldcall" if match else ""


def _key(guid: str, generation: int) -> str:
    return hashlib.sha256(f"{guid}/{generation}".encode()).hexdigest()[:32]


def new_text(entry: Entry, inviting: Inviting, at: datetime) -> str:
    """The text of an event that is not there yet."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODUCT}",
        "CALSCALE:GREGORIAN",
        "BEGIN:VEVENT",
        f"UID:{uid_of(name_of(entry.guid, entry.generation))}",
        f"CREATED:{_utc(at)}",
        "TRANSP:OPAQUE",
        *_our_lines(entry, entry.sequence, inviting, at),
        *(_attendee(guest, inviting) for guest in _invited(entry, inviting)),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return _written(_folded(line) for line in lines)


def changed_text(text: str, entry: Entry, inviting: Inviting, at: datetime) -> str:
    """The text of an event that is there, with our properties as `entry` has them. Raises Unreadable.

    SEQUENCE rises when the times change, and is never less than the interview's (RFC 5546, 2.1.4).
    """
    event, wanted_times = _event_in(text), [_utc(entry.starts_at), _utc(entry.ends_at)]
    sequence = max(entry.sequence, _number(event, "SEQUENCE", 0) + (_times(event) != wanted_times))
    lines = _lines(text)
    begin, own = _event_lines(lines)
    guests = _invited(entry, inviting)
    wanted = {_same(guest.address) for guest in guests}
    named = {_attended(lines[index]) for index in own if not _is_dropped(lines[index], wanted)}
    ours = [
        *_our_lines(entry, sequence, inviting, at),
        *(_attendee(guest, inviting) for guest in guests if _same(guest.address) not in named),
    ]
    replaced = {_name(line) for line in ours} - {"ATTENDEE"} | _OURS
    gone = {index for index in own if _name(lines[index]) in replaced or _is_dropped(lines[index], wanted)}
    after = [line for index, line in enumerate(lines) if index > begin and index not in gone]
    changed = _written([*lines[: begin + 1], *map(_folded, ours), *after])
    if _times(_event_in(changed)) != wanted_times:
        raise Unreadable("its lines do not mean to us what they mean to the parser")
    return changed


def standing_of(text: str, name: str, etag: str, zone: ZoneInfo) -> Standing:
    """What a text says; floating times and whole days are those of `zone`. Raises Unreadable."""
    event = _event_in(text)
    guid, generation = _text(event, _GUID), _number(event, _GENERATION, 0)
    is_ours = bool(guid) and _text(event, "UID") == uid_of(name_of(guid, generation))
    span = span_of(event, zone)
    return Standing(
        event_id=name,
        etag=etag,
        is_cancelled=_text(event, "STATUS").upper() == "CANCELLED",
        is_tentative=_text(event, "STATUS").upper() == "TENTATIVE",
        guid=guid if is_ours else "",
        generation=generation if is_ours else 0,
        sequence=_number(event, _SEQUENCE, -1) if is_ours else -1,
        starts_at=span and span.start,
        ends_at=span and span.end,
        replies=_replies(event),
        meeting=_meeting(event),
    )


def has_uid(text: str, uid: str) -> bool:
    """Whether a text is the event with this UID. Raises Unreadable."""
    return _text(_event_in(text), "UID") == uid


def components(text: str) -> list[Any]:
    """The components that stand in a calendar, parsed. Raises Unreadable."""
    if len(text) > MOST_CHARACTERS:
        raise Unreadable("it is larger than any event that people write")
    depth = 0
    for line in text.splitlines():
        depth += line[:6].upper() == "BEGIN:"
        depth -= line[:4].upper() == "END:"
        if depth > _DEEPEST:
            raise Unreadable("its parts are nested too deeply")
    try:
        return list(ICalendar.from_ical(text).subcomponents)
    except Exception as error:  # whatever a parser does with a text that anybody may have written
        raise Unreadable(f"it is not iCalendar ({type(error).__name__})") from None


def span_of(event: Any, zone: ZoneInfo) -> Span | None:
    """When an event is; None where it does not say so."""
    start, end = _moment(event, "DTSTART"), _moment(event, "DTEND")
    if start is None:
        return None
    try:
        if end is None:
            length = _value(event, "DURATION")
            whole_day = timedelta(0) if isinstance(start, datetime) else timedelta(days=1)
            # added to the wall clock where it is in days, to the instant else: RFC 5545, 3.3.6
            length = length if isinstance(length, timedelta) else whole_day
            end = start + timedelta(days=length.days)
            return Span(_instant(start, zone), _instant(end, zone) + (length - timedelta(days=length.days)))
        return Span(_instant(start, zone), _instant(end, zone))
    except (OverflowError, ValueError):  # in the year 1 or 9999
        return None


def _instant(moment: date, zone: ZoneInfo) -> datetime:
    if not isinstance(moment, datetime):
        return span_of_day(moment, zone).start
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _event_in(text: str) -> Any:
    """The event of a resource; of a series, that which it follows from, not its exceptions."""
    events = [component for component in components(text) if component.name == "VEVENT"]
    if not events:
        raise Unreadable("there is no event in it")
    return next((event for event in events if "RECURRENCE-ID" not in event), events[0])


def _value(event: Any, name: str) -> Any:
    """A property's value as Python has it; None where it is missing, broken, or there several times."""
    try:
        return event[name].dt
    except (KeyError, AttributeError, ValueError):
        return None


def _moment(event: Any, name: str) -> date | None:
    value = _value(event, name)
    return value if isinstance(value, date) else None


def _times(event: Any) -> list[str]:
    """When an event begins and ends as we write it; '' for what is not a moment in a known zone."""
    moments = [_value(event, name) for name in ("DTSTART", "DTEND")]
    return [_utc(one) if isinstance(one, datetime) and one.tzinfo else "" for one in moments]


def _text(event: Any, name: str) -> str:
    value = event.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def _number(event: Any, name: str, default: int) -> int:
    text = _text(event, name)
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else default


def _several(event: Any, name: str) -> list[Any]:
    value = event.get(name, [])
    return value if isinstance(value, list) else [value]


def _replies(event: Any) -> dict[str, str]:
    answers = {_address(str(attendee)): _parameter(attendee, "PARTSTAT") for attendee in _several(event, "ATTENDEE")}
    return {address: _REPLIES[answer] for address, answer in answers.items() if address and answer in _REPLIES}


def _parameter(value: Any, name: str) -> str:
    parameters: Mapping[str, Any] = getattr(value, "params", {})
    return str(parameters.get(name, "")).upper()


def _address(uri: str) -> str:
    scheme, _, address = uri.partition(":")
    return unquote(address) if scheme.lower() == "mailto" else ""


def _meeting(event: Any) -> Meeting | None:
    """Where people have put a meeting (CONFERENCE, RFC 7986, or URL): we can make none on a CalDAV server."""
    places = [str(value) for name in ("CONFERENCE", "URL") for value in _several(event, name)]
    url = next((place for place in places if re.match(r"https://[^/\s]", place, re.IGNORECASE)), "")
    phone = next((place for place in places if place.lower().startswith("tel:")), "")
    return Meeting("success", url=url, phone=phone) if url or phone else None


def _our_lines(entry: Entry, sequence: int, inviting: Inviting, at: datetime) -> list[str]:
    texts = (("SUMMARY", entry.summary), ("DESCRIPTION", entry.description), ("LOCATION", entry.location))
    return [
        f"DTSTAMP:{_utc(at)}",
        f"LAST-MODIFIED:{_utc(at)}",
        f"DTSTART:{_utc(entry.starts_at)}",
        f"DTEND:{_utc(entry.ends_at)}",
        f"SEQUENCE:{sequence}",
        f"STATUS:{'TENTATIVE' if entry.is_tentative else 'CONFIRMED'}",
        "CLASS:PRIVATE",
        *(f"{name}:{_escaped(text)}" for name, text in texts if text),
        *([f"ORGANIZER:{_mailto(inviting.organiser)}"] if _invited(entry, inviting) else []),
        f"{_GUID}:{_escaped(entry.guid)}",
        f"{_GENERATION}:{entry.generation}",
        f"{_SEQUENCE}:{entry.sequence}",
    ]


def _invited(entry: Entry, inviting: Inviting) -> tuple[Guest, ...]:
    """Who is named as attendee: nobody without an organiser, for one may not be without the other (RFC 5545)."""
    return tuple(guest for guest in entry.guests if guest.address) if inviting.organiser else ()


def _attendee(guest: Guest, inviting: Inviting) -> str:
    agent = "" if inviting.by_server else ";SCHEDULE-AGENT=CLIENT"  # the server leaves inviting to us: RFC 6638, 7.1
    return (
        f"ATTENDEE;CN={guest.code};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE{agent};{_CODE}={guest.code}:"
        f"{_mailto(guest.address)}"
    )


def _is_dropped(line: str, wanted: Set[str]) -> bool:
    """Whether a line is an attendee whom we have put there and who is no longer a guest; others' stay for ever."""
    match = _PARTS.match(_unfolded(line)) if _name(line) == "ATTENDEE" else None
    return bool(match and f";{_CODE}=" in match[1].upper() and _attended(line) not in wanted)


def _attended(line: str) -> str:
    """The address of the attendee that a line is; '' for other lines."""
    match = _PARTS.match(_unfolded(line))
    return _same(_address(match[2])) if match and _name(line) == "ATTENDEE" else ""


def _event_lines(lines: Sequence[str]) -> tuple[int, list[int]]:
    """Where the event of a resource begins, and which lines are properties of its own, not of an alarm in it."""
    events: list[tuple[int, list[int]]] = []
    depth, own = 0, list[int]()
    for index, line in enumerate(lines):
        name = _name(line)
        if name == "BEGIN":
            depth += 1
            if depth == 2:
                own = []
                if line[6:].strip().upper() == "VEVENT":
                    events.append((index, own))
        elif name == "END":
            depth -= 1
        elif depth == 2:
            own.append(index)
    if not events:
        raise Unreadable("there is no event in it")
    return next((event for event in events if "RECURRENCE-ID" not in {_name(lines[i]) for i in event[1]}), events[0])


def _lines(text: str) -> list[str]:
    """The lines of a text as RFC 5545 means them, each with the folds it came with."""
    return [line for line in re.split(r"\r?\n(?![ \t])", text) if line]


def _name(line: str) -> str:
    match = re.match(r"([A-Za-z0-9-]+)[;:]", _unfolded(line))
    return match[1].upper() if match else ""


def _unfolded(line: str) -> str:
    return re.sub(r"\r?\n[ \t]", "", line)


def _folded(line: str) -> str:
    return str(Contentline(line).to_ical().decode())


def _written(lines: Iterable[str]) -> str:
    return "".join(re.sub(r"\r?\n", "\r\n", line) + "\r\n" for line in lines)


def _escaped(text: str) -> str:
    """A text as a value: RFC 5545, 3.3.11; without the characters that no calendar and no XML may hold."""
    plain = "".join(
        character
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
        if character in "\n\t" or not (unicodedata.category(character) in ("Cc", "Cs") or character in "\ufffe\uffff")
    )
    return re.sub(r"([\\;,])", r"\\\1", plain).replace("\n", "\\n")


def _mailto(address: str) -> str:
    return "mailto:" + quote(address, safe="@!$&'*+-./=?^_`{|}~")


def _same(address: str) -> str:
    return address.strip().casefold()


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
