"""Whether times stay right when clocks change: `python -m benchmarks.clock_changes`.

An oracle that shares nothing with the code but `zoneinfo` walks through UTC minute by minute and notes what the
clocks of a zone show (`astimezone`, one minute at a time). From that alone it tells how long each local day is,
which instants a wall-clock time means, when weekly hours are open, and where an interview could begin. The days
around every change of offset are gone through in this way, for weekly hours that begin at every minute and at
every hour, and all that the code says otherwise is counted.
"""

import argparse
import sys
import time as stopwatch
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from desk.output import print_table
from scheduling.availability import Diary, Rules, free_slots, working_spans
from scheduling.errors import AmbiguousTime, NoSuchTime
from scheduling.local_time import instants, read_local, span_of_day, span_of_days
from scheduling.spans import Span
from storage.hours import Hours

ZONES = (
    "Europe/London", "Europe/Berlin", "Europe/Dublin", "Europe/Volgograd", "Atlantic/Azores", "America/New_York",
    "America/St_Johns", "America/Moncton", "America/Havana", "America/Santiago", "America/Asuncion",
    "America/Sao_Paulo", "America/Nuuk", "America/Scoresbysund", "Africa/Casablanca", "Africa/Cairo", "Africa/Juba",
    "Asia/Beirut", "Asia/Gaza", "Asia/Tehran", "Asia/Kathmandu", "Asia/Almaty", "Australia/Sydney",
    "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia", "Pacific/Norfolk", "Antarctica/Troll",
)  # fmt: skip
YEARS = range(2019, 2036)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MINUTES_A_DAY = 24 * 60
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOOK = 15 * MINUTE  # no zone has changed its offset and changed it back within this
FARTHEST = timedelta(hours=15)  # no zone is farther than this from UTC
TWICE = "twice"
OPEN_MINUTES = 45  # of the hours that begin at every minute
CALLS = ((30, 15, 120), (45, 5, 95), (60, 30, 185), (90, 20, 400))  # length, step, and how long the hours are open


@dataclass(frozen=True)
class Walk:
    """What clocks show around a change: `at[n]` is a minute in UTC, `wall[n]` the local minute since 1970 shown then.

    `days` are the local days that are gone through; all their minutes are in the walk. `wall_elsewhere` is what the
    clocks of another zone show meanwhile.
    """

    zone: ZoneInfo
    days: tuple[date, ...]
    at: list[datetime]
    wall: NDArray[np.int64]
    elsewhere: ZoneInfo
    wall_elsewhere: NDArray[np.int64]

    @property
    def in_days(self) -> NDArray[np.bool_]:
        first, last = wall_minute(self.days[0]), wall_minute(self.days[-1] + DAY)
        return (first <= self.wall) & (self.wall < last)


@dataclass
class Tally:
    """What was compared, and what the code said otherwise."""

    zones: int = 0
    changes: int = 0
    minutes: int = 0
    compared: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)

    def compare(self, what: str, walk: Walk, about: object, said: Any, expected: Any) -> None:
        self.compared[what] += 1
        if said != expected:
            where = f"{walk.zone.key} {walk.days[0]} to {walk.days[-1]}"
            self.disagreements.append(f"{what} {about}, {where}: {said!r}, but the clocks say {expected!r}")


def main() -> None:
    """Go through all zones and years, print the table, and leave with 1 where anything disagrees."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--zones", nargs="+", default=ZONES)
    parser.add_argument("--years", type=int, nargs=2, default=(YEARS[0], YEARS[-1]), metavar=("FIRST", "LAST"))
    chosen = parser.parse_args()
    began = stopwatch.process_time()
    tally = compared(chosen.zones, range(chosen.years[0], chosen.years[1] + 1))
    print_table(rows(tally, stopwatch.process_time() - began), f"clock changes, {chosen.years[0]} to {chosen.years[1]}")
    print(*tally.disagreements[:20], sep="\n")
    sys.exit(bool(tally.disagreements))


def rows(tally: Tally, seconds: float) -> list[dict[str, str]]:
    """The figures as a table."""
    comparisons = tally.compared.total()
    agreement = 100 * (1 - len(tally.disagreements) / comparisons)
    return [
        {"measure": "zones, changes of offset", "result": f"{tally.zones}, {tally.changes:,}"},
        {"measure": "minutes walked through", "result": f"{tally.minutes:,}"},
        *({"measure": f"{what}: comparisons", "result": f"{n:,}"} for what, n in tally.compared.items()),
        {"measure": "disagreements", "result": f"{len(tally.disagreements):,} of {comparisons:,}"},
        {"measure": "agreement", "result": f"{agreement:.4f} %"},
        {"measure": "seconds of one core", "result": f"{seconds:.0f}"},
    ]


def compared(zones: Sequence[str], years: range) -> Tally:
    """Compare code and clocks around every change of every zone; where a zone has none, on days in June."""
    tally = Tally(zones=len(zones))
    for number, name in enumerate(zones):
        zone, elsewhere = ZoneInfo(name), ZoneInfo(zones[number - 1])
        found = list(changes(zone, years))
        tally.changes += len(found)
        for change in found or [datetime(years[0], 6, 15, 12, tzinfo=UTC)]:
            walk = walk_around(change, zone, elsewhere)
            tally.minutes += len(walk.at)
            for check in CHECKS:
                check(walk, tally)
    return tally


def changes(zone: ZoneInfo, years: range) -> Iterator[datetime]:
    """The minutes from which the offset of a zone is another, found by looking at the clocks."""
    at, end = datetime(years[0], 1, 1, tzinfo=UTC), datetime(years[-1] + 1, 1, 1, tzinfo=UTC)
    before = at.astimezone(zone).utcoffset()
    while at < end:
        at += LOOK
        offset = at.astimezone(zone).utcoffset()
        if offset != before:
            minutes = (at - LOOK + n * MINUTE for n in range(1, LOOK // MINUTE + 1))
            yield next(minute for minute in minutes if minute.astimezone(zone).utcoffset() == offset)
        before = offset


def walk_around(change: datetime, zone: ZoneInfo, elsewhere: ZoneInfo) -> Walk:
    """Every minute of the local days around a change: the day before, the one or two it touches, the day after."""
    first = (change - MINUTE).astimezone(zone).date() - DAY
    last = max(change.astimezone(zone).date(), first + DAY) + DAY
    begin = datetime.combine(first, time(), UTC) - FARTHEST
    end = datetime.combine(last + DAY, time(), UTC) + FARTHEST
    at = [begin + n * MINUTE for n in range((end - begin) // MINUTE)]
    days = tuple(first + n * DAY for n in range((last - first).days + 1))
    return Walk(zone, days, at, walls(at, zone), elsewhere, walls(at, elsewhere))


def walls(at: Sequence[datetime], zone: ZoneInfo) -> NDArray[np.int64]:
    """What the clocks of a zone show, minute by minute."""
    return np.array([shown(minute.astimezone(zone)) for minute in at])


def shown(local: datetime) -> int:
    """The local minute since 1970 that clocks show."""
    assert local.second == 0, "an offset with seconds"
    return (local.toordinal() - EPOCH.toordinal()) * MINUTES_A_DAY + local.hour * 60 + local.minute


def wall_minute(day: date) -> int:
    return (day.toordinal() - EPOCH.toordinal()) * MINUTES_A_DAY


# --- the comparisons


def days_as_long(walk: Walk, tally: Tally) -> None:
    """A local day is the minutes on which clocks show it."""
    for day in walk.days:
        expected = spans(walk, walk.wall // MINUTES_A_DAY == wall_minute(day) // MINUTES_A_DAY)
        span = span_of_day(day, walk.zone)
        tally.compare("span_of_day", walk, day, [span] if span.start < span.end else [], expected)


def wall_times_mean(walk: Walk, tally: Tally) -> None:
    """A wall-clock time means the minutes at which clocks show it: none, one or two."""
    for day, clock, expected in wall_times(walk, walk.days):
        tally.compare("instants", walk, f"{day} {clock:%H:%M}", instants(day, clock, walk.zone), expected)


def wall_times_read(walk: Walk, tally: Tally) -> None:
    """What a person writes is read as that minute; what the clocks skip is refused, what they show twice asked for."""
    for day, clock, expected in wall_times(walk, walk.days[1:-1]):
        text = f"{day} {clock:%H:%M}"
        tally.compare("read_local", walk, text, as_read(text, walk.zone), TWICE if len(expected) > 1 else expected)
        for minute in expected if len(expected) > 1 else ():
            said = f"{text}{minute.astimezone(walk.zone):%z}"
            tally.compare("read_local", walk, said, as_read(said, walk.zone), (minute,))


def hours_open(walk: Walk, tally: Tally) -> None:
    """Weekly hours are open on the minutes at which clocks show them, whenever they begin and end."""
    window = span_of_days(walk.days[0], walk.days[-1], walk.zone)
    clock = np.where(walk.in_days, walk.wall % MINUTES_A_DAY, -1).astype(np.int16)
    last = MINUTES_A_DAY - 1
    ends = [*range(60, MINUTES_A_DAY, 60), last]
    of_hours = ((start, end) for start in range(0, MINUTES_A_DAY, 60) for end in ends if start < end)
    of_minutes = ((start, min(start + OPEN_MINUTES, last)) for start in range(last))
    for start, end in (*of_hours, *of_minutes):
        said = working_spans(every_day(start, end), window, walk.zone)
        expected = spans(walk, (start <= clock) & (clock < end))
        tally.compare("working_spans", walk, (start, end), list(said), expected)


def interviews_fit(walk: Walk, tally: Tally) -> None:
    """An interview can begin where all its minutes are open and none near it is taken, at every start hour.

    Some participants live elsewhere, some interviewers work elsewhere.
    """
    claim = Span(walk.at[len(walk.at) // 2], walk.at[len(walk.at) // 2 + 50])
    for start in range(0, MINUTES_A_DAY, 60):
        for length, step, minutes in CALLS:
            own = every_day(max(start - 65, 0), min(start + 305, MINUTES_A_DAY - 1))
            diary = Diary(
                code="INT_01",
                hours=every_day(start, min(start + minutes, MINUTES_A_DAY - 1)),
                away=frozenset(walk.days[:1] if length > 60 else ()),
                daily_limit=9,
                busy=(claim,) if step < 30 else (),
                zone=walk.elsewhere if length > 60 else None,
            )
            rules = Rules(
                zone=walk.zone,
                first_day=walk.days[0],
                last_day=walk.days[-1],
                length=length * MINUTE,
                before=15 * MINUTE,
                after=10 * MINUTE,
                notice=timedelta(0),
                step_minutes=step,
                diaries=(diary,),
                participant_hours=own if step < 20 else (),
                participant_zone=walk.elsewhere if step == 5 else None,
            )
            said = [slot.starts_at for slot in free_slots(rules, walk.at[0])]
            tally.compare("free_slots", walk, (start, length, step), said, starts(walk, rules))


CHECKS = (days_as_long, wall_times_mean, wall_times_read, hours_open, interviews_fit)


# --- the oracle


def spans(walk: Walk, is_in: NDArray[np.bool_]) -> list[Span]:
    """The minutes that are in, as spans."""
    framed = np.zeros(len(is_in) + 2, bool)
    framed[1:-1] = is_in
    edges = np.flatnonzero(framed[1:] != framed[:-1])
    return [Span(walk.at[start], walk.at[end]) for start, end in edges.reshape(-1, 2)]


def wall_times(walk: Walk, days: Sequence[date]) -> Iterator[tuple[date, time, tuple[datetime, ...]]]:
    """Every time of every day with the minutes at which clocks show it."""
    order = np.argsort(walk.wall, kind="stable")
    ordered = walk.wall[order]
    for day in days:
        minutes = wall_minute(day) + np.arange(MINUTES_A_DAY)
        first, last = np.searchsorted(ordered, minutes, "left"), np.searchsorted(ordered, minutes, "right")
        for n in range(MINUTES_A_DAY):
            yield day, time(n // 60, n % 60), tuple(walk.at[place] for place in sorted(order[first[n] : last[n]]))


def as_read(text: str, zone: ZoneInfo) -> tuple[datetime, ...] | str:
    """What `read_local` makes of a text: an instant, none where it is refused, or TWICE where it is asked for."""
    try:
        return (read_local(text, zone),)
    except NoSuchTime:
        return ()
    except AmbiguousTime:
        return TWICE


def starts(walk: Walk, rules: Rules) -> list[datetime]:
    """Where an interview could begin, minute by minute."""
    (diary,) = rules.diaries
    length, before, after = (part // MINUTE for part in (rules.length, rules.before, rules.after))
    theirs, own = (walk.wall_elsewhere if zone else walk.wall for zone in (diary.zone, rules.participant_zone))
    is_open = walk.in_days & shows(theirs, diary.hours)
    for day in diary.away:
        is_open &= theirs // MINUTES_A_DAY != wall_minute(day) // MINUTES_A_DAY
    if rules.participant_hours:
        is_open &= shows(own, rules.participant_hours)
    taken = np.zeros(len(walk.at), bool)
    for claim in diary.busy:
        taken[(claim.start - walk.at[0]) // MINUTE : (claim.end - walk.at[0]) // MINUTE] = True
    closed = np.concatenate([[0], np.cumsum(~is_open)])
    claimed = np.concatenate([[0], np.cumsum(taken)])
    place = np.arange(before, len(walk.at) - length - after)
    fits = (
        (walk.wall[place] % rules.step_minutes == 0)
        & (closed[place + length] == closed[place])
        & (claimed[place + length + after] == claimed[place - before])
    )
    return [walk.at[n] for n in place[fits]]


def shows(wall: NDArray[np.int64], hours: tuple[Hours, ...]) -> NDArray[np.bool_]:
    """The minutes at which clocks show hours that are the same on every day."""
    start, end = (part.hour * 60 + part.minute for part in (hours[0].start, hours[0].end))
    clock = wall % MINUTES_A_DAY
    return (start <= clock) & (clock < end)


@cache
def every_day(start: int, end: int) -> tuple[Hours, ...]:
    """The same hours, given in minutes of the day, on each day of the week."""
    opens, closes = time(start // 60, start % 60), time(end // 60, end % 60)
    return tuple(Hours(weekday, opens, closes) for weekday in range(7))


if __name__ == "__main__":
    main()
