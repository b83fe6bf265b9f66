"""What commands print: tables for people, JSON for scripts, progress bars for anything that takes a while."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import typer

Row = Mapping[str, Any]
Progress = Callable[[int, int], None]  # done and total, in any unit; total 0 is not known yet

MOST_DRAWN = 500  # rows that are laid out to the width of the terminal; that takes long

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
    if len(rows) > MOST_DRAWN:
        typer.echo("\n".join(_plain_table(rows, title)))
    else:
        _draw_table(rows, title)


def _plain_table(rows: Sequence[Row], title: str) -> Iterator[str]:
    """The lines of a table without wrapping, for thousands of rows."""
    numbers = {column for column in rows[0] if all(isinstance(row[column], int | float) for row in rows)}
    names = {column: column.replace("_", " ") for column in rows[0]}
    cells = [names, *({c: "" if row[c] is None else " ".join(str(row[c]).split()) for c in names} for row in rows)]
    widths = {column: max(len(row[column]) for row in cells) for column in names}
    yield title
    for number, row in enumerate(cells):
        yield "  ".join(f"{row[c]:>{widths[c]}}" if c in numbers else f"{row[c]:<{widths[c]}}" for c in names).rstrip()
        if not number:
            yield "  ".join("─" * width for width in widths.values())


def _draw_table(rows: Sequence[Row], title: str) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, collapse_padding=True)
    for column in rows[0]:
        number = all(isinstance(row[column], int | float) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if value is None else str(value)) for value in row.values()))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)


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
