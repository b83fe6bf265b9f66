"""What an interviewer's own calendar says, and when it says nothing: then nobody is offered a time in it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from scheduling.booking import book, move, slots_for
from scheduling.errors import NotFree
from scheduling.outside.calendar_views import sight_of, why_unseen
from scheduling.spans import Span
from storage.database import Database
from storage.study import Study
from storage.tables import CalendarView, Interview, Placement

MINUTE = timedelta(minutes=1)
MONDAY_10 = datetime(2020, 5, 4, 9, 0, tzinfo=UTC)  # 10:00 in London
END = datetime(2020, 10, 2, tzinfo=UTC)
See = Callable[..., None]


@pytest.fixture
def heeding(study: Study) -> Study:
    """The study with INT_01's own calendar heeded; INT_02 has none."""
    first = study.interviewers["INT_01"].model_copy(update={"calendar": "int01@example.org"})
    calendar = study.calendar.model_copy(update={"backend": "google"})
    return study.model_copy(update={"interviewers": study.interviewers | {"INT_01": first}, "calendar": calendar})


@pytest.fixture
def see(filled: Database, now: datetime) -> See:
    """`see(*busy)` writes down what INT_01's calendar said just now, for the whole window of the study."""

    def write(*busy: Span, **given: object) -> None:
        seconds = [[int(span.start.timestamp()), int(span.end.timestamp())] for span in busy]
        usual = {"seen_at": now, "until": END, "busy": seconds}
        with filled.writing() as session:
            session.merge(CalendarView(calendar="INT_01", **(usual | given)))

    return write


def offered(database: Database, study: Study, now: datetime) -> set[str]:
    with database.reading() as session:
        return {slot.interviewer_code for slot in slots_for(session, study, "C_001", now)}


def refusal(database: Database, study: Study, now: datetime, at: datetime = MONDAY_10) -> str:
    with pytest.raises(NotFree) as refused:
        book(database, study, "C_001", now=now, starts_at=at, interviewer="INT_01", actor="x")
    return refused.value.rule


# --- what cannot be seen offers nothing


@pytest.mark.parametrize(
    ("view", "reason"),
    [
        (None, "INT_01's calendar has not been seen yet: let the flow follow-calendar run"),
        ({"seen_at": None, "failure": "Share it."}, "INT_01's calendar has not been seen yet: Share it"),
        ({"until": None}, "INT_01's calendar has not been seen yet: let the flow follow-calendar run"),
        (
            {"failure": "the token was revoked; run 'fieldcall google login'."},
            "INT_01's calendar has not been seen since Tue 28 Apr 2020 09:00 BST: "
            "the token was revoked; run 'fieldcall google login'",
        ),
        (
            {"seen_at": datetime(2020, 4, 28, 7, 49, 59, tzinfo=UTC)},
            "INT_01's calendar has not been seen since Tue 28 Apr 2020 08:49 BST: "
            "the flow follow-calendar is not running; start it with 'fieldcall serve'",
        ),
    ],
)
def test_a_calendar_that_cannot_be_relied_on_offers_nothing_and_says_why(
    filled: Database, heeding: Study, now: datetime, see: See, view: dict[str, object] | None, reason: str
) -> None:
    if view is not None:
        see(**view)
    assert offered(filled, heeding, now) == {"INT_02"}
    assert refusal(filled, heeding, now) == reason
    only_one = heeding.model_copy(update={"interviewers": {"INT_01": heeding.interviewers["INT_01"]}})
    with pytest.raises(NotFree) as refused:
        book(filled, only_one, "C_001", now=now, actor="x")
    assert refused.value.rule == reason


def test_a_calendar_seen_within_the_time_allowed_offers_times(
    filled: Database, heeding: Study, now: datetime, see: See
) -> None:
    see(seen_at=now - 10 * MINUTE)
    assert offered(filled, heeding, now) == {"INT_01", "INT_02"}


def test_with_the_local_calendar_or_without_an_address_nothing_is_heeded(
    filled: Database, study: Study, heeding: Study, now: datetime
) -> None:
    first = heeding.interviewers["INT_01"]
    local = heeding.model_copy(update={"calendar": study.calendar})
    assert offered(filled, local, now) == {"INT_01", "INT_02"}
    nobody = heeding.model_copy(
        update={"interviewers": heeding.interviewers | {"INT_01": first.model_copy(update={"calendar": ""})}}
    )
    assert offered(filled, nobody, now) == {"INT_01", "INT_02"}


def test_nothing_is_offered_beyond_what_was_seen(filled: Database, heeding: Study, now: datetime, see: See) -> None:
    see(until=MONDAY_10 + 75 * MINUTE)  # the buffer after the interview must have been seen too
    with filled.reading() as session:
        slots = slots_for(session, heeding, "C_001", now)
    last = max(slot.starts_at for slot in slots if slot.interviewer_code == "INT_01")
    assert last == MONDAY_10
    said = "INT_01's calendar has been seen only as far as Mon 4 May 2020 11:15 BST"
    assert refusal(filled, heeding, now, MONDAY_10 + 30 * MINUTE) == said


# --- what it says is heeded


def test_no_interview_with_its_buffers_overlaps_a_meeting_elsewhere(
    filled: Database, heeding: Study, now: datetime, see: See
) -> None:
    see(Span(MONDAY_10, MONDAY_10 + 60 * MINUTE))
    for minutes in (-74, 0, 74):
        refusal(filled, heeding, now, MONDAY_10 + minutes * MINUTE)
    after = MONDAY_10 + 75 * MINUTE
    assert book(filled, heeding, "C_001", now=now, starts_at=after, interviewer="INT_01", actor="x").starts_at == after


def placed(database: Database, interview: Interview, **given: object) -> None:
    usual = {"starts_at": interview.starts_at, "ends_at": interview.ends_at, "seen_at": interview.starts_at}
    with database.writing() as session:
        session.merge(Placement(interview_id=interview.id or 0, calendar="c", event_id="e", **(usual | given)))


@pytest.fixture
def own(filled: Database, heeding: Study, now: datetime, see: See) -> Interview:
    """An interview that INT_01's calendar shows as busy too, with a dentist right after it."""
    see()
    interview = book(filled, heeding, "C_001", now=now, starts_at=MONDAY_10, interviewer="INT_01", actor="x")
    see(Span(MONDAY_10, MONDAY_10 + 120 * MINUTE))  # calendars tell busy times that touch as one
    return interview


def test_our_own_event_does_not_keep_the_interview_from_being_moved(
    filled: Database, heeding: Study, now: datetime, own: Interview
) -> None:
    placed(filled, own)
    earlier = MONDAY_10 - 15 * MINUTE
    with pytest.raises(NotFree, match="own calendar is busy"):  # the dentist still counts
        move(filled, heeding, "C_001", starts_at=MONDAY_10 + 15 * MINUTE, now=now, actor="x")
    assert move(filled, heeding, "C_001", starts_at=earlier, now=now, actor="x").starts_at == earlier


@pytest.mark.parametrize("given", [None, {"is_cancelled": True}])
def test_what_is_not_known_to_be_our_own_event_counts_as_a_meeting(
    filled: Database, heeding: Study, now: datetime, own: Interview, given: dict[str, object] | None
) -> None:
    if given is not None:
        placed(filled, own, **given)
    with pytest.raises(NotFree, match="own calendar is busy"):
        move(filled, heeding, "C_001", starts_at=MONDAY_10 - 15 * MINUTE, now=now, actor="x")


def test_after_a_move_the_event_still_stands_where_the_calendar_was_last_told(
    filled: Database, heeding: Study, now: datetime, see: See, own: Interview
) -> None:
    placed(filled, own)
    see(Span(MONDAY_10, MONDAY_10 + 60 * MINUTE))
    later = MONDAY_10 + timedelta(hours=3)
    move(filled, heeding, "C_001", starts_at=later, now=now, actor="x")  # the calendar has not been told yet
    assert move(filled, heeding, "C_001", starts_at=MONDAY_10, now=now, actor="x").starts_at == MONDAY_10


# --- the decisions by themselves


def test_a_view_is_old_a_moment_after_the_time_allowed(heeding: Study, now: datetime) -> None:
    view = CalendarView(calendar="INT_01", seen_at=now - 10 * MINUTE, until=END)
    assert why_unseen("INT_01", view, heeding, now) == ""
    assert why_unseen("INT_01", view, heeding, now + timedelta(seconds=1))


def test_busy_times_are_sorted_joined_and_less_our_own() -> None:
    start = int(MONDAY_10.timestamp())
    view = CalendarView(calendar="INT_01", until=END, busy=[[start + 3600, start + 7200], [start, start + 3600]])
    half_past = MONDAY_10 + 30 * MINUTE
    sight = sight_of(view, [Span(half_past, half_past + 60 * MINUTE)])
    assert sight.busy == (Span(MONDAY_10, half_past), Span(half_past + 60 * MINUTE, MONDAY_10 + 120 * MINUTE))
    assert sight.until == END
