"""Rows in a form that belongs to no database: a table is lines of JSON, a row each, in the order of its key.

A row is an array of its values in the order of `Table.columns`: texts as they are, days as `2020-05-12`, instants as
`2020-05-12T09:00:00.000000Z`, bytes in base64, and a JSON column as the very text that is stored, so that nothing of it
is written anew. The same rows give the same lines, whichever database holds them.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import ColumnElement

from storage.errors import BackupError
from storage.tables import Instant

REVISION_TABLE = "alembic_version"
_AT_ONCE = 1000  # rows on their way between the database and the lines

Convert = Callable[[Any], Any]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]  # it becomes part of statements
Kind = Literal["boolean", "json", "bytes", "instant", "date", "integer", "number", "text"]

# what a column holds, the more special kinds first, and how its values are read
_KINDS: tuple[tuple[Kind, type[sa.types.TypeEngine[Any]], sa.types.TypeEngine[Any]], ...] = (
    ("boolean", sa.Boolean, sa.Boolean()),
    ("json", sa.JSON, sa.Text()),
    ("bytes", sa.LargeBinary, sa.LargeBinary()),
    ("instant", sa.DateTime, Instant()),
    ("date", sa.Date, sa.Date()),
    ("integer", sa.Integer, sa.BigInteger()),
    ("number", sa.Numeric, sa.Float()),
    ("text", sa.String, sa.Text()),
)
_TYPES = {kind: read_as for kind, _, read_as in _KINDS}


class Table(BaseModel):
    """A table as its lines have it: the columns of its key first, then the others by name, each with its kind."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Name
    key: tuple[Name, ...]
    columns: tuple[tuple[Name, Kind], ...]


def tables_of(connection: Connection) -> list[Table]:
    """The tables of a database, each after those that it refers to."""
    metadata = sa.MetaData()
    metadata.reflect(connection, resolve_fks=False)
    return [_table(table) for table in metadata.sorted_tables if table.name != REVISION_TABLE]


def read_lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """The rows of a table as lines; memory does not grow with their number."""
    source = sa.table(table.name, *(sa.column(name, _TYPES[kind]) for name, kind in table.columns))
    values = [sa.cast(source.c[name], sa.Text) if kind == "json" else source.c[name] for name, kind in table.columns]
    query = sa.select(*values).order_by(*(_bytewise(connection, source.c[name]) for name in table.key))
    converts = [_TO_LINE.get(kind) for _, kind in table.columns]
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for row in connection.execute(query.execution_options(yield_per=_AT_ONCE)):
        yield encode(_converted(row, converts)).encode() + b"\n"


def write_lines(connection: Connection, table: Table, lines: Iterable[bytes]) -> None:
    """Add the rows that lines say; on PostgreSQL in one statement, so that rows may refer to later ones.

    Raises BackupError where the database does not take them, without saying what they hold.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    converts = [(_TO_SQLITE if is_sqlite else _TO_POSTGRESQL).get(kind) for _, kind in table.columns]
    rows = (_converted(json.loads(line.decode()), converts) for line in lines)
    (_insert if is_sqlite else _copy)(connection, table, rows)


def count_rows(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    return int(connection.execute(sa.select(sa.func.count()).select_from(sa.table(table.name))).scalar_one())


def last_id(connection: Connection, table: Table) -> int:
    """The number that was given last to a row of a table that numbers its rows by itself; 0 where it does not."""
    counter = _counter(connection, table)
    if connection.dialect.name == "postgresql":
        query = f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {counter}"  # noqa: S608 - as it told us
    else:
        query = f"SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = '{table.name}'"  # noqa: S608
    given = int(connection.exec_driver_sql(query).scalar_one()) if counter else 0
    return max(given, _greatest_id(connection, table))


def give_no_id_again(connection: Connection, table: Table, last: int) -> None:
    """Let a table go on numbering its rows after `last`."""
    counter = _counter(connection, table)
    if counter and connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT setval(%s, %s, %s)", (counter, max(last, 1), last > 0))
    elif counter:
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table.name, last))


def _table(table: sa.Table) -> Table:
    kinds = {column.name: _kind(column) for column in table.columns}
    key = tuple(column.name for column in table.primary_key)
    others = sorted(kinds.keys() - set(key))
    return Table(name=table.name, key=key, columns=tuple((name, kinds[name]) for name in (*key, *others)))


def _kind(column: sa.Column[Any]) -> Kind:
    return next(kind for kind, family, _ in _KINDS if isinstance(column.type, family))


def _bytewise(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The order of the bytes, as SQLite has it: PostgreSQL orders texts by the rules of a language."""
    is_text = isinstance(column.type, sa.String)
    return sa.collate(column, "C") if is_text and connection.dialect.name == "postgresql" else column


def _converted(row: Iterable[Any], converts: Sequence[Convert | None]) -> list[Any]:
    return [
        value if convert is None or value is None else convert(value)
        for value, convert in zip(row, converts, strict=True)
    ]


def _instant(value: datetime) -> str:
    return value.isoformat(timespec="microseconds").replace("+00:00", "Z")


_TO_LINE: dict[str, Convert] = {
    "instant": _instant,
    "date": lambda day: day.isoformat(),
    "bytes": lambda content: b64encode(content).decode(),
}
_TO_SQLITE: dict[str, Convert] = {
    "instant": lambda text: text.replace("T", " ").removesuffix("Z"),
    "bytes": b64decode,
}
_TO_POSTGRESQL: dict[str, Convert] = {"bytes": b64decode}


def _insert(connection: Connection, table: Table, rows: Iterator[list[Any]]) -> None:
    marks = ", ".join("?" for _ in table.columns)
    statement = f'INSERT INTO "{table.name}" ({_names(table)}) VALUES ({marks})'  # noqa: S608 - names of our tables
    try:
        while batch := [tuple(row) for row in islice(rows, _AT_ONCE)]:
            connection.exec_driver_sql(statement, batch)
    except DBAPIError as error:
        raise _refused(table, error.orig) from None


def _copy(connection: Connection, table: Table, rows: Iterator[list[Any]]) -> None:
    import psycopg

    driver: Any = connection.connection.driver_connection
    statement = f'COPY "{table.name}" ({_names(table)}) FROM STDIN'
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise _refused(table, error) from None


def _refused(table: Table, error: BaseException | None) -> BackupError:
    """What the database says may repeat what the rows hold, so only its kind is told."""
    return BackupError(
        f"The rows of {table.name} could not be put into the database ({type(error).__name__}). Nothing was restored; "
        "look whether it can be written to and has room, then begin again."
    )


def _names(table: Table) -> str:
    return ", ".join(f'"{name}"' for name, _ in table.columns)


def _numbers_itself(table: Table) -> bool:
    return len(table.key) == 1 and dict(table.columns)[table.key[0]] == "integer"


def _counter(connection: Connection, table: Table) -> str:
    """What counts the rows' numbers beside them, or '': a sequence, or SQLite's note where none is given again."""
    if not _numbers_itself(table):
        return ""
    if connection.dialect.name == "postgresql":
        query, asked = "SELECT pg_get_serial_sequence(%s, %s)", (f'"{table.name}"', table.key[0])
        return str(connection.exec_driver_sql(query, asked).scalar() or "")
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ? AND sql LIKE '%AUTOINCREMENT%'"
    return "sqlite_sequence" if connection.exec_driver_sql(query, (table.name,)).scalar() else ""


def _greatest_id(connection: Connection, table: Table) -> int:
    if not _numbers_itself(table):
        return 0
    query = f'SELECT COALESCE(MAX("{table.key[0]}"), 0) FROM "{table.name}"'  # noqa: S608 - names of our tables
    return int(connection.exec_driver_sql(query).scalar_one())
