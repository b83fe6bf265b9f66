"""What is PostgreSQL's own: its scripts, its guards by their names, its zones; the other tests run on both.

Needs a server of its own in a temporary folder; skipped where PostgreSQL is not installed.
"""

import wave
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import SQLModel, select
from test_storage_transcripts import SPOKEN, begin, both_save

from benchmarks.postgresql_server import NoServer, private_server
from storage.contacts import Contacts
from storage.database import Database, migration_config, open_database
from storage.intake.inbox import capture
from storage.intake.recordings import recording_rows
from storage.interviews import record_change
from storage.study import DATABASE_VARIABLE, Study, load_study
from storage.tables import Change, Claim, Consent, Interview, State, Transcript
from storage.transcripts import read_transcripts, save_machine_version

TEN = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)
Book = Callable[..., Interview]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of a database on a server of its own."""
    try:
        with private_server("fsync=off") as url:
            yield url
    except NoServer as reason:
        pytest.skip(str(reason))


@pytest.fixture
def study(study: Study, server: str, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setenv(DATABASE_VARIABLE, server)
    return load_study(study.folder)


@pytest.fixture
def database(study: Study) -> Iterator[Database]:
    database = open_database(study)
    with database.engine.begin() as connection:
        tables = ", ".join(f'"{name}"' for name in inspect(connection).get_table_names() if name != "alembic_version")
        connection.execute(text(f"TRUNCATE {tables} RESTART IDENTITY CASCADE"))
    yield database
    database.engine.dispose()


def claim(interview: Interview, start: int, end: int) -> Claim:
    starts_at, ends_at = (TEN + timedelta(minutes=minutes) for minutes in (start, end))
    return Claim(party_code="INT_01", interview_id=interview.id or 0, starts_at=starts_at, ends_at=ends_at)


def test_the_scripts_make_what_the_models_say_and_unmake_it(database: Database) -> None:
    config = migration_config("study")
    with database.engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
        assert inspect(connection).get_table_names() == ["alembic_version"]
        command.upgrade(config, "head")
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_two_claims_of_one_party_never_overlap(database: Database, book: Book) -> None:
    interview = book("C_001")
    with database.writing() as session:
        session.add_all([claim(interview, 0, 60), claim(interview, 60, 120)])
    with pytest.raises(IntegrityError, match="claim_no_overlap"), database.writing() as session:
        session.add(claim(interview, 119, 180))


def test_a_participant_has_one_open_interview(database: Database, book: Book) -> None:
    book("C_001", state=State.CANCELLED)
    book("C_001")
    with pytest.raises(IntegrityError, match="one_open_interview"):
        book("C_001")


def test_what_was_once_written_is_never_changed(database: Database, book: Book) -> None:
    book("C_001")
    with pytest.raises(DBAPIError, match="change is never changed"), database.writing() as session:
        session.execute(text("UPDATE change SET actor = 'nobody'"))


def test_a_capture_works_and_nothing_is_transcribed_without_consent(
    study: Study, database: Database, contacts: Contacts, book: Book
) -> None:
    book("C_001")
    interview = book("C_002", TEN + timedelta(days=1), consent=False)
    inbox = study.place(study.capture.inbox)
    inbox.mkdir()
    for code, sample in (("C_001", b"\x01\x20"), ("C_002", b"\x02\x20")):
        with wave.open(str(inbox / f"{code}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(sample * 8000)
    report = capture(study, database, contacts, now=datetime.now(UTC), actor="capture", settle_s=0)
    assert [taken.code for taken in report.taken] == ["C_001", "C_002"]
    with database.reading() as session:
        assert [row.state for row in recording_rows(session, study)] == ["to transcribe", "no consent"]
    with pytest.raises(IntegrityError, match="no consent to record"), database.writing() as session:
        session.add(Transcript(interview_id=interview.id, recording_id=2))
    with database.writing() as session:
        session.add(Consent(participant_code="C_002", given_on=TEN.date(), sheet="v2", recording=True, actor="c"))
        session.flush()
        session.add(Transcript(interview_id=interview.id, recording_id=2))


def test_times_come_back_in_utc_and_the_state_follows_its_steps(database: Database, book: Book) -> None:
    interview = book("C_001", datetime.fromisoformat("2020-05-12T14:45:00+05:45"))
    with database.writing() as session:
        record_change(session, session.get_one(Interview, interview.id), State.HELD, actor="coordinator")
    with database.reading() as session:
        kept = session.exec(select(Interview)).one()
        assert (kept.starts_at, kept.starts_at.utcoffset(), kept.state) == (TEN, timedelta(0), State.HELD)
        assert len(session.exec(select(Change)).all()) == 2


def test_of_two_who_save_a_version_at_once_one_is_told_and_nothing_is_overwritten(
    study: Study, database: Database, book: Book
) -> None:
    interview = book("C_001")
    with database.writing() as session:
        save_machine_version(session, begin(session, interview), SPOKEN)
    for number in range(1, 11):
        done, told = both_save(database, study)
        assert (done, "was changed by someone else meanwhile" in told) == ("", True)
        with database.reading() as session:
            assert read_transcripts(session, study)[0].version_number == number + 1
