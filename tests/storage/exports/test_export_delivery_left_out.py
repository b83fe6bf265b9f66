"""Only what may go out is handed over: what may not is left out and named, or stops the delivery."""

import zipfile
from collections.abc import Callable
from functools import partial

import pytest
from deliveries import NIGHT, Add, at_the_last_file, folders
from sqlmodel import col, select

from storage.database import Database
from storage.errors import ExportError
from storage.exports.delivery import deliver
from storage.exports.qdpx_check import check_qdpx
from storage.interviews import record_change
from storage.study import Study
from storage.tables import Change, Delivery, Interview, Recording, State
from storage.vault import Vault


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
    assert folders(study) == []


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


def test_a_withdrawal_while_it_is_written_stops_it(study: Study, database: Database, add_interview: Add) -> None:
    interview = add_interview("C_031")

    def withdraw() -> None:
        with database.writing() as session:
            record_change(session, session.get_one(Interview, interview.id), State.WITHDRAWN, actor="coordinator")

    with pytest.raises(ExportError, match="C_031 can no longer be delivered: its interview is withdrawn"):
        deliver(database, study, actor="coordinator", now=NIGHT, progress=at_the_last_file(withdraw))
    _assert_nothing_was_handed_over(study, database)


def test_a_no_to_recording_while_it_is_written_stops_it(
    study: Study, database: Database, add_interview: Add, consent_to: Callable[..., None]
) -> None:
    add_interview("C_031")
    refuse = partial(consent_to, "C_031", recording=False)
    with pytest.raises(ExportError, match="C_031 can no longer be delivered: the newest consent does not allow"):
        deliver(database, study, actor="coordinator", now=NIGHT, progress=at_the_last_file(refuse))
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
        deliver(database, study, actor="coordinator", now=NIGHT, progress=at_the_last_file(withdraw))
    _assert_nothing_was_handed_over(study, database)


def _assert_nothing_was_handed_over(study: Study, database: Database) -> None:
    assert folders(study, hidden=True) == []
    with database.reading() as session:
        assert session.exec(select(Delivery)).all() == []
        assert session.exec(select(Change).where(Change.state == State.DELIVERED)).all() == []
