"""Which files are handed over and what they tell, and that it is noted in the rows."""

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from deliveries import NIGHT, Add
from sqlmodel import col, select

from storage.database import Database
from storage.errors import ExportError
from storage.exports.delivery import deliver
from storage.exports.qdpx_check import check_qdpx
from storage.interviews import history, record_change
from storage.study import Study
from storage.tables import Consent, Delivery, Interview, Recording, State
from storage.vault import Vault, digest_of


def test_every_interview_gets_its_files_and_the_study_its_own(
    study: Study, database: Database, add_interview: Add
) -> None:
    add_interview("C_031")
    add_interview("M_05", suffix=".mp4", media=(b"one", b"two"))
    report = deliver(database, study, actor="coordinator", now=NIGHT)
    assert report.folder == study.place("deliveries") / "2020-06-10T211530"
    assert report.folder
    assert report.is_new
    assert report.left_out == ()
    assert [file.name for file in report.files] == [
        f"{name}.{ending}"
        for ending in ("docx", "txt", "vtt", "srt")
        for name in ("C_031_2020-06", "M_05_2020-06", "M_05_2020-06_2")
    ] + ["study.qdpx", "interviews.csv", "README.txt"]
    assert sorted(path.name for path in report.folder.iterdir()) == sorted(file.name for file in report.files)
    for file in report.files:
        assert digest_of(report.folder / file.name) == (file.sha256, file.size)
    assert check_qdpx(report.folder / "study.qdpx") == []
    assert len([n for n in zipfile.ZipFile(report.folder / "study.qdpx").namelist() if n.endswith(".mp4")]) == 2


def test_it_is_noted_in_the_rows_and_consent_is_untouched(study: Study, database: Database, add_interview: Add) -> None:
    interview = add_interview("C_031")
    with database.reading() as session:
        consents = [consent.model_dump() for consent in session.exec(select(Consent))]
    report = deliver(database, study, actor="deliver-transcripts", now=NIGHT)
    with database.reading() as session:
        row = session.exec(select(Delivery)).one()
        assert (row.actor, row.at) == ("deliver-transcripts", NIGHT)
        assert row.files == [
            {"name": f"2020-06-10T211530/{f.name}", "size": f.size, "sha256": f.sha256} for f in report.files
        ]
        assert session.get_one(Interview, interview.id).state == State.DELIVERED
        last = history(session, [interview.id or 0])[-1]
        assert (last.state, last.actor, last.cause) == ("delivered", "deliver-transcripts", "2020-06-10T211530")
        assert [consent.model_dump() for consent in session.exec(select(Consent))] == consents


def test_only_the_participants_and_formats_named_go_out(study: Study, database: Database, add_interview: Add) -> None:
    for code in ("C_031", "M_05"):
        add_interview(code)
    report = deliver(database, study, codes=["C_031_06/20"], formats=["csv", "txt"], actor="coordinator", now=NIGHT)
    assert report.folder
    assert [file.name for file in report.files] == ["C_031_2020-06.txt", "interviews.csv", "README.txt"]
    rows = list(csv.DictReader(io.StringIO((report.folder / "interviews.csv").read_text())))
    assert [(row["code"], row["state"], row["words"]) for row in rows] == [("C_031", "delivered", "9")]
    with database.reading() as session:
        states = session.exec(select(Interview.state).order_by(col(Interview.participant_code))).all()
    assert states == [State.DELIVERED, State.TRANSCRIBED]


def test_an_unknown_format_is_refused(study: Study, database: Database) -> None:
    with pytest.raises(
        ExportError, match="'pdf' is not a format of a delivery; allowed: docx, txt, vtt, srt, qdpx, qdc, csv"
    ):
        deliver(database, study, formats=["docx", "pdf"], actor="coordinator", now=NIGHT)


def test_a_list_of_interviews_hands_no_text_over(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    report = deliver(database, study, formats=["csv"], actor="coordinator", now=NIGHT)
    assert report.folder
    assert _states_listed(report.folder) == {"C_031": "transcribed"}
    assert _states(database) == {"C_031": "transcribed"}
    assert not deliver(database, study, formats=["csv"], actor="coordinator", now=NIGHT).is_new


def test_a_project_hands_over_every_text_with_or_without_its_recording(
    study: Study, database: Database, add_interview: Add
) -> None:
    add_interview("C_031")
    add_interview("M_05", media=(b"one", b"two"))
    with database.reading() as session:
        last = session.exec(select(Recording).order_by(col(Recording.id).desc())).first()
    assert last
    Vault(study.place(study.storage.vault)).path(last.sha256, last.suffix).unlink()
    report = deliver(database, study, formats=["qdpx", "csv"], actor="coordinator", now=NIGHT)
    assert report.folder
    assert _states_listed(report.folder) == {"C_031": "delivered", "M_05": "delivered"}
    assert _states(database) == {"C_031": "delivered", "M_05": "delivered"}
    names = zipfile.ZipFile(report.folder / "study.qdpx").namelist()
    assert len([name for name in names if name.endswith(".txt")]) == 3
    assert len([name for name in names if name.endswith(".m4a")]) == 2


def test_a_recording_over_the_size_rule_lies_beside_the_project_that_refers_to_it(
    study: Study, database: Database, add_interview: Add
) -> None:
    add_interview("C_031", media=(bytes(200),))
    add_interview("C_032")
    seen: list[tuple[int, int]] = []
    report = deliver(
        *(database, study),
        formats=["qdpx"],
        actor="coordinator",
        now=NIGHT,
        progress=lambda done, total: seen.append((done, total)),
        largest_inside=100,
    )
    assert report.folder
    ((code, remark),) = report.remarks
    assert (code, report.left_out) == ("C_031", ())
    assert "larger than the 100 bytes" in remark
    (beside,) = (path for path in report.folder.iterdir() if path.suffix == ".m4a")
    assert beside.read_bytes() == b"C_031" + bytes(200)
    assert beside.name in [file.name for file in report.files]
    assert beside.name in (report.folder / "README.txt").read_text()
    archive = zipfile.ZipFile(report.folder / "study.qdpx")
    assert f'path="relative:///{beside.name}"' in archive.read("project.qde").decode()
    assert len([name for name in archive.namelist() if name.endswith(".m4a")]) == 1
    assert check_qdpx(report.folder / "study.qdpx") == []
    assert seen == [(1, 4), (2, 4), (3, 5), (4, 5), (5, 5)]


def test_a_codebook_that_would_be_empty_is_not_written_and_that_is_said(
    study: Study, database: Database, add_interview: Add
) -> None:
    add_interview("C_031")
    report = deliver(database, study, formats=["qdc", "txt"], actor="coordinator", now=NIGHT)
    assert report.folder
    assert [file.name for file in report.files] == ["C_031_2020-06.txt", "README.txt"]
    ((file, why),) = report.remarks
    assert (file, why.partition(";")[0]) == ("codebook.qdc", "not written, because the study has no codes yet")
    assert "codebook.qdc: not written" in (report.folder / "README.txt").read_text()
    again = deliver(database, study, formats=["qdc", "txt"], actor="coordinator", now=NIGHT)
    assert (again.is_new, again.remarks) == (False, report.remarks)


def test_nothing_but_an_empty_codebook_is_no_delivery(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    report = deliver(database, study, formats=["qdc"], actor="coordinator", now=NIGHT)
    assert (report.folder, report.files, report.is_new) == (None, (), False)
    assert [file for file, _ in report.remarks] == ["codebook.qdc"]
    assert _states(database) == {"C_031": "transcribed"}


def test_what_each_participant_agreed_to_last_is_on_their_case(
    study: Study, database: Database, add_interview: Add, add_participant: Callable[..., None]
) -> None:
    add_interview("C_031")
    add_participant("C_032", recording=False)
    with database.writing() as session:
        for agreed in (False, True):
            session.add(
                Consent(
                    participant_code="C_031",
                    given_on=NIGHT.date(),
                    sheet="v2",
                    recording=True,
                    quotation=agreed,
                    archive=not agreed,
                    recontact=agreed,
                    actor="coordinator",
                )
            )
    first = deliver(database, study, formats=["qdpx"], actor="coordinator", now=NIGHT)
    assert _case_values(first.folder) == {
        "C_031": ["client", "phone", "2020-06", "INT_01", "yes", "no", "yes"],
        "C_032": ["client", "no", "no", "no"],
    }
    with database.writing() as session:
        session.add(
            Consent(participant_code="C_031", given_on=NIGHT.date(), sheet="v3", recording=True, actor="coordinator")
        )
    second = deliver(database, study, formats=["qdpx"], actor="coordinator", now=NIGHT)
    assert second.is_new
    assert _case_values(second.folder)["C_031"][-3:] == ["no", "no", "no"]


def test_a_check_by_a_person_is_told_in_the_files(study: Study, database: Database, add_interview: Add) -> None:
    interview = add_interview("C_031")
    with database.writing() as session:
        record_change(session, session.get_one(Interview, interview.id), State.CHECKED, actor="coordinator")
    report = deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT)
    assert report.folder
    assert "machine transcript, checked by a person" in (report.folder / "C_031_2020-06.txt").read_text()
    assert not deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT).is_new


def test_a_check_does_not_cover_a_text_made_later(
    study: Study, database: Database, add_interview: Add, add_recording: Callable[..., None]
) -> None:
    interview = add_interview("C_031")
    with database.writing() as session:
        record_change(session, session.get_one(Interview, interview.id), State.CHECKED, actor="coordinator")
    add_recording(interview, b"second part")
    report = deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT)
    assert report.folder
    assert "machine transcript, checked by a person" in (report.folder / "C_031_2020-06.txt").read_text()
    assert "machine transcript, not checked by a person" in (report.folder / "C_031_2020-06_2.txt").read_text()


def test_the_readme_says_what_each_file_is(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    report = deliver(database, study, actor="coordinator", now=NIGHT)
    assert report.folder
    text = (report.folder / "README.txt").read_text()
    for word in ("*.docx", "*.txt", "*.vtt", "*.srt", "study.qdpx", "interviews.csv", "NOT been tested"):
        assert word in text


def test_progress_reaches_its_end(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    seen: list[tuple[int, int]] = []
    deliver(database, study, actor="coordinator", now=NIGHT, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(1, len(seen) + 1))
    assert seen[-1] == (8, 8)


def _states(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return dict(session.exec(select(Interview.participant_code, Interview.state)).all())


def _states_listed(folder: Path) -> dict[str, str]:
    return {row["code"]: row["state"] for row in csv.DictReader(io.StringIO((folder / "interviews.csv").read_text()))}


def _case_values(folder: Path | None) -> dict[str, list[str]]:
    from lxml import etree

    assert folder
    root = etree.fromstring(zipfile.ZipFile(folder / "study.qdpx").read("project.qde"))
    return {
        case.get("name", ""): [value.text or "" for value in case.iter("{*}TextValue")] for case in root.iter("{*}Case")
    }
