"""Booking one interview and seeing it through, on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from scheduling.availability import Slot
from scheduling.booking import book, cancel, confirm, hold, mark_held, mark_no_show, move, slots_for
from scheduling.claims import Seat, take, taking
from scheduling.consent import record_consent, withdraw
from scheduling.errors import (
    AlreadyBooked,
    BookingError,
    Clash,
    NotFree,
    SchedulingError,
    UnknownInterviewer,
    UnknownParticipant,
    WrongState,
)
from storage.database import Database
from storage.guards import CLAIM_OVERLAP
from storage.interviews import current_consent, history, open_interview
from storage.study import Study
from storage.tables import Claim, Interview, State

MINUTE = timedelta(minutes=1)
MONDAY_10 = datetime(2020, 5, 4, 9, 0, tzinfo=UTC)  # 10:00 in London, summer time
TUESDAY_10 = MONDAY_10 + timedelta(days=1)


def claims(session: Session) -> list[tuple[str, datetime, datetime]]:
    return sorted((claim.party_code, claim.starts_at, claim.ends_at) for claim in session.exec(select(Claim)))


def states(database: Database, interview: Interview) -> list[str]:
    with database.reading() as session:
        return [step.state for step in history(session, [interview.id or 0])]


# --- booking


def test_the_first_free_slot_is_the_first_working_hour_after_the_window_opens(
    filled: Database, study: Study, now: datetime
) -> None:
    # the window opens on Friday 1 May 2020; INT_01 works from 9:00, INT_02 from 10:00
    interview = book(filled, study, "C_001", now=now, actor="coordinator")
    assert (interview.starts_at, interview.interviewer_code) == (datetime(2020, 5, 1, 8, 0, tzinfo=UTC), "INT_01")
    assert interview.ends_at - interview.starts_at == timedelta(minutes=60)
    assert interview.state == State.BOOKED


def test_a_booking_claims_the_time_of_both_parties_with_buffers(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    span = (MONDAY_10 - 15 * MINUTE, MONDAY_10 + 75 * MINUTE)
    with filled.reading() as session:
        assert claims(session) == [("C_001", *span), ("INT_01", *span)]


def test_a_booking_is_one_change_with_its_actor(filled: Database, study: Study, now: datetime) -> None:
    interview = book(filled, study, "C_001", now=now, actor="book-interviews")
    with filled.reading() as session:
        (step,) = history(session, [interview.id or 0])
    assert (step.state, step.actor) == (State.BOOKED, "book-interviews")


def test_a_label_names_a_participant_too(filled: Database, study: Study, now: datetime) -> None:
    assert book(filled, study, "C_001_06/20", now=now, actor="coordinator").participant_code == "C_001"


def test_a_named_time_need_not_be_on_the_grid(filled: Database, study: Study, now: datetime) -> None:
    starts_at = MONDAY_10 + 10 * MINUTE
    assert book(filled, study, "C_001", now=now, starts_at=starts_at, actor="coordinator").starts_at == starts_at


def test_of_two_free_interviewers_the_one_with_fewer_interviews_is_taken(
    filled: Database, study: Study, now: datetime
) -> None:
    first = book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, actor="coordinator")
    second = book(filled, study, "C_002", now=now, starts_at=TUESDAY_10 + timedelta(days=1), actor="coordinator")
    assert (first.interviewer_code, second.interviewer_code) == ("INT_01", "INT_02")


def test_the_mode_is_the_participants_unless_another_is_asked_for(
    filled: Database, study: Study, now: datetime
) -> None:
    assert book(filled, study, "C_001", now=now, actor="coordinator").mode == "phone"
    assert book(filled, study, "C_002", now=now, mode="video", actor="coordinator").mode == "video"
    with pytest.raises(BookingError, match=r"M_01 cannot be booked by pigeon: manager is interviewed by video or ph"):
        book(filled, study, "M_01", now=now, mode="pigeon", actor="coordinator")


def test_the_length_is_that_of_the_group(filled: Database, study: Study, now: datetime) -> None:
    interview = book(filled, study, "M_01", now=now, actor="coordinator")
    assert interview.ends_at - interview.starts_at == timedelta(minutes=45)


def test_consent_may_still_be_missing_when_the_interview_is_booked(
    filled: Database, study: Study, now: datetime
) -> None:
    with filled.reading() as session:
        assert current_consent(session, "C_001") is None
    assert book(filled, study, "C_001", now=now, actor="coordinator").state == State.BOOKED


def test_slots_offered_are_all_bookable_and_respect_the_limit(filled: Database, study: Study, now: datetime) -> None:
    with filled.reading() as session:
        slots = slots_for(session, study, "LW_01", now, limit=3)
    assert len(slots) == 3
    last = slots[-1]
    interview = book(
        filled, study, "LW_01", now=now, starts_at=last.starts_at, interviewer=last.interviewer_code, actor="x"
    )
    assert (interview.starts_at, interview.ends_at) == (last.starts_at, last.ends_at)


# --- refusals name the rule


@pytest.mark.parametrize(
    ("starts_at", "interviewer", "rule"),
    [
        (datetime(2020, 4, 27, 9, 0, tzinfo=UTC), "INT_01", "it is in the past"),
        (datetime(2020, 4, 29, 9, 0, tzinfo=UTC), "INT_01", "it is outside the study's window"),
        (datetime(2020, 10, 1, 9, 0, tzinfo=UTC), "INT_01", "it is outside the study's window"),
        (datetime(2020, 5, 25, 9, 0, tzinfo=UTC), "INT_01", "the interviewer is away on that day"),
        (datetime(2020, 5, 4, 7, 45, tzinfo=UTC), "INT_01", "it is outside the interviewer's working hours"),
        (datetime(2020, 5, 4, 15, 15, tzinfo=UTC), "INT_01", "it is outside the interviewer's working hours"),
        (datetime(2020, 5, 2, 9, 0, tzinfo=UTC), "INT_01", "it is outside the interviewer's working hours"),
    ],
)
def test_a_time_that_a_rule_forbids_is_refused_with_that_rule(
    filled: Database, study: Study, now: datetime, starts_at: datetime, interviewer: str, rule: str
) -> None:
    with pytest.raises(NotFree) as refused:
        book(filled, study, "C_001", now=now, starts_at=starts_at, interviewer=interviewer, actor="coordinator")
    assert refused.value.rule == rule
    assert "C_001" in str(refused.value)
    assert "BST" in str(refused.value)


def test_notice_is_kept(filled: Database, study: Study) -> None:
    now = MONDAY_10 - timedelta(hours=47)
    with pytest.raises(NotFree, match="the notice is 48 hours"):
        book(filled, study, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    assert book(filled, study, "C_001", now=now - timedelta(hours=1), starts_at=MONDAY_10, actor="coordinator")


def test_the_participants_own_hours_count(filled: Database, study: Study, now: datetime) -> None:
    with pytest.raises(NotFree, match="outside the participant's own hours"):
        book(filled, study, "LW_01", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    with pytest.raises(NotFree, match="own hours never meet an interviewer's working hours for 60 minutes"):
        book(filled, study, "C_003", now=now, actor="coordinator")  # Saturdays only; nobody works then


def test_a_taken_time_is_refused_with_its_buffers_and_without_telling_whose_it_is(
    filled: Database, study: Study, now: datetime
) -> None:
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    for minutes in (-89, 0, 89):
        with pytest.raises(NotFree) as refused:
            book(
                filled,
                study,
                "C_002",
                now=now,
                starts_at=MONDAY_10 + minutes * MINUTE,
                interviewer="INT_01",
                actor="coordinator",
            )
        assert refused.value.rule in {
            "it is taken by another interview with its buffers",
            "it is outside the interviewer's working hours",
        }
        assert "C_001" not in str(refused.value)
    touching = MONDAY_10 + 90 * MINUTE
    assert book(filled, study, "C_002", now=now, starts_at=touching, interviewer="INT_01", actor="coordinator")


def test_the_daily_limit_is_kept(filled: Database, study: Study, now: datetime) -> None:
    for code, hours in (("C_001", 0), ("C_002", 2)):
        at = TUESDAY_10 + timedelta(hours=hours)
        book(filled, study, code, now=now, starts_at=at, interviewer="INT_02", actor="coordinator")
    with pytest.raises(NotFree, match="daily limit of 2 is reached"):
        at = TUESDAY_10 + timedelta(hours=4)
        book(filled, study, "M_01", now=now, starts_at=at, interviewer="INT_02", actor="coordinator")


def test_one_participant_has_one_open_interview(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, actor="coordinator")
    with pytest.raises(AlreadyBooked, match="C_001 already has an interview"):
        book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, actor="coordinator")


def test_unknown_people_are_named_with_the_next_step(filled: Database, study: Study, now: datetime) -> None:
    with pytest.raises(UnknownParticipant, match=r"no participant C_999\. See 'fieldcall participants list'"):
        book(filled, study, "C_999", now=now, actor="coordinator")
    with pytest.raises(UnknownInterviewer, match=r"INT_09 in study\.toml\. There are INT_01, INT_02"):
        book(filled, study, "C_001", now=now, interviewer="INT_09", actor="coordinator")


def test_a_window_that_is_over_is_said_to_be_over(filled: Database, study: Study) -> None:
    with pytest.raises(NotFree, match="window, which ends on Wed 30 Sep 2020, has no time left"):
        book(filled, study, "C_001", now=datetime(2020, 9, 30, tzinfo=UTC), actor="coordinator")


# --- the database refuses what a check did not see


def test_an_overlapping_claim_written_by_hand_is_refused(filled: Database, study: Study, now: datetime) -> None:
    first = book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    for start, end in ((-60, -14), (0, 1), (74, 120), (-60, 120)):
        with pytest.raises(IntegrityError, match=f"{CLAIM_OVERLAP}|claim_no_overlap"), filled.writing() as session:
            session.add(
                Claim(
                    party_code=first.interviewer_code,
                    interview_id=first.id or 0,
                    starts_at=MONDAY_10 + start * MINUTE,
                    ends_at=MONDAY_10 + end * MINUTE,
                )
            )
    with filled.reading() as session:
        assert len(claims(session)) == 2


def test_a_claim_moved_by_hand_into_another_is_refused(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    at = MONDAY_10 + 120 * MINUTE
    book(filled, study, "C_002", now=now, starts_at=at, interviewer="INT_01", actor="coordinator")
    with pytest.raises(IntegrityError, match=f"{CLAIM_OVERLAP}|claim_no_overlap"), filled.writing() as session:
        claim = session.exec(
            select(Claim).where(Claim.party_code == "INT_01", Claim.starts_at == at - 15 * MINUTE)
        ).one()
        claim.starts_at = at - 46 * MINUTE


def test_claims_that_only_touch_are_allowed(filled: Database, study: Study, now: datetime) -> None:
    first = book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    end = MONDAY_10 + 75 * MINUTE
    with filled.writing() as session:
        session.add(
            Claim(party_code=first.interviewer_code, interview_id=first.id or 0, starts_at=end, ends_at=end + MINUTE)
        )


def test_whoever_is_too_late_is_told_without_learning_whose_time_it_is(
    filled: Database, study: Study, now: datetime
) -> None:
    slot = Slot(MONDAY_10, MONDAY_10 + 60 * MINUTE, "INT_01")
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    with pytest.raises(Clash) as refused, taking(filled, study, "C_002", MONDAY_10) as session:
        take(session, study, Seat("C_002", slot, "phone"), now=now, actor="coordinator")
    assert str(refused.value).startswith("C_002 cannot be booked for Mon 4 May 2020 10:00 BST: that time has just been")
    assert "C_001" not in str(refused.value)
    with filled.reading() as session:
        assert open_interview(session, "C_002") is None
        assert len(claims(session)) == 2


def test_whoever_is_too_late_for_the_daily_limit_is_told(filled: Database, study: Study, now: datetime) -> None:
    for code, hours in (("C_001", 0), ("C_002", 2)):
        at = TUESDAY_10 + timedelta(hours=hours)
        book(filled, study, code, now=now, starts_at=at, interviewer="INT_02", actor="coordinator")
    at = TUESDAY_10 + timedelta(hours=4)
    with pytest.raises(Clash, match="INT_02 has just reached the daily limit"), taking(filled, study, "M_01", at) as s:
        take(s, study, Seat("M_01", Slot(at, at + 45 * MINUTE, "INT_02"), "video"), now=now, actor="coordinator")


def test_a_second_open_interview_written_by_hand_is_refused(filled: Database, study: Study, now: datetime) -> None:
    first = book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    second = Interview(
        participant_code="C_001",
        interviewer_code=first.interviewer_code,
        mode="phone",
        starts_at=TUESDAY_10,
        ends_at=TUESDAY_10 + MINUTE,
        state=State.BOOKED,
    )
    with pytest.raises(AlreadyBooked), taking(filled, study, "C_001", TUESDAY_10) as session:
        session.add(second)
        session.flush()


# --- held slots


def test_a_held_slot_takes_the_time_until_it_expires(filled: Database, study: Study, now: datetime) -> None:
    held = hold(filled, study, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    assert (held.state, held.expires_at) == (State.HELD_SLOT, now + 30 * MINUTE)
    with pytest.raises(NotFree):
        book(
            filled,
            study,
            "C_002",
            now=now + 29 * MINUTE,
            starts_at=MONDAY_10,
            interviewer="INT_01",
            actor="coordinator",
        )
    later = now + 30 * MINUTE
    taken = book(filled, study, "C_002", now=later, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    assert states(filled, held) == [State.HELD_SLOT, State.EXPIRED]
    assert states(filled, taken) == [State.BOOKED]


def test_a_held_slot_is_confirmed_in_time_or_not_at_all(filled: Database, study: Study, now: datetime) -> None:
    hold(filled, study, "C_001", now=now, actor="coordinator")
    confirmed = confirm(filled, study, "C_001", now=now + 29 * MINUTE, actor="coordinator")
    assert (confirmed.state, confirmed.expires_at) == (State.BOOKED, None)
    hold(filled, study, "C_002", now=now, actor="coordinator")
    with pytest.raises(WrongState, match="C_002 has no interview that could be confirmed"):
        confirm(filled, study, "C_002", now=now + 30 * MINUTE, actor="coordinator")


def test_after_an_expired_hold_the_same_participant_can_be_booked(
    filled: Database, study: Study, now: datetime
) -> None:
    hold(filled, study, "C_001", now=now, actor="coordinator")
    again = book(filled, study, "C_001", now=now + timedelta(hours=1), actor="coordinator")
    assert again.state == State.BOOKED


# --- moving


def test_a_moved_interview_stays_the_same_interview(filled: Database, study: Study, now: datetime) -> None:
    before = book(filled, study, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    after = move(filled, study, "C_001", starts_at=TUESDAY_10, now=now, actor="coordinator", cause="asked for it")
    assert (after.id, after.guid, after.sequence) == (before.id, before.guid, 1)
    assert (after.starts_at, after.interviewer_code, after.state) == (TUESDAY_10, "INT_01", State.BOOKED)
    with filled.reading() as session:
        steps = history(session, [after.id or 0])
        span = (TUESDAY_10 - 15 * MINUTE, TUESDAY_10 + 75 * MINUTE)
        assert claims(session) == [("C_001", *span), ("INT_01", *span)]
    assert [step.state for step in steps] == [State.BOOKED, State.MOVED, State.BOOKED]
    assert steps[1].cause == "from Mon 4 May 2020 10:00 BST with INT_01; asked for it"


def test_an_interview_can_be_moved_by_less_than_its_own_length(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    moved = move(filled, study, "C_001", starts_at=MONDAY_10 + 30 * MINUTE, now=now, actor="coordinator")
    assert moved.starts_at == MONDAY_10 + 30 * MINUTE


def test_an_interview_can_be_moved_to_another_interviewer(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="coordinator")
    moved = move(filled, study, "C_001", starts_at=TUESDAY_10, interviewer="INT_02", now=now, actor="coordinator")
    assert moved.interviewer_code == "INT_02"
    with filled.reading() as session:
        assert {party for party, _, _ in claims(session)} == {"C_001", "INT_02"}


def test_a_move_that_cannot_be_leaves_everything_as_it_was(filled: Database, study: Study, now: datetime) -> None:
    before = book(filled, study, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="coordinator")
    book(filled, study, "C_002", now=now, starts_at=TUESDAY_10, interviewer="INT_01", actor="coordinator")
    with filled.reading() as session:
        claimed = claims(session)
    with pytest.raises(NotFree, match=r"C_001 cannot be moved to Tue 5 May 2020 10:30 BST: it is taken"):
        move(filled, study, "C_001", starts_at=TUESDAY_10 + 30 * MINUTE, now=now, actor="coordinator")
    with filled.reading() as session:
        after = open_interview(session, "C_001")
        assert claims(session) == claimed
    assert after is not None
    assert (after.starts_at, after.sequence) == (before.starts_at, 0)
    assert states(filled, before) == [State.BOOKED]


def test_moving_counts_the_interview_itself_out_of_the_daily_limit(
    filled: Database, study: Study, now: datetime
) -> None:
    for code, hours in (("C_001", 0), ("C_002", 2)):
        at = TUESDAY_10 + timedelta(hours=hours)
        book(filled, study, code, now=now, starts_at=at, interviewer="INT_02", actor="coordinator")
    moved = move(filled, study, "C_001", starts_at=TUESDAY_10 + timedelta(hours=4), now=now, actor="coordinator")
    assert moved.interviewer_code == "INT_02"


# --- cancelling and marking


def test_a_cancelled_interview_claims_nobodys_time(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    cancelled = cancel(filled, study, "C_001", now=now, actor="coordinator", cause="ill")
    assert (cancelled.state, cancelled.sequence) == (State.CANCELLED, 1)
    with filled.reading() as session:
        assert claims(session) == []
    assert book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator").id != cancelled.id


@pytest.mark.parametrize("mark", [mark_held, mark_no_show])
def test_nothing_can_be_said_of_an_interview_before_its_start(
    filled: Database, study: Study, now: datetime, mark: Callable[..., Interview]
) -> None:
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    with pytest.raises(WrongState, match=r"starts on Mon 4 May 2020 10:00 BST and can be marked as .* only from then"):
        mark(filled, study, "C_001", now=MONDAY_10 - MINUTE, actor="coordinator")
    assert mark(filled, study, "C_001", now=MONDAY_10, actor="coordinator").state in (State.HELD, State.NO_SHOW)


def test_after_a_no_show_the_participant_is_booked_anew(filled: Database, study: Study, now: datetime) -> None:
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    missed = mark_no_show(filled, study, "C_001", now=MONDAY_10 + 15 * MINUTE, actor="coordinator")
    again = book(filled, study, "C_001", now=MONDAY_10 + 16 * MINUTE, actor="coordinator")
    assert again.id != missed.id
    assert states(filled, missed) == [State.BOOKED, State.NO_SHOW]


def test_a_step_that_does_not_fit_the_state_is_refused(filled: Database, study: Study, now: datetime) -> None:
    with pytest.raises(WrongState, match=r"C_001 has no interview that could be cancelled\. Book one first"):
        cancel(filled, study, "C_001", now=now, actor="coordinator")
    book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    with pytest.raises(WrongState, match="is booked and cannot be confirmed; only one that is held-slot can"):
        confirm(filled, study, "C_001", now=now, actor="coordinator")
    mark_held(filled, study, "C_001", now=MONDAY_10, actor="coordinator")
    with pytest.raises(WrongState, match="on Mon 4 May 2020 10:00 BST is held and cannot be cancelled"):
        cancel(filled, study, "C_001", now=now, actor="coordinator")
    with pytest.raises(WrongState, match="cannot be moved"):
        move(filled, study, "C_001", starts_at=TUESDAY_10, now=now, actor="coordinator")
    with pytest.raises(WrongState, match="cannot be marked as no-show"):
        mark_no_show(filled, study, "C_001", now=TUESDAY_10, actor="coordinator")


# --- consent and withdrawal


def test_the_newest_consent_counts_and_earlier_ones_stay(filled: Database, study: Study, now: datetime) -> None:
    day = now.date()
    record_consent(filled, study, "C_001", given_on=day, sheet="v1", recording=True, now=now, actor="coordinator")
    record_consent(filled, study, "C_001", given_on=day, sheet="v2", recording=False, now=now, actor="coordinator")
    with filled.reading() as session:
        newest = current_consent(session, "C_001")
    assert newest is not None
    assert (newest.sheet, newest.recording, newest.interview) == ("v2", False, True)


def test_consent_cannot_be_dated_in_the_future_or_name_no_sheet(filled: Database, study: Study, now: datetime) -> None:
    tomorrow = now.date() + timedelta(days=1)
    with pytest.raises(SchedulingError, match=r"C_001 cannot be dated Wed 29 Apr 2020"):
        record_consent(filled, study, "C_001", given_on=tomorrow, sheet="v1", recording=True, now=now, actor="x")
    with pytest.raises(SchedulingError, match="needs the version of the information sheet"):
        record_consent(filled, study, "C_001", given_on=now.date(), sheet=" ", recording=True, now=now, actor="x")


@pytest.mark.parametrize("said", ["consent", "withdrawal"])
def test_consent_found_late_does_not_undo_what_was_said_after_it(
    filled: Database, study: Study, now: datetime, said: str
) -> None:
    def consent(given_on: date, recording: bool) -> None:
        record_consent(
            filled, study, "C_001", given_on=given_on, sheet="v1", recording=recording, now=now, actor="coordinator"
        )

    if said == "consent":
        consent(now.date(), False)
    else:
        withdraw(filled, study, "C_001", now=now, actor="coordinator")
    reason = (
        f"C_001 cannot be dated Mon 27 Apr 2020: a newer {said}, of Tue 28 Apr 2020, is on record.*"
        "enter it with the date on which it was given anew"
    )
    with pytest.raises(SchedulingError, match=reason):
        consent(now.date() - timedelta(days=1), True)
    with filled.reading() as session:
        newest = current_consent(session, "C_001")
    assert newest is not None
    assert (newest.given_on, newest.recording) == (now.date(), False)
    consent(now.date(), True)  # given anew, and dated so


def test_who_withdraws_is_cancelled_and_never_booked_again(filled: Database, study: Study, now: datetime) -> None:
    interview = book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    said = withdraw(filled, study, "C_001", now=now, actor="coordinator")
    assert "the interview on Mon 4 May 2020 10:00 BST is cancelled" in said
    assert "Nothing has been deleted" in said
    assert states(filled, interview) == [State.BOOKED, State.WITHDRAWN]
    with filled.reading() as session:
        assert claims(session) == []
    with pytest.raises(WrongState, match="C_001 has withdrawn from the study and is not to be booked"):
        book(filled, study, "C_001", now=now, actor="coordinator")


def test_withdrawing_after_the_interview_sets_it_aside(filled: Database, study: Study, now: datetime) -> None:
    interview = book(filled, study, "C_001", now=now, starts_at=MONDAY_10, actor="coordinator")
    mark_held(filled, study, "C_001", now=TUESDAY_10, actor="coordinator")
    assert "set aside and will not be worked on" in withdraw(filled, study, "C_001", now=TUESDAY_10, actor="x")
    assert states(filled, interview) == [State.BOOKED, State.HELD, State.WITHDRAWN]


def test_withdrawing_twice_is_one_withdrawal(filled: Database, study: Study, now: datetime) -> None:
    withdraw(filled, study, "C_002", now=now, actor="coordinator")
    withdraw(filled, study, "C_002", now=now, actor="coordinator")
    with filled.reading() as session:
        consent = current_consent(session, "C_002")
    assert consent is not None
    assert (consent.interview, consent.recording) == (False, False)
