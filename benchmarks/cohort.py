"""How well and how fast a cohort is planned, and repaired when an interviewer falls ill: `python -m benchmarks.cohort`.

The study is made up from a seed: interviewers of different hours, limits, modes, languages and skills, some of
them away for a while; participants of whom most have hours of their own, some need a language or a skill, some
bring their link worker; and fewer telephone lines than interviewers. It is measured twice: with ten weeks, and
with a window in which everyone can just be placed.
"""

import argparse
import random
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlmodel import col, select

from benchmarks.studies import EXAMPLE
from desk.output import print_table
from scheduling.availability import monday_of
from scheduling.cohort.assignment import Proposal, book_proposal, propose
from scheduling.cohort.gathering import problem_of
from scheduling.cohort.greedy import greedy
from scheduling.cohort.problem import DAY, Plan
from scheduling.cohort.repair import carry_out, propose_repair
from scheduling.cohort.solver import SECONDS, solve
from scheduling.participants import import_participants
from storage.contacts import make_key, open_contacts
from storage.database import Database, open_database
from storage.study import Study
from storage.tables import Participant

NOW = datetime(2020, 4, 28, 8, tzinfo=UTC)
HOURS = (
    "Mon-Fri 09:00-17:00", "Mon-Thu 09:00-13:00", "Tue-Fri 10:00-18:00", "Mon-Wed 12:00-20:00", "Wed-Sat 09:00-15:00",
)  # fmt: skip
TEN_WEEKS = date(2020, 7, 12)
TIGHT = date(2020, 5, 20)  # everyone can just be placed, so that whoever falls ill leaves no room
Row = dict[str, object]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--participants", type=int, default=200)
    parser.add_argument("--interviewers", type=int, default=12)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    chosen = parser.parse_args()
    for seed in chosen.seeds:
        for last_day in (TEN_WEEKS, TIGHT):
            rows = measured(seed, chosen.participants, chosen.interviewers, last_day)
            until = f"4 May to {last_day.day} {last_day:%B}"
            who = f"{chosen.participants} participants, {chosen.interviewers} interviewers"
            print_table(rows, f"{who}, {until}; seed {seed}")


def measured(seed: int, participants: int = 200, interviewers: int = 12, last_day: date = TEN_WEEKS) -> list[Row]:
    """The measures on one study, whose window ends on `last_day`."""
    with tempfile.TemporaryDirectory() as folder:
        study = made_study(Path(folder), seed, interviewers, last_day)
        database = filled(study, seed, participants)
        try:
            return [*_planning(study, database), *_repairing(study, database)]
        finally:
            database.engine.dispose()


def made_study(folder: Path, seed: int, interviewers: int, last_day: date = TEN_WEEKS) -> Study:
    """A study with interviewers of many kinds, every third or fourth with a skill or a language."""
    dice = random.Random(seed)
    table = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    table["study"] |= {"start": date(2020, 5, 4), "end": last_day}
    for group, target in (("client", 150), ("link_worker", 10), ("manager", 20)):
        table["groups"][group]["target"] = target
    table["booking"]["phone_lines"] = max(1, interviewers // 3)
    table["interviewers"] = {f"INT_{n:02}": _interviewer(dice, n) for n in range(1, interviewers + 1)}
    return Study.model_validate({**table, "folder": folder})


def _interviewer(dice: random.Random, number: int) -> dict[str, object]:
    special = number % 3 == 0 or number % 4 == 0
    first = date(2020, 5, 4) + timedelta(days=dice.randrange(14))
    away = f"{first}..{first + timedelta(days=dice.randint(4, 20))}"
    return {
        "hours": [HOURS[0] if special else dice.choice(HOURS)],
        "daily_limit": dice.choice((2, 3, 4)),
        "weekly_limit": dice.choice((5, 6, 8)),
        "modes": ["phone", "video"] if special else dice.choice((["phone", "video"], ["phone"], ["video"])),
        "languages": ["cy"] if number % 4 == 0 else [],
        "skills": ["hearing"] if number % 3 == 0 else [],
        "away": [away] if number % 5 == 0 else [],
    }


def filled(study: Study, seed: int, participants: int) -> Database:
    """The study's database with clients, link workers and managers."""
    dice = random.Random(seed)
    make_key(study.place(study.storage.contacts_key))
    rows = []
    for number in range(1, participants + 1):
        group = "link_worker" if number % 16 == 0 else "manager" if number % 10 == 0 else "client"
        hours = "" if group == "link_worker" else _own_hours(dice)
        code = f"{study.groups[group].prefix}_{number:03}"
        rows.append(f"{code};{group};{dice.choice(('phone', 'video'))};{hours}")
    database = open_database(study)
    text = "\n".join(("code;group;mode;available", *rows))
    import_participants(study, database, open_contacts(study), text, now=NOW)
    with database.writing() as session:
        for person in session.exec(select(Participant).order_by(col(Participant.code))):
            _ask_more(dice, person, participants)
            session.add(person)
    return database


def _ask_more(dice: random.Random, person: Participant, participants: int) -> None:
    person.language, person.needs = dice.choice((("cy", ""), ("", "hearing"), *(("", ""),) * 8))
    if person.group == "client" and dice.random() < 0.3:
        person.link_worker = f"LW_{16 * dice.randint(1, participants // 16):03}"
        person.link_worker_attends = dice.random() < 0.6


def _own_hours(dice: random.Random) -> str:
    """Two to three days of three to six hours, or any time."""
    if dice.random() < 0.3:
        return ""
    parts = []
    for day in dice.sample(("Mon", "Tue", "Wed", "Thu", "Fri"), dice.randint(2, 3)):
        start = dice.randint(9, 14)
        parts.append(f"{day} {start:02}:00-{start + dice.randint(3, 6):02}:00")
    return ", ".join(parts)


def _planning(study: Study, database: Database) -> Iterator[Row]:
    with database.reading() as session, _stopwatch() as reading:
        people = list(session.exec(select(Participant).order_by(col(Participant.code))))
        problem = problem_of(session, study, people, NOW)
    openings = sum(len(wanted.openings) for wanted in problem.wanted)
    yield _row("rows into a problem", f"{reading}; {len(problem.wanted)} to place, {openings} openings")
    with _stopwatch() as by_hand:
        greedily = greedy(problem)
    yield _row("greedy", f"{by_hand}; {_worth(greedily)}")
    proposal = propose(database, study, now=NOW, planner=lambda problem: solve(problem, seconds=SECONDS))
    with _stopwatch() as solving:
        solved = solve(problem, seconds=SECONDS)
    yield _row(f"CP-SAT, at most {SECONDS} s", f"{solving}; {solved.how}; {_worth(solved)}")
    yield _row("the same plan again", solved == proposal.plan)
    if solved.bound:
        yield _row("bound · gap", f"{solved.bound.cost / DAY:,.1f} days · {_gap(solved, solved.bound.cost)}")
        yield _row("greedy above the bound", _gap(greedily, solved.bound.cost))
    yield _row("without any place", Counter(_kind(one.reason) for one in proposal.unplaced).most_common() or 0)
    yield from _booking(study, database, proposal)


def _booking(study: Study, database: Database, proposal: Proposal) -> Iterator[Row]:
    with _stopwatch() as spent:
        report = book_proposal(database, study, proposal, now=NOW, actor="benchmark")
    yield _row("booking that plan", f"{spent}; {len(report.booked)} booked")


def _repairing(study: Study, database: Database) -> Iterator[Row]:
    """The interviewer with the fullest week falls ill in it."""
    with database.reading() as session:
        problem = problem_of(session, study, [], NOW)
    weeks = Counter(
        {
            (code, monday): sum(n for day, n in capacity.booked_on.items() if monday_of(day) == monday)
            for code, capacity in problem.capacities.items()
            for monday in {monday_of(day) for day in capacity.booked_on}
        }
    )
    (interviewer, monday), _ = weeks.most_common(1)[0]
    week = [monday + timedelta(days=number) for number in range(7)]
    with _stopwatch() as spent:
        repair = propose_repair(database, study, interviewer, week, now=NOW, planner=solve)
    affected = [one for one in repair.moves if one.affected]
    kept = sum(one.before.starts_at == one.after.starts_at for one in affected)
    with _stopwatch() as moving:
        done = carry_out(database, study, repair, now=NOW, actor="benchmark")
    share = repair.others_moved / max(1, repair.others)
    yield _row(f"{interviewer} ill for a week: {len(repair.affected)} interviews", f"{spent}; {repair.plan.how}")
    yield _row(
        "keep their time · get another · have no place", f"{kept} · {len(affected) - kept} · {len(repair.unplaced)}"
    )
    yield _row("other bookings moved", f"{repair.others_moved} of {repair.others} ({share:.1%})")
    yield _row("moving them", f"{moving}; {len(done.moved)} moved, {len(done.refused)} refused")


def _worth(plan: Plan) -> str:
    return f"{len(plan.proposed)} placed, {len(plan.unplaced)} not, cost {plan.score.cost / DAY:,.1f} days"


def _gap(plan: Plan, bound: int) -> str:
    return f"{(plan.score.cost - bound) / max(1, bound):.2%}"


def _kind(reason: str) -> str:
    return reason.partition(";")[0]


class _Spent:
    """Seconds by the clock, and of a core."""

    clock = core = 0.0

    def __str__(self) -> str:
        return f"{self.clock:.1f} s ({self.core:.1f} s of a core)"


@contextmanager
def _stopwatch() -> Iterator[_Spent]:
    spent = _Spent()
    clock, core = time.perf_counter(), time.process_time()
    yield spent
    spent.clock, spent.core = time.perf_counter() - clock, time.process_time() - core


def _row(what: str, result: object) -> Row:
    return {"measure": what, "result": result}


if __name__ == "__main__":
    main()
