"""Wall-clock times of a zone, and the instants they mean.

A wall-clock time means no instant when the clocks skip it and two when they show it twice (PEP 495), so
nothing here guesses. Arithmetic is done in UTC only: Python subtracts two datetimes of one zone by
their wall clocks, which is an hour off across a change.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scheduling.errors import AmbiguousTime, LocalTimeError, NoSuchTime
from scheduling.spans import Span
from storage.hours import DAYS

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAY = r"""
    (?:(?P<weekday>[A-Za-z]{3,9}),?\s+)?
    (?:(?P<iso>\d{4}-\d{2}-\d{2})|(?P<day>\d{1,2})\s+(?P<month>[A-Za-z]{3,9})\s+(?P<year>\d{4}),?)
"""
_DAY_PATTERN = re.compile(_DAY, re.VERBOSE | re.ASCII)
_TIME_PATTERN = re.compile(
    _DAY + r"[T\s]\s*(?P<clock>\d{1,2}:\d{2})(?::00)?\s*(?P<reading>Z|[+-]\d{2}(?::?\d{2})?|[A-Z]{3,5})?",
    re.VERBOSE | re.ASCII,
)
_YEARS = range(1970, 2101)
_STRIDE = timedelta(hours=12)  # no zone has changed its offset twice within this since clocks were set by law


class Stretch(NamedTuple):
    """A span of time in which a zone keeps one offset from UTC."""

    start: datetime
    end: datetime
    offset: timedelta


def read_local(text: str, zone: ZoneInfo) -> datetime:
    """Read a wall-clock time of `zone`, such as `2020-06-03 14:00`, as an instant in UTC.

    Also read are `3 June 2020 14:00`, what `show` writes, and an offset or abbreviation at the end
    (`2020-10-25 01:30+01:00`), which must be the zone's at that time. Raises LocalTimeError, NoSuchTime
    and AmbiguousTime, each with the way to write it.
    """
    match = _TIME_PATTERN.fullmatch(text.strip())
    if not match:
        raise LocalTimeError(f"{text.strip()!r} is not a time. Write it as 2020-06-03 14:00.")
    day, clock = _day_of(match), _clock_of(match)
    found = instants(day, clock, zone)
    if not found:
        raise NoSuchTime(_explain_gap(day, clock, zone))
    if match["reading"]:
        found = tuple(instant for instant in found if _reads_as(instant.astimezone(zone), match["reading"]))
        if not found:
            raise LocalTimeError(_explain_reading(match["reading"], day, clock, zone))
    if len(found) > 1:
        raise AmbiguousTime(
            f"{day} {clock:%H:%M} comes twice in {zone.key}, for the clocks go back. "
            f"Write {' or '.join(_readings(found, zone))}."
        )
    return found[0]


def read_day(text: str) -> date:
    """Read `2020-06-03`, `3 Jun 2020` or what `show_day` writes. Raises LocalTimeError."""
    match = _DAY_PATTERN.fullmatch(text.strip())
    if not match:
        raise LocalTimeError(f"{text.strip()!r} is not a day. Write it as 2020-06-03.")
    return _day_of(match)


def instants(day: date, clock: time, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The instants in UTC, none, one or two, at which clocks in `zone` show this time on this day."""
    wall = datetime.combine(day, clock)
    readings = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return tuple(sorted(i for i in readings if i.astimezone(zone).replace(tzinfo=None, fold=0) == wall))


def show(instant: datetime, zone: ZoneInfo) -> str:
    """Write an instant as people in `zone` read it: `Wed 3 Jun 2020 14:00 BST`."""
    local = instant.astimezone(zone)
    return f"{show_day(local.date())} {local:%H:%M} {local.tzname()}"


def show_both(instant: datetime, zone: ZoneInfo, *others: ZoneInfo) -> str:
    """Write an instant as `show` does, and as people in other zones read it where their clocks differ.

    `Wed 3 Jun 2020 14:00 BST (15:00 CEST in Europe/Berlin)`; with its day where that differs too.
    """
    return show(instant, zone) + show_elsewhere(instant, zone, *others)


def show_elsewhere(instant: datetime, zone: ZoneInfo, *others: ZoneInfo) -> str:
    """What `show_both` adds in brackets, with a space before it; '' where all clocks show the same."""
    local = instant.astimezone(zone)
    readings: dict[datetime, str] = {}  # by wall clock: one reading is enough for all who share it
    for other in others:
        there = instant.astimezone(other)
        clock = there.replace(tzinfo=None, fold=0)
        if clock != local.replace(tzinfo=None, fold=0):
            day = "" if there.date() == local.date() else f"{show_day(there.date())} "
            readings.setdefault(clock, f"{day}{there:%H:%M} {there.tzname()} in {other.key}")
    return f" ({', '.join(readings.values())})" if readings else ""


def read_zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Raises LocalTimeError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a region, such as 'Europe'
        raise LocalTimeError(f"{name!r} is not a time zone. Write an IANA name such as Europe/London.") from None


def show_day(day: date) -> str:
    """Write a day: `Wed 3 Jun 2020`."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def span_of_day(day: date, zone: ZoneInfo) -> Span:
    """The span in UTC of a local day: 23, 24 or 25 hours as a rule, none for a day that a zone skipped."""
    return span_of_days(day, day, zone)


@lru_cache(maxsize=1024)
def span_of_days(first: date, last: date, zone: ZoneInfo) -> Span:
    """The span in UTC from the first instant of one local day to the last of another, both included."""
    return Span(_first_instant(first, zone), _first_instant(last + timedelta(days=1), zone))


@lru_cache(maxsize=256)
def stretches(span: Span, zone: ZoneInfo) -> tuple[Stretch, ...]:
    """The parts of `span` within which the offset of `zone` does not change, in order."""
    cuts, at = [span.start], span.start
    while at < span.end:
        following = min(at + _STRIDE, span.end)
        if _offset(at, zone) != _offset(following, zone):
            cuts.append(_change_between(at, following, zone))
        at = following
    ends = [*cuts[1:], span.end]
    return tuple(Stretch(a, b, _offset(a, zone)) for a, b in zip(cuts, ends, strict=True) if a < b)


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def _change_between(start: datetime, end: datetime, zone: ZoneInfo) -> datetime:
    """The first second after `start` at which the offset is no longer that of `start`; by bisection."""
    before = _offset(start, zone)
    low, high = int(start.timestamp()), int(end.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == before:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def _first_instant(day: date, zone: ZoneInfo) -> datetime:
    found = instants(day, time(0), zone)
    return found[0] if found else _skipping_change(day, time(0), zone)


def _skipping_change(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The instant of the change that skips a wall-clock time; PEP 495 puts one reading on each side."""
    wall = datetime.combine(day, clock, tzinfo=zone)
    return _change_between(wall.replace(fold=1).astimezone(UTC), wall.replace(fold=0).astimezone(UTC), zone)


def _day_of(match: re.Match[str]) -> date:
    try:
        day = date.fromisoformat(match["iso"]) if match["iso"] else _written_out(match)
    except ValueError:
        raise LocalTimeError(f"{match[0]!r} is not a day of the calendar. Write it as 2020-06-03.") from None
    if day.year not in _YEARS:
        raise LocalTimeError(f"{match[0]!r} is in the year {day.year}; allowed: {_YEARS[0]} to {_YEARS[-1]}.")
    weekday = match["weekday"]
    if weekday and weekday[:3].capitalize() != DAYS[day.weekday()]:
        raise LocalTimeError(f"{match[0]!r} contradicts itself: {day} is a {DAYS[day.weekday()]}. Mend one of them.")
    return day


def _written_out(match: re.Match[str]) -> date:
    month = match["month"].capitalize()
    numbers = [number for number, name in enumerate(MONTHS, 1) if month in (name, name[:3])]
    if not numbers:
        raise ValueError("not a month")
    return date(int(match["year"]), numbers[0], int(match["day"]))


def _clock_of(match: re.Match[str]) -> time:
    hour, minute = match["clock"].split(":")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise LocalTimeError(f"{match['clock']!r} is not a time of day; allowed: 00:00 to 23:59.") from None


def _reads_as(local: datetime, reading: str) -> bool:
    offset = "+0000" if reading == "Z" else reading.replace(":", "").ljust(5, "0")
    return local.tzname() == reading or f"{local:%z}" == offset


def _readings(found: tuple[datetime, ...], zone: ZoneInfo) -> list[str]:
    local = [instant.astimezone(zone) for instant in found]
    return [f"{at.replace(tzinfo=None):%Y-%m-%d %H:%M}{at.isoformat()[19:]} ({at.tzname()})" for at in local]


def _explain_gap(day: date, clock: time, zone: ZoneInfo) -> str:
    change = _skipping_change(day, clock, zone)
    minute = timedelta(minutes=1)
    until = (change - minute + _offset(change - minute, zone) + minute).strftime("%H:%M")
    return (
        f"{day} {clock:%H:%M} does not exist in {zone.key}: "
        f"the clocks go from {until} straight to {change.astimezone(zone):%H:%M}. "
        f"The nearest times are {show(change - minute, zone)} and {show(change, zone)}."
    )


def _explain_reading(reading: str, day: date, clock: time, zone: ZoneInfo) -> str:
    right = " or ".join(_readings(instants(day, clock, zone), zone))
    return f"{day} {clock:%H:%M} in {zone.key} is not at {reading!r}. Write {right}."
