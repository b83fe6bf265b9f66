"""Attempts to reach people: noted once, never changed, called back within the hour, and never a verdict."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from scheduling.attempts import ENOUGH, Advice, DueRow, Outcome, advise, due_rows, next_try, note_attempt
from scheduling.booking import book, cancel, hold, mark_held, move
from scheduling.errors import BookingError, UnknownParticipant, WrongState
from storage.database import Database
from storage.guards import IMMUTABLE
from storage.intake.binding import EARLIEST, LATEST
from storage.interviews import open_interview
from storage.study import Study
from storage.tables import Attempt, Interview, State

TUESDAY_14 = datetime(2020, 6, 2, 13, 0, tzinfo=UTC)  # 14:00 in London
MINUTE = timedelta(minutes=1)
NO_ANSWER, CALL_BACK, REACHED = Outcome.NO_ANSWER, Outcome.CALL_BACK, Outcome.REACHED


class Desk:
    """C_001's interview with INT_01, booked for Tuesday 14:00, and attempts some minutes after that."""

    def __init__(self, database: Database, study: Study, now: datetime) -> None:
        self.database, self.study, self.now = database, study, now
        self.book("C_001", TUESDAY_14)

    def book(self, code: str, at: datetime, interviewer: str = "INT_01") -> None:
        book(self.database, self.study, code, now=self.now, starts_at=at, interviewer=interviewer, actor="coordinator")

    def attempt(self, outcome: Outcome, minutes: float, back: float | None = None) -> Advice:
        return note_attempt(
            self.database,
            self.study,
            "C_001",
            outcome,
            now=TUESDAY_14 + 300 * MINUTE,
            at=TUESDAY_14 + minutes * MINUTE,
            call_back_at=None if back is None else TUESDAY_14 + back * MINUTE,
            actor="INT_01",
        ).advice

    def attempts(self) -> list[tuple[str, datetime, datetime | None, str]]:
        with self.database.reading() as session:
            return [(a.outcome, a.at, a.call_back_at, a.actor) for a in session.exec(select(Attempt))]

    def due(self, minutes: float) -> list[DueRow]:
        with self.database.reading() as session:
            return due_rows(session, self.study, TUESDAY_14 + minutes * MINUTE)


@pytest.fixture
def desk(filled: Database, study: Study, now: datetime) -> Desk:
    return Desk(filled, study, now)


def test_an_attempt_is_a_row_with_outcome_actor_and_time(desk: Desk) -> None:
    advice = desk.attempt(NO_ANSWER, 1.5)
    assert advice == Advice(TUESDAY_14 + 21 * MINUTE, "try again")
    assert desk.attempts() == [("no answer", TUESDAY_14 + MINUTE, None, "INT_01")]


def test_a_call_back_is_noted_with_its_time_and_keeps_the_slot(desk: Desk) -> None:
    advice = desk.attempt(CALL_BACK, 5, back=35)
    assert advice == Advice(TUESDAY_14 + 35 * MINUTE, "call back")
    assert desk.attempts() == [("call back", TUESDAY_14 + 5 * MINUTE, TUESDAY_14 + 35 * MINUTE, "INT_01")]
    with desk.database.reading() as session:
        interview = open_interview(session, "C_001")
    assert interview is not None
    assert (interview.state, interview.starts_at) == (State.BOOKED, TUESDAY_14)


@pytest.mark.parametrize(
    ("attempted", "suggested"),
    [(-25, 0), (0, 20), (10, 30), (40, 60), (50, 60), (59, 60)],  # not before the start, not after the hour
)
def test_a_call_back_without_a_time_gets_one_within_the_hour(desk: Desk, attempted: int, suggested: int) -> None:
    assert desk.attempt(CALL_BACK, attempted).at == TUESDAY_14 + suggested * MINUTE
    assert desk.attempts()[0][2] == TUESDAY_14 + suggested * MINUTE


@given(st.integers(-30, 200))
def test_what_is_suggested_is_after_the_attempt_and_keeps_the_slot(minutes: int) -> None:
    at = TUESDAY_14 + minutes * MINUTE
    suggested = next_try(TUESDAY_14, at)
    if suggested is None:
        assert at >= TUESDAY_14 + LATEST
    else:
        assert at < suggested <= TUESDAY_14 + LATEST
        assert suggested >= TUESDAY_14


@pytest.mark.parametrize(
    ("outcome", "minutes", "back", "reason"),
    [
        (CALL_BACK, 5, 61, "the slot is kept until Tue 2 Jun 2020 15:00 BST, an hour after the booked start; move it"),
        (CALL_BACK, 5, 60 * 24, "move it instead with 'fieldcall move C_001 WHEN'"),
        (CALL_BACK, 60, None, "the hour after its booked start is over; move it instead"),
        (CALL_BACK, 5, 5, "the time to call back is not after the attempt"),
        (CALL_BACK, 5, -1, "the time to call back is not after the attempt"),
        (NO_ANSWER, 5, 25, "only a call-back has a time to call back"),
        (REACHED, 5, 25, "only a call-back has a time to call back"),
        (NO_ANSWER, -31, None, "booked for Tue 2 Jun 2020 14:00 BST, and attempts count from 30 minutes before"),
        (NO_ANSWER, 301, None, "Tue 2 Jun 2020 19:01 BST is yet to come"),
    ],
)
def test_what_cannot_be_an_attempt_is_refused_and_nothing_is_written(
    desk: Desk, outcome: Outcome, minutes: int, back: int | None, reason: str
) -> None:
    with pytest.raises(BookingError) as refused:
        desk.attempt(outcome, minutes, back)
    assert str(refused.value).startswith("This attempt to reach C_001 is not noted: ")
    assert reason in str(refused.value)
    assert desk.attempts() == []


def test_the_hour_ends_with_the_time_in_which_a_recording_is_bound() -> None:
    assert (EARLIEST, LATEST) == (30 * MINUTE, 60 * MINUTE)


def test_the_same_attempt_twice_is_one(desk: Desk) -> None:
    desk.attempt(NO_ANSWER, 3)
    with pytest.raises(BookingError, match="one at Tue 2 Jun 2020 14:03 BST is noted already"):
        desk.attempt(NO_ANSWER, 3.9)
    assert len(desk.attempts()) == 1


def test_only_a_booked_interview_is_attempted(desk: Desk) -> None:
    hold(desk.database, desk.study, "C_002", now=desk.now, actor="coordinator")
    for code, error, part in (
        ("C_002", WrongState, "is held-slot and cannot be called; only one that is booked can"),
        ("M_01", WrongState, "has no interview that could be called"),
        ("C_999", UnknownParticipant, "no participant C_999"),
    ):
        with pytest.raises(error, match=part):
            note_attempt(desk.database, desk.study, code, NO_ANSWER, now=TUESDAY_14, actor="coordinator")
    mark_held(desk.database, desk.study, "C_001", now=TUESDAY_14, actor="coordinator")
    with pytest.raises(WrongState, match="is held and cannot be called"):
        desk.attempt(NO_ANSWER, 5)
    assert desk.attempts() == []


def test_an_attempt_is_never_changed_or_removed(desk: Desk) -> None:
    desk.attempt(NO_ANSWER, 1)
    for statement in ("UPDATE attempt SET outcome = 'reached'", "DELETE FROM attempt"):
        with pytest.raises(IntegrityError, match=IMMUTABLE), desk.database.writing() as session:
            session.execute(text(statement))
    assert len(desk.attempts()) == 1


# --- what comes next


def test_after_three_without_an_answer_a_person_decides_and_nothing_else_happens(desk: Desk) -> None:
    for number, minutes in enumerate((0, 20, 40), 1):
        advice = desk.attempt(NO_ANSWER, minutes)
        assert (advice.at is None) is (number == ENOUGH)
    assert advice.words == "3 attempts without an answer; decide: fieldcall no-show C_001, or fieldcall move C_001 WHEN"
    with desk.database.reading() as session:
        interview = open_interview(session, "C_001")
    assert interview is not None
    assert interview.state == State.BOOKED


def test_a_call_back_that_was_agreed_counts_for_more_than_the_attempts_before(desk: Desk) -> None:
    for minutes in (0, 10, 20):
        desk.attempt(NO_ANSWER, minutes)
    assert desk.attempt(CALL_BACK, 30, back=45) == Advice(TUESDAY_14 + 45 * MINUTE, "call back")
    assert desk.attempt(NO_ANSWER, 45).words.startswith("4 attempts without an answer; decide")


def test_who_was_reached_is_only_to_be_marked(desk: Desk) -> None:
    desk.attempt(NO_ANSWER, 0)
    assert desk.attempt(REACHED, 20) == Advice(None, "once it has taken place: fieldcall held C_001")


def test_when_the_hour_is_over_a_person_decides(desk: Desk) -> None:
    assert desk.attempt(NO_ANSWER, 61).words.startswith("its hour is over; decide: fieldcall no-show C_001")


def test_a_call_back_into_somebodys_next_time_is_allowed_with_a_warning(desk: Desk) -> None:
    desk.book("C_002", TUESDAY_14 + 90 * MINUTE)  # its claim begins a quarter of an hour before: 15:15
    advice = desk.attempt(CALL_BACK, 5, back=40)
    assert advice.at == TUESDAY_14 + 40 * MINUTE
    assert advice.words == "call back: only 35 minutes are free then, so keep it short or move it"
    assert "C_002" not in advice.words
    assert desk.attempt(CALL_BACK, 6, back=15).words == "call back"


def test_attempts_at_a_time_that_it_was_moved_from_count_no_more(desk: Desk) -> None:
    for minutes in (0, 20, 40):
        desk.attempt(NO_ANSWER, minutes)
    thursday = TUESDAY_14 + timedelta(days=9)
    move(
        desk.database,
        desk.study,
        "C_001",
        starts_at=thursday,
        now=TUESDAY_14 + 50 * MINUTE,
        actor="coordinator",
    )
    [row] = desk.due(9 * 24 * 60)
    assert (row.attempts, row.advice) == ((), Advice(thursday, "call"))
    assert len(desk.attempts()) == 3


OUTCOMES = st.lists(st.tuples(st.sampled_from(list(Outcome)), st.integers(1, 15)), max_size=8)


@given(OUTCOMES, st.integers(0, 30))
def test_whatever_happened_there_is_one_next_step(steps: list[tuple[Outcome, int]], later: int) -> None:
    interview = Interview(
        id=1,
        participant_code="C_001",
        interviewer_code="INT_01",
        mode="phone",
        starts_at=TUESDAY_14,
        ends_at=TUESDAY_14 + 60 * MINUTE,
        state=State.BOOKED,
    )
    at, attempts = TUESDAY_14, []
    for outcome, minutes in steps:
        at += minutes * MINUTE
        back = next_try(TUESDAY_14, at) if outcome is CALL_BACK else None
        if outcome is CALL_BACK and back is None:
            continue  # the hour is over: such an attempt is not noted
        attempts.append(Attempt(interview_id=1, outcome=outcome, call_back_at=back, actor="x", at=at))
    now = at + later * MINUTE
    advice = advise(interview, attempts, now)
    assert advice.words
    if advice.at is None:
        assert "fieldcall" in advice.words  # a person is told which command decides
    else:
        assert TUESDAY_14 <= advice.at <= TUESDAY_14 + LATEST
        assert now <= TUESDAY_14 + LATEST


# --- who is due


def test_who_is_due_is_listed_in_the_order_in_which_something_is_to_be_done(desk: Desk) -> None:
    desk.book("M_01", TUESDAY_14, interviewer="INT_02")
    desk.book("C_002", TUESDAY_14 + 120 * MINUTE)
    assert [row.label for row in desk.due(-31)] == []
    assert [row.label for row in desk.due(-30)] == ["C_001_06/20", "M_01_06/20"]
    desk.attempt(NO_ANSWER, 0)
    rows = desk.due(5)
    assert [row.label for row in rows] == ["M_01_06/20", "C_001_06/20"]
    assert [len(row.attempts) for row in rows] == [0, 1]
    assert [row.advice.words for row in rows] == ["call", "try again"]
    assert [row.label for row in desk.due(90)] == ["C_001_06/20", "M_01_06/20", "C_002_06/20"]


def test_what_is_held_cancelled_or_to_come_is_not_due(desk: Desk) -> None:
    assert len(desk.due(0)) == 1
    cancel(desk.database, desk.study, "C_001", now=desk.now, actor="coordinator")
    assert desk.due(0) == []
