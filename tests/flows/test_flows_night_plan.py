"""A night takes what will be done before its end, in order, and says when each will be done."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flows_waiting import job
from hypothesis import given
from hypothesis import strategies as st

from flows.in_words import about, lasting, plan_in_words
from flows.night_plan import Job, Limits, NightPlan, done_on_later_nights, plan_night
from flows.speeds import Effort

LONDON = ZoneInfo("Europe/London")
TEN = datetime(2020, 11, 22, 22, 0, tzinfo=UTC)
SEVEN = TEN + timedelta(hours=9)
NIGHT = Limits(ends_at=SEVEN, whole_night=timedelta(hours=9))


def seconds(effort: Effort) -> float:
    return effort.seconds


def planned(jobs: list[Job], at: datetime = TEN, limits: Limits = NIGHT, taken: int = 0) -> NightPlan:
    return plan_night(jobs, at, limits, seconds, taken)


def codes(plan: NightPlan) -> tuple[list[str], list[str]]:
    return [turn.job.recording.code for turn in plan.turns], [left.job.recording.code for left in plan.left]


class TestWhatIsTaken:
    def test_all_that_fits_one_after_the_other(self) -> None:
        plan = planned([job(1, 60), job(2, 120)])
        assert [(turn.begins_at, turn.done_at) for turn in plan.turns] == [
            (TEN, TEN + timedelta(hours=1)),
            (TEN + timedelta(hours=1), TEN + timedelta(hours=3)),
        ]
        assert plan.left == ()

    def test_one_that_would_not_be_done_in_time_is_left_and_a_shorter_later_one_taken(self) -> None:
        assert codes(planned([job(1, 400), job(2, 200), job(3, 100)])) == (["C_001", "C_003"], ["C_002"])

    def test_one_that_ends_with_the_night_is_taken(self) -> None:
        assert codes(planned([job(1, 240), job(2, 300)])) == (["C_001", "C_002"], [])
        assert codes(planned([job(1, 240), job(2, 301)])) == (["C_001"], ["C_002"])

    def test_no_more_than_the_limit(self) -> None:
        plan = planned([job(n, 10) for n in (1, 2, 3)], limits=Limits(most=2), taken=1)
        assert codes(plan) == (["C_001"], ["C_002", "C_003"])
        assert {left.why for left in plan.left} == {"limit"}

    def test_without_an_end_all_of_it(self) -> None:
        assert codes(planned([job(1, 5000), job(2, 5000)], limits=Limits())) == (["C_001", "C_002"], [])

    def test_the_first_of_a_night_that_is_too_long_for_any_is_begun_and_goes_on_the_next(self) -> None:
        plan = planned([job(1, 20 * 60), job(2, 5)])
        assert codes(plan) == (["C_001"], ["C_002"])
        assert plan.turns[0].goes_on

    def test_so_is_one_that_would_need_nearly_all_of_a_night(self) -> None:
        late_by_a_minute = TEN + timedelta(minutes=1)
        assert codes(planned([job(1, 9 * 60)], at=late_by_a_minute)) == (["C_001"], [])

    def test_but_not_as_a_later_one(self) -> None:
        assert codes(planned([job(2, 5), job(1, 20 * 60)])) == (["C_002"], ["C_001"])
        assert codes(planned([job(1, 20 * 60)], taken=1)) == ([], ["C_001"])

    def test_one_that_only_this_night_is_too_short_for_waits_for_a_whole_one(self) -> None:
        assert codes(planned([job(1, 4 * 60)], at=SEVEN - timedelta(hours=3))) == ([], ["C_001"])


jobs = st.lists(st.floats(0.01, 900), max_size=12).map(
    lambda minutes: [job(number, length) for number, length in enumerate(minutes, start=1)]
)
nights = st.builds(
    Limits,
    ends_at=st.none() | st.integers(-60, 900).map(lambda minutes: TEN + timedelta(minutes=minutes)),
    most=st.none() | st.integers(1, 5),
    whole_night=st.integers(60, 900).map(lambda minutes: timedelta(minutes=minutes)),
)


class TestAlways:
    @given(jobs, nights)
    def test_every_recording_is_taken_or_left_exactly_once_and_in_order(self, queue: list[Job], limits: Limits) -> None:
        plan = planned(queue, limits=limits)
        taken, left = codes(plan)
        assert sorted(taken + left) == [queued.recording.code for queued in queue]
        assert (taken, left) == (sorted(taken), sorted(left))

    @given(jobs, nights)
    def test_nothing_ends_after_the_night_but_one_that_goes_on_the_next(self, queue: list[Job], limits: Limits) -> None:
        plan = planned(queue, limits=limits)
        for number, turn in enumerate(plan.turns):
            if limits.ends_at and turn.done_at > limits.ends_at:
                assert (number, len(plan.turns), turn.goes_on) == (0, 1, True)

    @given(jobs, nights)
    def test_nothing_overlaps_and_nothing_idles(self, queue: list[Job], limits: Limits) -> None:
        at = TEN
        for turn in planned(queue, limits=limits).turns:
            assert turn.begins_at == at
            at = turn.done_at

    @given(jobs, nights)
    def test_what_is_left_for_want_of_time_did_not_fit_when_its_turn_came(
        self, queue: list[Job], limits: Limits
    ) -> None:
        plan = planned(queue, limits=limits)
        for left in plan.left:
            if left.why == "time":
                before = [turn for turn in plan.turns if turn.job.recording.code < left.job.recording.code]
                free_from = before[-1].done_at if before else TEN
                assert limits.ends_at is not None
                assert free_from + timedelta(seconds=left.seconds) > limits.ends_at


class TestTheNightsThatFollow:
    def windows(self, count: int) -> list[tuple[datetime, datetime]]:
        days = [timedelta(days=number) for number in range(1, count + 1)]
        return [(TEN + day, SEVEN + day) for day in days]

    def test_what_is_left_is_done_on_the_next_that_it_fits_in(self) -> None:
        done = done_on_later_nights([job(1, 300), job(2, 300)], self.windows(3), NIGHT, seconds)
        assert done == {1: TEN + timedelta(days=1, hours=5), 2: TEN + timedelta(days=2, hours=5)}

    def test_one_too_long_for_a_night_takes_several(self) -> None:
        done = done_on_later_nights([job(1, 20 * 60)], self.windows(5), NIGHT, seconds)
        assert done == {1: TEN + timedelta(days=3, hours=2)}  # nine hours, nine hours, two

    @given(st.lists(st.floats(1, 2000), max_size=8))
    def test_every_recording_is_done_some_night(self, minutes: list[float]) -> None:
        queue = [job(number, length) for number, length in enumerate(minutes, start=1)]
        done = done_on_later_nights(queue, self.windows(60), NIGHT, seconds)
        assert set(done) == {queued.recording.recording_id for queued in queue}


class TestInWords:
    def test_what_is_first_and_when_all_is_done(self) -> None:
        plan = planned([job(1, 100), job(2, 155)])
        assert plan_in_words(plan, TEN, SEVEN, LONDON) == "C_001 about 23:40, all done about 02:15"

    def test_what_will_not_fit(self) -> None:
        plan = planned([job(1, 100), job(2, 155), job(3, 500)])
        assert plan_in_words(plan, TEN, SEVEN, LONDON) == (
            "C_001 about 23:40, the last about 02:15, 1 of 3 will not fit before 07:00 and is left for the next night"
        )

    def test_what_takes_more_than_a_night(self) -> None:
        words = plan_in_words(planned([job(1, 20 * 60)]), TEN, SEVEN, LONDON)
        assert words == "C_001 needs 20 h, more than a night, and goes on the next"

    def test_what_is_over_the_limit(self) -> None:
        plan = planned([job(1, 10), job(2, 10), job(3, 10)], limits=Limits(most=1))
        assert plan_in_words(plan, TEN, None, LONDON) == "C_001 about 22:10, 2 recordings more than were asked for"

    def test_times_are_rounded_by_how_far_off_they_are(self) -> None:
        assert about(TEN + timedelta(minutes=7, seconds=20), TEN, LONDON) == "about 22:07"
        assert about(TEN + timedelta(minutes=93), TEN, LONDON) == "about 23:35"
        assert about(TEN + timedelta(hours=26), TEN, LONDON) == "about 00:00 on 24 Nov"

    def test_lengths_of_time(self) -> None:
        assert [lasting(value) for value in (20, 60, 59 * 60 + 40, 7800)] == [
            "less than a minute",
            "1 min",
            "1 h",
            "2 h 10 min",
        ]
