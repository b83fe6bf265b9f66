"""Codes are kept, counted and guarded in the same way when the study is in PostgreSQL.

Starts a server of its own in a temporary folder; skipped where PostgreSQL is not installed.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from coded_values import ALONE, BEN, MONEY, RENT
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import col, select

from benchmarks.postgresql_server import NoServer, private_server
from storage.codes.agreement import Counts, agreement
from storage.codes.questions import Tally, code_uses, matrix, quotes, together
from storage.codes.report import ImportReport
from storage.codes.texts import StudyVersion
from storage.database import Database, open_database
from storage.imports.coded_project import CodedProject, ProjectMemo
from storage.study import DATABASE_VARIABLE, Study, load_study
from storage.tables import Coding


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


@pytest.fixture
def project(transcribed: Callable[..., StudyVersion], coded: Callable[..., CodedProject]) -> CodedProject:
    project = coded(
        transcribed("C_031"),
        (ALONE, "On my own, mostly. It cost me £20"),
        (MONEY, "It cost me £20"),
        (RENT, "“for nothing” 🙂"),
        (ALONE, "On my own, mostly.", BEN),
    )
    return replace(project, memos=(ProjectMemo("m", "idea", "compare", (ALONE.guid, project.codings[0].guid)),))


def test_a_project_is_taken_once_and_followed_when_told(
    project: CodedProject, take: Callable[..., ImportReport], database: Database
) -> None:
    assert take(project).new_codings == {"Anna": 3, "Ben": 1}
    assert take(project).already == 4
    fewer = replace(project, codings=project.codings[1:])
    assert (take(fewer).retired, take(fewer, update=True).retired, take(project, update=True).revived) == (0, 1, 1)
    moved = replace(project.codings[0], end=project.codings[0].end - 1, quote=project.codings[0].quote[:-1])
    take(replace(project, codings=(moved, *project.codings[1:])), update=True)
    with database.reading() as session:
        rows = session.exec(select(Coding).where(Coding.guid == moved.guid).order_by(col(Coding.id))).all()
    assert [(row.quote[-2:], row.retired_by is None) for row in rows] == [("20", False), ("£2", True)]


def test_questions_have_the_same_answers(
    project: CodedProject, take: Callable[..., ImportReport], database: Database, study: Study
) -> None:
    take(project)
    with database.reading() as session:
        assert [(use.codings, use.participants, use.coders) for use in code_uses(session)] == [
            (2, 1, 2),
            (1, 1, 1),
            (1, 1, 1),
        ]
        assert matrix(session, below=True).cells == {
            ("Alone", "client"): Tally(2, 1),
            ("Money", "client"): Tally(2, 1),
            ("Money > Rent", "client"): Tally(1, 1),
        }
        assert together(session).cells == dict.fromkeys((("Alone", "Money"), ("Money", "Alone")), Tally(1, 1))
        assert [quote.words for quote in quotes(session, study, code="Money", below=True)] == [
            "It cost me £20",
            "“for nothing” 🙂",
        ]
        assert agreement(session, study)[0].counts == Counts(both=1, neither=3)


def test_what_must_never_be_is_refused(
    project: CodedProject, take: Callable[..., ImportReport], database: Database
) -> None:
    take(project)
    with database.reading() as session:
        row: dict[str, Any] = session.exec(select(Coding)).first().model_dump(exclude={"id"})  # type: ignore[union-attr]
    with pytest.raises(IntegrityError, match="one_coding"), database.writing() as session:
        session.add(Coding(**row))
    with pytest.raises(IntegrityError, match="coding_has_both_positions"), database.writing() as session:
        session.add(Coding(**(row | {"guid": "other", "end": None})))
    for change in ("UPDATE coding SET quote = ''", 'UPDATE coding SET "end" = 99', "DELETE FROM coding"):
        with pytest.raises(DBAPIError, match="coding is never changed"), database.writing() as session:
            session.execute(text(change))
    for change in ("UPDATE memo SET text = ''", "DELETE FROM memo"):
        with pytest.raises(DBAPIError, match="memo is never changed"), database.writing() as session:
            session.execute(text(change))
