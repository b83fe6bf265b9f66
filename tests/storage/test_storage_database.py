"""The study and contacts databases: their pragmas, their migrations, and one that is newer than the program."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL
from sqlmodel import SQLModel, select

from storage.contacts import Contacts, ContactsTable
from storage.database import CONTACTS_HEAD, STUDY_HEAD, Database, migration_config, open_at, open_database
from storage.errors import DatabaseError
from storage.study import Study
from storage.tables import Party, PartyKind

ROOT = Path(__file__).parents[2]
LINES = {"study": (STUDY_HEAD, SQLModel.metadata), "contacts": (CONTACTS_HEAD, ContactsTable.metadata)}


@pytest.fixture
def home() -> str:
    """These are about SQLite."""
    return "sqlite"


def url(path: Path) -> URL:
    return URL.create("sqlite", database=str(path))


def schema(path: Path) -> list[tuple[str, str]]:
    """Every table, index and trigger as SQLite keeps it."""
    engine = create_engine(url(path))
    with engine.connect() as connection:
        kept = (
            "sql IS NOT NULL AND name NOT IN ('alembic_version', 'sqlite_sequence')"  # SQLite keeps the latter itself
        )
        query = f"SELECT name, sql FROM sqlite_master WHERE {kept} ORDER BY name"
        rows = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows


def migrate(path: Path, line: str, step: Any, revision: str) -> None:
    engine = create_engine(url(path))
    with engine.begin() as connection:
        config = migration_config(line)
        config.attributes["connection"] = connection
        step(config, revision)
    engine.dispose()


def pragma(database: Database, name: str) -> Any:
    with database.engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize(
    ("name", "value"),
    [("journal_mode", "wal"), ("foreign_keys", 1), ("secure_delete", 1), ("synchronous", 2), ("busy_timeout", 60_000)],
)
def test_every_connection_is_set_up_as_it_must_be(
    database: Database, contacts: Contacts, name: str, value: object
) -> None:
    assert pragma(database, name) == value
    assert pragma(contacts.database, name) == value


def test_what_is_deleted_is_wiped_from_the_file(study: Study, database: Database) -> None:
    canary = "CANARY_" * 20
    with database.writing() as session:
        session.add(Party(code=canary, kind=PartyKind.PARTICIPANT))
    with database.writing() as session:
        session.delete(session.get_one(Party, canary))
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert canary.encode() not in study.place("data/study.db").read_bytes()


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        session.add(Party(code="C_001", kind=PartyKind.PARTICIPANT))
        session.flush()
        raise ZeroDivisionError
    with database.reading() as session:
        assert session.exec(select(Party)).all() == []


def test_a_writer_is_alone_from_its_first_statement(study: Study, database: Database) -> None:
    other = create_engine(study.database_url, connect_args={"timeout": 0.05})
    with database.writing() as session:
        session.exec(select(Party)).all()
        with other.connect() as connection, pytest.raises(Exception, match="database is locked"):
            connection.execute(text("INSERT INTO party VALUES ('C_001', 'participant')"))
    other.dispose()


@pytest.mark.parametrize("line", LINES)
class TestMigrations:
    def test_the_program_knows_its_newest_revision(self, line: str) -> None:
        assert ScriptDirectory.from_config(migration_config(line)).get_current_head() == LINES[line][0]

    def test_what_the_scripts_make_is_what_the_models_say(self, tmp_path: Path, line: str) -> None:
        head, metadata = LINES[line]
        database = open_at(url(tmp_path / "a.db"), line, head)
        with database.engine.connect() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            assert compare_metadata(context, metadata) == []

    def test_so_are_the_conditions_of_its_indexes(self, tmp_path: Path, line: str) -> None:
        """Alembic's comparison passes over them."""
        head, metadata = LINES[line]
        open_at(url(tmp_path / "scripts.db"), line, head).engine.dispose()
        engine = create_engine(url(tmp_path / "models.db"))
        metadata.create_all(engine)
        engine.dispose()
        by_scripts, by_models = (
            {name: " ".join(sql.split()) for name, sql in schema(tmp_path / f"{made}.db") if "INDEX" in sql}
            for made in ("scripts", "models")
        )
        assert by_scripts == by_models

    def test_up_down_and_up_again_is_the_same(self, tmp_path: Path, line: str) -> None:
        path = tmp_path / "a.db"
        open_at(url(path), line, LINES[line][0]).engine.dispose()
        first = schema(path)
        assert len(first) > 1
        migrate(path, line, command.downgrade, "base")
        assert schema(path) == []
        migrate(path, line, command.upgrade, "head")
        assert schema(path) == first

    def test_a_newer_database_is_refused_and_left_as_it_is(self, tmp_path: Path, line: str) -> None:
        path = tmp_path / "a.db"
        database = open_at(url(path), line, LINES[line][0])
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        database.engine.dispose()
        before = path.read_bytes()
        with pytest.raises(DatabaseError) as caught:
            open_at(url(path), line, LINES[line][0])
        message = str(caught.value)
        assert f"The {line} database is newer than this program (its revision is 9999" in message
        assert "Install the newer version of Fieldcall; nothing was changed." in message
        assert path.read_bytes() == before


def test_opening_it_again_changes_nothing(study: Study, database: Database) -> None:
    before = schema(study.place("data/study.db"))
    open_database(study)
    assert schema(study.place("data/study.db")) == before


def test_a_place_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.db").mkdir()
    with pytest.raises(DatabaseError, match=r"The study database cannot be opened: .*Check \[storage\] in study.toml"):
        open_at(url(tmp_path / "a.db"), "study", STUDY_HEAD)


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("not a database, but long enough to be taken for one\n" * 40)
    with pytest.raises(DatabaseError, match="cannot be opened"):
        open_at(url(tmp_path / "a.db"), "study", STUDY_HEAD)


def test_processes_that_open_a_new_study_at_once_make_it_once(study: Study) -> None:
    code = """
import sys
from pathlib import Path
from storage.database import open_database
from storage.study import load_study
with open_database(load_study(Path(sys.argv[1]))).reading() as session:
    print(session.connection().exec_driver_sql("SELECT count(*) FROM alembic_version").scalar())
"""
    command_line = [sys.executable, "-c", code, str(study.folder)]
    processes = [subprocess.Popen(command_line, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=60)[0] for process in processes] == ["1\n"] * 3


def test_opening_an_existing_study_does_not_load_alembic(study: Study, database: Database) -> None:
    code = """
import sys
from pathlib import Path
from storage.database import open_database
from storage.study import load_study
open_database(load_study(Path(sys.argv[1])))
print("alembic" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(study.folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
