"""When the owner of a CalDAV calendar is busy, from the events in it or from the server's own account (RFC 4791, 7.10).

A transparent event and a cancelled one block nothing, a tentative one does. Whole days and floating times are
those of the owner's zone. What cannot be read, or would take for ever to work out, is an error and never free time.
"""

import time
from collections.abc import Iterable
from datetime import UTC, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scheduling.calendars.dav_event import Unreadable, components, span_of
from scheduling.spans import Span, intersection, merged

MOST_TIMES = 10_000  # that the events of one calendar may take place within what is asked for
_LONGEST_S = 10.0  # that repeating events of one calendar may take to work out
_MOST_A_DAY = 24
_PADDING = timedelta(days=1)  # a floating time is up to 14 hours from the same one in UTC


def padded(span: Span) -> Span:
    """What to ask a server for, so that it leaves out no floating event within `span` in any zone."""
    return Span(span.start - _PADDING, span.end + _PADDING)


def busy_in_events(texts: Iterable[str], span: Span, zone: ZoneInfo) -> tuple[Span, ...]:
    """When the events of a calendar block time within `span`, sorted; repeating ones too. Raises Unreadable."""
    until = time.monotonic() + _LONGEST_S
    found: list[Span] = []
    for text in texts:
        found += _blocked(text, span, zone)
        if len(found) > MOST_TIMES or time.monotonic() > until:
            raise Unreadable("an event there repeats too often to be worked out")
    return tuple(intersection(merged(found), [span]))


def busy_in_report(text: str, span: Span) -> tuple[Span, ...]:
    """When a VFREEBUSY says that its owner is not free, sorted. Raises Unreadable."""
    reports = [component for component in components(text) if component.name == "VFREEBUSY"]
    if not reports:
        raise Unreadable("the answer does not say when its owner is busy")
    periods = [period for report in reports for period in _periods(report)]
    return tuple(intersection(merged(periods), [span]))


def _blocked(text: str, span: Span, zone: ZoneInfo) -> list[Span]:
    from recurring_ical_events import of

    events = [component for component in components(text) if component.name == "VEVENT"]
    for event in events:
        _check_rules(event)
    calendar = _alone(events)
    wide = padded(span)
    try:
        times = of(calendar).between(wide.start.astimezone(zone), wide.end.astimezone(zone))
    except Exception as error:  # whatever is done with a rule that anybody may have written
        raise Unreadable(f"an event there cannot be worked out ({type(error).__name__})") from None
    return [_when(event, zone) for event in times if _blocks(event)]


def _alone(events: Iterable[Any]) -> Any:
    from icalendar import Calendar as ICalendar

    calendar = ICalendar()
    for event in events:
        calendar.add_component(event)
    return calendar


def _check_rules(event: Any) -> None:
    """Refuse what would be worked out for ever: a rule without a step, or finer than people's days are."""
    rules = event.get("RRULE", [])
    try:
        too_fine = any(_is_too_fine(rule) for rule in (rules if isinstance(rules, list) else [rules]))
    except (AttributeError, LookupError, TypeError, ValueError):
        raise Unreadable("an event there repeats by a rule that cannot be read") from None
    if too_fine:
        raise Unreadable("an event there repeats too often to be worked out")


def _is_too_fine(rule: Any) -> bool:
    often = len(rule.get("BYHOUR", [0])) * len(rule.get("BYMINUTE", [0])) * len(rule.get("BYSECOND", [0]))
    by_the_hour = str(rule["FREQ"][0]).upper() in ("SECONDLY", "MINUTELY", "HOURLY")
    return by_the_hour or often > _MOST_A_DAY or min(rule.get("INTERVAL", [1])) < 1


def _blocks(event: Any) -> bool:
    is_free = str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    return not is_free and str(event.get("STATUS", "")).upper() != "CANCELLED"


def _when(event: Any, zone: ZoneInfo) -> Span:
    span = span_of(event, zone)
    if span is None:
        raise Unreadable("an event there does not say when it is")
    return span


def _periods(report: Any) -> Iterable[Span]:
    values = report.get("FREEBUSY", [])
    for value in values if isinstance(values, list) else [values]:
        try:
            if str(value.params.get("FBTYPE", "BUSY")).upper() != "FREE":
                start, end = value.dt
                yield Span(start.astimezone(UTC), (start + end if isinstance(end, timedelta) else end).astimezone(UTC))
        except (AttributeError, TypeError, ValueError, OverflowError):
            raise Unreadable("the answer does not say clearly when its owner is busy") from None
