"""The review: a CSV of what was found in transcripts, for a person to decide on, and what they decided.

A row is known by its version, text, start and end. `decision` is `replace` or `keep`; a row that a person adds says
`add` with what is to be replaced, its kind, and the transcript (all of the file's where none is named). The file holds
what was said: it is written for its owner only, and is to be deleted when it has been applied.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from storage.errors import PseudonymError
from storage.pseudonyms.allotment import can_be_given
from storage.pseudonyms.candidates import Candidate, Place
from storage.pseudonyms.finding.findings import Kind
from storage.pseudonyms.finding.heard import hear
from storage.pseudonyms.table_file import read_table

COLUMNS = (
    "transcript",
    "time",
    "speaker",
    "kind",
    "original",
    "pseudonym",
    "rule",
    "certainty",
    "context",
    "decision",
    "version",
    "text",
    "start",
    "end",
)
_KEY = ("version", "text", "start", "end")
_NEEDED = ("decision", "pseudonym", "original", "kind", "transcript", *_KEY)
_FORMULA = ("=", "+", "-", "@")  # what a spreadsheet would compute


class Choice(StrEnum):
    """What a person may write into `decision`."""

    REPLACE = "replace"
    KEEP = "keep"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """What is shown of a candidate: the interview's label, the time and the speaker, beside the candidate itself."""

    label: str
    version_guid: str
    time: str
    speaker: str
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Decided:
    """A row as a person left it; `place` is None in one that they added."""

    line: int
    choice: Choice
    version_guid: str
    place: Place | None
    label: str
    kind: str
    original: str
    pseudonym: str


def write_review(rows: Sequence[ReviewRow]) -> bytes:
    """The review as CSV in UTF-8 with a byte order mark, for spreadsheets; what is certain is decided already."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for row in rows:
        each = row.candidate
        table.writerow(
            _cell(value)
            for value in (
                *(row.label, row.time, row.speaker, each.kind, each.original, each.pseudonym, each.rule),
                *(certainty(each), each.context, Choice.REPLACE if each.is_certain else ""),
                *(row.version_guid, *each.place),
            )
        )
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def certainty(candidate: Candidate) -> str:
    """How sure it is, in a word."""
    return "certain" if candidate.is_certain else "doubtful"


def read_review(content: bytes) -> tuple[Decided, ...]:
    """The decisions of a review. Raises PseudonymError naming the line, never what was said."""
    decided = tuple(_decided(line, row) for line, row in read_table(content, _NEEDED, "review"))
    seen: dict[tuple[str, Place], int] = {}
    for each in decided:
        if (
            each.place is not None
            and (first := seen.setdefault((each.version_guid, each.place), each.line)) != each.line
        ):
            raise PseudonymError(f"Lines {first} and {each.line} of the review are about the same words. Leave one.")
    return decided


def _decided(line: int, row: Mapping[str, str]) -> Decided:
    choice = _plain(row, "decision").lower()
    if choice not in list(Choice):
        told = "is empty" if not choice else "is none that there is"
        raise PseudonymError(
            f"Line {line} of the review: its decision {told}. Write replace or keep, or add in a row of your own."
        )
    place = _place(line, row) if choice != Choice.ADD else None
    kind = _plain(row, "kind")
    if choice == Choice.ADD and (kind not in list(Kind) or not hear(_plain(row, "original")).tokens):
        raise PseudonymError(
            f"Line {line} of the review adds something: it needs the words in 'original' and a kind, one of "
            f"{', '.join(Kind)}."
        )
    return Decided(
        line=line,
        choice=Choice(choice),
        version_guid=_plain(row, "version"),
        place=place,
        label=_plain(row, "transcript"),
        kind=kind,
        original=_plain(row, "original"),
        pseudonym=_pseudonym(line, _plain(row, "pseudonym")),
    )


def _place(line: int, row: Mapping[str, str]) -> Place:
    try:
        number, start, end = (int(_plain(row, key)) for key in ("text", "start", "end"))
    except ValueError:
        raise PseudonymError(
            f"Line {line} of the review: text, start and end are not the numbers they were. Write a new review."
        ) from None
    return number, start, end


def _pseudonym(line: int, text: str) -> str:
    """The pseudonym in its brackets, which may have been left away."""
    inner = text.removeprefix("[").removesuffix("]").strip()
    if inner and not can_be_given(inner):
        raise PseudonymError(
            f"Line {line} of the review: a pseudonym is one line of at most 60 characters, in one pair of brackets."
        )
    return f"[{inner}]" if inner else ""


def _plain(row: Mapping[str, str], key: str) -> str:
    """A cell without the mark that keeps a spreadsheet from computing it."""
    value = row[key]
    return value[1:] if value[:1] == "'" and value[1:].startswith(_FORMULA) else value


def _cell(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
