"""What is PostgreSQL's own: what its scripts make, the names of its guards, and that it gives times back in UTC.

Everything else is promised on both databases, and the other tests of this room hold both to it.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select
from stored_talks import SPOKEN, begin, both_save

from storage.database import Database
from storage.interviews import record_change
from storage.study import Study
from storage.tables import Change, Claim, Interview, State
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_machine_version

TEN = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)
Book = Callable[..., Interview]


@pytest.fixture
def home() -> str:
    """These are about PostgreSQL."""
    return "postgresql"


def claim(interview: Interview, start: int, end: int) -> Claim:
    starts_at, ends_at = (TEN + timedelta(minutes=minutes) for minutes in (start, end))
    return Claim(party_code="INT_01", interview_id=interview.id or 0, starts_at=starts_at, ends_at=ends_at)


def test_what_the_scripts_make_is_what_the_models_say(database: Database) -> None:
    with database.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_claims_are_kept_apart_by_a_constraint_that_two_at_once_cannot_slip_through(
    database: Database, book: Book
) -> None:
    interview = book("C_001")
    with database.writing() as session:
        session.add_all([claim(interview, 0, 60), claim(interview, 60, 120)])
    with pytest.raises(IntegrityError, match="claim_no_overlap"), database.writing() as session:
        session.add(claim(interview, 119, 180))


def test_times_come_back_in_utc_and_the_state_follows_its_steps(database: Database, book: Book) -> None:
    interview = book("C_001", datetime.fromisoformat("2020-05-12T14:45:00+05:45"))
    with database.writing() as session:
        session.connection().exec_driver_sql("SET TIME ZONE 'Asia/Kathmandu'")
        record_change(session, session.get_one(Interview, interview.id), State.HELD, actor="coordinator")
    with database.reading() as session:
        session.connection().exec_driver_sql("SET TIME ZONE 'America/New_York'")
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
