"""Whether anybody is ever in two places at once: `python -m benchmarks.booking_race`.

Many processes take, hold, confirm, move and cancel times in the same few days, past every check, straight
at the database; some are killed in the middle. Interviewers, participants, link workers who attend and
three telephone lines are claimed. Overlaps are counted afterwards by a query of its own. The race is run
on SQLite and on a PostgreSQL server of its own, both writing through to the disk as they do in a study.
"""

import argparse
import multiprocessing
import os
import random
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import text
from sqlmodel import select

from benchmarks.postgresql_server import NoServer, private_server
from benchmarks.studies import NOW, filled, made_study
from desk.output import print_table
from scheduling.availability import Slot
from scheduling.booking import cancel, confirm, move
from scheduling.claims import Seat, expire_holds_first, lock_parties, parties_of, take, taking
from scheduling.errors import AlreadyBooked, BookingError, Clash
from scheduling.participants import participant_of
from storage.database import Database, open_database
from storage.errors import StorageError
from storage.study import DATABASE_VARIABLE, Study
from storage.tables import Participant

OVERLAPS = """
    SELECT COUNT(*) FROM claim a JOIN claim b ON a.party_code = b.party_code AND a.id < b.id
    WHERE a.starts_at < b.ends_at AND b.starts_at < a.ends_at
"""
STRAYS = """
    SELECT COUNT(*) FROM interview i WHERE (SELECT COUNT(*) FROM claim c WHERE c.interview_id = i.id)
    != CASE WHEN i.state IN ('cancelled', 'no-show', 'expired', 'withdrawn') THEN 0
       ELSE 2 + CASE WHEN i.attending_code IS NULL THEN 0 ELSE 1 END + CASE WHEN i.line_code IS NULL THEN 0 ELSE 1 END
       END
"""
WITHOUT_LINE = "SELECT COUNT(*) FROM interview WHERE mode = 'phone' AND line_code IS NULL"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class RaceResult:
    """Outcomes of the attempts that ended, seconds of each booking, and what a query found wrong afterwards."""

    outcomes: Counter[str]
    waited: list[float]  # for the turn to write: SQLite has one, PostgreSQL one for each party
    worked: list[float]  # from then to the end of the commit
    killed: int
    overlaps: int
    strays: int  # interviews that claim more or less time than they should
    deadlocks: int  # that PostgreSQL had to break


def main() -> None:
    """Race and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--attempts", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=16)
    chosen = parser.parse_args()
    print_table(rows(chosen.processes, chosen.attempts, chosen.kills), f"booking race, {os.cpu_count()} cores")


def rows(processes: int, attempts: int, kills: int) -> list[dict[str, object]]:
    """The race on SQLite and on PostgreSQL, or a row that says why not there."""
    with tempfile.TemporaryDirectory() as folder:
        found = _rows("SQLite", race(Path(folder), processes, attempts, kills), processes)
    try:
        with private_server("max_connections=100") as url, tempfile.TemporaryDirectory() as folder, _home(url):
            return [*found, *_rows("PostgreSQL", race(Path(folder), processes, attempts, kills), processes)]
    except NoServer as reason:
        return [*found, {"measure": "PostgreSQL", "result": f"not raced: {reason}"}]


@contextmanager
def _home(url: str) -> Iterator[None]:
    """The processes find their database by the environment."""
    before = os.environ.get(DATABASE_VARIABLE)
    os.environ[DATABASE_VARIABLE] = url
    try:
        yield
    finally:
        os.environ.pop(DATABASE_VARIABLE)
        if before is not None:
            os.environ[DATABASE_VARIABLE] = before


def race(folder: Path, processes: int, attempts: int, kills: int) -> RaceResult:
    """Let processes take and give back times in one study at once, killing some; then look for what must not be."""
    database = filled(_study(folder), participants=200)
    _let_link_workers_attend(database)
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
    return _result(folder, database, killed)


def _result(folder: Path, database: Database, killed: int) -> RaceResult:
    outcomes = [line.split() for line in _lines(folder)]
    queries = [OVERLAPS, STRAYS, WITHOUT_LINE, *([DEADLOCKS] if database.engine.dialect.name == "postgresql" else [])]
    with database.reading() as session:
        overlaps, strays, without_line, *deadlocks = (session.execute(text(query)).scalar_one() for query in queries)
    database.engine.dispose()
    booked = [line for line in outcomes if line[0] in ("booked", "clash")]
    waited, worked = ([float(line[column]) for line in booked] for column in (1, 2))
    counts = Counter(line[0] for line in outcomes)
    return RaceResult(counts, waited, worked, killed, overlaps, strays + without_line, sum(deadlocks))


def _study(folder: Path) -> Study:
    return made_study(folder, interviewers=4, daily_limit=24, phone_lines=3)


def _let_link_workers_attend(database: Database) -> None:
    """At every second interview; there are four of them."""
    with database.writing() as session:
        for number, participant in enumerate(session.exec(select(Participant).order_by(Participant.code))):
            if number % 2:
                participant.link_worker, participant.link_worker_attends = f"LW_0{number // 2 % 4 + 1}", True


def _start(context: multiprocessing.context.SpawnContext, folder: Path, seed: int, attempts: int) -> BaseProcess:
    process = context.Process(target=_run, args=(folder, seed, attempts), daemon=True)
    process.start()
    return process


def _run(folder: Path, seed: int, attempts: int) -> None:
    """One process of the race; each attempt is a line in a file of its own, so that a kill loses none before it."""
    study = _study(folder)
    database = open_database(study)
    dice = random.Random(seed)
    with database.reading() as session:
        codes = list(session.exec(select(Participant.code)))
    with (folder / f"race-{seed}.txt").open("a") as log:
        for number in range(attempts):
            now = NOW + timedelta(minutes=number)  # so that held slots expire after thirty attempts
            outcome, waited, worked = _attempt(study, database, dice, dice.choice(codes), now)
            log.write(f"{outcome} {waited:.6f} {worked:.6f}\n")
            log.flush()


def _attempt(
    study: Study, database: Database, dice: random.Random, code: str, now: datetime
) -> tuple[str, float, float]:
    """Take a time at random, or change what there is already; with the seconds of waiting and of work."""
    start = datetime(2020, 6, dice.randint(1, 3), 8, tzinfo=UTC) + timedelta(minutes=10 * dice.randint(0, 42))
    slot = Slot(start, start + timedelta(hours=1), dice.choice(sorted(study.interviewers)))
    expires_at = now + timedelta(minutes=30) if dice.random() < 0.2 else None
    seat = Seat(code, slot, dice.choice(["phone", "phone", "video"]), expires_at)
    expire_holds_first(database, study, now)
    began = turn = time.perf_counter()
    outcome = "booked"
    try:
        with taking(database, study, code, start) as session:
            session.connection()  # begins the transaction: on SQLite, waits for the one lock
            participant = participant_of(session, code)
            lock_parties(session, parties_of(study, participant, slot.interviewer_code, seat.mode))
            turn = time.perf_counter()
            take(session, study, seat, now=now, actor="race")
    except Clash:
        outcome = "clash"
    except AlreadyBooked:
        outcome = "already"
    ended = time.perf_counter()
    if outcome == "already":
        outcome = _changed(study, database, dice, code, slot, now)
    return outcome, turn - began, ended - turn


def _changed(study: Study, database: Database, dice: random.Random, code: str, slot: Slot, now: datetime) -> str:
    """Cancel, move or confirm what a participant has; 'refused' where a rule or somebody faster stands against it."""
    steps: dict[str, Callable[[], object]] = {
        "cancelled": lambda: cancel(database, study, code, now=now, actor="race"),
        "confirmed": lambda: confirm(database, study, code, now=now, actor="race"),
        "moved": lambda: move(
            database,
            study,
            code,
            starts_at=slot.starts_at,
            interviewer=slot.interviewer_code,
            now=now,
            actor="race",
        ),
    }
    outcome = dice.choice(["cancelled", "cancelled", "confirmed", "moved", "moved"])
    try:
        steps[outcome]()
    except (BookingError, StorageError):
        return "refused"
    return outcome


def _lines(folder: Path) -> list[str]:
    lines = (line for path in folder.glob("race-*.txt") for line in path.read_text().splitlines(keepends=True))
    return [line for line in lines if line.endswith("\n")]


def _rows(home: str, result: RaceResult, processes: int) -> list[dict[str, object]]:
    outcomes = ", ".join(f"{count} {name}" for name, count in sorted(result.outcomes.items()))
    attempts = f"{processes} processes, {sum(result.outcomes.values())} attempts, {result.killed} killed"
    found = {
        attempts: outcomes,
        "overlapping claims afterwards": result.overlaps,
        "interviews with claims too many or too few": result.strays,
        "transaction with its commit, p50 / p95": _quantiles(result.worked),
        "waiting for the turn to write, p50 / p95": _quantiles(result.waited),
        "deadlocks": result.deadlocks,
    }
    return [{"measure": f"{home}: {measure}", "result": value} for measure, value in found.items()]


def _quantiles(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=20)
    return f"{cuts[9] * 1000:.0f} / {cuts[18] * 1000:.0f} ms"


if __name__ == "__main__":
    main()
