"""A year of clock changes, minute by minute, against an oracle of `zoneinfo` alone; the benchmark goes through all."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from benchmarks import clock_changes
from benchmarks.clock_changes import Tally, Walk, changes, compared, wall_times
from scheduling.spans import Span
from storage.hours import Hours

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)


def walk_around(change: datetime) -> Walk:
    return clock_changes.walk_around(change, LONDON, ZoneInfo("America/New_York"))


def test_code_and_clocks_agree_on_every_minute_around_every_change_of_a_year() -> None:
    zones = ("Europe/London", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu")
    tally = compared(zones, range(2024, 2025))
    assert tally.disagreements == []
    assert (tally.zones, tally.changes) == (4, 6)  # Kathmandu has none
    assert set(tally.compared) == {"span_of_day", "instants", "read_local", "working_spans", "free_slots"}
    assert tally.compared["instants"] >= 7 * 3 * 24 * 60
    assert tally.compared["working_spans"] > 7 * 1_700


# --- the oracle itself


def test_the_oracle_knows_the_changes_that_almanacs_print() -> None:
    assert list(changes(LONDON, range(2020, 2021))) == [
        datetime(2020, 3, 29, 1, tzinfo=UTC),
        datetime(2020, 10, 25, 1, tzinfo=UTC),
    ]
    assert list(changes(ZoneInfo("Australia/Lord_Howe"), range(2020, 2021))) == [
        datetime(2020, 4, 4, 15, tzinfo=UTC),
        datetime(2020, 10, 3, 15, 30, tzinfo=UTC),
    ]


def test_the_oracle_finds_the_times_that_are_skipped_and_doubled() -> None:
    for month, day, count in ((3, 29, 0), (10, 25, 2)):
        walk = walk_around(datetime(2020, month, day, 1, tzinfo=UTC))
        found = {clock: at for when, clock, at in wall_times(walk, walk.days) if when == date(2020, month, day)}
        assert {clock for clock, at in found.items() if len(at) == count} == {time(1, minute) for minute in range(60)}
        assert sum(len(at) for at in found.values()) == 24 * 60 + (count - 1) * 60


def by_wall_clock(hours: tuple[Hours, ...], window: Span, zone: ZoneInfo, away: Any = ()) -> tuple[Span, ...]:
    """Weekly hours as a careless program lays them out: one offset for each whole day, that of its midnight."""
    days = [(window.start + n * timedelta(days=1)).astimezone(zone).date() for n in range(4)]
    spans = []
    for day in days:
        offset = datetime.combine(day, time(0), zone).utcoffset() or timedelta(0)
        for part in hours:
            if part.weekday == day.weekday():
                start, end = (datetime.combine(day, clock, UTC) - offset for clock in (part.start, part.end))
                spans.append(Span(max(start, window.start), min(end, window.end)))
    return tuple(span for span in spans if span.start < span.end)


CARELESS = {
    "working_spans": by_wall_clock,
    "span_of_day": lambda day, zone: Span(
        datetime.combine(day, time(0), zone).astimezone(UTC),
        datetime.combine(day, time(0), zone).astimezone(UTC) + 24 * HOUR,
    ),
    "instants": lambda day, clock, zone: (datetime.combine(day, clock, zone).astimezone(UTC),),
    "read_local": lambda text, zone: datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC),
    "free_slots": lambda rules, now: [],
}


@pytest.mark.parametrize("name", CARELESS)
def test_the_oracle_catches_code_that_forgets_the_change(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_changes, name, CARELESS[name])
    tally = Tally()
    walk = walk_around(datetime(2020, 10, 25, 1, tzinfo=UTC))
    for check in clock_changes.CHECKS:
        check(walk, tally)
    assert tally.disagreements
    assert {line.split()[0] for line in tally.disagreements} == {name}
