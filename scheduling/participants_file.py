"""A file of participants: CSV text into checked rows, and a reason for every row that cannot be taken.

What a cell says is never repeated in a message, for any cell may hold a name or a number, above all when
columns have slipped; only codes are, once they are known to look like codes.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import available_timezones

import phonenumbers

from scheduling.errors import LocalTimeError, ParticipantsFileError
from scheduling.local_time import read_day
from storage.hours import EXAMPLE, parse_hours
from storage.study import LANGUAGE, SKILL, Study

REQUIRED = ("code", "group")
OPTIONAL = (
    "name", "phone", "email", "mode", "available", "zone", "language", "needs",
    "link_worker", "link_worker_attends", "link_worker_reminded",
    "consent_date", "consent_sheet", "consent_recording",
)  # fmt: skip
COLUMNS = (*REQUIRED, *OPTIONAL)
_CODE = re.compile(r"[A-Z]{1,8}_[0-9]{1,6}")
_NONE = "none"  # takes back what is on record, where an empty cell would leave it
_ANSWERS = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row was not taken. `line` is its first line in the file; `code` is '' where none can be read."""

    line: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class GivenConsent:
    """Consent as a row states it."""

    given_on: date
    sheet: str
    recording: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be taken. `given` are the columns with something in their cell; the others say nothing."""

    line: int
    code: str
    group: str
    given: frozenset[str]
    name: str = ""
    phone: str = ""  # E.164, with ';ext=' where there is an extension (RFC 3966)
    email: str = ""
    mode: str = ""
    available: str = ""
    zone: str = ""
    language: str = ""
    needs: str = ""  # skills, sorted, by spaces
    link_worker: str | None = None
    link_worker_attends: bool = False
    link_worker_reminded: bool = False
    consent: GivenConsent | None = None


@dataclass(slots=True)
class Reading:
    """A file as read: rows that can be taken, problems, and notes that stand in nobody's way."""

    rows: list[Row] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class _Unfit(Exception):
    """A cell cannot be taken; the message is the reason."""


def read_file(source: Path | str) -> str:
    """The text of a CSV file in UTF-8, with or without a byte-order mark; a str is the text itself."""
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        content = source.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ParticipantsFileError(f"The file of participants cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ParticipantsFileError(
            f"The file of participants is not in UTF-8 (line {line} shows it). "
            "Save it as 'CSV UTF-8' and import it again; nothing was taken."
        ) from None


def read_rows(text: str, study: Study, today: date) -> Reading:
    """Read and check a file of participants. Raises ParticipantsFileError when its columns do not fit."""
    records = _records(text)
    columns = _columns(next(records, (1, []))[1])
    reading = Reading(notes=[f"column {column!r} is not known and was passed over" for column in _unknown(columns)])
    first_lines: dict[tuple[str, int], int] = {}
    for line, cells in records:
        code = ""
        try:
            values = _values(columns, cells)
            code = _code(values["code"])
            row = _row(line, code, values, study, today)
            _check_first(code, line, first_lines)
            reading.rows.append(row)
        except _Unfit as unfit:
            reading.problems.append(RowProblem(line, code, str(unfit)))
    return reading


def is_code(text: str) -> bool:
    """Whether a text is written as the codes of participants and interviewers are."""
    return _CODE.fullmatch(text) is not None


def number_of(code: str) -> tuple[str, int]:
    """A code's prefix and number: C_31 and C_031 are too alike to be two people."""
    prefix, _, number = code.rpartition("_")
    return prefix, int(number)


@lru_cache
def region_of(zone: str) -> str:
    """The country of a time zone, as ISO 3166 writes it (from tzdata's zone.tab); GB where there is none."""
    table = files("tzdata.zoneinfo").joinpath("zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    return next((row[0] for row in rows if row[2] == zone), "GB")


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with its first line; empty ones are passed over."""
    first_line = text.lstrip().partition("\n")[0]
    delimiter = max(";,\t", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        raise ParticipantsFileError(
            f"The file of participants is not CSV from line {line} on: a quotation mark is missing, "
            "or a character is not text. Mend that line and import it again; nothing was taken."
        ) from None


def _columns(header: list[str]) -> list[str]:
    columns = [re.sub(r"[\s-]+", "_", column.casefold()) for column in header]
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        found = ", ".join(column for column in columns if column in COLUMNS) or "none of them"
        raise ParticipantsFileError(
            f"The file of participants has no column {' and no column '.join(missing)} in its first line. "
            f"Expected: {', '.join(REQUIRED)} and, as needed, {', '.join(OPTIONAL)}; found: {found}. "
            "Nothing was taken."
        )
    twice = sorted({column for column in columns if column in COLUMNS and columns.count(column) > 1})
    if twice:
        raise ParticipantsFileError(
            f"The file of participants has two columns {twice[0]!r}. Remove one; nothing was taken."
        )
    return columns


def _unknown(columns: list[str]) -> list[str]:
    return [column for column in columns if column and column not in COLUMNS]


def _values(columns: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(columns):
        raise _Unfit(f"it has {len(cells)} cells, the first line has {len(columns)}")
    return dict(zip(columns, cells, strict=True))


def _code(text: str) -> str:
    code = text.upper()
    if not is_code(code):
        raise _Unfit("there is no code" if not text else "the code is not like C_031")
    return code


def _check_first(code: str, line: int, first_lines: dict[tuple[str, int], int]) -> None:
    earlier = first_lines.setdefault(number_of(code), line)
    if earlier != line:
        raise _Unfit(f"the code stands in line {earlier} already")


def _row(line: int, code: str, values: Mapping[str, str], study: Study, today: date) -> Row:
    group = _group(values["group"], study)
    prefix = study.groups[group].prefix
    if not code.startswith(f"{prefix}_"):
        raise _Unfit(f"codes of the group {group} start with {prefix}_")
    given = frozenset(column for column in COLUMNS if values.get(column))
    row = Row(line, code, group, given, name=values.get("name", ""))
    return replace(
        row,
        phone=_phone(values.get("phone", ""), region_of(study.zone.key)),
        email=_email(values.get("email", "")),
        mode=_mode(values.get("mode", ""), study, group),
        available=_available(values.get("available", "")),
        zone=_zone(values.get("zone", "")),
        language=_language(values.get("language", "")),
        needs=_needs(values.get("needs", "")),
        link_worker=_link_worker(values.get("link_worker", ""), study, group),
        link_worker_attends=_answer(values.get("link_worker_attends") or "no", "link_worker_attends"),
        link_worker_reminded=_answer(values.get("link_worker_reminded") or "no", "link_worker_reminded"),
        consent=_consent(values, today),
    )


def _group(text: str, study: Study) -> str:
    for name, group in study.groups.items():
        if text.casefold() in (name.casefold(), group.label.casefold()):
            return name
    raise _Unfit(f"its group is not in study.toml, which has {', '.join(study.groups)}")


def _phone(text: str, region: str) -> str:
    if not text:
        return ""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise _Unfit("the phone number is not one") from None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise _Unfit("the phone number is impossible: it has too many or too few digits")
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return f"{plain};ext={number.extension}" if number.extension else plain


def _email(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    if not text:
        return ""
    try:
        return validate_email(text, check_deliverability=False, strict=True).normalized
    except EmailNotValidError:  # its own message repeats parts of the address
        raise _Unfit("the e-mail address cannot be read; write it as name@example.org, one only") from None


def _mode(text: str, study: Study, group: str) -> str:
    modes = study.groups[group].modes
    mode = text.casefold() or modes[0]
    if mode not in modes:
        raise _Unfit(f"the mode is not allowed for {group}, which has {' or '.join(modes)}")
    return mode


def _available(text: str) -> str:
    try:
        parse_hours(text)
    except ValueError:
        raise _Unfit(f"the available hours cannot be read; write them {EXAMPLE}") from None
    return " ".join(text.split())


def _zone(text: str) -> str:
    if text and text.casefold() not in _zones():
        raise _Unfit("zone is not the name of a time zone; write it as Europe/London, never as EST or +01:00")
    return _zones()[text.casefold()] if text else ""


@lru_cache
def _zones() -> Mapping[str, str]:
    """Time zones by their names in small letters. EST and Etc/GMT+5 are none that anyone lives in: they keep no
    summer time, and the sign of the latter is turned round."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return {name.casefold(): name for name in (*places, "UTC")}


def _language(text: str) -> str:
    language = text.casefold()
    if language and not re.fullmatch(LANGUAGE, language):
        raise _Unfit("the language is not a code of two or three letters, such as cy for Welsh")
    return language


def _needs(text: str) -> str:
    skills = set(re.split(r"[\s;,]+", text.casefold())) - {""}
    if skills == {_NONE}:
        return ""
    if _NONE in skills or not all(re.fullmatch(SKILL, skill) for skill in skills):
        raise _Unfit("needs are not skills as study.toml writes them; write them as hearing stroke, or none")
    return " ".join(sorted(skills))


def _link_worker(text: str, study: Study, group: str) -> str | None:
    if not text or text.casefold() == _NONE:
        return None
    code = text.upper()
    if not is_code(code) or study.group_of(code) in (None, group):
        raise _Unfit("link_worker is not the code of a participant of another group; write it as LW_02, or none")
    return code


def _answer(text: str, column: str) -> bool:
    if text.casefold() not in _ANSWERS:
        raise _Unfit(f"{column} is neither yes nor no")
    return _ANSWERS[text.casefold()]


def _consent(values: Mapping[str, str], today: date) -> GivenConsent | None:
    given_on, sheet, recording = (values.get(f"consent_{part}", "") for part in ("date", "sheet", "recording"))
    if not given_on:
        if sheet or recording:
            raise _Unfit("consent is stated without consent_date")
        return None
    if not sheet:
        raise _Unfit("consent_sheet is empty: write the version of the information sheet that was used")
    may_record = _answer(recording, "consent_recording")
    return GivenConsent(_past_day(given_on, today), sheet, may_record)


def _past_day(text: str, today: date) -> date:
    try:
        day = read_day(text)
    except LocalTimeError:
        raise _Unfit("consent_date is not a day; write it as 2020-06-03") from None
    if day > today:
        raise _Unfit("consent_date is in the future")
    return day


def local_today(now: datetime, study: Study) -> date:
    """The day it is in the study's zone."""
    return now.astimezone(study.zone).date()
