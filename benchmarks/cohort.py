"""How well and how fast a cohort is planned: `python -m benchmarks.cohort`."""

import random
import time
import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

from sqlmodel import select

from scheduling.cohort import Problem
from scheduling.cohort_gathering import problem_of
from scheduling.participants import import_participants
from storage.contacts import make_key, open_contacts
from storage.database import Database, open_database
from storage.study import Study
from storage.tables import Participant

EXAMPLE = Path(__file__).parents[1] / "desk" / "example" / "study.toml"
NOW = datetime(2020, 4, 28, 8, tzinfo=UTC)


def made_study(folder: Path, seed: int, interviewers: int = 12, lines: int = 4) -> Study:
    """Ten weeks with interviewers of many kinds."""
    dice = random.Random(seed)
    table = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    table["study"] |= {"start": date(2020, 5, 4), "end": date(2020, 7, 12)}
    table["groups"]["client"]["target"] = 150
    table["groups"]["link_worker"]["target"] = 12
    table["groups"]["manager"]["target"] = 20
    table["booking"]["phone_lines"] = lines
    hours = (
        "Mon-Fri 09:00-17:00",
        "Mon-Thu 09:00-13:00",
        "Tue-Fri 10:00-18:00",
        "Mon-Wed 12:00-20:00",
        "Wed-Sat 09:00-15:00",
    )
    table["interviewers"] = {
        f"INT_{number:02}": {
            "hours": [dice.choice(hours)],
            "daily_limit": dice.choice((2, 3, 4)),
            "weekly_limit": dice.choice((5, 6, 8)),
            "modes": dice.choice((["phone", "video"], ["phone", "video"], ["phone"], ["video"])),
            "languages": ["cy"] if number % 4 == 0 else [],
            "skills": ["hearing"] if number % 3 == 0 else [],
            "away": [f"2020-05-{dice.randint(4, 20):02}..2020-05-{dice.randint(21, 29)}"] if number % 5 == 0 else [],
        }
        for number in range(1, interviewers + 1)
    }
    return Study.model_validate({**table, "folder": folder})


def made_participants(study: Study, seed: int, number: int = 200) -> Database:
    """Clients, link workers and managers with hours, languages and needs of their own."""
    dice = random.Random(seed)
    make_key(study.place(study.storage.contacts_key))
    rows = []
    for n in range(1, number + 1):
        prefix, group = ("LW", "link_worker") if n % 16 == 0 else ("M", "manager") if n % 10 == 0 else ("C", "client")
        rows.append(f"{prefix}_{n:03};{group};{dice.choice(('phone', 'video'))};{_hours(dice)}")
    database = open_database(study)
    import_participants(study, database, open_contacts(study), "\n".join(("code;group;mode;available", *rows)), now=NOW)
    with database.writing() as session:
        for person in session.exec(select(Participant).order_by(Participant.code)):
            person.language = "cy" if dice.random() < 0.1 else ""
            person.needs = "hearing" if dice.random() < 0.1 else ""
            if person.group == "client" and dice.random() < 0.3:
                person.link_worker = f"LW_{16 * dice.randint(1, number // 16):03}"
                person.link_worker_attends = dice.random() < 0.6
            session.add(person)
    return database


def _hours(dice: random.Random) -> str:
    if dice.random() < 0.3:
        return ""
    days = dice.sample(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat"), dice.randint(1, 3))
    parts = []
    for day in days:
        start = dice.randint(9, 15)
        parts.append(f"{day} {start:02}:00-{start + dice.randint(2, 5):02}:00")
    return ", ".join(parts)


def made_problem(folder: Path, seed: int) -> tuple[Study, Database, Problem]:
    study = made_study(folder, seed)
    database = made_participants(study, seed)
    with database.reading() as session:
        people = list(session.exec(select(Participant).order_by(Participant.code)))
        began = time.perf_counter()
        problem = problem_of(session, study, people, NOW)
        print("gathered in", time.perf_counter() - began)
    return study, database, problem
