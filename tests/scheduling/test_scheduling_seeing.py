"""Interviewers' own calendars as they are seen: kept as rows, and closed where they are not."""

from datetime import UTC, datetime, timedelta

import pytest
from paper_calendar import PaperCalendar

from scheduling.calendars.base import Unseen
from scheduling.errors import AccessLost
from scheduling.outside.seeing import look
from scheduling.spans import Span
from storage.alerts import alerts
from storage.database import Database
from storage.study import Study
from storage.tables import CalendarView

NOW = datetime(2020, 5, 4, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
BUSY = Span(NOW + HOUR, NOW + 2 * HOUR)


@pytest.fixture
def outside(study: Study) -> Study:
    """Both interviewers have calendars of their own."""
    own = {code: one.model_copy(update={"calendar": f"{code}@x.org"}) for code, one in study.interviewers.items()}
    return study.model_copy(update={"interviewers": own})


def view(database: Database, code: str) -> CalendarView:
    with database.reading() as session:
        return session.get_one(CalendarView, code)


def told(database: Database) -> dict[str, str]:
    with database.reading() as session:
        return {alert.key: alert.message for alert in alerts(session)}


def test_busy_times_are_kept_with_when_and_how_far_they_were_seen(outside: Study, database: Database) -> None:
    paper = PaperCalendar()
    paper.spans = {"INT_01@x.org": (BUSY,), "INT_02@x.org": ()}
    assert look(outside, database, paper, NOW) == {}
    seen = view(database, "INT_01")
    assert seen.busy == [[int(BUSY.start.timestamp()), int(BUSY.end.timestamp())]]
    assert (seen.seen_at, seen.failure) == (NOW, "")
    assert seen.until == datetime(2020, 9, 30, 23, tzinfo=UTC)  # the study's last day ends then in London
    assert view(database, "INT_02").busy == []


def test_parts_of_a_second_count_as_busy(outside: Study, database: Database) -> None:
    paper = PaperCalendar()
    half = timedelta(milliseconds=500)
    paper.spans = {"INT_01@x.org": (Span(BUSY.start + half, BUSY.end + half),), "INT_02@x.org": ()}
    look(outside, database, paper, NOW)
    assert view(database, "INT_01").busy == [[int(BUSY.start.timestamp()), int(BUSY.end.timestamp()) + 1]]


def test_one_calendar_that_fails_does_not_hide_the_others(outside: Study, database: Database) -> None:
    paper = PaperCalendar()
    paper.spans = {"INT_01@x.org": Unseen("It is not shared. Share it."), "INT_02@x.org": (BUSY,)}
    assert look(outside, database, paper, NOW) == {"INT_01": "It is not shared. Share it."}
    assert view(database, "INT_01").failure == "It is not shared. Share it."
    assert view(database, "INT_02").seen_at == NOW
    assert list(told(database)) == ["calendar:INT_01"]
    paper.spans["INT_01@x.org"] = ()
    assert look(outside, database, paper, NOW + HOUR) == {}
    assert told(database) == {}


def test_one_that_is_missing_from_the_answer_is_not_taken_for_free(outside: Study, database: Database) -> None:
    paper = PaperCalendar()
    paper.spans = {"INT_02@x.org": ()}
    assert set(look(outside, database, paper, NOW)) == {"INT_01"}


def test_a_revoked_token_closes_everybody_and_is_told_once(outside: Study, database: Database) -> None:
    paper = PaperCalendar()
    paper.spans = {"INT_01@x.org": (BUSY,), "INT_02@x.org": ()}
    look(outside, database, paper, NOW)

    def revoked(point: str) -> None:
        raise AccessLost("The token is revoked. Log in again.")

    paper.hook = revoked
    for minutes in (2, 4):
        failures = look(outside, database, paper, NOW + timedelta(minutes=minutes))
    assert set(failures) == {"INT_01", "INT_02"}
    seen = view(database, "INT_01")
    assert (seen.seen_at, len(seen.busy)) == (NOW, 1)  # what was known is kept
    assert "revoked" in seen.failure
    assert list(told(database)) == ["calendar:unseen"]
    paper.hook = lambda point: None
    look(outside, database, paper, NOW + HOUR)
    assert told(database) == {}
    assert view(database, "INT_01").failure == ""


def test_a_study_whose_interviewers_have_no_calendars_asks_nothing(study: Study, database: Database) -> None:
    paper = PaperCalendar()
    paper.hook = pytest.fail
    assert look(study, database, paper, NOW) == {}


def test_after_the_study_there_is_nothing_to_see(outside: Study, database: Database) -> None:
    paper = PaperCalendar()
    paper.hook = pytest.fail
    assert look(outside, database, paper, datetime(2020, 12, 1, tzinfo=UTC)) == {}
