"""When nights begin and end: wall-clock times of the study's zone as instants, right when the clocks change."""

from collections.abc import Iterator
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


def later_windows(
    window: tuple[time, time], now: datetime, zone: ZoneInfo, nights: int = 60
) -> Iterator[tuple[datetime, datetime]]:
    """The nightly windows that open after `now`, so many of them, as instants (UTC)."""
    start, end = window
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=ahead) for ahead in range(nights))
    for day in days:
        opens = _instant(day, start, zone)
        if opens > now:
            yield opens, _instant(day if start < end else day + timedelta(days=1), end, zone)


def length_of_window(window: tuple[time, time]) -> timedelta:
    """How long a nightly window is where no clocks change."""
    start, end = (timedelta(hours=clock.hour, minutes=clock.minute) for clock in window)
    return end - start if start < end else end - start + timedelta(days=1)


def _instant(day: date, clock: time, zone: ZoneInfo, fold: int = 0) -> datetime:
    return datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC)


def name_of_night(now: datetime, zone: ZoneInfo) -> str:
    """The night as people call it, by the day it began on: '22 Nov'."""
    began = now.astimezone(zone) - timedelta(hours=12)
    return f"{began.day} {began:%b}"
