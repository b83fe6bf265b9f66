"""Interviews through their life: steps are rows, and the state is what they say."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from storage.database import Database
from storage.errors import StorageError
from storage.interviews import (
    code_of,
    current_consent,
    history,
    interview_of,
    interviews_of,
    label,
    open_interview,
    record_change,
)
from storage.tables import Change, Consent, Interview, State

Book = Callable[..., Interview]
TEN = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)


def test_each_step_is_a_row_and_the_state_follows(database: Database, book: Book) -> None:
    interview = book("C_001")
    with database.writing() as session:
        record_change(
            session, session.get_one(Interview, interview.id), State.HELD, actor="coordinator", cause="talked"
        )
    with database.reading() as session:
        assert session.exec(select(Interview.state)).one() == State.HELD
        steps = history(session, [interview.id or 0])
    assert [(step.state, step.actor, step.cause) for step in steps] == [
        (State.BOOKED, "coordinator", ""),
        (State.HELD, "coordinator", "talked"),
    ]
    assert all(step.at.tzinfo for step in steps)


def test_a_step_that_is_rolled_back_leaves_neither_row_nor_state(database: Database, book: Book) -> None:
    interview = book("C_001")
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        record_change(session, session.get_one(Interview, interview.id), State.HELD, actor="coordinator")
        raise ZeroDivisionError
    with database.reading() as session:
        assert session.exec(select(Interview.state)).one() == State.BOOKED
        assert len(session.exec(select(Change)).all()) == 1


def test_the_state_of_every_interview_is_that_of_its_newest_step(database: Database, book: Book) -> None:
    for number, state in enumerate(State):
        interview = book(f"C_{number:03}", TEN + timedelta(days=number))
        with database.writing() as session:
            record_change(session, session.get_one(Interview, interview.id), state, actor="coordinator")
    with database.reading() as session:
        for interview in session.exec(select(Interview)):
            assert history(session, [interview.id or 0])[-1].state == interview.state


def test_the_open_interview_is_the_one_that_may_still_take_place(database: Database, book: Book) -> None:
    book("C_001", state=State.CANCELLED)
    anew = book("C_001", TEN + timedelta(days=7))
    book("C_002", state=State.NO_SHOW)
    with database.reading() as session:
        assert open_interview(session, "C_001") == session.get(Interview, anew.id)
        assert open_interview(session, "C_002") is None
        assert [interview.state for interview in interviews_of(session, "C_001")] == [State.CANCELLED, State.BOOKED]


@pytest.mark.parametrize("name", ["C_001", "C_001_05/20", " C_001 "])
def test_an_interview_is_named_by_code_or_label(database: Database, book: Book, name: str) -> None:
    interview = book("C_001")
    with database.reading() as session:
        assert interview_of(session, name, ZoneInfo("Europe/London")).id == interview.id


def test_a_label_of_another_month_never_means_the_open_interview(database: Database, book: Book) -> None:
    book("C_001", state=State.NO_SHOW)
    book("C_001", TEN + timedelta(days=60))
    with (
        database.reading() as session,
        pytest.raises(StorageError, match="no open interview C_001_05/20; that of C_001 is C_001_07/20"),
    ):
        interview_of(session, "C_001_05/20", ZoneInfo("Europe/London"))


def test_an_interview_that_is_not_there_is_told(database: Database) -> None:
    with (
        database.reading() as session,
        pytest.raises(StorageError, match=r"C_099 has no open interview\. See 'fieldcall"),
    ):
        interview_of(session, "C_099", ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("name", "code"), [("C_031", "C_031"), ("C_031_06/20", "C_031"), ("LW_02_06/20", "LW_02"), ("X", "X")]
)
def test_the_code_in_a_name(name: str, code: str) -> None:
    assert code_of(name) == code


def test_the_month_in_a_label_is_that_of_the_studys_zone() -> None:
    midnight = datetime(2020, 5, 31, 23, 30, tzinfo=UTC)  # half past midnight in London
    assert label("C_031", midnight, ZoneInfo("Europe/London")) == "C_031_06/20"
    assert label("C_031", midnight, ZoneInfo("UTC")) == "C_031_05/20"
    assert code_of(label("C_031", midnight, ZoneInfo("UTC"))) == "C_031"


def test_the_newest_consent_counts_whatever_its_date(database: Database, book: Book) -> None:
    book("C_001", consent=True)
    with database.writing() as session:
        session.add(
            Consent(participant_code="C_001", given_on=date(2020, 4, 1), sheet="v2", recording=False, actor="c")
        )
    with database.reading() as session:
        newest = current_consent(session, "C_001")
        assert newest is not None
        assert (newest.sheet, newest.recording) == ("v2", False)
        assert current_consent(session, "C_002") is None
