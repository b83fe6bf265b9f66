"""Plain text: the heading, an empty line, the canonical text."""

import io
from collections.abc import Callable
from datetime import UTC, datetime

from storage.exports.document import Document
from storage.exports.turns import plain_text
from storage.exports.txt import write_txt

Make = Callable[..., Document]


def test_it_is_as_agreed(document: Make, golden: Callable[[str], bytes]) -> None:
    assert _written(document()) == golden("C_031_2020-06.txt")


def test_it_has_the_same_text_as_the_project_file(document: Make) -> None:
    assert _written(document()).decode().partition("\n\n")[2] == plain_text(document().transcript).text


def test_it_has_no_byte_order_mark_and_only_lf(document: Make) -> None:
    text = _written(document(study_title="Two\r\nlines"))
    assert text.startswith(b"Study: Two lines\n")
    assert b"\r" not in text


def test_a_checked_transcript_says_so(document: Make) -> None:
    made = Document(document().transcript, "C_031_2020-06", is_checked=True)
    assert b"version 1: machine transcript, checked by a person" in _written(made)


def test_the_date_of_a_winter_interview_is_in_winter_time(document: Make) -> None:
    made = document(starts_at=datetime(2020, 10, 25, 1, 30, tzinfo=UTC))
    assert "Date: Sunday 25 October 2020, 01:30 GMT (Europe/London)" in _written(made).decode()


def _written(made: Document) -> bytes:
    file = io.BytesIO()
    write_txt(made, file)
    return file.getvalue()
