"""How far recruitment has come, counted from the rows."""

from datetime import UTC, date, datetime, timedelta

from scheduling.attempts import Outcome, note_attempt
from scheduling.booking import book, cancel, hold, mark_held, mark_no_show, move
from scheduling.consent import withdraw
from scheduling.recruitment import GroupRecruitment, interview_rows, recruitment
from storage.database import Database
from storage.interviews import open_interview, record_change
from storage.study import Study
from storage.tables import State

MONDAY_10 = datetime(2020, 5, 4, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def counted(database: Database, study: Study, now: datetime) -> dict[str, GroupRecruitment]:
    with database.reading() as session:
        return {group.group: group for group in recruitment(session, study, now)}


def test_at_first_everyone_is_to_book(filled: Database, study: Study, now: datetime) -> None:
    groups = counted(filled, study, now)
    assert list(groups) == ["client", "link_worker", "manager"]
    assert (groups["client"].label, groups["client"].target) == ("Clients", 44)
    assert [(group.participants, group.to_book) for group in groups.values()] == [(3, 3), (1, 1), (1, 1)]
    assert all(group.bookings == group.booked == group.held == 0 for group in groups.values())


def test_a_booked_interview_is_due_from_its_start(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    for at, booked, due in ((MONDAY_10 - timedelta(seconds=1), 1, 0), (MONDAY_10, 0, 1)):
        client = counted(filled, study, at)["client"]
        assert (client.booked, client.due, client.to_book, client.bookings) == (booked, due, 2, 1)


def test_each_stage_counts_those_that_came_further(filled: Database, study: Study, now: datetime) -> None:
    for number, code in enumerate(("C_001", "C_002", "M_01")):
        at = MONDAY_10 + number * DAY
        book(filled, study, code, now=now, starts_at=at, actor="coordinator")
        mark_held(filled, study, code, now=at, actor="coordinator")
    with filled.writing() as session:
        interview = open_interview(session, "C_001")
        assert interview is not None
        for state in (State.RECORDED, State.TRANSCRIBED):
            record_change(session, interview, state, actor="test")
    client = counted(filled, study, MONDAY_10 + 3 * DAY)["client"]
    assert (client.held, client.recorded, client.transcribed, client.delivered) == (2, 1, 1, 0)
    assert client.to_book == 1


def test_bookings_that_came_to_nothing_are_counted_apart(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    cancel(filled, study, "C_001", now=now, actor="coordinator")
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    mark_no_show(filled, study, "C_001", now=MONDAY_10, actor="coordinator")
    hold(filled, study, "C_002", now=now, actor="coordinator")
    client = counted(filled, study, MONDAY_10)["client"]
    assert (client.cancelled, client.no_shows, client.bookings) == (1, 1, 2)
    assert client.to_book == 3  # the held slot has expired, whether or not its row says so yet


def test_attempts_moves_and_repeated_no_shows_are_counted_per_group(
    filled: Database, study: Study, now: datetime
) -> None:
    for week in range(2):
        at = MONDAY_10 + week * 7 * DAY
        book(filled, study, "C_001", now=now, starts_at=at, interviewer="INT_01", actor="coordinator")
        for minutes in (0, 20, 40):
            tried = at + timedelta(minutes=minutes)
            note_attempt(filled, study, "C_001", Outcome.NO_ANSWER, now=tried, actor="INT_01")
        mark_no_show(filled, study, "C_001", now=at, actor="INT_01")
    book(filled, study, "C_002", now=now, starts_at=MONDAY_10 + DAY, interviewer="INT_01", actor="coordinator")
    for day in (2, 3):
        move(filled, study, "C_002", starts_at=MONDAY_10 + day * DAY, now=now, actor="coordinator")
    mark_no_show(filled, study, "C_002", now=MONDAY_10 + 3 * DAY, actor="INT_01")
    book(filled, study, "M_01", now=now, starts_at=MONDAY_10 + DAY, interviewer="INT_02", actor="coordinator")
    move(filled, study, "M_01", starts_at=MONDAY_10 + 4 * DAY, now=now, actor="coordinator")
    groups = counted(filled, study, now)

    def course(group: str) -> tuple[int, ...]:
        g = groups[group]
        return (g.bookings, g.attempts, g.moves, g.no_shows, g.no_show_twice)

    assert course("client") == (3, 6, 2, 3, 1)  # C_001 did not come twice, C_002 once
    assert course("manager") == (1, 0, 1, 0, 0)
    assert course("link_worker") == (0, 0, 0, 0, 0)


def test_who_withdrew_is_not_to_be_booked(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, actor="coordinator")
    withdraw(filled, study, "C_001", now=now, actor="coordinator")
    withdraw(filled, study, "C_002", now=now, actor="coordinator")
    client = counted(filled, study, now)["client"]
    assert (client.participants, client.withdrawn, client.to_book, client.booked) == (3, 2, 1, 0)


def test_interviews_are_listed_by_time_with_their_labels(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_002", now=now, starts_at=MONDAY_10 + 30 * DAY, actor="coordinator")
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    with filled.reading() as session:
        rows = interview_rows(session, study, now=now)
    assert [(row.label, row.mode, row.state) for row in rows] == [
        ("C_001_05/20", "phone", "booked"),
        ("C_002_06/20", "phone", "booked"),
    ]


def test_lists_are_of_local_days_and_weeks_and_of_states(filled: Database, study: Study, now: datetime) -> None:
    sunday, monday = date(2020, 5, 3), date(2020, 5, 4)
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    book(filled, study, "C_002", now=now, starts_at=MONDAY_10 + 4 * DAY, actor="coordinator")
    hold(filled, study, "M_01", now=now, starts_at=MONDAY_10 + 7 * DAY, actor="coordinator")
    with filled.reading() as session:

        def codes(at: datetime = now, **which: object) -> list[str]:
            return [row.code for row in interview_rows(session, study, now=at, **which)]  # type: ignore[arg-type]

        assert codes(day=monday) == ["C_001"]
        assert codes(week=date(2020, 5, 6)) == ["C_001", "C_002"]
        assert codes(week=sunday) == []
        assert codes(state="held-slot") == ["M_01"]
        assert codes(now + timedelta(hours=1), state="expired") == ["M_01"]
        assert codes(MONDAY_10, state="due") == ["C_001"]
        assert codes(MONDAY_10, state="booked") == ["C_002"]
        assert codes(MONDAY_10, state="due", day=sunday) == []
