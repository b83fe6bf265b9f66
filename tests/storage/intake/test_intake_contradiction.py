"""One recording under two people's names is nobody's until a person has listened."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import intake_media as media
import pytest
from sqlmodel import select

from storage.contacts import Contacts
from storage.database import Database
from storage.intake.inbox import CaptureReport, capture
from storage.intake.recordings import bind, recording_rows
from storage.study import Study
from storage.tables import Binding, Interview

NOW = datetime(2020, 5, 20, 12, 0, tzinfo=UTC)
NINE = datetime(2020, 5, 12, 8, 0, tzinfo=UTC)
Run = Callable[[], CaptureReport]


@pytest.fixture
def inbox(study: Study) -> Path:
    folder = study.place(study.capture.inbox)
    folder.mkdir()
    return folder


@pytest.fixture
def run(study: Study, database: Database, contacts: Contacts, inbox: Path, book: Callable[..., Interview]) -> Run:
    book("C_001", NINE)
    book("C_003")
    return lambda: capture(study, database, contacts, now=NOW, actor="capture", settle_s=0)


def bound_to(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(Interview.participant_code).join(Binding)))


def settle(study: Study, database: Database, code: str) -> None:
    with database.writing() as session:
        [row] = recording_rows(session, study)
        bind(session, study, row.sha256, code, actor="coordinator")


def test_two_names_at_once_bind_it_to_neither(run: Run, inbox: Path, database: Database) -> None:
    media.write(inbox / "C_001.m4a")
    shutil.copyfile(inbox / "C_001.m4a", inbox / "C_003.m4a")
    [refused] = run().refused
    assert refused.file_name == "C_003.m4a"
    assert "came before as that of C_001, and this name says C_003. It is bound to neither now" in refused.reason
    assert bound_to(database) == []
    assert media.names_in(inbox) == ["C_003.m4a"]


@pytest.mark.parametrize(("code", "left"), [("C_003", []), ("C_001", ["C_003.m4a"])])
def test_what_a_person_settles_stays(
    run: Run, inbox: Path, study: Study, database: Database, code: str, left: list[str]
) -> None:
    media.write(inbox / "C_001.m4a")
    shutil.copyfile(inbox / "C_001.m4a", inbox / "C_003.m4a")
    run()
    settle(study, database, code)
    for _ in range(2):
        report = run()
        assert bound_to(database) == [code]
        assert media.names_in(inbox) == left
    assert [refused.file_name for refused in report.refused] == left


def test_a_new_name_of_what_is_bound_to_nobody_is_told_with_the_way_to_bind_it(
    run: Run, inbox: Path, study: Study, database: Database
) -> None:
    media.write(inbox / "meeting.m4a")
    kept = (inbox / "meeting.m4a").read_bytes()
    run()
    (inbox / "C_003 meeting.m4a").write_bytes(kept)
    [refused] = run().refused
    assert "bound to nobody yet, and this name says C_003" in refused.reason
    assert "fieldcall bind" in refused.reason
    settle(study, database, "C_003")
    report = run()
    assert ([each.file_name for each in report.duplicates], report.refused) == (["C_003 meeting.m4a"], ())
    assert media.names_in(inbox) == []


def test_the_same_under_another_name_that_agrees_is_only_a_duplicate(run: Run, inbox: Path, database: Database) -> None:
    media.write(inbox / "C_001.m4a")
    shutil.copyfile(inbox / "C_001.m4a", inbox / "c001 copy.m4a")
    report = run()
    assert (len(report.taken), len(report.duplicates), report.refused) == (1, 1, ())
    assert bound_to(database) == ["C_001"]
