"""Real processes after the same times, some of them killed: nobody is ever in two places at once."""

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select

from benchmarks.booking_race import OVERLAPS, STRAYS, race
from benchmarks.studies import NOW, filled, made_study
from scheduling.cohort.assignment import book_all
from storage.database import open_database
from storage.study import DATABASE_VARIABLE
from storage.tables import Interview


@pytest.fixture(params=["sqlite", "postgresql"], autouse=True)
def backend(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each race is run on both databases; the processes find theirs by the environment."""
    if request.param == "postgresql":
        monkeypatch.setenv(DATABASE_VARIABLE, request.getfixturevalue("postgresql_url"))
    yield


def test_processes_that_race_and_are_killed_leave_no_overlap(tmp_path: Path) -> None:
    result = race(tmp_path, processes=4, attempts=240, kills=1)
    assert result.killed == 1
    assert result.overlaps == 0
    assert result.strays == 0
    assert result.deadlocks == 0
    assert result.outcomes["booked"] > 20
    assert result.outcomes["clash"] > 20


def book_everyone(folder: Path) -> None:
    study = made_study(folder, interviewers=3, daily_limit=3)
    book_all(open_database(study), study, now=NOW, actor="book-interviews")


def test_two_runs_at_once_book_everyone_once(tmp_path: Path) -> None:
    study = made_study(tmp_path, interviewers=3, daily_limit=3)
    database = filled(study, 40)
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=book_everyone, args=(tmp_path,)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join(120)
    assert [run.exitcode for run in runs] == [0, 0]
    with database.reading() as session:
        booked = session.exec(select(Interview)).all()
        wrong = [session.execute(text(query)).scalar_one() for query in (OVERLAPS, STRAYS)]
    database.engine.dispose()
    assert len(booked) == len({interview.participant_code for interview in booked}) == 40
    assert wrong == [0, 0]
    by_day: dict[tuple[str, object], int] = {}
    for interview in booked:
        day = (interview.interviewer_code, interview.starts_at.astimezone(study.zone).date())
        by_day[day] = by_day.get(day, 0) + 1
    assert max(by_day.values()) <= 3
