"""Weekly hours as people write them: `Mon-Thu 09:00-17:00, Fri 09:00-13:00`.

Times are wall-clock times in the zone of whose hours they are; they become instants only where a date is known.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RULE = re.compile(
    r"(?P<first>[A-Za-z]{3})(?:\s*-\s*(?P<last>[A-Za-z]{3}))?\s+"
    r"(?P<start>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})"
)
EXAMPLE = "for example 'Mon-Fri 09:00-17:00' or 'Mon 10:00-12:00, Wed 13:00-17:00'"


@dataclass(frozen=True, slots=True, order=True)
class Hours:
    """One stretch of a weekday; `weekday` 0 is Monday, `end` is exclusive and after `start`."""

    weekday: int
    start: time
    end: time


def parse_hours(text: str) -> tuple[Hours, ...]:
    """Read comma-separated rules into hours, sorted. Raises ValueError that names the rule."""
    rules = (rule.strip() for rule in text.split(",") if rule.strip())
    return tuple(sorted({hours for rule in rules for hours in _parse_rule(rule)}))


def write_hours(hours: Iterable[Hours]) -> str:
    """Write hours in the form that `parse_hours` reads, one rule a day."""
    return ", ".join(f"{DAYS[h.weekday]} {h.start:%H:%M}-{h.end:%H:%M}" for h in sorted(hours))


def _parse_rule(rule: str) -> list[Hours]:
    match = _RULE.fullmatch(rule)
    if not match:
        raise ValueError(f"{rule!r} is not a day with hours; {EXAMPLE}")
    first = _weekday(match["first"])
    last = _weekday(match["last"]) if match["last"] else first
    start, end = _clock_time(match["start"]), _clock_time(match["end"])
    if end <= start:
        raise ValueError(f"{rule!r} ends before it starts; {EXAMPLE}")
    span = (last - first) % 7 + 1
    return [Hours((first + offset) % 7, start, end) for offset in range(span)]


def _weekday(name: str) -> int:
    try:
        return DAYS.index(name.capitalize())
    except ValueError:
        raise ValueError(f"{name!r} is not a day; allowed: {', '.join(DAYS)}") from None


def _clock_time(text: str) -> time:
    hour, minute = text.split(":")
    try:
        return time(int(hour), int(minute))
    except ValueError:
        raise ValueError(f"{text!r} is not a time of day; allowed: 00:00 to 23:59") from None


def parse_days(text: str) -> tuple[date, ...]:
    """Read `2020-05-25` or `2020-08-03..2020-08-14` (both ends included). Raises ValueError."""
    first_text, _, last_text = text.partition("..")
    try:
        first = date.fromisoformat(first_text.strip())
        last = date.fromisoformat(last_text.strip()) if last_text else first
    except ValueError:
        raise ValueError(f"{text!r} is not a date or a range like '2020-08-03..2020-08-14'") from None
    if last < first:
        raise ValueError(f"{text!r} ends before it starts")
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))
