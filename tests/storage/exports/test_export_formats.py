"""The table of formats: names, files that do not collide, what is chosen, and what a delivery tells of each."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest

from flows.options import Format
from storage.database import Database
from storage.errors import ExportError
from storage.exports.contents import Contents
from storage.exports.delivery import deliver
from storage.exports.formats import ALL, FORMATS, USUAL, InterviewFormat, StudyFormat, chosen_formats, handed_over
from storage.exports.readme import write_readme
from storage.study import Study
from storage.tables import Interview, State

Make = Callable[..., Contents]
NIGHT = datetime(2020, 6, 10, 20, 15, 30, tzinfo=UTC)
DOCS = Path(__file__).parents[3] / "docs"


def test_no_name_chooses_the_usual_ones() -> None:
    assert chosen_formats([]) == ("docx", "txt", "vtt", "srt", "qdpx", "qdc", "csv")


def test_all_is_every_one_and_names_come_in_the_order_of_the_table() -> None:
    assert chosen_formats(["all"]) == tuple(FORMATS) == chosen_formats(["txt", "all"])
    assert chosen_formats(["elan", "txt", "elan"]) == ("txt", "elan")


def test_a_wrong_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(
        ExportError, match=r"'pdf' is not a format of a delivery; allowed: docx, txt, .*; or all for all"
    ):
        chosen_formats(["txt", "pdf"])


def test_the_flow_allows_the_same_names() -> None:
    assert get_args(Format) == (*FORMATS, ALL)


def test_no_two_formats_write_the_same_file() -> None:
    endings = [kind.ending for kind in FORMATS.values() if isinstance(kind, InterviewFormat)]
    names = [kind.file_name for kind in FORMATS.values() if isinstance(kind, StudyFormat)]
    assert len({*endings, *names}) == len(FORMATS)
    assert all(re.fullmatch(r"(\.[a-z0-9]+)?\.[A-Za-z0-9]+", ending) for ending in endings)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_says_what_it_leaves_out_and_is_explained(name: str) -> None:
    assert FORMATS[name].about
    assert FORMATS[name].loses
    assert f"`{name}`" in (DOCS / "coding" / "programs.md").read_text()


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_without_the_text_hands_no_interview_over(contents: Make, name: str) -> None:
    made = contents(sounds={})
    without_text = {"csv", "qdc"}
    assert bool(handed_over(made, [name])) == (name not in without_text)


def test_a_delivery_of_all_formats_has_each_file_and_names_it(
    study: Study, database: Database, add_interview: Callable[..., Interview]
) -> None:
    add_interview("C_031")
    report = deliver(database, study, formats=[ALL], actor="coordinator", now=NIGHT)
    assert report.folder
    written = {name: kind for name, kind in FORMATS.items() if name != "qdc"}  # the study has no codes
    expected = [
        f"C_031_2020-06{kind.ending}" if isinstance(kind, InterviewFormat) else kind.file_name
        for kind in written.values()
    ]
    assert [file.name for file in report.files] == [*expected, "README.txt"]
    assert all(file.size for file in report.files)
    readme = (report.folder / "README.txt").read_text()
    for name, kind in written.items():
        shown = f"*{kind.ending}" if isinstance(kind, InterviewFormat) else kind.file_name
        assert len(re.findall(rf"^  {re.escape(shown)} ", readme, re.MULTILINE)) == 2, name
    assert not deliver(database, study, formats=[ALL], actor="coordinator", now=NIGHT).is_new


def test_tables_of_words_hand_the_text_over(
    study: Study, database: Database, add_interview: Callable[..., Interview]
) -> None:
    interview = add_interview("C_031")
    deliver(database, study, formats=["words-csv"], actor="coordinator", now=NIGHT)
    with database.reading() as session:
        assert session.get_one(Interview, interview.id).state == State.DELIVERED


def test_a_parquet_file_that_cannot_be_written_leaves_nothing_behind(
    study: Study, database: Database, add_interview: Callable[..., Interview], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_interview("C_031")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ExportError, match="pip install"):
        deliver(database, study, formats=["txt", "words-parquet"], actor="coordinator", now=NIGHT)
    assert [path.name for path in study.place("deliveries").iterdir()] == [".delivering"]


def test_the_readme_lists_what_is_left_out_and_how_far_each_text_can_be_trusted(contents: Make) -> None:
    file = io.BytesIO()
    write_readme(contents(), [*USUAL, "nvivo"], file)
    text = file.getvalue().decode()
    assert "\n  C_031_2020-06  machine transcript, not checked by a person\n" in text
    left_out = text.partition("What a file leaves out\n")[2].partition("\n\n")[0]
    assert max(len(line) for line in left_out.splitlines()) <= 110
    (told,) = re.findall(r"^  \*\.nvivo\.docx +(.*(?:\n {5,}.*)*)", left_out, re.MULTILINE)
    assert " ".join(told.split()) == "; ".join(FORMATS["nvivo"].loses)
    assert "times finer than a tenth of a second" in FORMATS["nvivo"].loses
