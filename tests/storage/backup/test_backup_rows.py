"""Rows as lines: whatever a database holds comes back as it was, and reads the same from either."""

import json
import secrets
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.engine import URL, make_url

from storage.backup.rows import Table, give_no_id_again, last_id, read_lines, tables_of, write_lines
from storage.database import make_engine
from storage.errors import BackupError
from storage.tables import Instant

METADATA = sa.MetaData()
ANYTHING = sa.Table(
    "anything",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("flag", sa.Boolean),
    sa.Column("listed", sa.JSON),
    sa.Column("sealed", sa.LargeBinary),
    sa.Column("at", Instant()),
    sa.Column("day", sa.Date),
    sa.Column("size", sa.BigInteger),
    sa.Column("share", sa.Float),
    sa.Column("words", sa.String),
    sa.Column("later_id", sa.Integer, sa.ForeignKey("anything.id")),
)
NAMED = sa.Table("named", METADATA, sa.Column("code", sa.String, primary_key=True))


@pytest.fixture
def engines(tmp_path: Path, postgresql_cluster: str, postgresql_admin: Engine) -> Iterator[list[Engine]]:
    """An empty database of each kind; the one in PostgreSQL orders texts as a dictionary does."""
    name = f"study_{secrets.token_hex(6)}"
    with postgresql_admin.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-GB' LOCALE 'C.UTF-8'"
        )
    made = [
        make_engine(URL.create("sqlite", database=str(tmp_path / "a.db"))),
        make_engine(make_url(postgresql_cluster).set(database=name)),
    ]
    for engine in made:
        METADATA.create_all(engine)
    yield made
    for engine in made:
        engine.dispose()
    with postgresql_admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def table_named(name: str, engine: Engine) -> Table:
    with engine.connect() as connection:
        return {table.name: table for table in tables_of(connection)}[name]


def lines_of(engine: Engine, table: Table) -> list[bytes]:
    with engine.connect() as connection:
        return list(read_lines(connection, table))


def put(engine: Engine, table: Table, lines: list[bytes]) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        connection.exec_driver_sql(f'DELETE FROM "{table.name}"')
        write_lines(connection, table, lines)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
# lists and objects of what JSON knows, as the tables have them: a bare number in a JSON column is no text to SQLite
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
LIST = st.lists(SCALAR | st.lists(SCALAR, max_size=3), max_size=3)
JSON = st.none() | LIST | st.dictionaries(TEXT, SCALAR, max_size=3)
ROW = st.fixed_dictionaries(
    {
        "flag": st.none() | st.booleans(),
        "listed": JSON,
        "sealed": st.none() | st.binary(max_size=20),
        "at": st.none() | st.datetimes(timezones=st.just(UTC)),
        "day": st.none() | st.dates(),
        "size": st.none() | st.integers(-(2**63), 2**63 - 1),
        "share": st.none() | st.floats(allow_nan=False),
        "words": st.none() | TEXT,
    }
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=6))
def test_any_values_come_back_and_read_the_same_from_either_database(
    engines: list[Engine], rows: list[dict[str, Any]]
) -> None:
    """Each row refers to the one after it."""
    sqlite, postgresql = engines
    table = table_named("anything", sqlite)
    assert table == table_named("anything", postgresql)
    with sqlite.execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        connection.execute(ANYTHING.delete())
        for number, row in enumerate(rows, 1):
            later = number + 1 if number < len(rows) else None
            connection.execute(ANYTHING.insert().values(id=number, later_id=later, **row))
    lines = lines_of(sqlite, table)
    assert len(lines) == len(rows)
    put(postgresql, table, lines)
    assert lines_of(postgresql, table) == lines
    with postgresql.connect() as connection:
        back = connection.execute(ANYTHING.select().order_by(ANYTHING.c.id)).mappings().all()
    assert [{name: row[name] for name in ROW_NAMES} for row in back] == rows
    put(sqlite, table, lines)
    assert lines_of(sqlite, table) == lines


ROW_NAMES = ("flag", "listed", "sealed", "at", "day", "size", "share", "words")


def test_what_only_sqlite_takes_for_json_is_refused_with_its_table(engines: list[Engine]) -> None:
    sqlite, postgresql = engines
    with sqlite.execution_options(writing=True).begin() as connection:
        connection.execute(ANYTHING.insert().values(id=1, listed=[float("inf")]))
    table = table_named("anything", sqlite)
    with pytest.raises(BackupError, match=r"rows of anything .*\(InvalidTextRepresentation\)"):
        put(postgresql, table, lines_of(sqlite, table))


def test_keys_are_in_the_order_of_their_bytes(engines: list[Engine]) -> None:
    codes = ["a", "B", "Z_1", "Z-1", "é", "f", "c 1", "c1", "🙂", "\uffff"]
    for engine in engines:
        with engine.execution_options(writing=True).begin() as connection:
            connection.execute(NAMED.insert(), [{"code": code} for code in codes])
    table = table_named("named", engines[0])
    expected = [f'["{code}"]\n'.encode() for code in sorted(codes, key=str.encode)]
    assert [lines_of(engine, table) for engine in engines] == [expected, expected]


def test_a_table_tells_its_columns_with_its_key_first(engines: list[Engine]) -> None:
    columns = table_named("anything", engines[1]).columns
    assert columns[0] == ("id", "integer")
    assert [name for name, _ in columns[1:]] == sorted(name for name, _ in columns[1:])
    assert dict(columns) == {
        "id": "integer",
        "at": "instant",
        "day": "date",
        "flag": "boolean",
        "later_id": "integer",
        "listed": "json",
        "sealed": "bytes",
        "share": "number",
        "size": "integer",
        "words": "text",
    }


def test_a_line_reads_as_the_documentation_says(engines: list[Engine]) -> None:
    with engines[0].execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO anything (id, flag, listed, sealed, at, day, size, share, words) VALUES "
            "(7, 1, '[ 1e-05, \"é\"]', x'00ff', '2020-05-12 09:00:00.000001', '2020-05-12', 9, 0.1, 'it''s 🙂')"
        )
    (line,) = lines_of(engines[0], table_named("anything", engines[0]))
    at, day, flag, later, listed, sealed, share, size, words = json.loads(line)[1:]
    assert (at, day, flag, later) == ("2020-05-12T09:00:00.000001Z", "2020-05-12", True, None)
    assert (listed, sealed, share, size, words) == ('[ 1e-05, "é"]', "AP8=", 0.1, 9, "it's 🙂")


@pytest.mark.parametrize("last", [0, 5, 9])
def test_numbers_go_on_after_the_last_that_was_given(engines: list[Engine], last: int) -> None:
    _, postgresql = engines
    for engine in engines:
        table = table_named("anything", engine)
        with engine.execution_options(writing=True).begin() as connection:
            if last:
                connection.execute(ANYTHING.insert().values(id=5, words="x"))
            give_no_id_again(connection, table, last)
            connection.execute(ANYTHING.insert().values(words="new"))
            newest = connection.execute(sa.text("SELECT id FROM anything WHERE words = 'new'")).scalar_one()
            assert newest == last_id(connection, table)
            # SQLite counts on from the greatest number that there is, unless a table is made to remember
            assert newest == (last + 1 if engine is postgresql else min(last, 5) + 1)
