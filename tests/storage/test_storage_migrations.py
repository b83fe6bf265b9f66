"""Every revision, on both databases and with rows in every table: up, down, and up again."""

import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, MetaData, text
from sqlalchemy.engine import URL, make_url

from storage.backup.rows import Table, read_lines, tables_of, write_lines
from storage.database import downgrade, make_engine, revisions, upgrade
from storage.guards import lifted

REVISIONS = list(reversed(revisions("study")))
STEPS = list(zip([None, *REVISIONS], REVISIONS, strict=False))[1:]
ROWS = 3
Rows = dict[str, list[dict[str, Any]]]
# what a column must hold, or must leave empty, for the row to be allowed
ALLOWED: dict[tuple[str, str], object] = {
    ("code", "parent_id"): None,
    ("coding", "end"): 100,
    ("coding", "end_ms"): 100,
    ("coding", "matched_by"): "guid",
    ("coding", "standing"): "kept",
    ("coding", "reason"): "",
    ("memo_about", "coding_id"): None,
    ("memo_about", "transcript_id"): None,
    ("memo_about", "participant_code"): None,
}


@pytest.fixture
def engine(home: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database."""
    if home == "postgresql":
        url: URL = make_url(request.getfixturevalue("postgresql_database")(tables=False))
    else:
        url = URL.create("sqlite", database=str(tmp_path / "a.db"))
    engine = make_engine(url)
    yield engine
    engine.dispose()


def at(engine: Engine, revision: str) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        upgrade(connection, "study", revision)


def back_to(engine: Engine, revision: str) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        downgrade(connection, "study", revision)


def fill(engine: Engine) -> None:
    """A few rows in every table, each with a value in every column; row 2 of a table refers to row 2 of another."""
    with engine.execution_options(writing=True).begin() as connection, lifted(connection):
        metadata = MetaData()
        metadata.reflect(connection)
        for table in tables_of(connection):
            referring = {column.name for column in metadata.tables[table.name].columns if column.foreign_keys}
            write_lines(connection, table, (line_of(table, referring, number) for number in range(1, ROWS + 1)))


def line_of(table: Table, referring: set[str], number: int) -> bytes:
    texts = {name for name, kind in table.columns if kind == "text"}
    values = {
        name: f"code-{number}" if name in texts & (referring | set(table.key)) else value_of(name, kind, number)
        for name, kind in table.columns
    }
    values |= {name: value for (of, name), value in ALLOWED.items() if of == table.name}
    return json.dumps([values[name] for name, _ in table.columns]).encode() + b"\n"


def value_of(name: str, kind: str, number: int) -> object:
    at = datetime(2020, 5, number, 9, 0, 0, 123456 if name == "starts_at" else 0, UTC)
    values: dict[str, object] = {
        "boolean": number % 2 == 0,
        "json": f'[ {{"{name}":"é \\u00e9 {number}"}}, 1e-05 ]',
        "bytes": b64encode(bytes([number, 0, 255])).decode(),
        "instant": (at + timedelta(hours=name == "ends_at")).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "date": f"2020-05-0{number}",
        "integer": number,
        "number": number / 7,
        "text": f"{name} {number} 🙂 ‘é’",
    }
    return values[kind]


def rows_of(connection: Connection) -> Rows:
    """By table, the rows by column."""
    return {
        table.name: [
            dict(zip((name for name, _ in table.columns), json.loads(line), strict=True))
            for line in read_lines(connection, table)
        ]
        for table in tables_of(connection)
    }


def kept(before: Rows, after: Rows) -> Rows:
    """Of the rows before, the tables and columns that there are still."""
    return {
        table: [{name: value for name, value in row.items() if name in after[table][0]} for row in rows]
        for table, rows in before.items()
        if table in after
    }


def schema_of(connection: Connection) -> list[tuple[str, ...]]:
    """Everything that the scripts make, as each database tells of it."""
    queries = SCHEMA_SQLITE if connection.dialect.name == "sqlite" else SCHEMA_POSTGRESQL
    return sorted(tuple(map(str, row)) for query in queries for row in connection.execute(text(query)))


SCHEMA_SQLITE = (
    "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL "
    "AND name NOT IN ('alembic_version', 'sqlite_sequence')",
)
SCHEMA_POSTGRESQL = (
    "SELECT 'column', table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns "
    "WHERE table_schema = 'public' AND table_name != 'alembic_version'",
    "SELECT 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace AND conrelid != 0 AND conrelid::regclass::text != 'alembic_version'",
    "SELECT 'index', indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename != 'alembic_version'",
    "SELECT 'trigger', pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    "SELECT 'function', pg_get_functiondef(p.oid) FROM pg_proc p LEFT JOIN pg_depend d "
    "ON d.objid = p.oid AND d.deptype = 'e' WHERE pronamespace = 'public'::regnamespace AND d.objid IS NULL",
)


@pytest.mark.parametrize(("before", "revision"), STEPS)
def test_rows_survive_a_revision_up_and_down(engine: Engine, before: str, revision: str) -> None:
    at(engine, before)
    fill(engine)
    with engine.connect() as connection:
        rows, schema = rows_of(connection), schema_of(connection)
    assert all(len(of_table) == ROWS for of_table in rows.values())
    at(engine, revision)
    with engine.connect() as connection:
        above = rows_of(connection)
        assert schema_of(connection) != schema
    assert kept(rows, above) == rows, "nothing that there was is gone or changed"
    back_to(engine, before)
    with engine.connect() as connection:
        assert rows_of(connection) == rows
        assert schema_of(connection) == schema


@pytest.mark.parametrize(("before", "revision"), STEPS)
def test_rows_survive_a_revision_down_and_up(engine: Engine, before: str, revision: str) -> None:
    """What the revision brought is gone; all else is as it was."""
    at(engine, revision)
    fill(engine)
    with engine.connect() as connection:
        rows, schema = rows_of(connection), schema_of(connection)
    back_to(engine, before)
    with engine.connect() as connection:
        below = rows_of(connection)
    assert kept(rows, below) == below
    at(engine, revision)
    with engine.connect() as connection:
        again = rows_of(connection)
        assert schema_of(connection) == schema
    common = {table for table in below if set(again[table][0]) >= set(below[table][0])}
    assert {table: kept(again, below)[table] for table in common} == below


def test_all_the_way_down_nothing_is_left(engine: Engine) -> None:
    at(engine, "head")
    with engine.connect() as connection:
        schema = schema_of(connection)
    fill(engine)
    back_to(engine, "base")
    with engine.connect() as connection:
        assert schema_of(connection) == []
    at(engine, "head")
    with engine.connect() as connection:
        assert schema_of(connection) == schema
