"""Everyone whose time an interview takes: the link worker who attends and the shared telephone line too."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlmodel import select

from scheduling.availability import Slot
from scheduling.booking import book, cancel, confirm, hold, mark_no_show, move, slots_for, verdicts
from scheduling.claims import Seat, claim, release, take, taking
from scheduling.cohort.assignment import Proposal, book_all, propose
from scheduling.consent import withdraw
from scheduling.errors import AlreadyBooked, Clash, NotFree, UnknownInterviewer, UnknownParticipant
from storage.database import Database
from storage.interviews import history, open_interview, record_change
from storage.study import Study
from storage.tables import Claim, Interview, Participant, Party, State

MINUTE = timedelta(minutes=1)
TUESDAY_10 = datetime(2020, 5, 5, 9, 0, tzinfo=UTC)  # 10:00 in London: both interviewers work
Change = Callable[..., None]


@pytest.fixture
def change(filled: Database) -> Change:
    """`change(code, **columns)` alters a participant."""

    def alter(code: str, **columns: object) -> None:
        with filled.writing() as session:
            session.get_one(Participant, code).sqlmodel_update(columns)

    return alter


@pytest.fixture
def attended(change: Change) -> None:
    """LW_02, who is not a participant, attends the interviews of C_001 and C_002."""
    for code in ("C_001", "C_002"):
        change(code, link_worker="LW_02", link_worker_attends=True)


def with_lines(study: Study, lines: int) -> Study:
    return study.model_copy(update={"booking": study.booking.model_copy(update={"phone_lines": lines})})


def with_interviewer(study: Study, code: str, **given: object) -> Study:
    changed = study.interviewers[code].model_copy(update=given)
    return study.model_copy(update={"interviewers": study.interviewers | {code: changed}})


def claimed(database: Database) -> dict[str, list[datetime]]:
    """When each party's claims begin."""
    with database.reading() as session:
        found: dict[str, list[datetime]] = {}
        for claim in session.exec(select(Claim).order_by(Claim.party_code, Claim.starts_at)):
            found.setdefault(claim.party_code, []).append(claim.starts_at)
    return found


def rule_of(
    database: Database, study: Study, code: str, now: datetime, interviewer: str = "INT_02", at: datetime = TUESDAY_10
) -> str:
    with pytest.raises(NotFree) as refused:
        book(database, study, code, now=now, starts_at=at, interviewer=interviewer, actor="x")
    return refused.value.rule


# --- the link worker who attends


@pytest.mark.usefixtures("attended")
def test_the_link_worker_who_attends_is_claimed_with_buffers_and_given_back(
    filled: Database, study: Study, now: datetime
) -> None:
    interview = book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    assert interview.attending_code == "LW_02"
    start = TUESDAY_10 - 15 * MINUTE
    assert claimed(filled) == {"C_001": [start], "INT_01": [start], "LW_02": [start]}
    cancel(filled, study, "C_001", now=now, actor="x")
    assert claimed(filled) == {}


@pytest.mark.usefixtures("attended")
def test_a_link_worker_is_not_at_two_interviews_at_once(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    for minutes in (0, 89):
        at = TUESDAY_10 + minutes * MINUTE
        assert rule_of(filled, study, "C_002", now, at=at) == "the link worker who attends is not free"
    with filled.reading() as session:
        free = {slot.starts_at for slot in slots_for(session, study, "C_002", now)}
    assert not free & {TUESDAY_10 + minutes * MINUTE for minutes in (0, 30, 60)}
    assert TUESDAY_10 + 90 * MINUTE in free


def test_who_only_referred_is_not_claimed(filled: Database, study: Study, now: datetime, change: Change) -> None:
    change("C_001", link_worker="LW_02", link_worker_attends=False)
    assert book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, actor="x").attending_code is None
    assert "LW_02" not in claimed(filled)


@pytest.mark.parametrize(("link_worker", "attending"), [("C_001", None), (None, None), ("", None)])
def test_nobody_attends_their_own_interview_or_one_where_nobody_is_named(
    filled: Database, study: Study, now: datetime, change: Change, link_worker: str | None, attending: None
) -> None:
    change("C_001", link_worker=link_worker, link_worker_attends=True)
    assert not book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, actor="x").attending_code


def test_a_link_workers_own_interview_and_hours_count(
    filled: Database, study: Study, now: datetime, change: Change
) -> None:
    change("C_001", link_worker="LW_01", link_worker_attends=True)  # who is free on Monday to Wednesday, 13 to 15
    assert rule_of(filled, study, "C_001", now) == "it is outside the hours of the link worker who attends"
    at_13 = TUESDAY_10 + timedelta(hours=3)
    book(filled, study, "LW_01", now=now, starts_at=at_13, interviewer="INT_01", actor="x")
    assert rule_of(filled, study, "C_001", now, at=at_13) == "the link worker who attends is not free"
    change("LW_01", zone="Europe/Berlin")
    at_12 = at_13 - timedelta(days=-1, hours=1)  # on Wednesday it is 13:00 in Berlin
    assert book(filled, study, "C_001", now=now, starts_at=at_12, interviewer="INT_02", actor="x")
    assert rule_of(filled, study, "M_01", now, at=at_12) == "it is taken by another interview with its buffers"


@pytest.mark.usefixtures("attended")
def test_a_move_claims_anew_for_all(filled: Database, study: Study, now: datetime, change: Change) -> None:
    lined = with_lines(study, 2)
    book(filled, lined, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    book(filled, lined, "M_01", now=now, starts_at=TUESDAY_10, interviewer="INT_02", mode="phone", actor="x")
    change("C_001", link_worker="LW_01")
    later = TUESDAY_10 + timedelta(hours=3)
    moved = move(filled, lined, "C_001", starts_at=later, now=now, actor="x")
    assert (moved.attending_code, moved.line_code) == ("LW_01", "LINE_1")
    start, other = later - 15 * MINUTE, TUESDAY_10 - 15 * MINUTE
    assert claimed(filled) == {
        **{party: [start] for party in ("C_001", "INT_01", "LINE_1", "LW_01")},
        **{party: [other] for party in ("INT_02", "LINE_2", "M_01")},
    }


@pytest.mark.usefixtures("attended")
def test_a_move_that_the_link_worker_cannot_make_leaves_everything_as_it_was(
    filled: Database, study: Study, now: datetime
) -> None:
    book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    later = TUESDAY_10 + timedelta(hours=2)
    book(filled, study, "C_002", now=now, starts_at=later, interviewer="INT_02", actor="x")
    before = claimed(filled)
    with pytest.raises(NotFree, match="the link worker who attends is not free") as refused:
        move(filled, study, "C_001", starts_at=later + 30 * MINUTE, now=now, actor="x")
    assert "LW_02" not in str(refused.value)
    assert "C_002" not in str(refused.value)
    assert claimed(filled) == before


# --- telephone lines


def test_an_interview_by_phone_takes_the_first_line_that_is_free(filled: Database, study: Study, now: datetime) -> None:
    lined = with_lines(study, 2)
    first = book(filled, lined, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    by_video = book(
        filled, lined, "M_01", now=now, starts_at=TUESDAY_10 + timedelta(hours=3), interviewer="INT_01", actor="x"
    )
    second = book(filled, lined, "C_002", now=now, starts_at=TUESDAY_10, interviewer="INT_02", actor="x")
    assert (first.line_code, second.line_code, by_video.line_code) == ("LINE_1", "LINE_2", None)
    with filled.reading() as session:
        assert session.get_one(Party, "LINE_1").kind == "line"
        assert session.get_one(Party, "INT_02").kind == "interviewer"


def test_where_every_line_is_taken_only_video_is_left(filled: Database, study: Study, now: datetime) -> None:
    lined = with_lines(study, 1)
    book(filled, lined, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    assert rule_of(filled, lined, "C_002", now) == "every telephone line is taken"
    with filled.reading() as session:
        by_phone, by_video = (
            {slot.starts_at for slot in slots_for(session, lined, "C_002", now, mode=mode)}
            for mode in ("phone", "video")
        )
    assert TUESDAY_10 not in by_phone
    assert TUESDAY_10 in by_video
    cancel(filled, lined, "C_001", now=now, actor="x")
    assert book(filled, lined, "C_002", now=now, starts_at=TUESDAY_10, actor="x").line_code == "LINE_1"


def test_without_shared_lines_none_is_claimed(filled: Database, study: Study, now: datetime) -> None:
    assert book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, actor="x").line_code is None


def test_a_held_slot_keeps_its_line_until_it_expires(filled: Database, study: Study, now: datetime) -> None:
    lined = with_lines(study, 1)
    hold(filled, lined, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    assert rule_of(filled, lined, "C_002", now + 29 * MINUTE) == "every telephone line is taken"
    later = now + 30 * MINUTE
    assert book(filled, lined, "C_002", now=later, starts_at=TUESDAY_10, interviewer="INT_02", actor="x").line_code
    with filled.reading() as session:
        assert open_interview(session, "C_001") is None


def test_a_confirmed_slot_keeps_line_and_link_worker(
    filled: Database, study: Study, now: datetime, attended: None
) -> None:
    lined = with_lines(study, 1)
    hold(filled, lined, "C_001", now=now, starts_at=TUESDAY_10, actor="x")
    confirmed = confirm(filled, lined, "C_001", now=now, actor="x")
    assert (confirmed.line_code, confirmed.attending_code) == ("LINE_1", "LW_02")
    assert len(claimed(filled)) == 4


@pytest.mark.parametrize("end", ["no-show", "withdrawn"])
def test_however_an_interview_ends_everyone_gets_their_time_back(
    filled: Database, study: Study, now: datetime, attended: None, end: str
) -> None:
    lined = with_lines(study, 1)
    book(filled, lined, "C_001", now=now, starts_at=TUESDAY_10, actor="x")
    if end == "no-show":
        mark_no_show(filled, lined, "C_001", now=TUESDAY_10, actor="x")
    else:
        withdraw(filled, lined, "C_001", now=now, actor="x")
    assert claimed(filled) == {}


def test_who_withdraws_while_being_moved_claims_nothing_afterwards(
    filled: Database, study: Study, now: datetime
) -> None:
    interview = book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, actor="x")
    withdrawing = Thread(target=withdraw, args=(filled, study, "C_001"), kwargs={"now": now, "actor": "x"})
    with filled.writing() as session:  # as a move does, with time enough for the other to catch up
        same = session.exec(select(Interview).where(Interview.id == interview.id).with_for_update()).one()
        release(session, same)
        same.starts_at, same.ends_at = same.starts_at + 60 * MINUTE, same.ends_at + 60 * MINUTE
        claim(session, study, same)
        withdrawing.start()
        withdrawing.join(1)
    withdrawing.join()
    assert claimed(filled) == {}


def test_whoever_gives_time_back_waits_for_nobody_who_waits_for_it(
    filled: Database, study: Study, now: datetime
) -> None:
    """PostgreSQL checks the keys of an interview that is written twice; that must not wait for locked parties."""
    interview = book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_02", actor="x")
    booked: list[Interview] = []

    def take_over() -> None:
        with taking(filled, study, "C_002", TUESDAY_10) as session:
            booked.append(take(session, study, seat("C_002"), now=now, actor="x"))

    other = Thread(target=take_over)
    with filled.writing() as session:  # as `cancel` does, with time enough for the other to wait for the claims
        same = session.exec(select(Interview).where(Interview.id == interview.id).with_for_update()).one()
        release(session, same)
        same.sequence += 1
        session.flush()
        other.start()
        other.join(1)
        record_change(session, same, State.CANCELLED, actor="x")
    other.join()
    assert [interview.participant_code for interview in booked] == ["C_002"]


# --- who is too late is told what was taken, and not by whom


def seat(code: str, interviewer: str = "INT_02", mode: str = "phone") -> Seat:
    return Seat(code, Slot(TUESDAY_10, TUESDAY_10 + 60 * MINUTE, interviewer), mode)


@pytest.mark.usefixtures("attended")
@pytest.mark.parametrize(
    ("late", "lines", "what"),
    [
        (seat("M_01", "INT_01", "video"), 0, "the interviewer is not free any more"),
        (seat("C_002"), 0, "the link worker who attends is not free any more"),
        (seat("C_003"), 1, "no telephone line is free any more"),
        (seat("LW_02"), 0, "the participant is not free any more"),
    ],
)
def test_a_clash_names_what_was_taken_and_nobody(
    filled: Database, study: Study, now: datetime, late: Seat, lines: int, what: str
) -> None:
    lined = with_lines(study, lines)
    with filled.writing() as session:  # LW_02 may be interviewed too
        session.merge(Party(code="LW_02", kind="participant"))
        session.flush()
        session.add(Participant(code="LW_02", group="link_worker", mode="video"))
    book(filled, lined, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    before = claimed(filled)
    with pytest.raises(Clash) as refused, taking(filled, lined, late.code, TUESDAY_10) as session:
        take(session, lined, late, now=now, actor="x")
    assert str(refused.value) == (
        f"{late.code} cannot be booked for Tue 5 May 2020 10:00 BST: that time has just been taken ({what}). "
        f"See 'fieldcall slots {late.code}' for times that are free."
    )
    assert claimed(filled) == before


def test_a_line_that_a_check_did_not_see_is_refused_by_the_database(
    filled: Database, study: Study, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    lined = with_lines(study, 1)
    book(filled, lined, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    monkeypatch.setattr("scheduling.claims.free_line", lambda *_: "LINE_1")
    told = pytest.raises(Clash, match="the telephone line is not free any more")
    with told, taking(filled, lined, "C_002", TUESDAY_10) as session:
        take(session, lined, seat("C_002"), now=now, actor="x")
    assert len(claimed(filled)["LINE_1"]) == 1


def test_an_overlap_is_a_clash_however_it_came_about(filled: Database, study: Study, now: datetime) -> None:
    interview = book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    ends_at = TUESDAY_10 + 60 * MINUTE
    with pytest.raises(Clash, match="has just been taken"), taking(filled, study, "C_002", TUESDAY_10) as session:
        session.add(Claim(party_code="INT_01", interview_id=interview.id or 0, starts_at=TUESDAY_10, ends_at=ends_at))
        session.flush()


# --- limits and fitness


def test_the_weekly_limit_is_kept_by_rule_and_in_the_transaction(filled: Database, study: Study, now: datetime) -> None:
    limited = with_interviewer(study, "INT_02", weekly_limit=1)
    book(filled, limited, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_02", actor="x")
    friday, next_tuesday = TUESDAY_10 + timedelta(days=3), TUESDAY_10 + timedelta(days=7)
    said = "the interviewer's weekly limit of 1 is reached"
    assert rule_of(filled, limited, "C_002", now, at=friday) == said
    slot = Slot(friday, friday + 60 * MINUTE, "INT_02")
    told = pytest.raises(Clash, match="INT_02 has just reached the weekly limit in that week")
    with told, taking(filled, limited, "C_002", friday) as session:
        take(session, limited, Seat("C_002", slot, "phone"), now=now, actor="x")
    book(filled, limited, "C_002", now=now, starts_at=next_tuesday, interviewer="INT_02", actor="x")
    with pytest.raises(NotFree, match=said):
        move(filled, limited, "C_002", starts_at=friday, now=now, actor="x")
    assert move(filled, limited, "C_001", starts_at=friday, now=now, actor="x")  # its own place is no hindrance


def test_a_week_that_has_begun_counts_whole(filled: Database, study: Study, now: datetime) -> None:
    limited = with_interviewer(study, "INT_02", weekly_limit=1)
    book(filled, limited, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_02", actor="x")
    friday, wednesday = (TUESDAY_10 + timedelta(days=days, hours=3) for days in (3, 1))
    assert rule_of(filled, limited, "C_002", wednesday, at=friday) == "the interviewer's weekly limit of 1 is reached"


def test_limits_count_by_the_interviewers_own_days(filled: Database, study: Study, now: datetime) -> None:
    """At 18:00 in London it is the next day in Auckland: two there are not on one day."""
    far = with_interviewer(
        study, "INT_02", zone="Pacific/Auckland", daily_limit=1, hours=["Mon-Sun 00:00-23:59"], weekly_limit=40
    )
    evening = datetime(2020, 5, 5, 17, 0, tzinfo=UTC)  # Wednesday 05:00 in Auckland
    book(filled, far, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_02", actor="x")
    book(filled, far, "C_002", now=now, starts_at=evening, interviewer="INT_02", actor="x")
    slot = Slot(evening + timedelta(hours=5), evening + timedelta(hours=6), "INT_02")
    with pytest.raises(Clash, match="daily limit"), taking(filled, far, "M_01", slot.starts_at) as session:
        take(session, far, Seat("M_01", slot, "video"), now=now, actor="x")


def test_only_who_can_interview_a_participant_is_offered_or_taken(
    filled: Database, study: Study, now: datetime, change: Change
) -> None:
    change("C_001", language="cy")
    welsh = with_interviewer(study, "INT_02", languages=["cy"])
    with filled.reading() as session:
        assert {slot.interviewer_code for slot in slots_for(session, welsh, "C_001", now)} == {"INT_02"}
    assert rule_of(filled, welsh, "C_001", now, "INT_01") == "INT_01 does not speak 'cy'"
    with pytest.raises(NotFree, match="because INT_01 does not speak 'cy'; INT_02 does not speak 'cy'"):
        hold(filled, study, "C_001", now=now, actor="x")
    book(filled, welsh, "C_001", now=now, starts_at=TUESDAY_10, actor="x")
    with pytest.raises(NotFree, match="INT_01 does not speak 'cy'"):
        move(filled, welsh, "C_001", starts_at=TUESDAY_10, interviewer="INT_01", now=now, actor="x")


def test_it_is_the_mode_of_the_booking_that_counts(filled: Database, study: Study, now: datetime) -> None:
    by_video = with_interviewer(study, "INT_01", modes=["video"])
    assert rule_of(filled, by_video, "C_001", now, "INT_01") == "INT_01 does not interview by phone"
    booked = book(
        filled, by_video, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", mode="video", actor="x"
    )
    assert booked.mode == "video"


def test_who_has_an_interview_may_keep_it_when_the_rules_have_changed(
    filled: Database, study: Study, now: datetime
) -> None:
    book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    by_video = with_interviewer(study, "INT_01", modes=["video"])
    later = TUESDAY_10 + timedelta(hours=2)
    assert move(filled, by_video, "C_001", starts_at=later, now=now, actor="x").starts_at == later


# --- the times of both sides


def test_refusals_tell_the_time_on_the_clocks_of_both_sides(
    filled: Database, study: Study, now: datetime, change: Change
) -> None:
    change("C_001", zone="Asia/Kathmandu", available="Tue 09:00-12:00")
    with pytest.raises(NotFree) as refused:
        book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="x")
    assert str(refused.value).startswith(
        "C_001 cannot be booked for Tue 5 May 2020 10:00 BST (14:45 +0545 in Asia/Kathmandu): "
        "it is outside the participant's own hours (14:45 +0545 in Asia/Kathmandu). See"
    )


# --- everyone at once


def test_a_cohort_is_booked_with_its_link_workers_and_lines(
    filled: Database, study: Study, now: datetime, change: Change, attended: None
) -> None:
    change("C_003", available="", language="cy")
    lined = with_lines(study, 1)
    report = book_all(filled, lined, now=now, actor="x")
    assert report.booked == ("C_001", "C_002", "LW_01", "M_01")
    assert [(item.code, item.reason) for item in report.unplaced] == [
        ("C_003", "INT_01 does not speak 'cy'; INT_02 does not speak 'cy'")
    ]
    with filled.reading() as session:
        booked = {i.participant_code: i for i in session.exec(select(Interview))}
    assert {code: (i.attending_code, i.line_code) for code, i in booked.items()} == {
        "C_001": ("LW_02", "LINE_1"),
        "C_002": ("LW_02", "LINE_1"),
        "LW_01": (None, None),
        "M_01": (None, None),
    }
    assert all(len(set(starts)) == len(starts) for starts in claimed(filled).values())


def test_a_cohort_on_its_own_never_runs_into_itself(
    filled: Database, study: Study, now: datetime, change: Change, attended: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps up with what it takes of everyone's time; learning that from a clash would be slow."""
    change("M_01", mode="phone")
    planned = []

    def counted(*given: Any, **named: Any) -> Proposal:
        planned.append(named.get("codes"))
        return propose(*given, **named)

    monkeypatch.setattr("scheduling.cohort.assignment.propose", counted)
    alike = with_interviewer(study, "INT_02", hours=["Mon-Thu 09:00-17:00", "Fri 09:00-13:00"])
    assert len(book_all(filled, with_lines(alike, 1), now=now, actor="x").booked) == 4
    assert planned == [()], "it was planned once"


def test_a_cohort_goes_round_a_line_that_somebody_else_takes_meanwhile(
    filled: Database, study: Study, now: datetime, change: Change
) -> None:
    """After the first booking somebody takes the only line at the time that the cohort is to take next."""
    change("M_01", mode="phone")
    lined = with_lines(with_interviewer(study, "INT_02", hours=["Mon-Thu 09:00-17:00", "Fri 09:00-13:00"]), 1)
    next_time = datetime(2020, 5, 1, 9, 30, tzinfo=UTC)

    def interfere(done: int, total: int) -> None:
        if done == 1:
            book(filled, lined, "C_002", now=now, starts_at=next_time, interviewer="INT_01", actor="somebody else")

    report = book_all(filled, lined, codes=["C_001", "M_01"], now=now, actor="x", progress=interfere)
    assert report.booked == ("C_001", "M_01")
    with filled.reading() as session:
        third = open_interview(session, "M_01")
    assert third is not None
    assert (third.interviewer_code, third.line_code) == ("INT_02", "LINE_1")
    assert third.starts_at == next_time + 90 * MINUTE


# --- why not


def why(database: Database, study: Study, code: str, now: datetime, **given: object) -> dict[str, str]:
    with database.reading() as session:
        found = verdicts(session, study, code, now, **({"starts_at": TUESDAY_10} | given))  # type: ignore[arg-type]
    return {verdict.interviewer_code: verdict.rule for verdict in found}


def test_why_not_says_for_each_interviewer_what_book_would(filled: Database, study: Study, now: datetime) -> None:
    by_video = with_interviewer(study, "INT_01", modes=["video"])
    assert why(filled, by_video, "C_001", now) == {"INT_01": "INT_01 does not interview by phone", "INT_02": ""}
    assert why(filled, by_video, "C_001", now, mode="video") == {"INT_01": "", "INT_02": ""}
    assert why(filled, by_video, "C_001", now, interviewer="INT_02") == {"INT_02": ""}
    book(filled, by_video, "C_002", now=now, starts_at=TUESDAY_10, interviewer="INT_02", actor="x")
    taken = "it is taken by another interview with its buffers"
    assert why(filled, by_video, "C_001", now)["INT_02"] == taken


def test_why_not_names_what_keeps_a_participant_from_being_booked_at_all(
    filled: Database, study: Study, now: datetime
) -> None:
    book(filled, study, "C_001", now=now, actor="x")
    withdraw(filled, study, "C_002", now=now, actor="x")
    both = ["INT_01", "INT_02"]
    assert why(filled, study, "C_001", now) == dict.fromkeys(
        both, "C_001 already has an interview. Move it with 'fieldcall move C_001 WHEN', or cancel it first."
    )
    assert why(filled, study, "C_002", now) == dict.fromkeys(
        both, "C_002 has withdrawn from the study and is not to be booked."
    )
    assert why(filled, study, "C_003", now, mode="pigeon") == dict.fromkeys(
        both, "C_003 cannot be booked by pigeon: client is interviewed by phone or video."
    )
    with pytest.raises(UnknownParticipant):
        why(filled, study, "C_999", now)
    with pytest.raises(UnknownInterviewer):
        why(filled, study, "C_001", now, interviewer="INT_09")


# --- two at once on one participant


def test_a_second_booking_of_one_participant_is_told_so(filled: Database, study: Study, now: datetime) -> None:
    with taking(filled, study, "C_001", TUESDAY_10) as session:
        interview = take(session, study, seat("C_001"), now=now, actor="x")
    with pytest.raises(AlreadyBooked), taking(filled, study, "C_001", TUESDAY_10) as session:
        take(session, study, seat("C_001", "INT_01"), now=now, actor="x")
    with filled.reading() as session:
        assert [step.state for step in history(session, [interview.id or 0])] == [State.BOOKED]
