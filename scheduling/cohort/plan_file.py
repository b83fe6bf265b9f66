"""A plan as a CSV file, to be looked at, perhaps changed by hand, and booked row by row.

What a cell says is never repeated in a message unless it is known to be a code or a time, for a row that has
slipped may hold a name.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scheduling.cohort.problem import Proposed
from scheduling.errors import AmbiguousTime, LocalTimeError, NoSuchTime, PlanFileError
from scheduling.local_time import read_local, show
from storage.study import Study

COLUMNS = ("code", "when", "interviewer", "mode")
WHY = "why"  # for the reader; passed over when the file is read
_CODE = re.compile(r"[A-Z]{1,8}_[0-9]{1,6}")
_MODES = ("phone", "video")


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A row that asks for a booking; `line` is its line in the file."""

    line: int
    code: str
    starts_at: datetime
    interviewer: str
    mode: str


@dataclass(frozen=True, slots=True)
class PlanProblem:
    """Why a row cannot be booked; `code` is '' where none can be read."""

    line: int
    code: str
    reason: str


class _Unfit(Exception):
    """A cell cannot be taken; the message is the reason."""


def write_plan(proposed: Sequence[tuple[Proposed, str]], study: Study) -> str:
    """The text of a file: a row for every slot, with why it is there."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*COLUMNS, WHY))
    for one, why in proposed:
        when = show(one.slot.starts_at, study.zone)
        writer.writerow((one.code, when, one.slot.interviewer_code, one.mode, why))
    return out.getvalue()


def read_plan(path: Path, study: Study) -> tuple[list[PlanRow], list[PlanProblem]]:
    """The rows that can be booked, and what is wrong with the others. Raises PlanFileError when nothing can be read."""
    rows: list[PlanRow] = []
    problems: list[PlanProblem] = []
    lines: dict[str, int] = {}
    for line, cells in _records(_text(path)):
        code = ""
        try:
            code = _code(cells["code"], "code")
            row = PlanRow(
                line,
                code,
                _when(cells["when"], study),
                _code(cells["interviewer"], "interviewer"),
                _mode(cells["mode"]),
            )
            if (first := lines.setdefault(code, line)) != line:
                raise _Unfit(f"{code} is on line {first} already; that one counts")  # noqa: TRY301 - told as the others
            rows.append(row)
        except _Unfit as unfit:
            problems.append(PlanProblem(line, code, str(unfit)))
    return rows, problems


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise PlanFileError(
            f"The plan cannot be read: {error.strerror}. Name a file that '--out' has written."
        ) from error
    except UnicodeDecodeError:
        raise PlanFileError("The plan is not in UTF-8. Save it as 'CSV UTF-8' and try again.") from None


def _records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that is not empty, by column, with its line."""
    delimiter = max(",;\t", key=text.lstrip().partition("\n")[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if missing := [name for name in COLUMNS if name not in header]:
            raise PlanFileError(
                f"The plan has no column {' and no column '.join(missing)}. Write the plan anew with '--out'."
            )
        for cells in reader:
            if any(cell.strip() for cell in cells):
                filled = [*cells, *[""] * len(header)]
                yield reader.line_num, {name: cell.strip() for name, cell in zip(header, filled, strict=False)}
    except csv.Error as error:
        raise PlanFileError(f"The plan is not a CSV file from line {reader.line_num} on: {error}.") from error


def _code(cell: str, column: str) -> str:
    code = cell.upper()
    if not _CODE.fullmatch(code):
        raise _Unfit(f"the column {column} holds no code such as {'C_031' if column == 'code' else 'INT_01'}")
    return code


def _mode(cell: str) -> str:
    if cell.lower() not in _MODES:
        raise _Unfit("the column mode holds neither phone nor video")
    return cell.lower()


def _when(cell: str, study: Study) -> datetime:
    try:
        return read_local(cell, study.zone)
    except (NoSuchTime, AmbiguousTime) as error:
        raise _Unfit(str(error)) from None
    except LocalTimeError:
        raise _Unfit("the column when holds no time of the calendar. Write it as 2020-06-03 14:00") from None
