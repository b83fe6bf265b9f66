"""Handing over: all or nothing, the same once only, only what may go out, and noted in the rows."""

import csv
import errno
import io
import os
import resource
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import col, select

from storage.database import Database
from storage.errors import ExportError
from storage.exports import delivery
from storage.exports.delivery import deliver
from storage.exports.qdpx_check import check_qdpx
from storage.interviews import history, record_change
from storage.study import Study
from storage.tables import Change, Consent, Delivery, Interview, Recording, State, Utterance, Version, VersionKind
from storage.vault import Vault, digest_of

NIGHT = datetime(2020, 6, 10, 20, 15, 30, tzinfo=UTC)
Add = Callable[..., Interview]


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


def test_delivering_the_same_again_returns_what_stands(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    first = deliver(database, study, actor="coordinator", now=NIGHT)
    again = deliver(database, study, actor="coordinator", now=NIGHT.replace(day=11))
    assert (again.folder, again.files, again.is_new) == (first.folder, first.files, False)
    assert _folders(study) == ["2020-06-10T211530"]
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
    assert _folders(study) == ["2020-06-10T211530", "2020-06-10T211530_2"]
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


def test_who_has_no_transcript_is_named_with_the_next_step(
    study: Study, database: Database, add_interview: Add, add_participant: Callable[..., None]
) -> None:
    add_interview("C_031")
    add_participant("C_032")
    report = deliver(database, study, codes=["C_031", "C_032", "X_9"], actor="coordinator", now=NIGHT)
    assert report.left_out == (
        ("C_032", "has no transcript yet; 'fieldcall recordings' shows how far its recording is"),
        ("X_9", "is not a participant of this study; 'fieldcall participants list' shows those there are"),
    )
    assert report.is_new


def test_nothing_to_deliver_writes_nothing(
    study: Study, database: Database, add_participant: Callable[..., None]
) -> None:
    add_participant("C_031")
    report = deliver(database, study, actor="coordinator", now=NIGHT)
    assert (report.folder, report.files, report.is_new) == (None, (), False)
    assert _folders(study) == []


def test_what_must_not_go_out_does_not(
    study: Study, database: Database, add_interview: Add, consent_to: Callable[..., None]
) -> None:
    withdrawn = add_interview("C_031")
    add_interview("C_032")
    add_interview("C_033")
    with database.writing() as session:
        record_change(session, session.get_one(Interview, withdrawn.id), State.WITHDRAWN, actor="coordinator")
    consent_to("C_031", recording=False, interview=False)
    consent_to("C_032", recording=False)
    report = deliver(database, study, actor="coordinator", now=NIGHT)
    assert report.left_out == (
        ("C_031", "its interview is withdrawn, so its transcript is not handed over"),
        ("C_032", "the newest consent does not allow a recording; record a new consent if that is wrong"),
    )
    assert report.folder
    assert {f.name.partition("_2020")[0] for f in report.files if f.name.startswith("C_")} == {"C_033"}
    xml = zipfile.ZipFile(report.folder / "study.qdpx").read("project.qde").decode()
    assert 'name="C_031"' not in xml
    assert 'name="C_032"' in xml
    with database.reading() as session:
        assert session.get_one(Interview, withdrawn.id).state == State.WITHDRAWN


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_an_unsound_recording_is_left_out_of_the_project_and_the_rest_goes(
    study: Study, database: Database, add_interview: Add, damage: str
) -> None:
    for code in ("C_031", "M_05"):
        add_interview(code)
    with database.reading() as session:
        recording = session.exec(select(Recording).order_by(col(Recording.id))).first()
    assert recording
    path = Vault(study.place(study.storage.vault)).path(recording.sha256, recording.suffix)
    path.unlink()
    if damage == "changed":
        path.write_bytes(b"else")
    report = deliver(database, study, actor="coordinator", now=NIGHT)
    ((code, reason),) = report.left_out
    assert code == "C_031"
    assert "Restore it from a backup" in reason
    assert report.folder
    assert (report.folder / "C_031_2020-06.docx").exists()
    assert check_qdpx(report.folder / "study.qdpx") == []
    names = zipfile.ZipFile(report.folder / "study.qdpx").namelist()
    assert not any(recording.guid in name for name in names)
    assert len(names) == 4
    assert "Restore it from a backup" in " ".join((report.folder / "README.txt").read_text().split())


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


def test_an_unknown_format_is_refused(study: Study, database: Database) -> None:
    with pytest.raises(
        ExportError, match="'pdf' is not a format of a delivery; allowed: docx, txt, vtt, srt, qdpx, qdc, csv"
    ):
        deliver(database, study, formats=["docx", "pdf"], actor="coordinator", now=NIGHT)


def test_a_disk_that_fills_up_leaves_nothing_behind(study: Study, database: Database, add_interview: Add) -> None:
    interview = add_interview("C_031", media=(os.urandom(3 << 20),))
    with _no_file_larger_than(2 << 20), pytest.raises(ExportError, match="Nothing was left behind; make room"):
        deliver(database, study, actor="coordinator", now=NIGHT)
    assert _folders(study, hidden=True) == []
    with database.reading() as session:
        assert session.exec(select(Delivery)).all() == []
        assert session.get_one(Interview, interview.id).state == State.TRANSCRIBED
    assert deliver(database, study, actor="coordinator", now=NIGHT).is_new


def test_a_full_disk_at_the_last_moment_leaves_nothing_behind(
    study: Study, database: Database, add_interview: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_interview("C_031")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ExportError, match="No space left on device"):
        deliver(database, study, actor="coordinator", now=NIGHT)
    assert _folders(study, hidden=True) == []


def test_a_database_without_room_leaves_nothing_behind(
    study: Study, database: Database, add_interview: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_interview("C_031")

    def full(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(delivery, "record_change", full)
    with pytest.raises(ExportError, match="database or disk is full"):
        deliver(database, study, actor="coordinator", now=NIGHT)
    assert _folders(study, hidden=True) == []


def test_a_withdrawal_while_it_is_written_stops_it(study: Study, database: Database, add_interview: Add) -> None:
    interview = add_interview("C_031")

    def withdraw() -> None:
        with database.writing() as session:
            record_change(session, session.get_one(Interview, interview.id), State.WITHDRAWN, actor="coordinator")

    with pytest.raises(ExportError, match="C_031 can no longer be delivered: its interview is withdrawn"):
        deliver(database, study, actor="coordinator", now=NIGHT, progress=_at_the_last_file(withdraw))
    _assert_nothing_was_handed_over(study, database)


def test_a_no_to_recording_while_it_is_written_stops_it(
    study: Study, database: Database, add_interview: Add, consent_to: Callable[..., None]
) -> None:
    add_interview("C_031")
    refuse = partial(consent_to, "C_031", recording=False)
    with pytest.raises(ExportError, match="C_031 can no longer be delivered: the newest consent does not allow"):
        deliver(database, study, actor="coordinator", now=NIGHT, progress=_at_the_last_file(refuse))
    _assert_nothing_was_handed_over(study, database)


def test_a_case_without_a_transcript_who_withdraws_meanwhile_stops_it(
    study: Study,
    database: Database,
    add_interview: Add,
    add_participant: Callable[..., None],
    consent_to: Callable[..., None],
) -> None:
    add_interview("C_031")
    add_participant("C_032")
    withdraw = partial(consent_to, "C_032", recording=False, interview=False)
    with pytest.raises(ExportError, match="C_032 can no longer be delivered: they have withdrawn"):
        deliver(database, study, actor="coordinator", now=NIGHT, progress=_at_the_last_file(withdraw))
    _assert_nothing_was_handed_over(study, database)


def test_what_a_killed_delivery_left_is_cleared_away(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    abandoned = study.place("deliveries") / ".2020-06-09T211530.0a1b2c3d.part"
    abandoned.mkdir(parents=True)
    (abandoned / "C_031_2020-06.txt").write_text("half")
    deliver(database, study, actor="coordinator", now=NIGHT)
    assert _folders(study, hidden=True) == ["2020-06-10T211530"]


_KILLED_BEFORE_IT_IS_NOTED = """
import os, sys
from datetime import datetime
from pathlib import Path
from storage.database import open_database
from storage.exports import delivery
from storage.study import load_study
delivery.sync_folder = lambda folder: os._exit(9) if folder.name == "deliveries" else None
study = load_study(Path(sys.argv[1]))
delivery.deliver(open_database(study), study, actor="coordinator", now=datetime.fromisoformat(sys.argv[2]))
"""


def test_a_folder_whose_delivery_was_killed_before_it_was_noted_does_not_stay(
    study: Study, database: Database, add_interview: Add
) -> None:
    add_interview("C_031")
    command = [sys.executable, "-c", _KILLED_BEFORE_IT_IS_NOTED, str(study.folder), NIGHT.isoformat()]
    assert subprocess.run(command, check=False).returncode == 9
    assert _folders(study) == ["2020-06-10T211530"]
    with database.reading() as session:
        assert session.exec(select(Delivery)).all() == []
    report = deliver(database, study, actor="coordinator", now=NIGHT.replace(day=11))
    assert report.is_new
    assert _folders(study, hidden=True) == ["2020-06-11T211530"]
    assert report.folder
    assert sorted(path.name for path in report.folder.iterdir()) == sorted(file.name for file in report.files)


def test_a_delivery_killed_after_it_was_noted_stands(
    study: Study, database: Database, add_interview: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_interview("C_031")
    with monkeypatch.context() as patched:
        patched.setattr(delivery, "remove_mark", lambda _: None)
        first = deliver(database, study, actor="coordinator", now=NIGHT)
    again = deliver(database, study, actor="coordinator", now=NIGHT)
    assert (again.folder, again.is_new) == (first.folder, False)
    assert first.folder
    assert sorted(path.name for path in first.folder.iterdir()) == sorted(file.name for file in first.files)


@pytest.mark.parametrize(
    "name",
    [
        ".photos.part",
        ".2020-06-09T211530.part",
        "2020-06-09T211530",
        "2020-06-09T211530_2",
        "2020-06-09T211530 my notes",
    ],
)
@pytest.mark.parametrize("mark", [None, b"", b"\xff\x00", b"of-another-study of-its-delivery\n"])
def test_what_others_keep_beside_deliveries_stays(
    study: Study, database: Database, add_interview: Add, name: str, mark: bytes | None
) -> None:
    folder = study.place("deliveries") / name
    folder.mkdir(parents=True)
    (folder / "README.txt").write_text("Files\n")
    if mark is not None:
        (folder / ".not-noted-yet").write_bytes(mark)
    add_interview("C_031")
    deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT)
    assert (folder / "README.txt").read_text() == "Files\n"


def test_files_and_links_with_the_name_of_an_unfinished_delivery_stay(
    study: Study, database: Database, add_interview: Add, tmp_path: Path
) -> None:
    (tmp_path / "kept").mkdir()
    parent = study.place("deliveries")
    parent.mkdir()
    (parent / ".2020-06-09T211530.0a1b2c3d.part").write_text("mine")
    (parent / ".2020-06-09T211530.0a1b2c3e.part").symlink_to(tmp_path / "kept")
    add_interview("C_031")
    deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT)
    assert (parent / ".2020-06-09T211530.0a1b2c3d.part").read_text() == "mine"
    assert (parent / ".2020-06-09T211530.0a1b2c3e.part").is_symlink()


@pytest.mark.parametrize("is_there_before", [True, False])
@pytest.mark.parametrize("kind", ["file", "folder", "empty folder", "link to nowhere"])
def test_what_has_the_name_of_the_delivery_already_is_not_overwritten(
    study: Study, database: Database, add_interview: Add, kind: str, is_there_before: bool
) -> None:
    taken = study.place("deliveries") / "2020-06-10T211530"
    add_interview("C_031")

    def take() -> None:
        taken.parent.mkdir(exist_ok=True)
        if kind == "file":
            taken.write_text("mine")
        elif kind == "link to nowhere":
            taken.symlink_to("nowhere")
        else:
            taken.mkdir()
            if kind == "folder":
                (taken / "C_031_2020-06.txt").write_text("mine")

    if is_there_before:
        take()
    progress = None if is_there_before else _at_the_last_file(take)
    report = deliver(database, study, formats=["txt"], actor="coordinator", now=NIGHT, progress=progress)
    assert report.folder == taken.with_name("2020-06-10T211530_2")
    assert taken.is_symlink() == (kind == "link to nowhere")
    assert taken.is_file() == (kind == "file")
    if taken.is_dir():
        assert [path.read_text() for path in taken.iterdir()] == (["mine"] if kind == "folder" else [])


def test_guids_are_the_same_in_every_delivery(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    first = deliver(database, study, formats=["qdpx"], actor="coordinator", now=NIGHT)
    add_interview("M_05")
    second = deliver(database, study, formats=["qdpx"], actor="coordinator", now=NIGHT)
    assert _guids(first.folder) < _guids(second.folder)


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


def _at_the_last_file(happens: Callable[[], None]) -> Callable[[int, int], None]:
    """Progress of a delivery during whose last step something happens."""
    return lambda done, total: happens() if done == total else None


def _assert_nothing_was_handed_over(study: Study, database: Database) -> None:
    assert _folders(study, hidden=True) == []
    with database.reading() as session:
        assert session.exec(select(Delivery)).all() == []
        assert session.exec(select(Change).where(Change.state == State.DELIVERED)).all() == []


def _folders(study: Study, *, hidden: bool = False) -> list[str]:
    parent = study.place("deliveries")
    return sorted(p.name for p in parent.iterdir() if p.is_dir() and (hidden or p.name[0] != "."))


def _case_values(folder: Path | None) -> dict[str, list[str]]:
    from lxml import etree

    assert folder
    root = etree.fromstring(zipfile.ZipFile(folder / "study.qdpx").read("project.qde"))
    return {
        case.get("name", ""): [value.text or "" for value in case.iter("{*}TextValue")] for case in root.iter("{*}Case")
    }


def _guids(folder: Path | None) -> set[str]:
    from lxml import etree

    assert folder
    root = etree.fromstring(zipfile.ZipFile(folder / "study.qdpx").read("project.qde"))
    return {element.get("guid", "") for element in root.iter("{*}*")}


@contextmanager
def _no_file_larger_than(size: int) -> Iterator[None]:
    """The operating system refuses to let a file grow beyond `size` bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
