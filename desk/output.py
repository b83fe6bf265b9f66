"""What commands print: tables for people, JSON for scripts, progress bars for anything that takes a while."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from shutil import get_terminal_size
from typing import Any
from unicodedata import combining, east_asian_width

import typer

Row = Mapping[str, Any]
Progress = Callable[[int, int], None]  # done and total, in any unit; total 0 is not known yet

MOST_FOLDED = 500  # rows that are folded to the width of the terminal where they are too wide; that takes long
WIDTH_OF_A_FILE = 160  # columns

JSON_OPTION = typer.Option("--json", help="Print JSON instead of a table.")


def say(text: str) -> None:
    """Print a sentence for the person at the terminal."""
    typer.echo(text)


def complain(text: str) -> None:
    """Print what went wrong, to standard error."""
    typer.secho(text, err=True, fg=typer.colors.RED if sys.stderr.isatty() else None)


def show(rows: Sequence[Row], *, title: str, as_json: bool, empty: str = "Nothing to show.") -> None:
    """Print rows as a table whose columns are the keys of the first row, or all of them as JSON."""
    if as_json:
        print_json([dict(row) for row in rows])
    elif rows:
        print_table(rows, title)
    else:
        typer.echo(empty)


def print_json(value: object) -> None:
    """Print a value as JSON: instants and days in ISO 8601, dataclasses by their fields."""
    typer.echo(json.dumps(value, indent=2, default=_plain, ensure_ascii=False))


def print_table(rows: Sequence[Row], title: str) -> None:
    """Print a table; numbers stand to the right, and nothing is cut off when the output is no terminal."""
    lines = list(_aligned(rows))
    width = get_terminal_size().columns if sys.stdout.isatty() else WIDTH_OF_A_FILE
    if len(rows) > MOST_FOLDED or (all(_cells(line) <= width for line in lines) and not _has_paragraphs(rows)):
        typer.secho(title, bold=True)
        typer.echo("\n".join(("", *lines, "")))
    else:
        _print_folded(rows, title, width)


def _aligned(rows: Sequence[Row]) -> Iterator[str]:
    """The lines of a table, each row one line, in the layout of rich's SIMPLE_HEAD."""
    numbers = _numbers(rows)
    names = {column: column.replace("_", " ") for column in rows[0]}
    lines = [names, *({c: "" if row[c] is None else " ".join(str(row[c]).split()) for c in names} for row in rows)]
    widths = {column: max(_cells(line[column]) for line in lines) for column in names}
    for number, line in enumerate(lines):
        padded = []
        for column, width in widths.items():
            space = " " * (width - _cells(line[column]))
            padded.append(space + line[column] if column in numbers else line[column] + space)
        yield f"  {'  '.join(padded)}".rstrip()
        if not number:
            yield f" {'─' * (sum(widths.values()) + 2 * len(widths))}"


def _numbers(rows: Sequence[Row]) -> set[str]:
    """The columns that hold nothing but numbers."""
    return {column for column in rows[0] if all(isinstance(row[column], int | float) for row in rows)}


def _has_paragraphs(rows: Sequence[Row]) -> bool:
    return any("\n" in value for row in rows for value in row.values() if isinstance(value, str))


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes: none for what combines, two for wide characters."""
    if text.isascii():
        return len(text)
    return sum(0 if combining(each) else 2 if east_asian_width(each) in "WF" else 1 for each in text)


def _print_folded(rows: Sequence[Row], title: str, width: int) -> None:
    """Print a table that is too wide, its longest cells on several lines."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, collapse_padding=True)
    numbers = _numbers(rows)
    for column in rows[0]:
        its_name, is_number = column.replace("_", " "), column in numbers
        table.add_column(its_name, justify="right" if is_number else "left", overflow="fold", header_style="")
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row.values()))
    Console(width=width).print(table)


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """A bar on standard error that the yielded function moves; silent where there is no terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)

        def move(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None)

        yield move


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
