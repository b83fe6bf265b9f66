"""Nothing personal anywhere but in the sealed contacts: looked for byte by byte after an import and a capture."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import intake_media as media
import pytest

from scheduling.participants import import_participants
from storage.backup.rows import read_lines, tables_of
from storage.contacts import Contacts
from storage.database import Database
from storage.intake.inbox import capture
from storage.intake.recordings import recording_rows, review_list
from storage.study import Study
from storage.tables import Interview

PEOPLE = """code,group,name,phone,email,mode,available,consent_date,consent_sheet,consent_recording
C_001,client,Zebedee Quixworth,07700 900123,zebedee@example.org,phone,,2020-05-01,v1,yes
C_002,client,Ottoline Brandywine,07700 900456,ottoline@example.org,phone,,2020-05-01,v1,no
"""
CANARIES = ["Zebedee", "Quixworth", "Ottoline", "Brandywine", "900123", "900456", "example.org", "Mumblethorpe"]
FILES = ("C_001 Zebedee Quixworth +447700900123.m4a", "Ottoline Brandywine.wav", "Brandywine/C_002.Mumblethorpe.amr")


@pytest.fixture
def captured(
    study: Study,
    database: Database,
    contacts: Contacts,
    book: Callable[..., Interview],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> str:
    """A study after an import and a capture of good and bad files; gives all that was logged and printed."""
    caplog.set_level(logging.DEBUG)
    report = import_participants(study, database, contacts, PEOPLE, now=datetime(2020, 5, 2, tzinfo=UTC))
    assert report.added == ("C_001", "C_002")
    book("C_001", consent=None)
    book("C_002", datetime(2020, 5, 13, 9, 0, tzinfo=UTC), consent=None)
    inbox = study.place(study.capture.inbox)
    for name in FILES:
        seconds = 1 + len(name) / 10
        suffix = ".amr" if name.endswith(".amr") else Path(name).suffix
        made = media.write(study.folder / f"made{suffix}", seconds)
        target = inbox / (name if suffix != ".amr" else name.removesuffix(".amr"))
        target.parent.mkdir(parents=True, exist_ok=True)
        made.rename(target)
    (inbox / "Zebedee Quixworth.wav").write_text("Zebedee Quixworth said this\n" * 100)
    taken = capture(study, database, contacts, now=datetime.now(UTC), actor="capture", settle_s=0)
    assert [each.code for each in taken.taken] == ["C_002", "C_001", None]
    assert len(taken.refused) == 1
    printed = capfd.readouterr()
    return caplog.text + printed.out + printed.err


def stored(study: Study) -> list[Path]:
    """Every file and folder of the study but the inbox, which belongs to those who fill it."""
    inbox = study.place(study.capture.inbox)
    return [path for path in study.folder.rglob("*") if path != inbox and inbox not in path.parents]


@pytest.mark.parametrize("canary", CANARIES)
def test_no_name_number_or_address_is_in_any_row_file_or_file_name(
    study: Study, database: Database, captured: str, canary: str
) -> None:
    with database.reading() as session:
        lines = [line for table in tables_of(session.connection()) for line in read_lines(session.connection(), table)]
    assert b"C_001" in b"".join(lines)
    assert canary.encode() not in b"".join(lines)
    paths = stored(study)
    assert any(path.name == "contacts.db" for path in paths)
    for path in paths:
        assert canary.lower() not in str(path.relative_to(study.folder)).lower()
        if path.is_file():
            content = path.read_bytes()
            assert canary.encode() not in content, path.name
            assert canary.encode("utf-16-le") not in content, path.name
    assert canary not in captured


def test_nor_in_what_is_listed(study: Study, database: Database, captured: str) -> None:
    with database.reading() as session:
        shown = repr((recording_rows(session, study), review_list(session, study)))
    assert "C_001" in shown
    assert not [canary for canary in CANARIES if canary in shown]


def test_the_key_opens_what_was_sealed(contacts: Contacts, database: Database, study: Study, captured: str) -> None:
    found = contacts.get("C_001")
    assert found is not None
    assert (found.name, found.phone) == ("Zebedee Quixworth", "+447700900123")
    with database.reading() as session:
        names = sorted(contacts.original_name(row.sha256) for row in recording_rows(session, study))
    assert names == ["Brandywine/C_002.Mumblethorpe", FILES[0], FILES[1]]
