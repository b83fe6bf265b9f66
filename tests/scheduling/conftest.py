"""What tests of scheduling may ask for: participants, a clock, and a real PostgreSQL where there is one."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from caldav_server import Radicale, radicale
from google_setup import google, google_study, logged_in  # noqa: F401 - fixtures

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


@pytest.fixture(scope="session")
def radicale_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    """A real CalDAV server on a port of this machine, gone at the end."""
    pytest.importorskip("radicale", reason="Radicale is not installed (pip install 'fieldcall[test]')")
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[Path]:
    """The socket folder of a private PostgreSQL server without a network port, gone at the end."""
    programs = _postgresql_programs()
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    folder = Path(tempfile.mkdtemp(prefix="fc-pg-", dir="/tmp"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, user)
        started = _start(programs, folder, user)
        yield folder
        started.send_signal(signal.SIGQUIT)  # at once: nothing in it is wanted any more
        started.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _postgresql_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        pytest.skip("PostgreSQL's server programs (initdb, postgres) are not on this machine")
    if os.geteuid() == 0 and not any(entry.pw_name == "postgres" for entry in pwd.getpwall()):
        pytest.skip("PostgreSQL does not run as root, and there is no user 'postgres'")
    return found[-1].parent if found else Path(str(on_path)).parent


def _start(programs: Path, folder: Path, user: str) -> subprocess.Popen[bytes]:
    as_user = user if os.geteuid() == 0 else None
    data = folder / "data"
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync"]
    subprocess.run(initdb, user=as_user, cwd=folder, check=True, capture_output=True)
    options = ("listen_addresses=", f"unix_socket_directories={folder}", "fsync=off", "max_connections=60")
    command = [programs / "postgres", "-D", data, *(part for option in options for part in ("-c", option))]
    log = (folder / "log").open("wb")
    server = subprocess.Popen(command, user=as_user, cwd=folder, stdout=log, stderr=log)
    log.close()
    for _ in range(300):
        try:
            _connect(folder).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return server
    server.kill()
    raise AssertionError((folder / "log").read_text())


def _connect(folder: Path) -> psycopg.Connection:
    return psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True)


@pytest.fixture
def postgresql_url(postgresql_cluster: Path) -> Iterator[str]:
    """The URL of a database that is empty before each test; its tables stay, for making them takes long."""
    yield f"postgresql+psycopg://postgres@/postgres?host={postgresql_cluster}"
    with _connect(postgresql_cluster) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        names = ", ".join(f'"{name}"' for (name,) in tables if name != "alembic_version")
        if names:
            connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE".encode())


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
