"""What scheduling promises, measured: `python -m benchmarks.scheduling [SECTION…]`."""

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks import booking_race, clock_changes, cohort, crash_points, meetings, two_sided
from benchmarks.sections import Section, measure
from benchmarks.studies import NOW, filled, made_study
from scheduling.availability import Attending, Diary, Rules, free_slots, starts_without_line
from scheduling.cohort.assignment import book_all
from scheduling.spans import Span


def _bookings() -> list[dict[str, object]]:
    return [*(_booking_row(count) for count in (57, 1000)), _slots_row()]


def _clocks() -> list[dict[str, object]]:
    began = time.process_time()
    tally = clock_changes.compared(clock_changes.ZONES, clock_changes.YEARS)
    return [dict(row) for row in clock_changes.rows(tally, time.process_time() - began)]


SECTIONS: Mapping[str, Section] = {
    "bookings": _bookings,
    "race": lambda: booking_race.rows(processes=16, attempts=10_000, kills=16),
    "crashes": lambda: crash_points.rows(seeds=50),
    "two-sides": lambda: two_sided.rows(stories=1000),
    "clocks": _clocks,
    "meetings": lambda: meetings.meetings(),
    "cohort": lambda: cohort.measured(seed=1),
}


def _booking_row(count: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        study = made_study(Path(folder), interviewers=max(2, count // 60), daily_limit=3)
        database = filled(study, count)
        with _stopwatch() as spent:
            report = book_all(database, study, now=NOW, actor="benchmark")
    return _row(
        f"book {count} interviews, {len(study.interviewers)} interviewers", f"{spent[0]:.1f} s", report.unplaced
    )


def _slots_row() -> dict[str, object]:
    """With a claim and two meetings elsewhere each day, a link worker who attends, lines and full days."""
    first = date(2026, 3, 2)  # the clocks change on the 29th
    minutes = timedelta(minutes=15)

    def daily(number: int, hour: int, length: timedelta) -> tuple[Span, ...]:
        starts = (datetime(2026, 3, 2, hour + number % 5, tzinfo=UTC) + timedelta(days=day) for day in range(56))
        return tuple(Span(start, start + length) for start in starts)

    study = made_study(Path(), interviewers=20, daily_limit=4)
    diaries = tuple(
        Diary(
            code,
            rule.weekly_hours,
            frozenset(),
            4,
            daily(number, 9, 6 * minutes),
            {first + timedelta(days=7 * week + number % 5): 4 for week in range(8)},
            weekly_limit=40,
            outside=tuple(sorted((*daily(number, 8, 2 * minutes), *daily(number, 14, 3 * minutes)))),
            seen_until=datetime(2026, 6, 1, tzinfo=UTC),
        )
        for number, (code, rule) in enumerate(study.interviewers.items())
    )
    length = 4 * minutes
    rules = Rules(
        study.zone,
        first,
        first + timedelta(55),
        length,
        minutes,
        minutes,
        192 * minutes,
        15,
        diaries,
        attending=Attending(diaries[0].hours, daily(2, 9, 6 * minutes)),
    )
    seconds = []
    for number in range(11):
        lines = [daily(number + line, 9 + line, 6 * minutes) for line in range(3)]  # in another place each time
        with _stopwatch() as spent:
            lined = replace(rules, no_line=starts_without_line(lines, length, minutes, minutes))
            slots = free_slots(lined, datetime(2026, 2, 20, 9, number, tzinfo=UTC))
        seconds.append(spent[0])
    return _row(f"8 weeks of slots for 20 interviewers ({len(slots)})", f"{statistics.median(seconds) * 1000:.0f} ms")


@contextmanager
def _stopwatch() -> Iterator[list[float]]:
    spent: list[float] = []
    began = time.perf_counter()
    yield spent
    spent.append(time.perf_counter() - began)


def _row(what: str, result: object, unplaced: tuple[object, ...] = ()) -> dict[str, object]:
    return {"measure": what, "result": f"{result}, {len(unplaced)} not placed" if unplaced else result}


if __name__ == "__main__":
    measure(SECTIONS, __doc__ or "")
