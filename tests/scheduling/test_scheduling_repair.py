"""An interviewer is away: who takes over, who is moved, and that nobody is moved without need."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlmodel import select

from scheduling.booking import book, cancel, hold
from scheduling.cohort.assignment import Planner, Unplaced
from scheduling.cohort.greedy import greedy
from scheduling.cohort.repair import Repair, carry_out, propose_repair
from scheduling.cohort.solver import solve
from scheduling.errors import UnknownInterviewer
from scheduling.local_time import read_local, show
from scheduling.participants import import_participants, participant_of
from storage.contacts import Contacts
from storage.database import Database, open_database
from storage.interviews import history, interviews_of
from storage.study import Booking, Interviewer, Study
from storage.tables import Interview

HOURS = {"hours": ["Mon-Fri 09:00-17:00"]}
WEEK = [date(2020, 6, day) for day in range(8, 13)]  # Monday to Friday


@pytest.fixture
def database(study: Study) -> Database:
    """SQLite alone: that moves are whole is tested where they are made."""
    return open_database(study)


@pytest.fixture
def booked(study: Study, database: Database, contacts: Contacts, now: datetime) -> Callable[..., None]:
    """`booked(study, C_1="2020-06-08 10:00 INT_02")` books people of no hours of their own."""

    def booked(with_study: Study, **times: str) -> None:
        rows = "\n".join(f"{code};client;phone;" for code in times)
        import_participants(study, database, contacts, f"code;group;mode;available\n{rows}", now=now)
        for code, text in times.items():
            when, _, interviewer = text.rpartition(" ")
            at = read_local(when, study.zone)
            book(database, with_study, code, now=now, starts_at=at, interviewer=interviewer, actor="x")

    return booked


def with_interviewers(study: Study, **interviewers: dict[str, object]) -> Study:
    made = {code: Interviewer.model_validate({**HOURS, **given}) for code, given in interviewers.items()}
    return study.model_copy(update={"interviewers": made})


def told(repair: Repair, study: Study) -> dict[str, str]:
    return {one.code: f"{show(one.after.starts_at, study.zone)} {one.after.interviewer_code}" for one in repair.moves}


def standing(database: Database, study: Study) -> dict[str, str]:
    with database.reading() as session:
        found = session.exec(select(Interview).where(Interview.state == "booked")).all()
        return {i.participant_code: f"{show(i.starts_at, study.zone)} {i.interviewer_code}" for i in found}


planners = pytest.mark.parametrize("planner", [greedy, solve])


@planners
def test_somebody_else_at_the_same_time_comes_first(
    study: Study, database: Database, booked: Callable[..., None], now: datetime, planner: Planner
) -> None:
    study = with_interviewers(study, INT_01={}, INT_02={})
    booked(study, C_1="2020-06-08 10:00 INT_02", C_2="2020-06-15 10:00 INT_02", C_3="2020-06-08 13:00 INT_01")
    repair = propose_repair(database, study, "INT_02", WEEK, now=now, planner=planner)
    assert told(repair, study) == {"C_1": "Mon 8 Jun 2020 10:00 BST INT_01"}
    assert (repair.affected, repair.others, repair.others_moved, repair.unplaced) == (("C_1",), 2, 0, ())


@planners
def test_then_another_time_with_the_same_interviewer(
    study: Study, database: Database, booked: Callable[..., None], now: datetime, planner: Planner
) -> None:
    study = with_interviewers(study, INT_01={}, INT_02={})
    booked(study, C_1="2020-06-12 10:00 INT_02", C_2="2020-06-12 10:00 INT_01")
    repair = propose_repair(database, study, "INT_02", WEEK, now=now, planner=planner)
    assert told(repair, study) == {"C_1": "Mon 15 Jun 2020 09:00 BST INT_02"}


@planners
def test_then_somebody_else_at_another_time(
    study: Study, database: Database, booked: Callable[..., None], now: datetime, planner: Planner
) -> None:
    long_away = {"away": ["2020-06-13..2020-09-30", "2020-04-28..2020-06-07"]}
    study = with_interviewers(study, INT_01={}, INT_02=long_away)
    booked(study, C_1="2020-06-10 10:00 INT_02", C_2="2020-06-10 10:00 INT_01")
    repair = propose_repair(database, study, "INT_02", WEEK, now=now, planner=planner)
    assert told(repair, study) == {"C_1": "Wed 10 Jun 2020 11:30 BST INT_01"}


@planners
def test_others_move_only_where_somebody_would_have_no_place(
    study: Study, database: Database, booked: Callable[..., None], now: datetime, planner: Planner
) -> None:
    """C_1 can only be on that Monday at ten, C_2 sits there and could be anywhere."""
    study = with_interviewers(study, INT_01={"hours": ["Mon 09:00-17:00"]}, INT_02={})
    booked(study, C_1="2020-06-08 10:00 INT_02", C_2="2020-06-08 10:00 INT_01", C_3="2020-06-15 10:00 INT_01")
    with database.writing() as session:
        participant_of(session, "C_1").available = "Mon 10:00-11:00"
    summer = [date(2020, 6, 8) + timedelta(days=number) for number in range(120)]
    absent = with_interviewers(
        study, INT_01={"hours": ["Mon 09:00-17:00"], "away": ["2020-06-16..2020-09-30"]}, INT_02={}
    )
    repair = propose_repair(database, absent, "INT_02", summer, now=now.replace(month=6, day=4), planner=planner)
    moved = told(repair, study)
    assert repair.others_moved == 1
    assert repair.unplaced == ()
    assert len(moved) == 2 and "C_1" in moved
    assert moved["C_1"] in ("Mon 8 Jun 2020 10:00 BST INT_01", "Mon 15 Jun 2020 10:00 BST INT_01")
    assert carry_out(database, absent, repair, now=now, actor="coordinator").refused == ()
    assert standing(database, study) | moved == standing(database, study)


@planners
def test_whoever_makes_room_leaves_their_day_to_the_limit(
    study: Study, database: Database, booked: Callable[..., None], now: datetime, planner: Planner
) -> None:
    """One interview a day is all that INT_01 holds, on Monday and Tuesday only."""
    few = {"daily_limit": 1, "away": ["2020-04-28..2020-06-07", "2020-06-10..2020-09-30"]}
    study = with_interviewers(study, INT_01=few, INT_02={})
    booked(study, C_1="2020-06-08 10:00 INT_02", C_2="2020-06-08 14:00 INT_01")
    with database.writing() as session:
        participant_of(session, "C_1").available = "Mon 10:00-11:00"
    rest = [date(2020, 4, 28) + timedelta(days=number) for number in range(200)]
    repair = propose_repair(database, study, "INT_02", rest, now=now, planner=planner)
    assert told(repair, study) == {"C_1": "Mon 8 Jun 2020 10:00 BST INT_01", "C_2": "Tue 9 Jun 2020 09:00 BST INT_01"}
    assert carry_out(database, study, repair, now=now, actor="coordinator").refused == ()


@planners
def test_whoever_has_no_place_is_told_why_and_stays_where_they_are(
    study: Study, database: Database, booked: Callable[..., None], now: datetime, planner: Planner
) -> None:
    study = with_interviewers(study, INT_01={"modes": ["video"]}, INT_02={})
    booked(study, C_1="2020-06-08 10:00 INT_02")
    rest = [date(2020, 4, 28) + timedelta(days=number) for number in range(200)]
    repair = propose_repair(database, study, "INT_02", rest, now=now, planner=planner)
    assert repair.moves == ()
    assert repair.unplaced == (
        Unplaced("C_1", "no interviewer has working hours of 60 minutes in what is left of the study's window"),
    )
    before = standing(database, study)
    carry_out(database, study, repair, now=now, actor="coordinator")
    assert standing(database, study) == before


def test_nothing_is_moved_before_it_is_carried_out_and_then_all_of_it_with_its_cause(
    study: Study, database: Database, booked: Callable[..., None], now: datetime
) -> None:
    study = with_interviewers(study, INT_01={}, INT_02={})
    booked(study, C_1="2020-06-08 10:00 INT_02", C_2="2020-06-09 10:00 INT_02", C_3="2020-06-16 10:00 INT_02")
    before = standing(database, study)
    repair = propose_repair(database, study, "INT_02", WEEK, now=now, planner=solve)
    assert standing(database, study) == before
    seen: list[tuple[int, int]] = []
    done = carry_out(database, study, repair, now=now, actor="coordinator", progress=lambda *said: seen.append(said))
    assert (done.moved, done.refused, seen) == (("C_1", "C_2"), (), [(1, 2), (2, 2)])
    assert standing(database, study) == before | told(repair, study)
    with database.reading() as session:
        [interview] = interviews_of(session, "C_1")
        assert interview.id is not None
        steps = [(step.state, step.actor, step.cause) for step in history(session, [interview.id])]
    assert steps[1:] == [
        ("moved", "coordinator", "from Mon 8 Jun 2020 10:00 BST with INT_02; INT_02 is away"),
        ("booked", "coordinator", ""),
    ]


def test_a_time_that_stays_keeps_no_notice_and_a_new_one_does(
    study: Study, database: Database, booked: Callable[..., None], now: datetime
) -> None:
    study = with_interviewers(study, INT_01={}, INT_02={})
    booked(study, C_1="2020-06-08 10:00 INT_02", C_2="2020-06-08 12:00 INT_02", C_3="2020-06-08 12:00 INT_01")
    morning = read_local("2020-06-08 08:00", study.zone)
    repair = propose_repair(database, study, "INT_02", [date(2020, 6, 8)], now=morning, planner=solve)
    assert told(repair, study) == {"C_1": "Mon 8 Jun 2020 10:00 BST INT_01", "C_2": "Wed 10 Jun 2020 09:00 BST INT_02"}
    assert carry_out(database, study, repair, now=morning, actor="coordinator").refused == ()


def test_a_time_taken_meanwhile_is_told_and_stops_no_other_move(
    study: Study, database: Database, booked: Callable[..., None], now: datetime
) -> None:
    study = with_interviewers(study, INT_01={}, INT_02={})
    booked(study, C_1="2020-06-08 10:00 INT_02", C_2="2020-06-09 10:00 INT_02")
    repair = propose_repair(database, study, "INT_02", WEEK, now=now, planner=solve)
    booked(study, C_9="2020-06-08 10:30 INT_01")
    done = carry_out(database, study, repair, now=now, actor="coordinator")
    assert done.moved == ("C_2",)
    [refused] = done.refused
    assert refused.code == "C_1" and "taken by another interview" in refused.reason
    again = propose_repair(database, study, "INT_02", WEEK, now=now, planner=solve)
    assert again.affected == ("C_1",) and again.unplaced == ()


def test_nobody_is_put_on_the_days_away(
    study: Study, database: Database, booked: Callable[..., None], now: datetime
) -> None:
    study = with_interviewers(study, INT_02={})
    booked(study, **{f"C_{number}": f"2020-06-08 {9 + 2 * number:02}:00 INT_02" for number in range(3)})
    repair = propose_repair(database, study, "INT_02", WEEK, now=now, planner=solve)
    assert len(repair.moves) == 3
    assert all(one.after.starts_at.date() not in WEEK for one in repair.moves)


def test_interviews_over_closed_or_of_other_days_are_left_alone(
    study: Study, database: Database, booked: Callable[..., None], now: datetime
) -> None:
    study = with_interviewers(study, INT_01={}, INT_02={})
    booked(study, C_1="2020-06-08 10:00 INT_02", C_2="2020-06-08 12:00 INT_02", C_3="2020-06-15 12:00 INT_02")
    cancel(database, study, "C_2", now=now, actor="x")
    noon = read_local("2020-06-08 12:00", study.zone)
    assert propose_repair(database, study, "INT_02", WEEK, now=noon).affected == ()
    assert propose_repair(database, study, "INT_02", WEEK, now=now).affected == ("C_1",)


def test_a_held_slot_is_for_a_person_to_settle(
    study: Study, database: Database, booked: Callable[..., None], now: datetime
) -> None:
    study = with_interviewers(study, INT_01={}, INT_02={})
    booked(study, C_1="2020-06-08 10:00 INT_01")
    cancel(database, study, "C_1", now=now, actor="x")
    at = read_local("2020-06-08 10:00", study.zone)
    hold(database, study, "C_1", now=now, starts_at=at, interviewer="INT_02", actor="x")
    repair = propose_repair(database, study, "INT_02", WEEK, now=now)
    assert [(one.code, "only held" in one.reason) for one in repair.unplaced] == [("C_1", True)]


@planners
def test_bookings_that_the_rules_would_not_allow_any_more_are_left_alone(
    study: Study, database: Database, booked: Callable[..., None], now: datetime, planner: Planner
) -> None:
    """Buffers have grown and a limit has shrunk since the others were booked."""
    study = with_interviewers(study, INT_01={}, INT_02={})
    booked(study, C_2="2020-06-08 09:00 INT_01", C_3="2020-06-08 10:30 INT_01", C_1="2020-06-08 10:00 INT_02")
    strict = with_interviewers(study, INT_01={"daily_limit": 1, "away": ["2020-06-09..2020-09-30"]}, INT_02={})
    booking = Booking.model_validate({**study.booking.model_dump(), "buffer_after_minutes": 60})
    strict = strict.model_copy(update={"booking": booking})
    rest = [date(2020, 6, 8) + timedelta(days=number) for number in range(120)]
    repair = propose_repair(database, strict, "INT_02", rest, now=now.replace(month=6, day=5), planner=planner)
    assert repair.others_moved == 0
    assert [one.code for one in repair.unplaced] == ["C_1"]


@planners
def test_bookings_with_somebody_who_has_left_the_study_are_left_alone(
    study: Study, database: Database, booked: Callable[..., None], now: datetime, planner: Planner
) -> None:
    before = with_interviewers(study, INT_01={}, INT_02={}, INT_03={})
    booked(before, C_1="2020-06-08 10:00 INT_02", C_2="2020-06-08 10:00 INT_03")
    after = with_interviewers(study, INT_01={"modes": ["video"]}, INT_02={})
    rest = [date(2020, 4, 28) + timedelta(days=number) for number in range(200)]
    repair = propose_repair(database, after, "INT_02", rest, now=now, planner=planner)
    assert (repair.moves, [one.code for one in repair.unplaced]) == ((), ["C_1"])


@planners
def test_days_are_those_of_the_interviewer(
    study: Study, database: Database, booked: Callable[..., None], now: datetime, planner: Planner
) -> None:
    """Nine in the evening in London is already the next day for somebody in Auckland."""
    far = {"hours": ["Mon-Sun 06:00-12:00"], "zone": "Pacific/Auckland"}
    study = with_interviewers(study, INT_01={"hours": ["Mon-Sun 09:00-23:00"]}, INT_02=far)
    booked(study, C_1="2020-06-08 21:00 INT_02", C_2="2020-06-09 21:00 INT_02")
    repair = propose_repair(database, study, "INT_02", [date(2020, 6, 9)], now=now, planner=planner)
    assert told(repair, study) == {"C_1": "Mon 8 Jun 2020 21:00 BST INT_01"}
    assert carry_out(database, study, repair, now=now, actor="coordinator").moved == ("C_1",)


def test_an_interviewer_who_is_not_known_is_told_so(study: Study, database: Database, now: datetime) -> None:
    with pytest.raises(UnknownInterviewer, match="INT_99"):
        propose_repair(database, study, "INT_99", WEEK, now=now)
