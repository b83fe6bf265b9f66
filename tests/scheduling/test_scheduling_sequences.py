"""Whatever is done in whatever order, nobody is in two places at once, and what is offered can be booked."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, select

from scheduling.availability import monday_of
from scheduling.booking import book, cancel, confirm, hold, mark_no_show, move, slots_for
from scheduling.consent import withdraw
from scheduling.errors import BookingError
from scheduling.participants import import_participants
from scheduling.rules import attending_code, lines_for
from storage.contacts import open_contacts
from storage.database import STUDY_HEAD, Database, open_at, open_database
from storage.study import Study
from storage.tables import CLOSED_STATES, Claim, Interview, Participant

MONDAY = datetime(2020, 5, 4, 8, 0, tzinfo=UTC)
CODES = [f"C_{number:03}" for number in range(1, 7)]
MINUTE = timedelta(minutes=1)
ROWS = "\n".join(["code;group;mode", *(f"{code};client;phone" for code in CODES), "LW_01;link_worker;video"])


@dataclass(frozen=True)
class Step:
    """One thing that somebody does, so many minutes after the last."""

    do: str
    code: str
    at: datetime
    interviewer: str
    mode: str
    minutes: int
    which: int  # of the slots offered


steps = st.builds(
    Step,
    do=st.sampled_from(
        ["book", "book", "offered", "offered", "hold", "confirm", "move", "cancel", "no-show", "withdraw"]
    ),
    code=st.sampled_from([*CODES, "LW_01"]),
    at=st.integers(0, 3 * 24 * 12).map(lambda number: MONDAY + 5 * number * MINUTE),
    interviewer=st.sampled_from(["INT_01", "INT_02"]),
    mode=st.sampled_from(["phone", "phone", "video"]),
    minutes=st.sampled_from([0, 0, 0, 29, 31]),
    which=st.integers(0, 400),
)
lines = st.integers(0, 2)
sequences = st.lists(steps, min_size=8, max_size=30)


def small(study: Study, phone_lines: int) -> Study:
    """Few lines, low limits, interviewers in two zones: so that everything is often in the way."""
    booking = study.booking.model_copy(update={"phone_lines": phone_lines, "notice_hours": 0})
    long_days = {"hours": ["Mon-Sun 08:00-20:00"], "daily_limit": 3, "weekly_limit": 5, "away": []}
    interviewers = {
        code: rule.model_copy(update=long_days | {"zone": zone})
        for (code, rule), zone in zip(study.interviewers.items(), (None, "Pacific/Auckland"), strict=True)
    }
    about = study.study.model_copy(update={"end": MONDAY.date() + timedelta(days=3)})
    return study.model_copy(update={"booking": booking, "interviewers": interviewers, "study": about})


def fill(study: Study, database: Database) -> None:
    """Six clients, of whom LW_01, to be interviewed too, attends two and LW_02 two."""
    import_participants(study, database, open_contacts(study), ROWS, now=MONDAY)
    with database.writing() as session:
        for number, code in enumerate(CODES[:4]):
            participant = session.get_one(Participant, code)
            participant.link_worker, participant.link_worker_attends = f"LW_0{number % 2 + 1}", True


def play(study: Study, database: Database, sequence: list[Step]) -> None:
    """Do everything in turn; what is refused is passed over, what was offered must not be refused."""
    now = MONDAY - timedelta(days=2)
    for step in sequence:
        now += step.minutes * MINUTE
        if step.do == "offered":
            take_what_is_offered(study, database, step, now)
        else:
            with suppress(BookingError):
                steps_by_name(study, database, step, now)[step.do]()
        with database.reading() as session:
            check(study, session)


def steps_by_name(study: Study, database: Database, step: Step, now: datetime) -> dict[str, Callable[[], object]]:
    place = {"starts_at": step.at, "interviewer": step.interviewer}
    return {
        "book": lambda: book(database, study, step.code, now=now, mode=step.mode, actor="x", **place),
        "hold": lambda: hold(database, study, step.code, now=now, mode=step.mode, actor="x", **place),
        "move": lambda: move(database, study, step.code, now=now, actor="x", **place),
        "confirm": lambda: confirm(database, study, step.code, now=now, actor="x"),
        "cancel": lambda: cancel(database, study, step.code, now=now, actor="x"),
        "no-show": lambda: mark_no_show(database, study, step.code, now=step.at + timedelta(days=1), actor="x"),
        "withdraw": lambda: withdraw(database, study, step.code, now=now, actor="x"),
    }


def take_what_is_offered(study: Study, database: Database, step: Step, now: datetime) -> None:
    with suppress(BookingError):
        cancel(database, study, step.code, now=now, actor="x")
    with database.reading() as session:
        try:
            offered = slots_for(session, study, step.code, now, mode=step.mode)
        except BookingError:
            return
    if not offered:
        return
    slot = offered[step.which % len(offered)]
    try:
        taken = book(
            database,
            study,
            step.code,
            now=now,
            starts_at=slot.starts_at,
            interviewer=slot.interviewer_code,
            mode=step.mode,
            actor="x",
        )
    except BookingError as error:
        assert "has withdrawn" in str(error)
        return
    assert (taken.starts_at, taken.ends_at, taken.interviewer_code) == slot


def check(study: Study, session: Session) -> None:
    """Claims are those of open interviews, of all their parties, and no party's overlap; limits are kept."""
    claims = sorted((c.party_code, c.starts_at, c.ends_at, c.interview_id) for c in session.exec(select(Claim)))
    for (party, _, end, _), (following, start, _, _) in pairwise(claims):
        assert party != following or end <= start
    open_ones = list(session.exec(select(Interview).where(Interview.state.not_in(CLOSED_STATES))))  # type: ignore[attr-defined]
    expected = sorted(
        (party, i.starts_at - 15 * MINUTE, i.ends_at + 15 * MINUTE, i.id)
        for i in open_ones
        for party in {i.participant_code, i.interviewer_code, i.attending_code, i.line_code} - {None}
    )
    assert claims == expected
    for interview in open_ones:
        assert (interview.line_code in lines_for(study, interview.mode)) == bool(lines_for(study, interview.mode))
        assert interview.attending_code == attending_code(session.get_one(Participant, interview.participant_code))
    check_limits(study, open_ones)


def check_limits(study: Study, interviews: list[Interview]) -> None:
    for code, rule in study.interviewers.items():
        zone = study.zone if rule.zone is None else ZoneInfo(rule.zone)
        days = [i.starts_at.astimezone(zone).date() for i in interviews if i.interviewer_code == code]
        assert all(days.count(day) <= rule.daily_limit for day in days)
        weeks = [monday_of(day) for day in days]
        assert all(weeks.count(week) <= rule.weekly_limit for week in weeks)


@pytest.fixture
def template(study: Study) -> Path:
    """A SQLite file with everyone in it, to be copied for each sequence."""
    database = open_database(study)
    fill(study, database)
    database.engine.dispose()
    return Path(str(study.database_url.database))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines, sequences)
def test_in_sqlite(study: Study, template: Path, phone_lines: int, sequence: list[Step]) -> None:
    copy = template.with_name("copy.db")
    shutil.copy(template, copy)
    database = open_at(f"sqlite:///{copy}", "study", STUDY_HEAD)
    try:
        play(small(study, phone_lines), database, sequence)
    finally:
        database.engine.dispose()
        for path in copy.parent.glob("copy.db*"):
            path.unlink()


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines, sequences)
def test_in_postgresql(study: Study, postgresql_url: str, phone_lines: int, sequence: list[Step]) -> None:
    database = open_at(postgresql_url, "study", STUDY_HEAD)
    try:
        fill(study, database)
        play(small(study, phone_lines), database, sequence)
    finally:
        with database.engine.begin() as connection:
            connection.execute(text("TRUNCATE party, participant, interview, change, claim, consent CASCADE"))
        database.engine.dispose()
