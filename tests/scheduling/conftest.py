"""What tests of scheduling may ask for: participants, a clock, and a real PostgreSQL where there is one."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from google_setup import google, google_study, logged_in  # noqa: F401 - fixtures
from sqlalchemy import create_engine, inspect, text

from scheduling.participants import import_participants
from storage.contacts import Contacts
from storage.database import Database, open_database
from storage.study import DATABASE_VARIABLE, Study

NOW = datetime(2020, 4, 28, 8, 0, tzinfo=UTC)  # Tuesday before the study's window opens
PARTICIPANTS = """code;group;mode;available
C_001;client;phone;
C_002;client;phone;
C_003;client;video;Sat 10:00-12:00
LW_01;link_worker;video;Mon-Wed 13:00-15:00
M_01;manager;;
"""


pytest.register_assert_rewrite("calendar_contract")


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def postgresql_url(postgresql_cluster: str) -> Iterator[str]:
    """The URL of a database that is empty before each test; its tables stay, for making them takes long."""
    yield postgresql_cluster
    engine = create_engine(postgresql_cluster)
    with engine.begin() as connection:
        names = [f'"{name}"' for name in inspect(connection).get_table_names() if name != "alembic_version"]
        if names:
            connection.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY CASCADE"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, study: Study, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The study's database, once as SQLite and once as PostgreSQL: what is promised holds on both."""
    if request.param == "postgresql":
        monkeypatch.setenv(DATABASE_VARIABLE, request.getfixturevalue("postgresql_url"))
    database = open_database(study)
    yield database
    database.engine.dispose()  # before the tables are emptied


@pytest.fixture
def filled(study: Study, database: Database, contacts: Contacts) -> Database:
    """The database with three clients, a link worker and a manager."""
    import_participants(study, database, contacts, PARTICIPANTS, now=NOW)
    return database
