"""A study with its outside world on this machine: the stand-in for Google, and a mail server that takes everything.

Both are those of the tests, real servers on loopback that the real clients talk to.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from benchmarks.stand_in import ORGANISER, log_in, mail_server, serving
from benchmarks.stand_in import Google as StandIn
from benchmarks.studies import EXAMPLE
from scheduling.participants import import_participants
from storage.contacts import Contacts, make_key, open_contacts
from storage.database import Database, open_database
from storage.google.account import ENDPOINT_VARIABLE
from storage.study import Calendar, Google, Mail, Study, load_study

NOW = datetime(2019, 12, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class World:
    """A study, its databases, and what stands outside."""

    study: Study
    database: Database
    contacts: Contacts
    google: Any
    mails: Any


@contextmanager
def world(folder: Path, codes: Sequence[str]) -> Iterator[World]:
    """A study of years with one interviewer who is always there, in a folder of its own."""
    with serving(StandIn()) as google, mail_server() as mails:
        os.environ[ENDPOINT_VARIABLE] = google.address
        google.accounts.person(ORGANISER)
        google.calendars.add(ORGANISER)
        google.clock.at = NOW
        study = _study(folder, mails.port)
        database, contacts = open_database(study), open_contacts(study)
        log_in(study, contacts.key, google, email=ORGANISER)
        rows = "".join(f"{code};client;video;{code.lower()}@example.org\n" for code in codes)
        import_participants(study, database, contacts, f"code;group;mode;email\n{rows}", now=NOW)
        yield World(study, database, contacts, google, mails)
        database.engine.dispose()
        contacts.database.engine.dispose()


def _study(folder: Path, mail_port: int) -> Study:
    (folder / "study.toml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    study = load_study(folder)
    make_key(study.place(study.storage.contacts_key))
    always = {"hours": ["Mon-Sun 06:00-22:00"], "daily_limit": 24, "weekly_limit": 100, "away": []}
    return study.model_copy(
        update={
            "study": study.study.model_copy(update={"start": date(2020, 1, 1), "end": date(2024, 12, 31)}),
            "groups": {name: group.model_copy(update={"minutes": 20}) for name, group in study.groups.items()},
            "interviewers": {"INT_01": study.interviewers["INT_01"].model_copy(update=always)},
            "calendar": Calendar(backend="google"),
            "google": Google(organiser=ORGANISER),
            "mail": Mail(server="127.0.0.1", port=mail_port, security="none", sender=ORGANISER),
        }
    )
