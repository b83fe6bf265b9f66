"""Delivering again: the same is handed over once only, and whatever has changed makes a new delivery."""

import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from deliveries import NIGHT, Add, folders
from sqlmodel import select

from storage.database import Database
from storage.exports.delivery import deliver
from storage.study import Study
from storage.tables import Change, Delivery, State, Utterance, Version, VersionKind


def test_delivering_the_same_again_returns_what_stands(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    first = deliver(database, study, actor="coordinator", now=NIGHT)
    again = deliver(database, study, actor="coordinator", now=NIGHT.replace(day=11))
    assert (again.folder, again.files, again.is_new) == (first.folder, first.files, False)
    assert folders(study) == ["2020-06-10T211530"]
    with database.reading() as session:
        assert len(session.exec(select(Delivery)).all()) == 1
        assert len(session.exec(select(Change).where(Change.state == State.DELIVERED)).all()) == 1


def test_the_clock_is_not_in_the_files(study: Study, database: Database, add_interview: Add, tmp_path: Path) -> None:
    add_interview("C_031")
    first = deliver(database, study, actor="coordinator", now=NIGHT)
    other = deliver(database, study, actor="coordinator", now=NIGHT.replace(year=2031), folder=tmp_path / "stick")
    assert other.is_new
    assert other.folder == tmp_path / "stick" / "2031-06-10T211530"
    assert other.files == first.files


def test_deliveries_at_once_are_one_delivery(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(deliver, database, study, actor="coordinator", now=NIGHT) for _ in range(4)]
        reports = [call.result() for call in calls]
    assert len({report.folder for report in reports}) == 1
    assert sorted(report.is_new for report in reports) == [False, False, False, True]
    with database.reading() as session:
        assert len(session.exec(select(Change).where(Change.state == State.DELIVERED)).all()) == 1


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_a_delivery_that_no_longer_stands_is_written_anew(
    study: Study, database: Database, add_interview: Add, change: str
) -> None:
    add_interview("C_031")
    first = deliver(database, study, actor="coordinator", now=NIGHT)
    assert first.folder
    file = first.folder / "C_031_2020-06.txt"
    if change == "edited":
        file.write_bytes(file.read_bytes().replace(b"Hello", b"Hallo"))
    else:
        file.unlink()
    anew = deliver(database, study, actor="coordinator", now=NIGHT)
    assert (anew.is_new, anew.files) == (True, first.files)
    assert folders(study) == ["2020-06-10T211530", "2020-06-10T211530_2"]
    assert not file.exists() or b"Hallo" in file.read_bytes()


def test_something_new_makes_a_new_delivery(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    deliver(database, study, actor="coordinator", now=NIGHT)
    add_interview("M_05")
    report = deliver(database, study, actor="coordinator", now=NIGHT.replace(day=11))
    assert report.is_new
    assert "M_05_2020-06.docx" in [file.name for file in report.files]
    with database.reading() as session:
        assert len(session.exec(select(Change).where(Change.state == State.DELIVERED)).all()) == 2


def test_other_formats_make_a_new_delivery(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT)
    report = deliver(database, study, formats=["srt"], actor="coordinator", now=NIGHT)
    assert [file.name for file in report.files] == ["C_031_2020-06.srt", "README.txt"]


def test_a_new_version_of_the_text_makes_a_new_delivery(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    anew = "Now it says something else than it did before."  # as many words as before
    deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT)
    with database.writing() as session:
        first = session.exec(select(Version)).one()
        second = Version(transcript_id=first.transcript_id, number=2, kind=VersionKind.CORRECTED, actor="researcher")
        session.add(second)
        session.flush()
        session.add(
            Utterance(
                version_id=second.id or 0, number=0, speaker="", channel=0, start_ms=0, end_ms=9, text=anew, words=[]
            )
        )
    report = deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT)
    assert report.folder
    assert report.is_new
    text = (report.folder / "C_031_2020-06.txt").read_text()
    assert "Text: version 2: corrected by a person" in text
    assert text.endswith(f"\n\n[00:00:00] Speaker: {anew}\n")


def test_guids_are_the_same_in_every_delivery(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    first = deliver(database, study, formats=["qdpx"], actor="coordinator", now=NIGHT)
    add_interview("M_05")
    second = deliver(database, study, formats=["qdpx"], actor="coordinator", now=NIGHT)
    assert _guids(first.folder) < _guids(second.folder)


def _guids(folder: Path | None) -> set[str]:
    from lxml import etree

    assert folder
    root = etree.fromstring(zipfile.ZipFile(folder / "study.qdpx").read("project.qde"))
    return {element.get("guid", "") for element in root.iter("{*}*")}
