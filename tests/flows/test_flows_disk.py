"""A full disk is known for what it is, whoever says so."""

import errno
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from flows.disk import is_full


def of_sqlite(tmp_path: Path) -> sqlite3.Error:
    """What SQLite itself raises where there is no room for another page."""
    with sqlite3.connect(tmp_path / "full.db") as connection:
        connection.execute("CREATE TABLE word (text)")
        connection.execute("PRAGMA max_page_count = 1")
        with pytest.raises(sqlite3.OperationalError) as caught:
            connection.execute("INSERT INTO word VALUES (?)", ("word" * 10_000,))
    connection.close()
    return caught.value


class OfPostgresql(Exception):
    """As its driver tells it."""

    sqlstate = "53100"


def raised_from(cause: Exception) -> Exception:
    error = ValueError("a window could not be kept")
    error.__cause__ = cause
    return error


def test_a_file_that_cannot_be_written() -> None:
    assert is_full(OSError(errno.ENOSPC, "No space left on device"))
    assert is_full(raised_from(OSError(errno.EDQUOT, "Disk quota exceeded")))
    assert not is_full(OSError(errno.EACCES, "Permission denied"))


def test_a_database_that_cannot_grow(tmp_path: Path) -> None:
    assert is_full(OperationalError("INSERT", {}, of_sqlite(tmp_path)))
    assert is_full(raised_from(OperationalError("INSERT", {}, OfPostgresql())))
    assert not is_full(OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked")))


def test_anything_else() -> None:
    assert not is_full(ValueError("full"))
    assert not is_full(None)
