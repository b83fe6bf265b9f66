"""A cohort from its rows: who could be where, what is in the way, and a plan that is booked or read from a file."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from scheduling.booking import book, cancel
from scheduling.cohort.assignment import Proposal, book_proposal, book_rows, propose
from scheduling.cohort.gathering import problem_of
from scheduling.cohort.plan_file import PlanProblem, read_plan, write_plan
from scheduling.cohort.problem import Problem
from scheduling.cohort.reasons import why_there
from scheduling.cohort.solver import solve
from scheduling.consent import withdraw
from scheduling.errors import PlanFileError, UnknownParticipant
from scheduling.local_time import show
from scheduling.participants import import_participants, participant_of
from storage.contacts import Contacts
from storage.database import Database, open_database
from storage.study import Booking, Interviewer, Study
from storage.tables import Interview, Participant

DAYS = ["Mon-Fri 09:00-17:00"]


@pytest.fixture
def database(study: Study) -> Database:
    """SQLite alone: what is decided here is decided before the database is asked."""
    return open_database(study)


@pytest.fixture
def add(study: Study, database: Database, contacts: Contacts, now: datetime) -> Callable[..., None]:
    """`add(C_1={"language": "cy"})` adds a participant by phone with any hours, changed as given."""

    def add(**people: dict[str, object]) -> None:
        rows = "\n".join(f"{code};{'manager' if code.startswith('M') else 'client'};phone" for code in people)
        import_participants(study, database, contacts, f"code;group;mode\n{rows}", now=now)
        with database.writing() as session:
            for code, given in people.items():
                person = participant_of(session, code)
                for name, value in given.items():
                    setattr(person, name, value)
                session.add(person)

    return add


def with_interviewers(study: Study, phone_lines: int = 0, **interviewers: dict[str, object]) -> Study:
    made = {code: Interviewer.model_validate({"hours": DAYS, **given}) for code, given in interviewers.items()}
    booking = Booking.model_validate({**study.booking.model_dump(), "phone_lines": phone_lines})
    return study.model_copy(update={"interviewers": made, "booking": booking})


def gathered(database: Database, study: Study, now: datetime) -> Problem:
    with database.reading() as session:
        return problem_of(session, study, list(session.exec(select(Participant).order_by(Participant.code))), now)


def reasons(proposal: Proposal) -> dict[str, str]:
    return {one.code: one.reason for one in proposal.unplaced}


def booked(database: Database, study: Study) -> dict[str, tuple[str, str]]:
    with database.reading() as session:
        found = session.exec(select(Interview).where(Interview.state == "booked")).all()
        return {i.participant_code: (show(i.starts_at, study.zone), i.interviewer_code) for i in found}


def test_openings_are_the_days_on_which_the_rules_allow_a_start(
    study: Study, database: Database, add: Callable[..., None], now: datetime
) -> None:
    study = with_interviewers(study, INT_01={"away": ["2020-05-04"]}, INT_02={"hours": ["Sat 09:00-17:00"]})
    add(C_1={"available": "Mon 10:00-12:00"})
    [wanted] = gathered(database, study, now).wanted
    first = wanted.openings[0]
    assert {o.interviewer for o in wanted.openings} == {"INT_01"}
    assert [show(start, study.zone) for start in first.starts] == [
        f"Mon 11 May 2020 {clock} BST" for clock in ("10:00", "10:30", "11:00")
    ]
    assert [o.cost for o in wanted.openings[:3]] == [0, 700, 1400]


def test_what_each_group_lacks_and_each_interviewer_has_is_counted(
    study: Study, database: Database, add: Callable[..., None], now: datetime
) -> None:
    study = with_interviewers(study, INT_01={"weekly_limit": 2, "away": ["2020-05-01..2020-09-20"]}, INT_02={})
    add(C_1={}, C_2={}, M_1={})
    book(database, study, "C_1", now=now, interviewer="INT_02", actor="x")
    problem = gathered(database, study, now)
    assert (problem.missing["client"], problem.missing["manager"]) == (43, 8)
    two = problem.capacities["INT_02"]
    assert (two.load, sum(two.booked_on.values())) == (1, 1)
    assert problem.capacities["INT_01"].room == 4  # two in the week from 21 September, two in the last


@pytest.mark.parametrize(
    ("interviewer", "participant", "reason"),
    [
        ({}, {"language": "cy"}, "INT_01 does not speak 'cy'"),
        ({}, {"needs": "hearing"}, "INT_01 has no skill hearing"),
        ({"modes": ["video"]}, {}, "INT_01 does not interview by phone"),
        (
            {},
            {"available": "Sat 10:00-12:00"},
            "the participant's own hours never meet an interviewer's working hours for 60 minutes",
        ),
    ],
)
def test_whom_no_plan_can_place_is_told_the_rule(
    study: Study,
    database: Database,
    add: Callable[..., None],
    now: datetime,
    interviewer: dict[str, object],
    participant: dict[str, object],
    reason: str,
) -> None:
    add(C_1=participant)
    proposal = propose(database, with_interviewers(study, INT_01=interviewer), now=now)
    assert reasons(proposal) == {"C_1": reason}


def test_the_notice_may_leave_no_time(
    study: Study, database: Database, add: Callable[..., None], now: datetime
) -> None:
    add(C_1={})
    proposal = propose(database, study, now=now.replace(month=9, day=29))
    assert "no time left after the notice" in reasons(proposal)["C_1"]


@pytest.mark.parametrize("planner", [None, solve])
def test_shared_limits_are_named(
    study: Study, database: Database, add: Callable[..., None], now: datetime, planner: object
) -> None:
    late = now.replace(month=9, day=25)  # a Friday; Monday to Wednesday are left
    study = with_interviewers(study, INT_01={"weekly_limit": 1})
    add(C_1={}, C_2={})
    options = {"planner": planner} if planner else {}
    proposal = propose(database, study, now=late, **options)  # type: ignore[arg-type]
    assert len(proposal.plan.proposed) == 1
    assert list(reasons(proposal).values()) == ["every week that has a free time is at an interviewer's weekly limit"]


def test_one_line_takes_one_call_at_a_time(
    study: Study, database: Database, add: Callable[..., None], now: datetime
) -> None:
    one_hour = {"hours": ["Wed 09:00-10:00"]}
    study = with_interviewers(study, 1, INT_01=one_hour, INT_02=one_hour, INT_03=one_hour)
    late = now.replace(month=9, day=25)
    add(C_1={}, C_2={}, M_1={"mode": "video"})
    proposal = propose(database, study, now=late, planner=solve)
    assert len(proposal.plan.proposed) == 2  # the manager needs no line
    assert list(reasons(proposal).values()) == ["the telephone line is taken whenever there is a time that would suit"]
    report = book_proposal(database, study, proposal, now=late, actor="x")
    assert len(report.booked) == 2


def test_a_link_worker_attends_one_interview_at_a_time(
    study: Study, database: Database, add: Callable[..., None], now: datetime
) -> None:
    study = with_interviewers(study, INT_01={"hours": ["Wed 09:00-10:00"]}, INT_02={"hours": ["Wed 09:00-10:00"]})
    late = now.replace(month=9, day=25)
    add(M_9={"available": "Sat 09:00-10:00"})
    with database.writing() as session:
        session.get_one(Participant, "M_9").available = ""
    together = {"link_worker": "M_9", "link_worker_attends": True}
    add(C_1=together, C_2=together)
    proposal = propose(database, study, codes=["C_1", "C_2"], now=late, planner=solve)
    assert len(proposal.plan.proposed) == 1
    assert list(reasons(proposal).values()) == [
        "M_9, who attends, is at other interviews at every time that would suit"
    ]


def test_whoever_was_to_interview_somebody_before_is_kept(
    study: Study, database: Database, add: Callable[..., None], now: datetime
) -> None:
    study = with_interviewers(study, INT_01={}, INT_02={"hours": ["Thu 09:00-17:00"]})
    add(C_1={})
    book(database, study, "C_1", now=now, interviewer="INT_02", actor="x")
    cancel(database, study, "C_1", now=now, actor="x")
    proposal = propose(database, study, now=now, planner=solve)
    [one] = proposal.plan.proposed
    assert one.slot.interviewer_code == "INT_02"
    assert why_there(proposal.problem, one).startswith("continuity, ")


def test_a_plan_books_nobody_and_applying_it_books_exactly_that(
    study: Study, database: Database, add: Callable[..., None], now: datetime
) -> None:
    add(**{f"C_{number}": {} for number in range(8)})
    proposal = propose(database, study, now=now, planner=solve)
    assert booked(database, study) == {}
    report = book_proposal(database, study, proposal, now=now, actor="coordinator")
    assert report.booked == tuple(f"C_{number}" for number in range(8))
    assert booked(database, study) == {
        one.code: (show(one.slot.starts_at, study.zone), one.slot.interviewer_code) for one in proposal.plan.proposed
    }


def test_a_time_that_was_taken_meanwhile_is_planned_anew_and_the_others_stand(
    study: Study, database: Database, add: Callable[..., None], now: datetime
) -> None:
    add(C_1={}, C_2={}, C_3={}, M_1={})
    proposal = propose(database, study, codes=["C_1", "C_2", "C_3"], now=now, planner=solve)
    first, second, third = proposal.plan.proposed
    slot = first.slot
    book(database, study, "M_1", now=now, starts_at=slot.starts_at, interviewer=slot.interviewer_code, actor="another")
    cancelled = second.code
    withdraw(database, study, cancelled, now=now, actor="another")
    report = book_proposal(database, study, proposal, now=now, actor="coordinator")
    assert report.booked == tuple(sorted((first.code, third.code)))
    assert [one.code for one in report.unplaced] == [cancelled]
    times = booked(database, study)
    assert times[third.code] == (show(third.slot.starts_at, study.zone), third.slot.interviewer_code)
    assert times[first.code] != (show(slot.starts_at, study.zone), slot.interviewer_code)


def test_naming_somebody_unknown_plans_nothing(study: Study, database: Database, now: datetime) -> None:
    with pytest.raises(UnknownParticipant, match="C_999"):
        propose(database, study, codes=["C_999"], now=now)


def test_what_is_written_is_read_back_and_booked(
    study: Study, database: Database, add: Callable[..., None], now: datetime, tmp_path: Path
) -> None:
    add(C_1={}, C_2={}, M_1={})
    proposal = propose(database, study, now=now, planner=solve)
    file = tmp_path / "plan.csv"
    rows = [(one, why_there(proposal.problem, one)) for one in proposal.plan.proposed]
    file.write_text(write_plan(rows, study), encoding="utf-8")
    read, problems = read_plan(file, study)
    assert problems == []
    done = book_rows(database, study, read, now=now, actor="coordinator", progress=None)
    assert done == ([one.code for one in proposal.plan.proposed], [])
    assert book_rows(database, study, read[:1], now=now, actor="coordinator", progress=None)[1] == [
        PlanProblem(2, read[0].code, f"{read[0].code} already has an interview. "
                    f"Move it with 'fieldcall move {read[0].code} WHEN', or cancel it first.")
    ]  # fmt: skip


def test_a_file_changed_by_hand_is_told_row_by_row(
    study: Study, database: Database, add: Callable[..., None], now: datetime, tmp_path: Path
) -> None:
    add(C_1={}, C_2={}, C_3={}, C_4={}, C_5={}, C_6={})
    file = tmp_path / "plan.csv"
    rows = [
        "Code ;when;interviewer;mode",
        "c_1;Mon 4 May 2020 10:00 BST;INT_01;phone",  # 2: good
        "C_999;2020-05-04 12:00;INT_01;phone",
        "",
        "C_2;2020-04-01 10:00;INT_01;phone",
        "C_1;2020-05-05 10:00;INT_01;phone",
        "Ann Example;2020-05-05 10:00;INT_01;phone",
        "C_3;Ann Example;INT_01;phone",
        "C_4;2020-05-05 10:00;Ann Example;phone",
        "C_5;2020-05-05 10:00;INT_01;fax",
        "C_6;2020-05-04 10:30;INT_01;phone",  # 11: overlaps the first
        "C_2",
        "C_3;2020-05-05 10:00;INT_77;phone",
        "C_4;2020-05-06 03:00;INT_01;phone;later;and;more",
    ]
    file.write_text("\n".join(rows), encoding="utf-8-sig")
    read, problems = read_plan(file, study)
    done, refused = book_rows(database, study, read, now=now, actor="coordinator", progress=None)
    told = {problem.line: (problem.code, problem.reason) for problem in [*problems, *refused]}
    assert done == ["C_1"]
    assert {line: code for line, (code, _) in told.items()} == {
        3: "C_999", 5: "C_2", 6: "C_1", 7: "", 8: "C_3", 9: "C_4",
        10: "C_5", 11: "C_6", 12: "C_2", 13: "C_3", 14: "C_4",
    }  # fmt: skip
    said = {line: reason for line, (_, reason) in told.items()}
    assert "no participant C_999" in said[3]
    assert "it is in the past" in said[5]
    assert "C_1 is on line 2 already" in said[6]
    assert said[7] == "the column code holds no code such as C_031"
    assert "holds no time" in said[8] and "holds no time" in said[12]
    assert "holds no code such as INT_01" in said[9]
    assert "neither phone nor video" in said[10]
    assert "taken by another interview" in said[11]
    assert "no interviewer INT_77" in said[13]
    assert "outside the interviewer's working hours" in said[14]
    assert "Ann" not in " ".join(said.values())


def test_a_time_that_comes_twice_is_asked_for(study: Study, tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_text(
        "code,when,interviewer,mode\nC_1,2020-10-25 01:30,INT_01,phone\nC_2,2020-03-29 01:30,INT_01,phone\n"
    )
    _, problems = read_plan(file, study)
    assert "comes twice" in problems[0].reason
    assert "does not exist" in problems[1].reason


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column code and no column when"),
        (b"code;when;interviewer\nC_1;2020-05-04 10:00;INT_01\n", "no column mode"),
        (b'code,when,interviewer,mode\n"C_1,2020-05-04 10:00,INT_01,phone\n', "not a CSV file"),
        (b"code,when,interviewer,mode\nC_1,\xff,INT_01,phone\n", "not in UTF-8"),
    ],
)
def test_a_file_that_is_no_plan_is_told_so(study: Study, tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "plan.csv"
    file.write_bytes(content)
    with pytest.raises(PlanFileError, match=message):
        read_plan(file, study)


def test_a_file_that_is_not_there_is_told_so(study: Study, tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="No such file"):
        read_plan(tmp_path / "none.csv", study)


def test_interviewers_elsewhere_count_their_own_days(
    study: Study, database: Database, add: Callable[..., None], now: datetime
) -> None:
    """Half past nine in the evening in London is the next morning in Auckland, where the limit counts."""
    study = with_interviewers(
        study,
        INT_01={"hours": ["Mon-Sun 08:00-12:00"], "zone": "Pacific/Auckland", "daily_limit": 1},
    )
    add(C_1={"available": "Mon 20:00-23:59"}, C_2={"available": "Mon 20:00-23:59"})
    proposal = propose(database, study, now=now, planner=solve)
    first, second = proposal.plan.proposed
    assert show(first.slot.starts_at, study.zone).startswith("Mon 4 May 2020 21:00")
    assert second.slot.starts_at - first.slot.starts_at == timedelta(days=7)
    assert len(book_proposal(database, study, proposal, now=now, actor="x").booked) == 2


def test_two_days_in_london_may_be_one_in_auckland(
    study: Study, database: Database, add: Callable[..., None], now: datetime
) -> None:
    far = {"hours": ["Mon-Sun 08:00-12:00"], "zone": "Pacific/Auckland", "daily_limit": 1}
    study = with_interviewers(study, INT_01=far)
    add(C_1={"available": "Mon 21:00-22:00"}, C_2={"available": "Tue 00:00-01:00"})
    proposal = propose(database, study, now=now, planner=solve)
    days = {one.slot.starts_at.astimezone(ZoneInfo("Pacific/Auckland")).date() for one in proposal.plan.proposed}
    assert len(days) == 2
