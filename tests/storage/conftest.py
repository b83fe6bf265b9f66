"""Participants with interviews, written as rows: what the tests of this room start from."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from google_setup import (  # noqa: F401 - fixtures
    google,
    google_study,
    logged_in,
)

from storage.database import Database, open_database
from storage.interviews import record_change
from storage.study import DATABASE_VARIABLE, Study
from storage.tables import Consent, Interview, Participant, Party, PartyKind, State

Book = Callable[..., Interview]
START = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)  # ten o'clock in London


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest) -> str:
    """Where the study's database is. A file whose tests are about one of them says so with a fixture of this name."""
    return str(request.param)


@pytest.fixture
def database(
    study: Study, home: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Database]:
    """The study's database, once as SQLite and once as PostgreSQL: what is promised holds on both."""
    if home == "postgresql":
        monkeypatch.setenv(DATABASE_VARIABLE, request.getfixturevalue("postgresql_database")())
    database = open_database(study)
    yield database
    database.engine.dispose()


@pytest.fixture
def book(database: Database) -> Book:
    """Add a participant (unless there) with consent and an interview; returns the interview."""

    def add(
        code: str,
        starts_at: datetime = START,
        *,
        minutes: int = 60,
        state: State = State.BOOKED,
        consent: bool | None = True,
        interviewer: str = "INT_01",
    ) -> Interview:
        with database.writing() as session:
            for party, kind in ((code, PartyKind.PARTICIPANT), (interviewer, PartyKind.INTERVIEWER)):
                if session.get(Party, party) is None:
                    session.add(Party(code=party, kind=kind))
                    session.flush()
            if session.get(Participant, code) is None:
                session.add(Participant(code=code, group="client", mode="phone"))
                session.flush()
            if consent is not None:
                session.add(
                    Consent(
                        participant_code=code,
                        given_on=date(2020, 5, 1),
                        sheet="v1",
                        recording=consent,
                        actor="coordinator",
                    )
                )
            interview = Interview(
                participant_code=code,
                interviewer_code=interviewer,
                mode="phone",
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=minutes),
                state=state,
            )
            record_change(session, interview, state, actor="coordinator")
        return interview

    return add
