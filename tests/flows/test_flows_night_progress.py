"""A night's bar never falls, ends at all of it, and its times are soon right even where the estimates were wrong."""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from flows_waiting import waits
from hypothesis import given
from hypothesis import strategies as st

from flows.night_plan import GRACE, Job, Limits
from flows.night_progress import Night, new_night
from flows.one_recording import HEARING
from flows.speeds import Effort, Speed

TEN = datetime(2020, 11, 22, 22, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Seen:
    """The night at one moment: how far, and when all was expected to be done."""

    at: datetime
    part: float
    done_at: datetime


def work(
    job: Job, night: Night, at: datetime, true: Effort, seen: list[Seen], steps: int = 30
) -> tuple[Night, datetime]:
    """Do one job in `steps` of hearing and of decoding; each takes as long as it truly does."""
    night = night.begun(job, at)
    for half, taking in ((0, true.hearing), (1, true.decoding)):
        for step in range(1, steps + 1):
            at += timedelta(seconds=taking / steps)
            share = step / steps
            part = HEARING * share if half == 0 else HEARING + (1 - HEARING) * share
            night = night.moved(part, at)
            seen.append(Seen(at, night.part, night.plan(at).done_at(at + timedelta(seconds=night.seconds_in_hand))))
    return night.ended(at, is_done=True), at


def whole_night(lengths: list[float], speed: Speed, true: Speed) -> tuple[list[Seen], datetime, Night]:
    """A night without an end, as it is expected by `speed` and comes by `true`."""
    recordings = [waits(number, minutes) for number, minutes in enumerate(lengths, start=1)]
    jobs = tuple(Job(recording, speed.effort(recording.length_ms)) for recording in recordings)
    night, at, seen = new_night(Limits(), jobs, is_measured=speed.measured > 0), TEN, list[Seen]()
    while turns := night.plan(at).turns:
        job = turns[0].job
        night, at = work(job, night, at, true.effort(job.recording.length_ms), seen)
    return seen, at, night


LENGTHS = [float(random.Random(number).randint(15, 90)) for number in range(12)]


def worst_error(seen: list[Seen], ended_at: datetime, since: datetime) -> float:
    """The greatest error of the end as told from `since` on, as a part of the whole night."""
    errors = [abs(moment.done_at - ended_at) / (ended_at - TEN) for moment in seen if moment.at >= since]
    assert errors
    return max(errors)


GUESS = Speed(hearing=0.02, decoding=0.3, speech=0.95)


@pytest.mark.parametrize("factor", [0.1, 0.3, 1.0, 2.5, 6.0])
def test_after_a_tenth_of_the_night_its_end_is_told_within_fifteen_percent(factor: float) -> None:
    true = replace(GUESS, hearing=0.02 * factor**0.5, decoding=0.3 * factor)
    seen, ended_at, _ = whole_night(LENGTHS, GUESS, true)
    assert worst_error(seen, ended_at, TEN + (ended_at - TEN) / 10) <= 0.15


@pytest.mark.parametrize("factor", [0.1, 0.3, 1.0, 2.5, 6.0])
def test_of_a_single_recording_as_soon_as_some_of_it_is_decoded(factor: float) -> None:
    true = replace(GUESS, decoding=0.3 * factor)
    seen, ended_at, _ = whole_night([60.0], GUESS, true)
    heard_at = TEN + timedelta(seconds=true.effort(60 * 60_000).hearing)
    tenth_of_decoding = heard_at + (ended_at - heard_at) / 10
    assert worst_error(seen, ended_at, tenth_of_decoding) <= 0.15


def test_a_measured_speed_tells_the_end_from_the_beginning() -> None:
    speed = replace(GUESS, measured=5)
    seen, ended_at, _ = whole_night(LENGTHS, speed, speed)
    assert all(abs((moment.done_at - ended_at).total_seconds()) < 1 for moment in seen)
    assert seen[len(seen) // 2].part == pytest.approx((seen[len(seen) // 2].at - TEN) / (ended_at - TEN))


@given(
    st.lists(st.floats(1, 120), min_size=1, max_size=6),
    st.floats(0.05, 20),
    st.floats(0.05, 20),
)
def test_the_bar_never_falls_and_ends_at_all_of_it(lengths: list[float], hearing: float, decoding: float) -> None:
    guess = Speed(hearing=0.02, decoding=0.3, speech=0.9)
    true = Speed(hearing=0.02 * hearing, decoding=0.3 * decoding, speech=0.9)
    seen, _, night = whole_night(lengths, guess, true)
    parts = [moment.part for moment in seen]
    assert parts == sorted(parts)
    assert all(0 <= part <= 1 for part in parts)
    assert night.part == 1
    assert night.waiting == ()


def one_in_hand(minutes: float, *, begun: float = 0.0, ends_in: timedelta | None = None) -> Night:
    limits = Limits(ends_at=TEN + ends_in if ends_in else None)
    effort = Effort(0.0 if begun else 6 * minutes, 54 * minutes * (1 - begun))
    job = Job(waits(1), effort, begun)
    return new_night(limits, (job,), is_measured=True).begun(job, TEN)


def test_a_recording_that_is_gone_on_with_counts_only_what_is_left() -> None:
    night = one_in_hand(100, begun=0.5)
    assert night.seconds_in_hand == pytest.approx(54 * 50)
    half_of_the_rest = HEARING + (1 - HEARING) * 0.75
    night = night.moved(half_of_the_rest, TEN + timedelta(seconds=54 * 25))
    assert night.seconds_in_hand == pytest.approx(54 * 25)
    assert night.part == pytest.approx(0.5)


def test_the_first_windows_do_not_count_as_hearing() -> None:
    night = one_in_hand(100).moved(HEARING, TEN + timedelta(seconds=600))
    night = night.moved(0.2, TEN + timedelta(seconds=1200))
    assert night.in_hand is not None
    assert night.in_hand.spent == Effort(600, 600)


def test_when_the_speech_is_known_the_rest_is_reckoned_anew() -> None:
    night = one_in_hand(100).moved(HEARING, TEN + timedelta(seconds=600)).heard(Effort(0, 54 * 10))
    assert night.seconds_in_hand == pytest.approx(540)


def test_one_that_fails_at_once_tells_nothing_about_the_pace() -> None:
    jobs = tuple(Job(waits(number), Effort(60, 540)) for number in (1, 2))
    night = new_night(Limits(), jobs, is_measured=False)
    later = TEN + timedelta(seconds=300)
    night = night.begun(jobs[0], TEN).moved(0.01, later).ended(later, is_done=False)
    assert night.plan(later).turns[0].done_at == later + timedelta(seconds=600)


class TestTheEndOfTheNight:
    def test_what_is_nearly_done_is_finished(self) -> None:
        night = one_in_hand(60, ends_in=timedelta(minutes=40)).moved(0.9, TEN + timedelta(minutes=40))
        assert 0 < night.seconds_in_hand < GRACE.total_seconds()
        assert not night.is_over_for_the_one_in_hand(TEN + timedelta(minutes=50))

    def test_what_needs_much_longer_is_broken_off_at_the_end_and_not_before(self) -> None:
        night = one_in_hand(600, ends_in=timedelta(hours=9)).moved(0.2, TEN + timedelta(hours=8))
        assert night.seconds_in_hand > GRACE.total_seconds()
        assert not night.is_over_for_the_one_in_hand(TEN + timedelta(hours=8))
        assert night.is_over_for_the_one_in_hand(TEN + timedelta(hours=9))

    def test_without_an_end_nothing_is_broken_off(self) -> None:
        night = one_in_hand(6000).moved(0.01, TEN + timedelta(hours=900))
        assert not night.is_over_for_the_one_in_hand(TEN + timedelta(hours=900))

    def test_its_bar_counts_the_part_that_falls_into_the_night(self) -> None:
        night = one_in_hand(20 * 60, ends_in=timedelta(hours=9))
        halfway = HEARING + (1 - HEARING) * (4.5 - 2) / 18
        night = night.moved(HEARING, TEN + timedelta(hours=2)).moved(halfway, TEN + timedelta(hours=4.5))
        assert night.part == pytest.approx(0.5, abs=0.01)

    def test_what_waits_is_planned_anew_by_the_pace_of_the_night(self) -> None:
        jobs = tuple(Job(waits(number), Effort(60, 3540)) for number in (1, 2, 3))
        night = new_night(Limits(ends_at=TEN + timedelta(hours=4.5)), jobs, is_measured=True)
        assert len(night.plan(TEN).turns) == 3
        night = night.begun(jobs[0], TEN).moved(HEARING, TEN + timedelta(seconds=60))
        slow = TEN + timedelta(hours=1)  # and half done: it takes twice as long as expected
        night = night.moved(0.55, slow)
        assert len(night.plan(slow).turns) == 1
        assert night.seconds_in_hand == pytest.approx(3600, rel=0.15)
        assert replace(night, limits=Limits()).plan(slow).left == ()
