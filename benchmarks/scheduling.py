"""How fast interviews are booked and whether any overlap: `python -m benchmarks.scheduling`.

The race lets many processes take times in the same few days, past every check, straight at the database;
some are killed in the middle. Overlaps are counted afterwards by a query of its own.
"""

import argparse
import multiprocessing
import os
import random
import signal
import statistics
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import text
from sqlmodel import select

from desk.output import print_table
from scheduling.assignment import book_all
from scheduling.availability import Diary, Rules, Slot, free_slots
from scheduling.booking import cancel
from scheduling.claims import Seat, take, taking
from scheduling.errors import AlreadyBooked, BookingError, Clash
from scheduling.participants import import_participants
from scheduling.spans import Span
from storage.contacts import make_key, open_contacts
from storage.database import Database, open_database
from storage.study import Study
from storage.tables import Participant

EXAMPLE = Path(__file__).parents[1] / "desk" / "example" / "study.toml"
NOW = datetime(2020, 4, 28, 8, tzinfo=UTC)
OVERLAPS = """
    SELECT COUNT(*) FROM claim a JOIN claim b ON a.party_code = b.party_code AND a.id < b.id
    WHERE a.starts_at < b.ends_at AND b.starts_at < a.ends_at
"""
STRAYS = """
    SELECT COUNT(*) FROM interview i WHERE (SELECT COUNT(*) FROM claim c WHERE c.interview_id = i.id)
    != CASE WHEN i.state IN ('cancelled', 'no-show', 'expired', 'withdrawn') THEN 0 ELSE 2 END
"""


@dataclass(frozen=True, slots=True)
class RaceResult:
    """Outcomes of the attempts that ended, seconds of each, and what a query found wrong afterwards."""

    outcomes: Counter[str]
    waited: list[float]  # for the turn to write
    worked: list[float]  # from then to the end of the commit
    killed: int
    overlaps: int
    strays: int  # interviews that claim more or less time than they should


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interviews", type=int, nargs="+", default=[57, 1000])
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--attempts", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=8)
    chosen = parser.parse_args()
    rows = [_booking_row(count) for count in chosen.interviews]
    with tempfile.TemporaryDirectory() as folder:
        rows.extend(_race_rows(race(Path(folder), chosen.processes, chosen.attempts, chosen.kills), chosen.processes))
    rows.append(_slots_row())
    print_table(rows, f"scheduling, {os.cpu_count()} cores")


def made_study(folder: Path, interviewers: int, daily_limit: int) -> Study:
    """The example study in `folder` with as many interviewers as asked for."""
    table = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    interviewer = {"hours": ["Mon-Fri 09:00-17:00"], "daily_limit": daily_limit}
    table["interviewers"] = {f"INT_{number:02}": interviewer for number in range(1, interviewers + 1)}
    return Study.model_validate({**table, "folder": folder})


def filled(study: Study, participants: int) -> Database:
    """The study's database with clients C_0001 and on, every fourth with hours of their own."""
    make_key(study.place(study.storage.contacts_key))
    hours = ("Mon-Wed 10:00-14:00", "", "", "")
    rows = [f"C_{number:04};client;{hours[number % 4]}" for number in range(1, participants + 1)]
    database = open_database(study)
    import_participants(study, database, open_contacts(study), "\n".join(("code;group;available", *rows)), now=NOW)
    return database


def race(folder: Path, processes: int, attempts: int, kills: int) -> RaceResult:
    """Let processes take and cancel times in one study at once, killing some; then look for what must not be."""
    study = made_study(folder, interviewers=4, daily_limit=24)
    database = filled(study, participants=200)
    context = multiprocessing.get_context("spawn")
    share = -(-attempts // processes)
    runners = [_start(context, folder, seed, share) for seed in range(processes)]
    killed = 0
    dice = random.Random(attempts)
    while any(runner.is_alive() for runner in runners):
        time.sleep(0.05)
        done = _lines(folder)
        if killed < kills and len(done) > attempts * (killed + 1) / (kills + 1):
            victim = dice.choice([runner for runner in runners if runner.is_alive()] or runners)
            if victim.is_alive() and victim.pid:
                os.kill(victim.pid, signal.SIGKILL)
                victim.join()
                killed += 1
                runners.append(_start(context, folder, processes + killed, share // 2))
    for runner in runners:
        runner.join()
    outcomes = [line.split() for line in _lines(folder)]
    with database.reading() as session:
        overlaps, strays = (session.execute(text(query)).scalar_one() for query in (OVERLAPS, STRAYS))
    database.engine.dispose()
    waited, worked = ([float(line[column]) for line in outcomes] for column in (1, 2))
    return RaceResult(Counter(line[0] for line in outcomes), waited, worked, killed, overlaps, strays)


def _start(context: multiprocessing.context.SpawnContext, folder: Path, seed: int, attempts: int) -> BaseProcess:
    process = context.Process(target=_run, args=(folder, seed, attempts), daemon=True)
    process.start()
    return process


def _run(folder: Path, seed: int, attempts: int) -> None:
    """One process of the race; each attempt is a line in a file of its own, so that a kill loses none before it."""
    study = made_study(folder, interviewers=4, daily_limit=24)
    database = open_database(study)
    dice = random.Random(seed)
    with database.reading() as session:
        codes = list(session.exec(select(Participant.code)))
    with (folder / f"race-{seed}.txt").open("a") as log:
        for _ in range(attempts):
            outcome, waited, worked = _attempt(study, database, dice, dice.choice(codes))
            log.write(f"{outcome} {waited:.6f} {worked:.6f}\n")
            log.flush()


def _attempt(study: Study, database: Database, dice: random.Random, code: str) -> tuple[str, float, float]:
    """Take a time at random, or cancel where there is one already; with the seconds of waiting and of work."""
    start = datetime(2020, 6, dice.randint(1, 3), 8, tzinfo=UTC) + timedelta(minutes=10 * dice.randint(0, 42))
    slot = Slot(start, start + timedelta(hours=1), dice.choice(sorted(study.interviewers)))
    began = turn = time.perf_counter()
    outcome = "booked"
    try:
        with taking(database, study, code, start) as session:
            session.connection()  # begins the transaction: on SQLite, waits for the lock
            turn = time.perf_counter()
            take(session, study, Seat(code, slot, "phone"), now=NOW, actor="race")
    except Clash:
        outcome = "clash"
    except AlreadyBooked:
        outcome = "already"
    ended = time.perf_counter()
    if outcome == "already":
        outcome = _cancelled(study, database, code)
    return outcome, turn - began, ended - turn


def _cancelled(study: Study, database: Database, code: str) -> str:
    try:
        cancel(database, study, code, now=NOW, actor="race")
    except BookingError:
        return "too-late"
    return "cancelled"


def _lines(folder: Path) -> list[str]:
    lines = (line for path in folder.glob("race-*.txt") for line in path.read_text().splitlines(keepends=True))
    return [line for line in lines if line.endswith("\n")]


def _race_rows(result: RaceResult, processes: int) -> list[dict[str, object]]:
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(result.outcomes.items()))
    attempts = f"{processes} processes, {sum(result.outcomes.values())} attempts, {result.killed} killed"
    return [
        _row(attempts, outcomes),
        _row("overlapping claims afterwards", result.overlaps),
        _row("interviews with claims too many or too few", result.strays),
        _row("transaction with its commit, p50 / p95", _quantiles(result.worked)),
        _row("waiting for the turn to write, p50 / p95", _quantiles(result.waited)),
    ]


def _quantiles(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=20)
    return f"{cuts[9] * 1000:.0f} / {cuts[18] * 1000:.0f} ms"


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
    first = date(2026, 3, 2)  # the clocks change on the 29th
    claims = [
        [datetime(2026, 3, 2, 9 + number % 5, tzinfo=UTC) + timedelta(days=day) for day in range(56)]
        for number in range(20)
    ]
    study = made_study(Path(), interviewers=20, daily_limit=4)
    diaries = tuple(
        Diary(code, rule.weekly_hours, frozenset(), 4, tuple(Span(at, at + timedelta(minutes=90)) for at in busy), {})
        for (code, rule), busy in zip(study.interviewers.items(), claims, strict=True)
    )
    minutes = timedelta(minutes=15)
    rules = Rules(study.zone, first, first + timedelta(55), 4 * minutes, minutes, minutes, 192 * minutes, 15, diaries)
    seconds = []
    for number in range(11):
        with _stopwatch() as spent:
            slots = free_slots(rules, datetime(2026, 2, 20, 9, number, tzinfo=UTC))
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
    main()
