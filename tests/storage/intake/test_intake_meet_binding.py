"""Which interview a recorded meeting is of: by code and time, and never by a guess."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.intake.binding import BINDABLE, EARLIEST, LATEST, SHORTEST, Bound, Candidate, Part, Review
from storage.intake.meet_binding import Appointment, Decision, Foreign, Wait, bind_recording
from storage.intake.meet_records import Conference, Remote
from storage.tables import CLOSED_STATES, State

LONDON = ZoneInfo("Europe/London")
NINE = datetime(2020, 5, 12, 9, tzinfo=UTC)
ROOM = "abc-mnop-xyz"
M = timedelta(minutes=1)


def interview(
    code: str = "C_001",
    starts_at: datetime = NINE,
    *,
    minutes: float = 60,
    state: State = State.BOOKED,
    room: str = ROOM,
    own: bool = True,
    interviewer: str = "INT_01",
    barred: str = "",
    parts: tuple[Part, ...] = (),
) -> Appointment:
    number = int(code[-3:])
    candidate = Candidate(number, f"{code}_05/20", code, starts_at, starts_at + minutes * M, state, parts)
    return Appointment(candidate, interviewer, room, own, barred)


def recording(
    begin: float = 1,
    end: float | None = 55,
    *,
    met: tuple[float, float] | None = None,
    room: str = ROOM,
    file: str = "f",
) -> Remote:
    """Times in minutes from nine o'clock; the conference lasts as long unless `met` says otherwise."""
    ended = None if end is None else NINE + end * M
    from_, to = met or (begin, end or begin)
    conference = Conference("conferenceRecords/c1", "spaces/s1", NINE + from_ * M, NINE + to * M, None)
    return Remote("conferenceRecords/c1/recordings/r1", room, conference, NINE + begin * M, ended, file)


def decided(remote: Remote, *appointments: Appointment) -> Decision:
    return bind_recording(remote, appointments, LONDON)


def whose(decision: Decision) -> str:
    return decision.interview.code if isinstance(decision, Bound) else type(decision).__name__


def said(decision: Decision) -> str:
    return "; ".join(decision.reasons) if isinstance(decision, Review) else decision.reason


class TestARoomOfItsOwn:
    @pytest.mark.parametrize(
        ("begin", "end", "expected"),
        [
            (0, 60, "C_001"),
            (-29, 20, "C_001"),
            (-50, -30, "C_001"),  # ends as early as one may begin
            (-50, -31, "Review"),
            (58, 119, "C_001"),  # the third attempt to reach someone
            (120, 140, "C_001"),
            (121, 140, "Review"),
            (-24 * 60, -23 * 60, "Review"),
            (7 * 24 * 60, 7 * 24 * 60 + 50, "Review"),
        ],
    )
    def test_only_its_time_is_looked_at(self, begin: float, end: float, expected: str) -> None:
        assert whose(decided(recording(begin, end), interview())) == expected

    def test_the_reason_is_spelt_out(self) -> None:
        decision = decided(recording(3), interview())
        assert (
            said(decision) == f"Meet: the code {ROOM} is that of its booking alone; began 3 min after its booked start"
        )
        assert isinstance(decision, Bound)
        assert decision.started_at == NINE + 3 * M

    def test_a_test_of_the_day_before_is_proposed_unless_the_interview_has_its_recording(self) -> None:
        test = recording(-24 * 60, -24 * 60 + 5)
        decision = decided(test, interview())
        assert said(decision) == (
            f"its meeting {ROOM} was held at 2020-05-11 10:00 BST, not at the time of C_001_05/20 "
            "(2020-05-12 10:00 BST): a test, or held at another time than booked"
        )
        assert isinstance(decision, Review)
        assert decision.proposal is not None
        with_recording = interview(parts=(Part(NINE, 50 * M),))
        decision = decided(test, with_recording)
        assert isinstance(decision, Review)
        assert decision.proposal is None

    def test_who_stays_in_the_room_for_the_next_interview(self) -> None:
        """The interviewer let the next participant come into the room of the one before."""
        next_one = interview("C_002", NINE + 75 * M, room="other")
        taken = recording(78, 115, met=(0, 115))
        decision = decided(taken, interview(), next_one)
        assert said(decision).endswith("it was made while the interviewer had C_002_05/20")
        assert isinstance(decision, Review)
        assert decision.proposal == next_one.interview
        elsewhere = replace(next_one, interviewer="INT_02")
        assert whose(decided(taken, interview(), elsewhere)) == "C_001"

    def test_one_that_overruns_into_the_next_is_still_its_own(self) -> None:
        next_one = interview("C_002", NINE + 75 * M, room="other")
        assert whose(decided(recording(5, 95), interview(), next_one)) == "C_001"

    def test_a_wrong_link_is_told_with_whom_it_may_have_been(self) -> None:
        """They met in the room of an interview of the week after."""
        later = interview("C_002", NINE + timedelta(days=7))
        decision = decided(recording(), later, interview("C_001", room="other"))
        assert whose(decision) == "Review"
        assert said(decision).endswith("it was the time of C_001_05/20, which has no recording")
        assert isinstance(decision, Review)
        assert decision.proposal is not None
        assert decision.proposal.code == "C_001"


class TestARoomThatIsShared:
    A, B = interview("C_001", NINE, own=False), interview("C_002", NINE + 60 * M, own=False)

    @pytest.mark.parametrize(
        ("taken", "expected"),
        [
            (recording(1, 58), "C_001"),
            (recording(1, 69), "C_001"),  # an overrun
            (recording(1, 72), "Review"),
            (recording(55, 115), "C_002"),
            (recording(40, 115), "Review"),
            (recording(61, 68), "Review"),  # the end of the first or the begin of the second
            (recording(62, 85, met=(0, 85)), "Review"),  # so is this, as the people were there since nine
            (recording(90, 98), "C_002"),
            (recording(-9, -1), "C_001"),
            (recording(-60, -12), "Review"),
            (recording(180, 200), "Review"),
            (recording(3 * 24 * 60, 3 * 24 * 60 + 50), "Foreign"),
        ],
    )
    def test_it_is_bound_where_meeting_and_recording_point_at_one(self, taken: Remote, expected: str) -> None:
        assert whose(decided(taken, self.A, self.B)) == expected
        assert whose(decided(taken, self.B, self.A)) == expected

    def test_a_room_that_was_written_into_the_event_may_be_anybodys(self) -> None:
        alone = interview(own=False)
        assert whose(decided(recording(), alone)) == "C_001"
        assert whose(decided(recording(75, 100), alone)) == "Review"
        assert whose(decided(recording(72, 100, met=(0, 100)), alone)) == "Review", "they stayed for something else"
        assert whose(decided(recording(72 * 60, 73 * 60), alone)) == "Foreign"


class TestDoubts:
    @pytest.mark.parametrize("state", [state for state in State if state not in BINDABLE])
    def test_a_state_in_which_nothing_is_expected(self, state: State) -> None:
        decision = decided(recording(), interview(state=state))
        assert whose(decision) == "Review"
        assert ("only held: book it" if state == State.HELD_SLOT else state) in said(decision)
        assert isinstance(decision, Review)
        assert (decision.proposal is None) == (state in CLOSED_STATES), "no recording is awaited of what was not held"

    def test_somebody_who_may_not_be_recorded(self) -> None:
        decision = decided(recording(), interview(barred="C_001 has withdrawn"))
        assert said(decision) == "it is of C_001_05/20 (2020-05-12 10:00 BST), and C_001 has withdrawn"
        assert isinstance(decision, Review)
        assert decision.proposal is None, "nobody is to be told to fetch it"

    def test_a_recording_of_the_same_time(self) -> None:
        there = interview(parts=(Part(NINE, 50 * M),))
        assert said(decided(recording(), there)).endswith("but that has a recording of the same time already")
        assert whose(decided(recording(48, 60), there)) == "C_001", "it goes on where the other ends"
        assert whose(decided(recording(), interview(parts=(Part(None, 50 * M),)))) == "C_001"

    @pytest.mark.parametrize("end", [1, 1.9])
    def test_a_short_one(self, end: float) -> None:
        decision = decided(recording(1, end), interview())
        assert "s long" in said(decision)
        assert whose(decided(recording(1, 2), interview())) == "C_001"


class TestWhatIsNotThere:
    def test_no_interview_has_its_code(self) -> None:
        decision = decided(recording(room="zzz-zzzz-zzz"), interview(), interview("C_002", room=""))
        assert isinstance(decision, Foreign)
        assert decision.proposal is None, "two had that time"
        alone = decided(recording(room="zzz-zzzz-zzz"), interview())
        assert isinstance(alone, Foreign)
        assert alone.proposal is not None

    def test_no_file(self) -> None:
        decision = decided(recording(file=""), interview())
        assert decision == Wait("Google is still making its file", interview().interview)
        assert said(decided(recording(end=None, file=""), interview())) == "it has not ended yet"

    def test_no_times(self) -> None:
        unknown = Conference("conferenceRecords/c1", "spaces/s1", None, None, None)
        assert whose(decided(replace(recording(), conference=unknown, began_at=None), interview())) == "Wait"

    def test_no_times_of_the_recording_but_of_its_conference(self) -> None:
        untold = replace(recording(5, 50), began_at=None, ended_at=None)
        assert whose(decided(untold, interview())) == "C_001"


appointments = st.builds(
    interview,
    code=st.integers(1, 6).map(lambda number: f"C_00{number}"),
    starts_at=st.integers(-6, 6).map(lambda quarters: NINE + quarters * 15 * M),
    minutes=st.sampled_from([30, 60, 90]),
    state=st.sampled_from(State),
    room=st.sampled_from([ROOM, "other", ""]),
    own=st.booleans(),
    interviewer=st.sampled_from(["INT_01", "INT_02"]),
    barred=st.sampled_from(["", "C has withdrawn"]),
    parts=st.sampled_from([(), (Part(NINE, 30 * M),), (Part(None, 30 * M),)]),
)
remotes = st.builds(
    lambda begin, length, before, after, file: recording(
        begin, begin + length, met=(begin - before, begin + length + after), file=file
    ),
    st.integers(-200, 200),
    st.floats(0, 120),
    st.integers(0, 90),
    st.integers(0, 90),
    st.sampled_from(["f", ""]),
)


@given(remote=remotes, found=st.lists(appointments, max_size=5, unique_by=lambda one: one.interview.interview_id))
def test_whatever_happens_nothing_is_bound_that_should_not_be(remote: Remote, found: list[Appointment]) -> None:
    decision = bind_recording(remote, found, LONDON)
    assert bind_recording(remote, found[::-1], LONDON) == decision, "the order of the interviews says nothing"
    own = [one for one in found if one.meeting_code == remote.meeting_code]
    assert isinstance(decision, Foreign) or own
    assert said(decision)
    if isinstance(decision, Bound):
        (one,) = (one for one in own if one.interview == decision.interview)
        begin, end = remote.began_at, remote.ended_at
        assert begin and end
        assert remote.file_id
        assert not one.barred
        assert one.interview.state in BINDABLE
        assert end - begin >= SHORTEST
        assert begin <= one.interview.ends_at + LATEST
        assert end >= one.interview.starts_at - EARLIEST
        for other in own:
            if other is not one:
                shared = min(end, other.interview.ends_at) - max(begin, other.interview.starts_at)
                assert shared <= 10 * M, "no other interview in this room had its time"
