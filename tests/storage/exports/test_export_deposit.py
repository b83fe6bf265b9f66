"""A deposit: who is in it, what it declares, what no file of it may hold, and that it is whole or not there."""

import csv
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.contacts import Contact
from storage.database import Database
from storage.deposit.check import check_pack
from storage.deposit.identifiers import told_by
from storage.deposit.numbered import numbered_lines
from storage.deposit.pack import Deposit, deposit
from storage.errors import ExportError
from storage.exports.document import Document
from storage.exports.turns import turns_of
from storage.interviews import open_interview
from storage.study import Study
from storage.tables import Consent, Interview, VersionKind
from storage.transcripts.approval import approve_transcript
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_next_version
from storage.transcripts.transcript import InterviewTranscript, Spoken

NIGHT = datetime(2020, 10, 1, 20, 15, 30, tzinfo=UTC)
WHO = {"C_031": Contact("Violet Ashworth", "+441914980855", "violet@example.org")}


@pytest.fixture
def ready(database: Database, study: Study, add_interview: Callable[..., Interview]) -> Callable[..., None]:
    """A participant's interview whose pseudonymised text is approved, archived or not."""

    def make(code: str, *, archive: bool = True, approve: bool = True, text: str = "Yes, [Person 1] rang me.") -> None:
        add_interview(code)
        with database.writing() as session:
            session.add(_consent(code, archive))
            [transcript] = read_transcripts(session, study, [code])
            hello, yes = transcript.utterances
            said = (hello, replace(yes, text=text, words=[]))
            save_next_version(session, transcript, said, kind=VersionKind.PSEUDONYMISED, actor="RES_02", note="1 name")
            if approve:
                interview = open_interview(session, code)
                assert interview
                approve_transcript(session, interview, actor="RES_01")

    return make


def _consent(code: str, archive: bool) -> Consent:
    agreed = {"interview": True, "recording": True, "archive": archive}
    return Consent(participant_code=code, given_on=NIGHT.date(), sheet="v1", actor="coordinator", **agreed)


@pytest.fixture
def made(database: Database, study: Study, tmp_path: Path) -> Callable[..., Deposit]:
    return lambda **options: deposit(database, study, WHO, folder=tmp_path / "deposits", now=NIGHT, **options)


def test_a_deposit_has_each_text_twice_a_list_a_note_and_sums_and_passes_its_check(ready: Any, made: Any) -> None:
    ready("C_031")
    found = made()
    assert found.folder and found.folder.name == "2020-10-01T211530"
    assert sorted(path.name for path in found.folder.iterdir()) == [
        *("C_031_2020-06.rtf", "C_031_2020-06.txt", "SHA256SUMS", "data_list.csv", "method_note.txt")
    ]
    assert check_pack(found.folder) == []
    text = (found.folder / "C_031_2020-06.txt").read_text()
    assert "Interview: C_031_06/20\n" in text and "\n    1  INT_01: " in text
    with (found.folder / "data_list.csv").open() as file:
        [row] = csv.DictReader(file)
    assert (row["participant"], row["kind"], row["approved_by"]) == ("C_031", "pseudonymised", "RES_01")


def test_an_archive_is_not_told_what_the_study_might_do_about_a_text_that_is_missing(ready: Any, made: Any) -> None:
    ready("C_031")
    ready("C_032", approve=False)
    found = made()
    assert "'fieldcall transcripts approve C_032'" in dict(found.left_out)["C_032"]
    note = (found.folder / "method_note.txt").read_text()
    assert "C_032: nobody has approved its pseudonymised version 2.\n" in note and "fieldcall" not in note


def test_a_code_that_is_nobodys_is_refused_before_anything_is_written(ready: Any, made: Any, tmp_path: Path) -> None:
    ready("C_031")
    with pytest.raises(ExportError, match=r"^C_998, C_999 of --unapproved are not among those"):
        made(unapproved=["C_999", "C_998", "C_031"])
    assert not (tmp_path / "deposits").exists()


def test_an_archive_is_told_the_month_of_an_interview_and_not_its_day(ready: Any, made: Any) -> None:
    ready("C_031")
    folder = made().folder
    assert "\nDate: June 2020\n" in (folder / "C_031_2020-06.txt").read_text()
    day = r"\d\d? June|June \d\d?,|\d{4}-\d\d-\d\d|\d\d:\d\d BST|\\creatim"
    for path in folder.iterdir():
        assert not re.search(day, path.read_text()), path.name


def test_the_note_declares_verbatim_model_checker_and_who_is_missing(ready: Any, made: Any) -> None:
    ready("C_031")
    ready("C_032", archive=False)
    found = made()
    assert found.folder
    note = " ".join((found.folder / "method_note.txt").read_text().split())
    for declared in ("full verbatim", "SHA-256 ", "1 transcript read and approved by RES_01", "square brackets"):
        assert declared in note
    assert "C_032: the newest consent does not allow archiving" in note


def test_only_what_may_be_archived_and_is_approved_without_names_goes_in(ready: Any, made: Any) -> None:
    ready("C_031", approve=False)
    ready("C_032", archive=False)
    found = made()
    assert (found.folder, [code for code, _ in found.left_out]) == (None, ["C_031", "C_032"])
    named = made(unapproved=["C_031"])
    assert named.folder and named.transcripts == 1
    assert "approved by nobody" in (named.folder / "method_note.txt").read_text()


def test_consent_to_archive_is_not_overruled_by_name(ready: Any, made: Any) -> None:
    ready("C_032", archive=False)
    assert made(unapproved=["C_032"]).folder is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("I am violet  ashworth.", "name"),
        ("Ring 0191 498 0855.", "telephone number"),
        ("Ring +44 (191) 498-0855", "telephone number"),
        ("Write to Violet@Example.org", "e-mail address"),
    ],
)
def test_a_text_that_tells_who_somebody_is_stops_the_deposit_and_is_not_repeated(
    ready: Any, made: Any, tmp_path: Path, text: str, what: str
) -> None:
    ready("C_031", text=text)
    with pytest.raises(ExportError, match=f"holds the {what} of C_031, so nothing was deposited") as caught:
        made()
    assert "iolet" not in str(caught.value) and "0855" not in str(caught.value)
    assert not (tmp_path / "deposits").exists()


@pytest.mark.parametrize(
    "text", ["Violet was her favourite colour.", "In 1914 98 men", "an ashworth", "violet ash worth"]
)
def test_a_part_of_a_name_or_number_is_no_name_and_no_number(text: str) -> None:
    assert told_by(text, WHO) == []


def test_a_full_disk_leaves_nothing_behind(
    ready: Any, made: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready("C_031")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storage.deposit.pack.write_data_list", full)
    with pytest.raises(ExportError, match=r"No space left on device\. Nothing was left behind"):
        made()
    assert [path.name for path in (tmp_path / "deposits").iterdir()] == [".depositing"]


def test_a_second_deposit_lies_beside_the_first_with_the_same_bytes(ready: Any, made: Any) -> None:
    ready("C_031")
    first, second = made().folder, made().folder
    assert second.name == f"{first.name}_2"
    for path in first.iterdir():
        assert (second / path.name).read_bytes() == path.read_bytes()


def _renumbered(folder: Path) -> None:
    _rewrite(folder / "C_031_2020-06.txt", lambda text: text.replace("\n    2", "\n    3"))


def _rewrite(path: Path, change: Callable[[str], str]) -> None:
    path.write_text(change(path.read_text()))


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file changed": (lambda f: _rewrite(f / "C_031_2020-06.rtf", str.upper), "is not as it was written"),
    "a file gone": (lambda f: (f / "C_031_2020-06.rtf").unlink(), "C_031_2020-06.rtf is missing"),
    "a stranger": (lambda f: (f / "names.txt").write_text("x"), "names.txt is there and not in the list"),
    "no list": (lambda f: (f / "data_list.csv").unlink(), "data_list.csv is missing"),
    "no row": (lambda f: _rewrite(f / "data_list.csv", lambda t: t.splitlines()[0]), "or no row"),
    "other columns": (lambda f: _rewrite(f / "data_list.csv", lambda t: t.replace("mode", "x")), "other columns"),
    "numbers": (_renumbered, "numbers do not follow each other"),
    "lines": (lambda f: _rewrite(f / "C_031_2020-06.txt", lambda t: f"{t}    4  more\n"), "4 lines, and 3 in the list"),
    "header": (lambda f: _rewrite(f / "C_031_2020-06.txt", lambda t: t.replace("Model: ", "M: ")), "no 'Model' in its"),
    "rule": (lambda f: _rewrite(f / "C_031_2020-06.txt", lambda t: t.replace("-----", "")), "no line between"),
    "speaker": (lambda f: _rewrite(f / "C_031_2020-06.txt", lambda t: re.sub("C_031: Y", "Y", t)), "without a speaker"),
    "undeclared": (
        lambda f: _rewrite(f / "method_note.txt", lambda t: t.replace("Checking", "")),
        "declare 'Checking'",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_the_check_finds_what_is_wrong(ready: Any, made: Any, fault: str) -> None:
    ready("C_031")
    folder = made().folder
    break_it, told = BROKEN[fault]
    break_it(folder)
    assert any(told in found for found in check_pack(folder)), check_pack(folder)


def _folder_for_file(folder: Path) -> None:
    (folder / "C_031_2020-06.txt").unlink()
    (folder / "C_031_2020-06.txt").mkdir()


def _endless_cell(folder: Path) -> None:
    (folder / "data_list.csv").write_text('transcript\n"' + "x" * 200_000)


def _short_rows(folder: Path) -> None:
    head, *_ = (folder / "data_list.csv").read_text().splitlines()
    (folder / "data_list.csv").write_text(
        f"{head}\nC_031_2020-06\nC_032_2020-06,C,C_032,c,p,m,I,l,w,l,v,k,a,lost.txt\n"
    )


@pytest.mark.parametrize(
    ("break_it", "told"),
    [
        (_folder_for_file, "C_031_2020-06.txt is no file"),
        (_endless_cell, "data_list.csv has other columns than it should, or no row"),
        (_short_rows, "lost.txt is in the list and not there"),
        (shutil.rmtree, "is no folder; name that of a deposit"),
    ],
)
def test_a_deposit_that_is_altered_beyond_reading_is_told_and_no_crash(
    ready: Any, made: Any, break_it: Callable[[Path], None], told: str
) -> None:
    ready("C_031")
    folder = made().folder
    break_it(folder)
    assert any(told in found for found in check_pack(folder)), check_pack(folder)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_word_is_lost_broken_or_moved_by_numbering(
    data: st.DataObject,
    transcript: Callable[..., InterviewTranscript],
    anything_said: st.SearchStrategy[tuple[Spoken, ...]],
) -> None:
    document = Document(transcript(utterances=data.draw(anything_said)), "C_031_2020-06")
    words = " ".join(numbered_lines(document)).split()
    assert words == " ".join(f"{turn.speaker}: {turn.text}" for turn in turns_of(document.lines)).split()
