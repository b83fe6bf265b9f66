"""Studies to measure with: the example study with as many interviewers and participants as asked for."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path

from scheduling.participants import import_participants
from storage.contacts import make_key, open_contacts
from storage.database import Database, open_database
from storage.study import Study

EXAMPLE = Path(__file__).parents[1] / "desk" / "example" / "study.toml"
NOW = datetime(2020, 4, 28, 8, tzinfo=UTC)


def made_study(folder: Path, interviewers: int, daily_limit: int, phone_lines: int = 0) -> Study:
    """The example study in `folder` with as many interviewers as asked for."""
    table = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    interviewer = {"hours": ["Mon-Fri 09:00-17:00"], "daily_limit": daily_limit}
    table["interviewers"] = {f"INT_{number:02}": interviewer for number in range(1, interviewers + 1)}
    table["booking"] |= {"phone_lines": phone_lines}
    return Study.model_validate({**table, "folder": folder})


def filled(study: Study, participants: int) -> Database:
    """The study's database with clients C_0001 and on, every fourth with hours of their own."""
    make_key(study.place(study.storage.contacts_key))
    hours = ("Mon-Wed 10:00-14:00", "", "", "")
    rows = [f"C_{number:04};client;{hours[number % 4]}" for number in range(1, participants + 1)]
    database = open_database(study)
    import_participants(study, database, open_contacts(study), "\n".join(("code;group;available", *rows)), now=NOW)
    return database
