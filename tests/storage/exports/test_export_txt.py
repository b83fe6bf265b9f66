"""Plain text: the heading, an empty line, the canonical text."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage.exports.document import Document
from storage.exports.turns import plain_text
from storage.exports.txt import write_txt
from storage.transcripts.transcript import Spoken

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


@pytest.mark.parametrize(
    ("completeness", "told"), [(1.0, "100.0 %"), (0.99999, "99.9 %"), (0.57, "57.0 %"), (0.0, "0.0 %")]
)
def test_only_what_is_whole_is_called_so(document: Make, completeness: float, told: str) -> None:
    assert f"Completeness: {told} of the speech has words\n" in _written(document(completeness=completeness)).decode()


def test_the_heading_tells_how_complete_the_text_is_and_what_was_set_aside(document: Make) -> None:
    text = "[unclear 00:00:00-00:00:00]"
    unclear = Spoken("", 0, 0, 900, text, [[text, 0, 900, 0.0, ["unclear"]]])
    aside = [
        Spoken("", 0, at, at + 1, "", [["so", at, at + 1, 0.1, [mark]]])
        for at, mark in ((0, "loop"), (9_000, "loop"), (1, "bleed"))
    ]
    made = document(utterances=(unclear, *aside), notes=("The file ends early.", "That is all."))
    head = dict(line.split(": ", 1) for line in _written(made).decode().partition("\n\n")[0].splitlines())
    assert head["Completeness"] == "99.7 % of the speech has words; 1 passage is marked [unclear]"
    assert head["Set aside"] == "1 passage: echo of the other speaker; 2 passages: repetition"
    assert head["Notes"] == "The file ends early. That is all."
    assert head["Marks"].startswith("[unclear from-to] is speech that could not be written down")


def test_what_is_not_known_or_not_there_is_not_told(document: Make) -> None:
    head = _written(document(completeness=None)).decode().partition("\n\n")[0]
    assert not [name for name in ("Completeness", "Set aside", "Notes", "Marks") if f"{name}:" in head]


@pytest.mark.parametrize("style", ["full", "intelligent"])
def test_the_heading_declares_the_style(document: Make, style: str) -> None:
    assert f"\nStyle: {style} verbatim: " in _written(document(style=style)).decode()


def test_text_corrected_by_a_person_says_whether_all_of_it_was_checked(document: Make) -> None:
    made = document(version_kind="corrected", version_number=2)
    assert b"Text: version 2: corrected by a person, not checked as a whole\n" in _written(made)
    assert b"corrected by a person, checked as a whole\n" in _written(replace(made, is_checked=True))


def test_a_text_without_names_says_whether_somebody_stands_for_it(document: Make) -> None:
    made = {"version_kind": "pseudonymised", "version_number": 3}
    assert b"Text: version 3: pseudonymised, not approved by a person\n" in _written(document(**made))
    assert b"pseudonymised, approved by a person\n" in _written(document(**made, approved_by="RES_01"))


def _written(made: Document) -> bytes:
    file = io.BytesIO()
    write_txt(made, file)
    return file.getvalue()
