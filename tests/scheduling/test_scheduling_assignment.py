"""A cohort booked in one go."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from sqlmodel import select

from scheduling.booking import book, cancel, hold
from scheduling.cohort.assignment import Unplaced, book_all
from scheduling.consent import withdraw
from scheduling.errors import UnknownParticipant
from scheduling.local_time import show
from scheduling.participants import import_participants
from storage.contacts import Contacts
from storage.database import Database, open_database
from storage.study import Study
from storage.tables import Claim, Interview


def interviews(database: Database) -> list[Interview]:
    with database.reading() as session:
        return list(session.exec(select(Interview).order_by(Interview.participant_code)))


def add(study: Study, database: Database, contacts: Contacts, now: datetime, *rows: str) -> None:
    import_participants(study, database, contacts, "\n".join(("code;group;available", *rows)), now=now)


def clients(count: int) -> list[str]:
    return [f"C_{number:03};client;" for number in range(101, 101 + count)]


def test_everyone_is_booked_or_the_rule_in_the_way_is_named(filled: Database, study: Study, now: datetime) -> None:
    report = book_all(filled, study, now=now, actor="book-interviews")
    assert report.booked == ("C_001", "C_002", "LW_01", "M_01")
    reason = "the participant's own hours never meet an interviewer's working hours for 60 minutes"
    assert report.unplaced == (Unplaced("C_003", reason),)
    assert report.already == ()


def test_running_again_changes_nothing(filled: Database, study: Study, now: datetime) -> None:
    book_all(filled, study, now=now, actor="book-interviews")
    before = [(i.id, i.starts_at, i.sequence) for i in interviews(filled)]
    again = book_all(filled, study, now=now, actor="book-interviews")
    assert (again.booked, again.already) == ((), ("C_001", "C_002", "LW_01", "M_01"))
    assert [(i.id, i.starts_at, i.sequence) for i in interviews(filled)] == before


def test_codes_choose_who_is_booked(filled: Database, study: Study, now: datetime) -> None:
    report = book_all(filled, study, codes=["M_01", "C_002", "M_01"], now=now, actor="book-interviews")
    assert report.booked == ("C_002", "M_01")
    assert [i.participant_code for i in interviews(filled)] == ["C_002", "M_01"]
    with pytest.raises(UnknownParticipant, match="C_999"):
        book_all(filled, study, codes=["C_001", "C_999"], now=now, actor="book-interviews")
    assert len(interviews(filled)) == 2


def test_a_held_slot_counts_until_it_expires(filled: Database, study: Study, now: datetime) -> None:
    hold(filled, study, "C_001", now=now, actor="coordinator")
    report = book_all(filled, study, codes=["C_001"], now=now + timedelta(minutes=29), actor="x")
    assert report.already == ("C_001",)
    report = book_all(filled, study, codes=["C_001"], now=now + timedelta(minutes=30), actor="x")
    assert report.booked == ("C_001",)


def test_who_withdrew_is_passed_over_or_told_when_named(filled: Database, study: Study, now: datetime) -> None:
    withdraw(filled, study, "C_001", now=now, actor="coordinator")
    report = book_all(filled, study, now=now, actor="book-interviews")
    assert "C_001" not in report.booked
    assert "C_001" not in {item.code for item in report.unplaced}
    (unplaced,) = book_all(filled, study, codes=["C_001"], now=now, actor="book-interviews").unplaced
    assert "C_001 has withdrawn" in unplaced.reason


def test_interviews_are_spread_evenly_within_limits_and_hours(
    filled: Database, study: Study, contacts: Contacts, now: datetime
) -> None:
    add(study, filled, contacts, now, *clients(40))
    report = book_all(filled, study, now=now, actor="book-interviews")
    assert len(report.booked) == 44
    booked = interviews(filled)
    load = Counter(i.interviewer_code for i in booked)
    # five days of three against four days of two: in proportion to what each may take on
    assert abs(load["INT_01"] - 44 * 15 / 23) < 2
    days = Counter((i.interviewer_code, i.starts_at.astimezone(study.zone).date()) for i in booked)
    assert all(count <= study.interviewers[code].daily_limit for (code, _), count in days.items())
    for interview in booked:
        rule = study.interviewers[interview.interviewer_code]
        local = interview.starts_at.astimezone(study.zone)
        assert local.date() not in rule.days_away
        assert any(h.weekday == local.weekday() and h.start <= local.time() < h.end for h in rule.weekly_hours)
        assert local.minute % study.booking.step_minutes == 0


def test_those_with_few_hours_of_their_own_are_placed_before_the_others(
    filled: Database, study: Study, contacts: Contacts, now: datetime
) -> None:
    # only INT_01 works on Mondays, and the day has room for three
    add(study, filled, contacts, now, *clients(12), "C_900;client;Mon 09:00-10:00", "C_901;client;Mon 09:00-10:00")
    book_all(filled, study, now=now, actor="book-interviews")
    times = {i.participant_code: show(i.starts_at, study.zone) for i in interviews(filled)}
    assert times["C_900"] == "Mon 4 May 2020 09:00 BST"
    assert times["C_901"] == "Mon 11 May 2020 09:00 BST"


def test_a_full_study_says_what_it_is_full_of(
    filled: Database, study: Study, contacts: Contacts, now: datetime
) -> None:
    late = now.replace(month=9, day=26)  # a Saturday: with the notice, three working days are left
    add(study, filled, contacts, now, *clients(20), "C_901;client;Mon 09:00-10:00")
    report = book_all(filled, study, now=late, actor="book-interviews")
    reasons = {item.code: item.reason for item in report.unplaced}
    assert set(reasons.values()) == {
        "every day that has a free time is at an interviewer's daily limit",
        "the participant's own hours never meet an interviewer's working hours for 60 minutes",
    }
    days = {(i.interviewer_code, i.starts_at.astimezone(study.zone).date()) for i in interviews(filled)}
    limits = {code: rule.daily_limit for code, rule in study.interviewers.items()}
    assert len(interviews(filled)) == sum(limits[code] for code, _ in days)


def test_the_same_study_gives_the_same_bookings(
    study: Study, database: Database, contacts: Contacts, now: datetime
) -> None:
    add(study, database, contacts, now, *clients(12))
    book_all(database, study, now=now, actor="book-interviews")
    first = {(i.participant_code, i.interviewer_code, i.starts_at) for i in interviews(database)}
    for code, _, _ in first:
        cancel(database, study, code, now=now, actor="coordinator")
    report = book_all(database, study, now=now, actor="book-interviews")
    again = {(i.participant_code, i.interviewer_code, i.starts_at) for i in interviews(database) if i.state == "booked"}
    assert (len(report.booked), again) == (12, first)


def test_what_somebody_else_books_meanwhile_is_worked_around(
    filled: Database, study: Study, contacts: Contacts, now: datetime
) -> None:
    """Another coordinator takes the next slot after every booking, and one of the participants."""
    add(study, filled, contacts, now, *clients(6), *(f"M_{number:02};manager;" for number in range(51, 55)))
    other, meanwhile = open_database(study), iter(("C_106", "M_51", "M_52", "M_53", "M_54"))

    def interfere(done: int, total: int) -> None:
        if code := next(meanwhile, None):
            book(other, study, code, now=now, actor="somebody else")

    codes = [f"C_{number}" for number in range(101, 107)]
    report = book_all(filled, study, codes=codes, now=now, actor="x", progress=interfere)
    other.engine.dispose()
    assert report.booked == ("C_101", "C_102", "C_103", "C_104", "C_105")
    assert report.already == ("C_106",)
    with filled.reading() as session:
        claims = sorted((c.party_code, c.starts_at, c.ends_at) for c in session.exec(select(Claim)))
    assert all(a[0] != b[0] or a[2] <= b[1] for a, b in pairwise(claims))


def test_progress_is_told_after_each(filled: Database, study: Study, now: datetime) -> None:
    told: list[tuple[int, int]] = []
    book_all(filled, study, now=now, actor="x", progress=lambda done, total: told.append((done, total)))
    assert told == [(number, 5) for number in range(1, 6)]
