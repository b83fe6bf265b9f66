"""What a study that pseudonymises hands over: approved pseudonymised versions, and no voices."""

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from storage.database import Database
from storage.exports.delivery import deliver
from storage.exports.media import KEPT_BACK
from storage.exports.qdpx_check import check_qdpx
from storage.study import Study
from storage.tables import Interview, State, VersionKind
from storage.transcripts.approval import approve_transcript
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_next_version

NIGHT = datetime(2020, 6, 10, 20, 15, 30, tzinfo=UTC)
Add = Callable[..., Interview]


@pytest.fixture
def strict(study: Study) -> Study:
    """The study with `pseudonymise = true`."""
    return study.model_copy(update={"delivery": study.delivery.model_copy(update={"pseudonymise": True})})


@pytest.fixture
def pseudonymised(database: Database, study: Study) -> Callable[..., None]:
    """Store a pseudonymised version of a participant's transcripts, approved or not."""

    def store(code: str, *, approve: bool = True, text: str = "Yes, it cost £20, [Person 1].") -> None:
        with database.writing() as session:
            transcripts = read_transcripts(session, study, [code])
            for transcript in transcripts:
                hello, yes = transcript.utterances
                spoken = (hello, type(yes)(yes.speaker, yes.channel, yes.start_ms, yes.end_ms, text, []))
                save_next_version(
                    session, transcript, spoken, kind=VersionKind.PSEUDONYMISED, actor="researcher", note="1 name"
                )
            if approve:
                approve_transcript(session, interview(session, code), actor="RES_01")

    def interview(session: Any, code: str) -> Interview:
        from storage.interviews import open_interview

        found = open_interview(session, code)
        assert found is not None
        return found

    return store


def reasons(report: Any) -> dict[str, str]:
    return dict(report.left_out)


def test_a_study_that_does_not_pseudonymise_hands_over_as_before(
    study: Study, database: Database, add_interview: Add
) -> None:
    add_interview("C_031")
    report = deliver(database, study, actor="coordinator", now=NIGHT)
    assert (report.left_out, ("recordings", KEPT_BACK) in report.remarks) == ((), False)
    assert report.folder
    assert any(name.endswith(".m4a") for name in zipfile.ZipFile(report.folder / "study.qdpx").namelist())


def test_what_is_not_pseudonymised_or_not_approved_is_left_out_with_the_next_step(
    strict: Study, database: Database, add_interview: Add, pseudonymised: Any
) -> None:
    for code in ("C_031", "C_032", "C_033"):
        add_interview(code)
    pseudonymised("C_032", approve=False)
    pseudonymised("C_033")
    report = deliver(database, strict, actor="coordinator", now=NIGHT)
    assert reasons(report) == {
        "C_031": "its newest version (1, machine) is not pseudonymised; "
        "'fieldcall transcripts pseudonymise C_031' does that",
        "C_032": "nobody has approved its pseudonymised version 2; read it, then 'fieldcall transcripts approve C_032'",
    }
    assert [file.name for file in report.files if file.name.endswith(".txt")] == ["C_033_2020-06.txt", "README.txt"]
    with database.reading() as session:
        states = {each.code: each.state for each in read_transcripts(session, strict)}
    assert states == {"C_031": State.TRANSCRIBED, "C_032": State.TRANSCRIBED, "C_033": State.DELIVERED}


def test_a_pseudonymised_version_that_was_corrected_since_is_left_out(
    strict: Study, database: Database, add_interview: Add, pseudonymised: Any
) -> None:
    add_interview("C_031")
    pseudonymised("C_031")
    with database.writing() as session:
        [transcript] = read_transcripts(session, strict, ["C_031"])
        save_next_version(session, transcript, transcript.utterances, actor="RES_02", note="a word mended")
    report = deliver(database, strict, actor="coordinator", now=NIGHT)
    assert report.folder is None
    assert "(3, corrected) is not pseudonymised" in reasons(report)["C_031"]


def test_each_recording_of_an_interview_is_asked_for_by_itself(
    strict: Study, database: Database, add_interview: Add, add_recording: Any, pseudonymised: Any
) -> None:
    interview = add_interview("C_031")
    pseudonymised("C_031")
    add_recording(interview, b"a second one")
    report = deliver(database, strict, actor="coordinator", now=NIGHT)
    assert [file.name for file in report.files if file.name.endswith(".docx")] == ["C_031_2020-06.docx"]
    assert "is not pseudonymised" in reasons(report)["C_031"]


def test_one_that_is_named_goes_out_as_it_is_and_the_others_do_not(
    strict: Study, database: Database, add_interview: Add
) -> None:
    for code in ("C_031", "C_032"):
        add_interview(code)
    report = deliver(database, strict, unapproved=["C_032"], actor="coordinator", now=NIGHT)
    assert set(reasons(report)) == {"C_031"}
    assert report.folder
    assert (report.folder / "C_032_2020-06.txt").exists()


def test_no_recording_is_in_the_delivery_and_it_says_so(
    strict: Study, database: Database, add_interview: Add, pseudonymised: Any
) -> None:
    add_interview("C_031")
    pseudonymised("C_031")
    report = deliver(database, strict, actor="coordinator", now=NIGHT)
    assert report.folder
    with zipfile.ZipFile(report.folder / "study.qdpx") as project:
        assert [name.rpartition(".")[2] for name in project.namelist()] == ["qde", "txt"]
        everything = b"".join(project.read(name) for name in project.namelist())
    assert b"relative:///" in everything and b"[Person 1]" in everything and b"SyncPoint" in everything
    assert check_qdpx(report.folder / "study.qdpx") == []
    assert ("recordings", KEPT_BACK) in report.remarks
    assert "a voice tells who it is" in (report.folder / "README.txt").read_text()


def test_recordings_are_in_it_where_somebody_asks_for_them(
    strict: Study, database: Database, add_interview: Add, pseudonymised: Any
) -> None:
    add_interview("C_031")
    pseudonymised("C_031")
    without = deliver(database, strict, actor="coordinator", now=NIGHT)
    report = deliver(database, strict, with_recordings=True, actor="coordinator", now=NIGHT.replace(day=11))
    assert (report.is_new, ("recordings", KEPT_BACK) in report.remarks) == (True, False)
    assert report.folder and report.folder != without.folder
    assert any(name.endswith(".m4a") for name in zipfile.ZipFile(report.folder / "study.qdpx").namelist())
    assert "a voice tells who it is" not in (report.folder / "README.txt").read_text()


def test_no_file_of_the_delivery_has_the_name_that_older_versions_hold(
    strict: Study, database: Database, add_interview: Add, pseudonymised: Any
) -> None:
    add_interview("C_031")
    with database.writing() as session:
        [transcript] = read_transcripts(session, strict, ["C_031"])
        hello, yes = transcript.utterances
        named = type(yes)(
            yes.speaker, yes.channel, yes.start_ms, yes.end_ms, "Yes, Margaret.", [["Margaret", 0, 9, 0.9]]
        )
        save_next_version(session, transcript, (hello, named), actor="RES_02", note="corrected")
    pseudonymised("C_031")
    report = deliver(database, strict, actor="coordinator", now=NIGHT)
    assert report.folder
    for path in report.folder.iterdir():
        contents = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                contents = [archive.read(name) for name in archive.namelist()]
        assert not any(b"Margaret" in content for content in contents), path.name
