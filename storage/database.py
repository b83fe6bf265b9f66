"""The study database: engine, pragmas, sessions, and its place in the line of migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from storage.errors import DatabaseError
from storage.files import locked
from storage.study import Study

STUDY_HEAD = "0009"  # newest revision in migrations/study; a test holds it to the scripts
CONTACTS_HEAD = "0002"  # newest revision in migrations/contacts
MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True)
class Database:
    """An open database at the newest revision."""

    engine: Engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for reading; what it changes is not kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session in one transaction, committed at the end or rolled back as a whole.

        On SQLite it holds the write lock from its first statement, so that what it has read cannot
        change before it writes.
        """
        engine = self.engine.execution_options(writing=True)
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session


def open_database(study: Study) -> Database:
    """Open the study database, made or brought up to date as needed. Raises DatabaseError."""
    return open_at(study.database_url, "study", STUDY_HEAD)


def open_at(url: URL | str, line: str, head: str) -> Database:
    """Open the database at `url`, whose migrations are those of `line` ('study' or 'contacts')."""
    engine = make_engine(make_url(url))
    try:
        revision = revision_of(engine)
        if revision != head:
            _migrate(engine, line, revision, head)
    except DBAPIError as error:  # a file that is no database is not an OperationalError
        raise DatabaseError(
            f"The {line} database cannot be opened: {error.orig}. "
            "Check [storage] in study.toml, and that the place can be reached and written to."
        ) from error
    return Database(engine)


def make_engine(url: URL) -> Engine:
    """An engine for the database at `url`, whatever it holds; on SQLite its folder is made."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # what was said is not for everyone
    engine = create_engine(url, connect_args={"timeout": 60})
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _begin, not by the driver
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "busy_timeout=60000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def revision_of(engine: Engine) -> str | None:
    """The revision of a database, or None where it has none yet."""
    if not inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(engine: Engine, line: str, revision: str | None, head: str) -> None:
    if revision and revision not in revisions(line):
        raise DatabaseError(
            f"The {line} database is newer than this program (its revision is {revision}, the program's {head}). "
            "Install the newer version of Fieldcall; nothing was changed."
        )
    with _one_at_a_time(engine), engine.execution_options(writing=True).begin() as connection:
        upgrade(connection, line, "head")


def upgrade(connection: Connection, line: str, revision: str) -> None:
    """Bring a database, an empty one too, to a revision of its line, or to the newest ('head')."""
    # alembic is imported here, and below, because only a new or an old database needs it
    from alembic import command

    command.upgrade(_config_on(connection, line), revision)


def downgrade(connection: Connection, line: str, revision: str) -> None:
    """Take a database back to a revision of its line, or to nothing ('base')."""
    from alembic import command

    command.downgrade(_config_on(connection, line), revision)


def _config_on(connection: Connection, line: str) -> Any:
    config = migration_config(line)
    config.attributes["connection"] = connection
    return config


def revisions(line: str) -> list[str]:
    """The revisions that this program knows of a line, the newest first."""
    from alembic.script import ScriptDirectory

    return [script.revision for script in ScriptDirectory.from_config(migration_config(line)).walk_revisions()]


def migration_config(line: str) -> Any:
    """Alembic's configuration for 'study' or 'contacts', without a connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(MIGRATIONS / line))
    config.set_main_option("path_separator", "os")
    config.attributes["line"] = line
    return config


@contextmanager
def _one_at_a_time(engine: Engine) -> Iterator[None]:
    """Two processes that open a new SQLite database at once take turns; PostgreSQL's DDL is transactional."""
    if engine.dialect.name == "sqlite" and engine.url.database not in (None, "", ":memory:"):
        path = Path(engine.url.database or "")
        with locked(path.with_name(path.name + ".migrating")):
            yield
    else:
        yield
