"""Rows that are shown, and written into a file as well."""

import csv as csv_format
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from desk.output import Row, say, show
from storage.files import write_bytes, write_with


def tell(
    rows: Sequence[Row],
    title: str,
    *,
    csv: Path | None,
    as_json: bool,
    empty: str,
    limit: int = 0,
    on_screen: Callable[[Row], Row] = lambda row: row,
    columns: Sequence[str] = (),
) -> None:
    """Print rows, of a table `limit` at most (0 is all), and write all of them into `csv` if it is given.

    `on_screen` makes of a row what a table shows; files and JSON have it as it is. `columns` head a file without rows.
    """
    shown = rows if as_json or not limit else rows[:limit]
    show(shown if as_json else [*map(on_screen, shown)], title=title, as_json=as_json, empty=empty)
    if len(shown) < len(rows):
        say(f"These are the first {len(shown)}. All of them: --limit 0, --csv FILE or --json.")
    if csv:
        write_file(csv, lambda file: file.write(_as_csv(rows, columns)), as_json=as_json)


def write_file(path: Path, save: Callable[[IO[bytes]], object], *, as_json: bool) -> None:
    """Write a file as a whole, over an older one, and say so unless JSON is printed."""
    with _told_by_name(path):
        write_with(path, save)
    if not as_json:
        say(f"Written to {path}.")


def write_named(path: Path, content: bytes) -> None:
    """Write a file that a person has named, as a whole. Raises ExportError where it cannot be."""
    with _told_by_name(path):
        write_bytes(path, content)


@contextmanager
def _told_by_name(path: Path) -> Iterator[None]:
    from storage.errors import ExportError

    try:
        yield
    except OSError as error:
        raise ExportError(f"{path.name} cannot be written: {error.strerror}. Name another file.") from error


def _as_csv(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    """CSV (RFC 4180) in UTF-8 without a byte order mark, LF line ends; no text is ever computed, numbers are plain."""
    text = io.StringIO()
    table = csv_format.writer(text, lineterminator="\n")
    table.writerow(list(rows[0]) if rows else columns)
    table.writerows([_cell(value) for value in row.values()] for row in rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    from storage.exports.cells import cell

    return value if value is None or isinstance(value, int | float) else cell(value)
