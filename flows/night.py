"""When a night ends: wall-clock times of the study's zone as instants, right on the nights the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# a run that its schedule starts may begin some seconds before the hour by this machine's clock
EARLY = timedelta(minutes=5)


def next_time(clock: time, now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after `now` at which clocks in `zone` show `clock` (UTC)."""
    today = now.astimezone(zone).date()
    candidates = [_instant(today + timedelta(days=days), clock, zone, fold) for days in range(-1, 3) for fold in (0, 1)]
    return min(instant for instant in candidates if instant > now)


def end_of_window(window: tuple[time, time], now: datetime, zone: ZoneInfo) -> datetime | None:
    """The end of the nightly window that `now` lies in (UTC), or None when it lies in none."""
    start, end = window
    today = now.astimezone(zone).date()
    for day in (today - timedelta(days=1), today, today + timedelta(days=1)):
        opens = _instant(day, start, zone)
        closes = _instant(day if start < end else day + timedelta(days=1), end, zone)
        if opens - EARLY <= now < closes:
            return closes
    return None


def _instant(day: date, clock: time, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC)


def name_of_night(now: datetime, zone: ZoneInfo) -> str:
    """The night as people call it, by the day it began on: '22 Nov'."""
    began = now.astimezone(zone) - timedelta(hours=12)
    return f"{began.day} {began:%b}"
