"""One line of time for a participant: everything that happened, in order, with who and why."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from scheduling.attempts import Outcome, note_attempt
from scheduling.booking import book, mark_no_show, move
from scheduling.consent import record_consent, withdraw
from scheduling.history import Happening, Life, participant_timeline, timeline
from storage.database import Database
from storage.study import Study
from storage.tables import Attempt, Change, Conflict, Consent, Effect, EffectState, Placement, State

LONDON = ZoneInfo("Europe/London")
START = datetime(2020, 6, 3, 13, 0, tzinfo=UTC)
LABEL = "C_001_06/20"


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def effect(state: EffectState, **given: object) -> Effect:
    facts = {"key": "k", "kind": "reminder", "interview_id": 1, "sequence": 0, "due_at": at(-120), "recipient": "C_001"}
    return Effect(**facts | given, state=state)


def test_every_kind_of_row_is_told_with_actor_and_cause() -> None:
    consent = Consent(
        participant_code="C_001",
        given_on=date(2020, 4, 20),
        sheet="v1.2",
        recording=False,
        actor="coordinator",
        entered_at=at(-900),
    )
    taken_back = Consent(
        participant_code="C_001",
        given_on=date(2020, 6, 4),
        sheet="v1.2",
        interview=False,
        recording=False,
        actor="coordinator",
        entered_at=at(900),
    )
    life = Life(
        label=LABEL,
        changes=[
            Change(id=1, interview_id=1, state=State.BOOKED, actor="LW_02", at=at(-800)),
            Change(id=2, interview_id=1, state=State.NO_SHOW, actor="INT_01", cause="voice mail", at=at(61)),
        ],
        attempts=[
            Attempt(id=1, interview_id=1, outcome="no answer", actor="INT_01", at=at(0)),
            Attempt(id=2, interview_id=1, outcome="call back", actor="INT_01", at=at(20), call_back_at=at(45)),
        ],
        effects=[
            effect(EffectState.DONE, done_at=at(-119), failure="the first try was not answered"),
            effect(EffectState.FAILED, kind="invitation", due_at=at(-799), failure="the server refuses the address"),
            effect(EffectState.DONE, kind="event", recipient="", done_at=at(-798)),
        ],
        conflicts=[
            Conflict(
                interview_id=1,
                reason="it was moved there and here",
                found_at=at(-700),
                settled_at=at(-650),
                settlement="kept ours, by coordinator",
            )
        ],
        placement=Placement(
            interview_id=1,
            calendar="c",
            event_id="e",
            starts_at=START,
            ends_at=at(60),
            seen_at=at(-600),
            replies={"INT_01": "accepted", "C_001": "tentative"},
        ),
    )
    seen = "as last seen in the calendar"
    assert [(h.at, h.what, h.actor, h.cause) for h in timeline([consent, taken_back], [life], LONDON)] == [
        (at(-900), "consent", "coordinator", "of Mon 20 Apr 2020, sheet v1.2, no recording"),
        (at(-800), "booked", "LW_02", ""),
        (at(-799), "invitation to C_001 not sent", "fieldcall", "the server refuses the address"),
        (at(-798), "event sent", "fieldcall", ""),
        (at(-700), "conflict", "calendar", "it was moved there and here"),
        (at(-650), "conflict settled", "", "kept ours, by coordinator"),
        (at(-600), "reply: tentative", "C_001", seen),
        (at(-600), "reply: accepted", "INT_01", seen),
        (at(-119), "reminder to C_001 sent", "fieldcall", ""),
        (at(0), "attempt: no answer", "INT_01", ""),
        (at(20), "attempt: call back", "INT_01", "call back at Wed 3 Jun 2020 14:45 BST"),
        (at(61), "no-show", "INT_01", "voice mail"),
        (at(900), "withdrawal", "coordinator", "of Thu 4 Jun 2020, sheet v1.2"),
    ]


def test_what_is_still_owed_or_was_dropped_has_not_happened() -> None:
    states = (EffectState.WAITING, EffectState.SENDING, EffectState.DROPPED)
    assert timeline([], [Life(LABEL, effects=[effect(state) for state in states])], LONDON) == []


MOMENTS = st.lists(st.integers(-5, 5), max_size=12)


@given(MOMENTS, MOMENTS)
def test_the_line_is_in_order_loses_nothing_and_keeps_the_order_of_what_coincides(
    steps: list[int], tries: list[int]
) -> None:
    changes = [
        Change(id=n, interview_id=1, state="booked", actor="x", cause=str(n), at=at(m)) for n, m in enumerate(steps)
    ]
    attempts = [
        Attempt(id=n, interview_id=1, outcome="no answer", actor=f"y{n:02}", at=at(m)) for n, m in enumerate(tries)
    ]
    told = timeline([], [Life(LABEL, changes=changes, attempts=attempts)], LONDON)
    assert len(told) == len(steps) + len(tries)
    assert [h.at for h in told] == sorted(h.at for h in told)
    for minute in set(steps):
        assert [h.cause for h in told if h.at == at(minute) and h.actor == "x"] == [
            str(n) for n, m in enumerate(steps) if m == minute
        ]
    for minute in set(tries):
        mine = [h.actor for h in told if h.at == at(minute) and h.actor != "x"]
        assert mine == sorted(mine)


def test_a_participants_line_comes_from_what_is_stored(filled: Database, study: Study, now: datetime) -> None:
    record_consent(
        filled, study, "C_001", given_on=now.date(), sheet="v1", recording=True, now=now, actor="coordinator"
    )
    book(filled, study, "C_001", now=now, starts_at=START, actor="LW_01")
    later = START + timedelta(days=7)
    move(filled, study, "C_001", starts_at=later, now=now, actor="coordinator", cause="they are away")
    note_attempt(filled, study, "C_001", Outcome.NO_ANSWER, now=later, actor="INT_01")
    mark_no_show(filled, study, "C_001", now=later, actor="INT_01")
    book(filled, study, "C_001", now=now, starts_at=START + timedelta(days=14), actor="coordinator")
    withdraw(filled, study, "C_001", now=now, actor="coordinator", cause="no time")
    book(filled, study, "C_002", now=now, actor="coordinator")  # of whom nothing may be told
    with filled.reading() as session:
        told = participant_timeline(session, study, "C_001")
    entered = {"consent", "withdrawal", "attempt: no answer"}
    steps = [h for h in told if h.what not in entered]
    assert [(h.what, h.actor) for h in steps] == [
        ("booked", "LW_01"),
        ("moved", "coordinator"),
        ("booked", "coordinator"),
        ("no-show", "INT_01"),
        ("booked", "coordinator"),
        ("withdrawn", "coordinator"),
    ]
    assert steps[1].cause.endswith("with INT_01; they are away")
    assert {h.what for h in told} - {h.what for h in steps} == entered
    assert {h.interview for h in told} == {"", LABEL}
    assert all(isinstance(h, Happening) and h.at.tzinfo is not None for h in told)
