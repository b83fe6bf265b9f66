"""To which interview a recording belongs: one clear winner, or a person decides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.intake.binding import Bound, Candidate, Clues, Part, Review, decide
from storage.tables import CLOSED_STATES, State

LONDON = ZoneInfo("Europe/London")
TEN = datetime(2020, 5, 12, 9, 0, tzinfo=UTC)  # ten o'clock in London
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def interview(
    code: str = "C_003", starts_at: datetime = TEN, state: State = State.BOOKED, *parts: Part, minutes: int = 60
) -> Candidate:
    number = abs(hash((code, starts_at)))
    ends_at = starts_at + minutes * MINUTE
    return Candidate(number, f"{code}_{starts_at:%m/%y}", code, starts_at, ends_at, state, parts)


def clues(
    *codes: str,
    named: datetime | tuple[datetime, ...] = (),
    stamped: tuple[datetime, ...] = (),
    dated: datetime | None = None,
    minutes: float = 50,
    seen_at: datetime = TEN + timedelta(days=10),
) -> Clues:
    times = (named,) if isinstance(named, datetime) else named
    return Clues(minutes * MINUTE, seen_at, codes, times, stamped, dated)


def bound(about: Clues, *candidates: Candidate) -> Bound:
    decision = decide(about, candidates, LONDON)
    assert isinstance(decision, Bound), decision
    return decision


def review(about: Clues, *candidates: Candidate) -> str:
    decision = decide(about, candidates, LONDON)
    assert isinstance(decision, Review), decision
    assert decision.reasons
    return "; ".join(decision.reasons)


class TestByCode:
    def test_the_participants_open_interview_is_bound(self) -> None:
        own, other = interview(), interview("C_031")
        decision = bound(clues("C_003"), own, other)
        assert decision.interview == own
        assert decision.reason == "code C_003 in its name"
        assert decision.started_at is None

    def test_the_code_wins_over_an_interview_at_the_time_of_the_recording(self) -> None:
        own, other = interview(starts_at=TEN + 6 * HOUR), interview("C_031")
        assert bound(clues("C_003", named=TEN), own, other).interview == own

    def test_a_time_more_than_a_day_away_contradicts_the_code(self) -> None:
        reason = review(clues("C_003", named=TEN - timedelta(days=1, minutes=1)), interview())
        assert "C_003_05/20" in reason
        assert "2020-05-11 09:59 BST" in reason
        assert "2020-05-12 10:00 BST" in reason

    def test_a_time_within_a_day_does_not(self) -> None:
        named = TEN - timedelta(days=1)
        assert bound(clues("C_003", named=named), interview()).started_at == named
        after = TEN + HOUR + timedelta(days=1)
        assert bound(clues("C_003", named=after), interview()).started_at == after

    def test_of_two_possible_times_the_one_near_the_interview_counts(self) -> None:
        stamped = (TEN - 2 * MINUTE, TEN + timedelta(days=3))
        assert bound(clues("C_003", stamped=stamped), interview()).started_at == TEN - 2 * MINUTE

    def test_the_files_own_date_contradicts_nothing(self) -> None:
        assert bound(clues("C_003", dated=TEN + timedelta(days=90)), interview())

    def test_an_interview_that_is_still_to_come_was_not_recorded(self) -> None:
        reason = review(clues("C_003", seen_at=TEN - timedelta(days=2)), interview())
        assert "still to come" in reason

    @pytest.mark.parametrize("state", [*CLOSED_STATES, State.HELD_SLOT, State.CHECKED, State.DELIVERED])
    def test_an_interview_in_a_state_without_recording_goes_to_a_person(self, state: State) -> None:
        reason = review(clues("C_003"), interview(state=state))
        assert "C_003_05/20" in reason
        assert state in reason

    def test_a_cancelled_interview_does_not_hide_the_one_booked_after_it(self) -> None:
        anew = interview(starts_at=TEN + timedelta(days=7))
        cancelled = interview(state=State.CANCELLED)
        assert bound(clues("C_003", named=TEN + timedelta(days=7)), cancelled, anew).interview == anew
        assert "more than a day" in review(clues("C_003", named=TEN), cancelled, anew)

    def test_a_participant_without_interview(self) -> None:
        assert review(clues("C_003"), interview("C_031")) == "its name says C_003, who has no interview"

    def test_two_codes_in_a_name(self) -> None:
        reason = review(clues("C_003", "C_031"), interview(), interview("C_031"))
        assert "C_003" in reason
        assert "C_031" in reason

    def test_a_second_recording_follows_a_dropped_call(self) -> None:
        recorded = interview("C_003", TEN, State.RECORDED, Part(TEN, 20 * MINUTE))
        assert bound(clues("C_003", named=TEN + 25 * MINUTE), recorded)
        assert bound(clues("C_003"), recorded), "nothing says that it is of the same time"

    def test_a_second_recording_of_the_same_time_goes_to_a_person(self) -> None:
        recorded = interview("C_003", TEN, State.RECORDED, Part(TEN, 20 * MINUTE))
        assert "recording of the same time" in review(clues("C_003", named=TEN + 19 * MINUTE), recorded)
        assert "recording of the same time" in review(clues("C_003", named=TEN - 5 * MINUTE), recorded)


class TestByNumber:
    """A telephone number in the name, and names on a screen, as codes."""

    OWN, OTHER = interview("C_003"), interview("C_031")

    def test_it_decides_between_interviews_that_fit_by_time(self) -> None:
        decision = bound(replace(clues(named=TEN), hinted=("C_031",)), self.OWN, self.OTHER)
        assert decision.interview == self.OTHER
        assert decision.reason.startswith("by time and number: ")
        assert decision.reason.endswith("the number in its name is that of C_031")

    def test_it_does_not_remove_other_doubts(self) -> None:
        late = replace(clues(named=TEN, minutes=0.5), hinted=("C_031",))
        assert "only 30 s long" in review(late, self.OWN, self.OTHER)
        held = interview("C_031", state=State.HELD_SLOT)
        assert "is held-slot" in review(replace(clues(named=TEN), hinted=("C_031",)), held)

    def test_that_of_another_contradicts_a_time(self) -> None:
        reason = review(replace(clues(named=TEN), hinted=("C_099",)), self.OWN)
        assert reason.endswith("could be C_003_05/20, but the number in its name is that of C_099")

    def test_that_of_another_contradicts_a_code(self) -> None:
        assert "but the number in its name is that of C_031" in review(
            replace(clues("C_003"), hinted=("C_031",)), self.OWN, self.OTHER
        )
        assert bound(replace(clues("C_003"), hinted=("C_003", "C_031")), self.OWN, self.OTHER).interview == self.OWN

    def test_without_a_time_it_proposes(self) -> None:
        reason = review(replace(clues(), hinted=("C_031",)), self.OWN, self.OTHER)
        assert reason.endswith("the number in its name is that of C_031: it may be C_031_05/20")

    def test_a_time_that_fits_nobody_is_told_with_it(self) -> None:
        reason = review(replace(clues(named=TEN + 5 * HOUR), hinted=("C_031",)), self.OTHER)
        assert "no interview begins around" in reason
        assert reason.endswith("the number in its name is that of C_031")

    def test_one_that_two_share_decides_nothing_between_them(self) -> None:
        shared = replace(clues(named=TEN), hinted=("C_003", "C_031"))
        assert "could be C_003_05/20 or C_031_05/20" in review(shared, self.OWN, self.OTHER)

    def test_names_on_the_screen_only_propose(self) -> None:
        there = replace(clues(named=TEN), present=("C_031",))
        assert review(there, self.OWN, self.OTHER).endswith("by the names on the screen, C_031 was there")
        assert bound(there, self.OWN).interview == self.OWN


class TestByTime:
    def test_the_only_interview_around_that_time_is_bound(self) -> None:
        decision = bound(clues(named=TEN + 3 * MINUTE), interview(), interview("C_031", TEN + 4 * HOUR))
        assert decision.interview.code == "C_003"
        assert decision.started_at == TEN + 3 * MINUTE
        assert "3 min after its booked start" in decision.reason

    @pytest.mark.parametrize("minutes", [-30, -1, 0, 60])
    def test_it_may_begin_half_an_hour_early_and_an_hour_late(self, minutes: int) -> None:
        assert bound(clues(named=TEN + minutes * MINUTE), interview())

    @pytest.mark.parametrize("minutes", [-31, 61])
    def test_but_not_earlier_or_later(self, minutes: int) -> None:
        assert "no interview begins around" in review(clues(named=TEN + minutes * MINUTE), interview())

    def test_two_interviews_that_could_own_it_are_both_named(self) -> None:
        reason = review(clues(named=TEN), interview(), interview("C_031", TEN + 10 * MINUTE))
        assert "C_003_05/20 or C_031_05/20" in reason

    def test_a_recording_that_reaches_into_the_next_interview_could_be_that_ones(self) -> None:
        following = interview("C_031", TEN + 90 * MINUTE)
        assert bound(clues(named=TEN + 5 * MINUTE, minutes=50), interview(), following)
        assert bound(clues(named=TEN + 5 * MINUTE, minutes=95), interview(), following), "ten minutes are an overrun"
        reason = review(clues(named=TEN + 5 * MINUTE, minutes=96), interview(), following)
        assert "C_003_05/20 or C_031_05/20" in reason

    def test_an_interview_that_has_its_recording_still_stands_in_the_way(self) -> None:
        recorded = interview("C_031", TEN, State.RECORDED, Part(TEN, HOUR))
        assert "C_003_05/20 or C_031_05/20" in review(clues(named=TEN), interview(), recorded)

    @pytest.mark.parametrize("state", CLOSED_STATES)
    def test_an_interview_that_did_not_take_place_is_no_candidate(self, state: State) -> None:
        assert bound(clues(named=TEN), interview(), interview("C_031", TEN, state)).interview.code == "C_003"
        assert "no interview begins around" in review(clues(named=TEN), interview(state=state))

    @pytest.mark.parametrize("state", [State.HELD_SLOT, State.CHECKED, State.DELIVERED])
    def test_an_interview_without_room_for_a_recording_is_shown_to_a_person(self, state: State) -> None:
        assert f"that is {state}" in review(clues(named=TEN), interview(state=state))

    def test_a_recording_of_a_few_seconds_is_not_bound(self) -> None:
        assert "only 59 s long" in review(clues(named=TEN, minutes=59 / 60), interview())
        assert bound(clues(named=TEN, minutes=1), interview())

    def test_a_recording_of_many_hours_is_not_bound(self) -> None:
        assert "much longer" in review(clues(named=TEN, minutes=181), interview())
        assert bound(clues(named=TEN, minutes=180), interview())

    def test_a_second_recording_must_begin_after_the_first(self) -> None:
        recorded = interview("C_003", TEN, State.RECORDED, Part(TEN, 20 * MINUTE))
        assert bound(clues(named=TEN + 20 * MINUTE), recorded)
        assert "does not clearly follow" in review(clues(named=TEN + 19 * MINUTE), recorded)
        unknown = interview("C_003", TEN, State.RECORDED, Part(None, 20 * MINUTE))
        assert "does not clearly follow" in review(clues(named=TEN + 20 * MINUTE), unknown)

    def test_metadata_counts_where_the_name_tells_no_time(self) -> None:
        stamped = (TEN - 50 * MINUTE, TEN)
        assert "by its metadata" in bound(clues(stamped=stamped), interview()).reason
        assert "no interview begins" in review(clues(named=TEN + 5 * HOUR, stamped=stamped), interview())

    def test_a_time_that_exists_twice_binds_only_when_one_interview_fits(self) -> None:
        fold = (datetime(2020, 10, 25, 0, 30, tzinfo=UTC), datetime(2020, 10, 25, 1, 30, tzinfo=UTC))
        first, second = interview(starts_at=fold[0]), interview("C_031", fold[1])
        about = clues(named=fold, seen_at=fold[1] + HOUR)
        assert bound(about, first).started_at == fold[0]
        reason = review(about, first, second)
        assert "C_003_10/20 or C_031_10/20" in reason
        assert "01:30 BST or 2020-10-25 01:30 GMT" in reason

    def test_the_files_own_date_only_hints(self) -> None:
        reason = review(clues(dated=TEN), interview())
        assert reason.startswith("neither a code nor a time in its name")
        assert "may be C_003_05/20" in reason

    def test_nothing_known(self) -> None:
        assert review(clues(), interview()) == "neither a code nor a time in its name"


STARTS = st.integers(0, 40).map(lambda quarter: TEN + quarter * 15 * MINUTE)
INTERVIEWS = st.lists(
    st.builds(interview, st.sampled_from(["C_001", "C_002", "C_003", "M_05"]), STARTS, st.sampled_from(State)),
    max_size=6,
    unique_by=lambda candidate: (candidate.code, candidate.state in CLOSED_STATES),
)
CLUES = st.builds(
    clues,
    named=st.lists(st.integers(-60, 700).map(lambda n: TEN + n * MINUTE), max_size=2, unique=True).map(tuple),
    dated=st.none() | STARTS,
    minutes=st.integers(0, 240),
)


@given(CLUES, INTERVIEWS)
def test_a_binding_by_time_leaves_no_other_interview_possible(about: Clues, candidates: list[Candidate]) -> None:
    """The rule said in another way: nobody else was, or may have been, talking at that time."""
    decision = decide(about, candidates, LONDON)
    if isinstance(decision, Review):
        return
    owner = decision.interview
    assert owner.state not in {*CLOSED_STATES, State.HELD_SLOT}
    assert about.named, "the file's own date never binds"
    for other in candidates:
        if other is owner or other.state in CLOSED_STATES:
            continue
        for at in about.named:
            assert not -30 <= (at - other.starts_at) / MINUTE <= 60
            covered = min(at + about.duration, other.ends_at) - max(at, other.starts_at)
            assert covered <= 10 * MINUTE


@given(CLUES, INTERVIEWS, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_changes_nothing(about: Clues, candidates: list[Candidate], random: object) -> None:
    shuffled = list(candidates)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    with_code = replace(about, codes=("C_003",))
    for each in (about, with_code):
        first, second = decide(each, candidates, LONDON), decide(each, shuffled, LONDON)
        assert type(first) is type(second)
        if isinstance(first, Bound):
            assert first == second
