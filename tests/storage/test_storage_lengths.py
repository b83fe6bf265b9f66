"""Times as programs write them: never far off, never back in time, never an end before its start."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.lengths import frame_clock, tenth_clock

MS = st.integers(0, 10**9)
RATES = st.sampled_from([24, 25, 30, 60])


@given(MS)
def test_a_time_to_the_tenth_is_at_most_fifty_milliseconds_off(ms: int) -> None:
    assert abs(_tenths(tenth_clock(ms, "-")) * 100 - ms) <= 50


@given(MS, RATES)
def test_a_time_to_the_frame_is_at_most_half_a_frame_off(ms: int, rate: int) -> None:
    assert abs(_frames(frame_clock(ms, rate), rate) * 1000 - ms * rate) * 2 <= 1000


@given(MS, MS, RATES)
def test_what_ends_after_it_starts_still_does(one: int, other: int, rate: int) -> None:
    start, end = sorted((one, other))
    assert _tenths(tenth_clock(start, "-")) <= _tenths(tenth_clock(end, "-"))
    assert _frames(frame_clock(start, rate), rate) <= _frames(frame_clock(end, rate), rate)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "00:00:00.0"),
        (49, "00:00:00.0"),
        (50, "00:00:00.1"),
        (59_949, "00:00:59.9"),
        (59_950, "00:01:00.0"),
        (3_599_999, "01:00:00.0"),
        (90_000_000, "25:00:00.0"),
    ],
)
def test_a_tenth_carries_over_into_the_next_second_minute_and_hour(ms: int, text: str) -> None:
    assert tenth_clock(ms, ".") == text


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "00:00:00.00"), (500, "00:00:00.15"), (984, "00:00:01.00"), (983, "00:00:00.29")]
)
def test_a_second_has_no_frame_thirty(ms: int, text: str) -> None:
    assert frame_clock(ms, 30) == text


def _tenths(text: str) -> int:
    clock, tenth = text.split("-")
    assert len(tenth) == 1
    return _seconds(clock) * 10 + int(tenth)


def _frames(text: str, rate: int) -> int:
    clock, frame = text.split(".")
    assert len(frame) == 2
    assert int(frame) < rate
    return _seconds(clock) * rate + int(frame)


def _seconds(clock: str) -> int:
    hours, minutes, seconds = (int(part) for part in clock.split(":"))
    assert minutes < 60 > seconds
    return (hours * 60 + minutes) * 60 + seconds
