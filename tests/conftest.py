"""What every test may ask for: a small study in a folder of its own."""

import os
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, create_engine, make_url
from staying_here import no_way_out  # noqa: F401 - every test has it

from benchmarks.postgresql_server import NoServer, private_server
from storage.contacts import KEY_VARIABLE, Contacts, make_key, open_contacts
from storage.database import STUDY_HEAD, Database, open_at, open_database
from storage.study import DATABASE_VARIABLE, STUDY_VARIABLE, Study, load_study

os.environ.setdefault("OMP_NUM_THREADS", "1")  # several threads on short sounds only wait for each other

sys.path.insert(0, str(Path(__file__).parent / "google"))  # for every room that talks to the stand-in

settings.register_profile("fieldcall", deadline=None)  # a busy machine is no fault of the code
settings.load_profile("fieldcall")

STUDY_FILE = Path(__file__).parents[1] / "desk" / "example" / "study.toml"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's own study."""
    for variable in (KEY_VARIABLE, DATABASE_VARIABLE, STUDY_VARIABLE):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """A study of clients, link workers and managers with two interviewers, May to September 2020."""
    folder = tmp_path / "study"
    folder.mkdir()
    shutil.copy(STUDY_FILE, folder / "study.toml")
    study = load_study(folder)
    make_key(study.place(study.storage.contacts_key))
    return study


@pytest.fixture
def database(study: Study) -> Database:
    return open_database(study)


@pytest.fixture
def contacts(study: Study) -> Contacts:
    return open_contacts(study)


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[str]:
    """The URL of a database on a private PostgreSQL server, gone at the end."""
    try:
        fast = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")
        with private_server(*fast, "max_connections=60") as url:
            yield url
    except NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="session")
def postgresql_admin(postgresql_cluster: str) -> Iterator[Engine]:
    """What makes databases on that server, and removes them; there is one to copy, with the study's tables."""
    admin = create_engine(postgresql_cluster, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE study_template")
    template = make_url(postgresql_cluster).set(database="study_template")
    open_at(template, "study", STUDY_HEAD).engine.dispose()
    yield admin
    admin.dispose()


@pytest.fixture
def postgresql_database(postgresql_cluster: str, postgresql_admin: Engine) -> Iterator[Callable[..., str]]:
    """Makes databases in PostgreSQL, each with the study's tables (or none) and no rows, and gives their URLs."""
    made: list[str] = []

    def make(*, tables: bool = True) -> str:
        made.append(f"study_{secrets.token_hex(6)}")
        template = "study_template" if tables else "template0"
        with postgresql_admin.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {made[-1]} TEMPLATE {template}")
        return make_url(postgresql_cluster).set(database=made[-1]).render_as_string(hide_password=False)

    yield make
    with postgresql_admin.connect() as connection:
        for name in made:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
