"""An interview and its event: carried out, followed, settled, whoever changed what and wherever a run breaks off."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from paper_calendar import PaperCalendar
from sqlmodel import select

from scheduling.booking import book, cancel, confirm, hold, mark_held, move
from scheduling.calendars.base import Meeting, Standing
from scheduling.errors import CalendarUnavailable
from scheduling.outside.following import carry_out_events, follow, watch_meetings
from scheduling.outside.placing import Keeping, Settled, settle
from storage.alerts import alerts
from storage.contacts import Contact, Contacts
from storage.database import Database
from storage.interviews import history, interviews_of
from storage.study import Calendar, Study
from storage.tables import Claim, Conflict, Effect, EffectState, Interview, Placement

TEN = datetime(2020, 5, 5, 9, tzinfo=UTC)  # Tuesday, 10:00 in London
HOUR = timedelta(hours=1)
NOW = datetime(2020, 4, 28, 8, 0, tzinfo=UTC)


@pytest.fixture
def paper() -> PaperCalendar:
    return PaperCalendar()


@pytest.fixture
def keeping(study: Study, filled: Database, contacts: Contacts, paper: PaperCalendar) -> Keeping:
    interviewer = study.interviewers["INT_01"].model_copy(update={"calendar": "int01@example.org"})
    outside = study.model_copy(
        update={
            "calendar": Calendar(backend="google", invite_participants=True),
            "interviewers": {**study.interviewers, "INT_01": interviewer},
        }
    )
    contacts.put("C_001", Contact("Ann Other", "", "ann@example.org"))
    return Keeping(outside, filled, contacts, paper)


def booked(keeping: Keeping, code: str = "C_001", at: datetime = TEN, mode: str = "video") -> Interview:
    return book(
        keeping.database, keeping.study, code, now=NOW, starts_at=at, interviewer="INT_02", mode=mode, actor="t"
    )


def event_of(keeping: Keeping, interview: Interview) -> Standing:
    assert isinstance(keeping.calendar, PaperCalendar)
    return keeping.calendar.events[f"{interview.guid}-0"]


def read(keeping: Keeping, code: str = "C_001") -> Interview:
    with keeping.database.reading() as session:
        return interviews_of(session, code)[-1]


def placement_of(keeping: Keeping, interview: Interview) -> Placement:
    with keeping.database.reading() as session:
        return session.get_one(Placement, interview.id)


def told(keeping: Keeping) -> list[str]:
    with keeping.database.reading() as session:
        return [alert.message for alert in alerts(session)]


def conflicts(keeping: Keeping) -> list[Conflict]:
    with keeping.database.reading() as session:
        return [one for one in session.exec(select(Conflict)) if one.settled_at is None]


# --- from the study to the calendar


def test_a_booking_is_written_once_however_often_it_is_carried_out(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    assert carry_out_events(keeping, NOW).settled == {"C_001": Settled.WRITTEN}
    assert carry_out_events(keeping, NOW).settled == {}
    assert settle(keeping, interview.id or 0, NOW) is Settled.AGREED
    assert paper.writes == [f"put {interview.guid}-0"]
    event = event_of(keeping, interview)
    assert (event.starts_at, event.ends_at, event.guid) == (TEN, TEN + HOUR, interview.guid)
    placement = placement_of(keeping, interview)
    assert (placement.meeting_code, placement.meeting_state) == ("abc-mnop-xyz", "success")


def test_a_move_and_a_cancellation_follow(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    move(keeping.database, keeping.study, "C_001", starts_at=TEN + 2 * HOUR, now=NOW, actor="t")
    carry_out_events(keeping, NOW)
    assert event_of(keeping, interview).starts_at == TEN + 2 * HOUR
    cancel(keeping.database, keeping.study, "C_001", now=NOW, actor="t")
    carry_out_events(keeping, NOW)
    assert event_of(keeping, interview).is_cancelled
    assert len(paper.writes) == 3


def test_steps_that_were_not_carried_out_yet_end_in_one_write(keeping: Keeping, paper: PaperCalendar) -> None:
    booked(keeping)
    move(keeping.database, keeping.study, "C_001", starts_at=TEN + 2 * HOUR, now=NOW, actor="t")
    carry_out_events(keeping, NOW)
    assert len(paper.writes) == 1


def test_what_was_cancelled_before_it_was_written_is_never_written(keeping: Keeping, paper: PaperCalendar) -> None:
    booked(keeping)
    cancel(keeping.database, keeping.study, "C_001", now=NOW, actor="t")
    carry_out_events(keeping, NOW)
    assert paper.writes == []
    assert told(keeping) == []


def test_a_held_slot_is_tentative_until_it_is_confirmed(keeping: Keeping) -> None:
    interview = hold(keeping.database, keeping.study, "C_001", now=NOW, starts_at=TEN, interviewer="INT_02", actor="t")
    carry_out_events(keeping, NOW)
    assert event_of(keeping, interview).is_tentative
    confirm(keeping.database, keeping.study, "C_001", now=NOW, actor="t")
    carry_out_events(keeping, NOW)
    assert not event_of(keeping, interview).is_tentative


def test_a_calendar_that_does_not_answer_is_tried_again_later(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)

    def silent(point: str) -> None:
        raise CalendarUnavailable("It does not answer.")

    paper.hook = silent
    assert carry_out_events(keeping, NOW).failures == {"C_001": "It does not answer."}
    paper.hook = lambda point: None
    assert carry_out_events(keeping, NOW).settled == {}  # not yet
    assert carry_out_events(keeping, NOW + timedelta(minutes=1)).settled == {"C_001": Settled.WRITTEN}
    assert event_of(keeping, interview).starts_at == TEN


# --- from the calendar to the study


def test_a_move_in_the_calendar_reaches_the_study_with_its_claims(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    paper.move(event_of(keeping, interview).event_id, TEN + 3 * HOUR, TEN + 4 * HOUR)
    assert follow(keeping, NOW).settled == {"C_001": Settled.TAKEN}
    moved = read(keeping)
    assert (moved.starts_at, moved.ends_at, moved.state, moved.sequence) == (
        TEN + 3 * HOUR,
        TEN + 4 * HOUR,
        "booked",
        1,
    )
    with keeping.database.reading() as session:
        spans = {claim.starts_at for claim in session.exec(select(Claim).where(Claim.interview_id == moved.id))}
        steps = [(step.state, step.actor) for step in history(session, [moved.id or 0])]
    assert spans == {TEN + 3 * HOUR - timedelta(minutes=15)}
    assert steps == [("booked", "t"), ("moved", "calendar"), ("booked", "calendar")]
    carry_out_events(keeping, NOW)
    assert follow(keeping, NOW).settled == {}
    assert len(paper.writes) == 1  # what was taken from the calendar is not written back to it


def test_a_deletion_in_the_calendar_cancels(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    paper.delete(event_of(keeping, interview).event_id)
    follow(keeping, NOW)
    assert read(keeping).state == "cancelled"
    assert booked(keeping).guid != interview.guid  # and they can be booked anew


def test_an_event_that_vanished_without_a_trace_cancels_too(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    del paper.events[f"{interview.guid}-0"], paper.versions[f"{interview.guid}-0"]
    follow(keeping, NOW)
    assert read(keeping).state == "cancelled"


def test_a_move_onto_taken_time_changes_nothing_and_is_put_before_a_person(
    keeping: Keeping, paper: PaperCalendar
) -> None:
    interview = booked(keeping)
    booked(keeping, "C_002", TEN + 2 * HOUR, "phone")
    carry_out_events(keeping, NOW)
    paper.move(event_of(keeping, interview).event_id, TEN + 2 * HOUR, TEN + 3 * HOUR)
    assert follow(keeping, NOW).settled == {"C_001": Settled.CONFLICT}
    assert read(keeping).starts_at == TEN
    assert "C_001_05/20 was moved in the calendar to a time that is taken" in told(keeping)[0]
    assert event_of(keeping, interview).starts_at == TEN + 2 * HOUR


def test_replies_are_kept_and_a_decline_is_told(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    paper.reply(event_of(keeping, interview).event_id, "ann@example.org", "declined")
    follow(keeping, NOW)
    assert placement_of(keeping, interview).replies == {"C_001": "declined"}
    assert told(keeping) == ["C_001 has declined C_001_05/20. Move it or cancel it."]
    paper.reply(event_of(keeping, interview).event_id, "ann@example.org", "accepted")
    follow(keeping, NOW)
    assert told(keeping) == []
    with keeping.database.reading() as session:
        causes = [(step.actor, step.cause) for step in history(session, [interview.id or 0])]
    assert ("C_001", "declined, as the calendar says") in causes


def test_what_happens_to_the_event_of_an_interview_that_was_held_changes_nothing(
    keeping: Keeping, paper: PaperCalendar
) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    mark_held(keeping.database, keeping.study, "C_001", now=TEN + HOUR, actor="t")
    paper.delete(event_of(keeping, interview).event_id)
    follow(keeping, TEN + 2 * HOUR)
    assert read(keeping).state == "held"
    assert told(keeping) == []


def test_an_event_deleted_after_its_start_is_asked_about(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    paper.delete(event_of(keeping, interview).event_id)
    follow(keeping, TEN + HOUR)
    assert read(keeping).state == "booked"
    assert "was deleted in the calendar after it had begun" in told(keeping)[0]


def test_a_foreign_event_concerns_nobody(keeping: Keeping, paper: PaperCalendar) -> None:
    paper.events["lunch"] = Standing("lunch", "1", is_cancelled=False, starts_at=TEN, ends_at=TEN + HOUR)
    paper.versions["lunch"] = paper.version = 1
    assert follow(keeping, NOW).settled == {}


def test_a_meeting_that_is_made_later_is_fetched_and_one_that_is_not_is_told(
    keeping: Keeping, paper: PaperCalendar
) -> None:
    paper.meeting = Meeting("pending")
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    watch_meetings(keeping, datetime.now(UTC) + timedelta(minutes=20))
    assert "The video meeting of C_001_05/20 is still not made" in told(keeping)[0]
    event_id = event_of(keeping, interview).event_id
    paper.events[event_id] = Standing(
        **{name: getattr(paper.events[event_id], name) for name in Standing.__slots__}
        | {"meeting": Meeting("success", "xyz-mnop-abc", "https://meet.google.com/xyz-mnop-abc")}
    )
    follow(keeping, NOW)
    assert placement_of(keeping, interview).meeting_code == "xyz-mnop-abc"
    assert told(keeping) == []


# --- both at once


def both_moved(keeping: Keeping, paper: PaperCalendar) -> Interview:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    move(keeping.database, keeping.study, "C_001", starts_at=TEN + 2 * HOUR, now=NOW, actor="t")
    paper.move(event_of(keeping, interview).event_id, TEN + 5 * HOUR, TEN + 6 * HOUR)
    assert carry_out_events(keeping, NOW).settled == {"C_001": Settled.CONFLICT}
    follow(keeping, NOW)
    assert (read(keeping).starts_at, event_of(keeping, interview).starts_at) == (TEN + 2 * HOUR, TEN + 5 * HOUR)
    assert len(conflicts(keeping)) == 1
    return interview


@pytest.mark.parametrize(("keep", "at"), [("study", TEN + 2 * HOUR), ("calendar", TEN + 5 * HOUR)])
def test_when_both_moved_a_person_decides(keeping: Keeping, paper: PaperCalendar, keep: str, at: datetime) -> None:
    interview = both_moved(keeping, paper)
    settle(keeping, interview.id or 0, NOW, keep=keep)  # type: ignore[arg-type]
    assert (read(keeping).starts_at, event_of(keeping, interview).starts_at) == (at, at)
    assert conflicts(keeping) == []
    assert told(keeping) == []


def test_a_conflict_ends_when_somebody_makes_both_the_same(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = both_moved(keeping, paper)
    paper.move(event_of(keeping, interview).event_id, TEN + 2 * HOUR, TEN + 3 * HOUR)
    follow(keeping, NOW)
    assert conflicts(keeping) == []
    assert told(keeping) == []


def test_what_was_deleted_in_the_calendar_and_moved_in_the_study_can_be_made_anew(
    keeping: Keeping, paper: PaperCalendar
) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    move(keeping.database, keeping.study, "C_001", starts_at=TEN + 2 * HOUR, now=NOW, actor="t")
    paper.delete(event_of(keeping, interview).event_id)
    assert follow(keeping, NOW).settled == {"C_001": Settled.CONFLICT}
    settle(keeping, interview.id or 0, NOW, keep="study")
    assert paper.events[f"{interview.guid}-1"].starts_at == TEN + 2 * HOUR
    assert event_of(keeping, interview).is_cancelled
    assert follow(keeping, NOW).failures == {}
    assert read(keeping).state == "booked"


# --- broken off


class Killed(BaseException):
    """As if the power had failed."""


@pytest.mark.parametrize("point", ["before find", "after find", "before put", "after put"])
def test_a_run_broken_off_leaves_one_event_after_the_next(keeping: Keeping, paper: PaperCalendar, point: str) -> None:
    interview = booked(keeping)
    paper.hook = kill_at(point)
    with pytest.raises(Killed):
        carry_out_events(keeping, NOW)
    paper.hook = lambda point: None
    carry_out_events(keeping, NOW)
    assert list(paper.events) == [f"{interview.guid}-0"]
    assert len(paper.writes) == 1
    with keeping.database.reading() as session:
        assert {effect.state for effect in session.exec(select(Effect))} == {EffectState.DONE}


def test_a_write_that_was_not_noted_is_not_taken_for_a_change_by_others(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    move(keeping.database, keeping.study, "C_001", starts_at=TEN + 2 * HOUR, now=NOW, actor="t")
    paper.hook = kill_at("after put")
    with pytest.raises(Killed):
        carry_out_events(keeping, NOW)
    paper.hook = lambda point: None
    move(keeping.database, keeping.study, "C_001", starts_at=TEN + 4 * HOUR, now=NOW, actor="t")
    follow(keeping, NOW)
    carry_out_events(keeping, NOW)
    assert conflicts(keeping) == []
    assert (read(keeping).starts_at, event_of(keeping, interview).starts_at) == (TEN + 4 * HOUR, TEN + 4 * HOUR)


def test_an_edit_between_reading_and_writing_is_not_overwritten(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    move(keeping.database, keeping.study, "C_001", starts_at=TEN + 2 * HOUR, now=NOW, actor="t")
    paper.hook = once("before put", lambda: paper.move(f"{interview.guid}-0", TEN + 5 * HOUR, TEN + 6 * HOUR))
    assert carry_out_events(keeping, NOW).settled == {"C_001": Settled.CONFLICT}
    assert event_of(keeping, interview).starts_at == TEN + 5 * HOUR


def test_a_booking_moved_while_the_calendar_is_read_is_not_undone(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    paper.move(f"{interview.guid}-0", TEN + 5 * HOUR, TEN + 6 * HOUR)
    paper.hook = once(
        "after find",
        lambda: move(keeping.database, keeping.study, "C_001", starts_at=TEN + 2 * HOUR, now=NOW, actor="t"),
    )
    assert follow(keeping, NOW).settled == {"C_001": Settled.CONFLICT}
    assert read(keeping).starts_at == TEN + 2 * HOUR


def test_the_place_to_follow_from_is_kept_only_when_all_was_taken_in(keeping: Keeping, paper: PaperCalendar) -> None:
    interview = booked(keeping)
    carry_out_events(keeping, NOW)
    follow(keeping, NOW)
    paper.move(f"{interview.guid}-0", TEN + 5 * HOUR, TEN + 6 * HOUR)

    def failing(point: str) -> None:
        if point == "before find":
            raise CalendarUnavailable("It does not answer.")

    paper.hook = failing
    assert follow(keeping, NOW).failures == {"C_001": "It does not answer."}
    paper.hook = lambda point: None
    assert follow(keeping, NOW).settled == {"C_001": Settled.TAKEN}


def kill_at(point: str) -> Callable[[str], None]:
    def hook(at: str) -> None:
        if at == point:
            raise Killed

    return hook


def once(point: str, deed: Callable[[], object]) -> Callable[[str], None]:
    waiting = [deed]

    def hook(at: str) -> None:
        if at == point and waiting:
            waiting.pop()()

    return hook
