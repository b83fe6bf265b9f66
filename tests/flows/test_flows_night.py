"""The night ends when the clocks of the study say so, also on the nights on which they change."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.night import end_of_window, later_windows, length_of_window, name_of_night, next_time

LONDON = ZoneInfo("Europe/London")
NIGHT = (time(22), time(7))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2020-06-10T21:00", "2020-06-11T06:00"),  # 22:00 BST to 07:00 BST
        ("2020-06-11T02:30", "2020-06-11T06:00"),
        ("2020-12-10T22:00", "2020-12-11T07:00"),
        ("2020-10-24T21:00", "2020-10-25T07:00"),  # ten hours: the clocks go back
        ("2020-03-28T22:00", "2020-03-29T06:00"),  # eight hours: they go forward
        ("2020-06-10T20:59", "2020-06-11T06:00"),  # its schedule is a little early by this machine's clock
    ],
)
def test_within_the_window_it_ends_at_its_end(now: str, end: str) -> None:
    assert end_of_window(NIGHT, utc(now), LONDON) == utc(end)


@pytest.mark.parametrize("now", ["2020-06-11T06:00", "2020-06-11T12:00", "2020-06-10T20:30"])
def test_outside_the_window_there_is_no_night(now: str) -> None:
    assert end_of_window(NIGHT, utc(now), LONDON) is None


def test_a_window_may_lie_within_one_day() -> None:
    assert end_of_window((time(1), time(5)), utc("2020-12-10T03:00"), LONDON) == utc("2020-12-10T05:00")


def test_the_nights_that_follow_keep_to_the_clocks() -> None:
    nights = list(later_windows(NIGHT, utc("2020-10-24T06:00"), LONDON, nights=3))
    assert nights == [
        (utc("2020-10-24T21:00"), utc("2020-10-25T07:00")),  # the clocks go back in it
        (utc("2020-10-25T22:00"), utc("2020-10-26T07:00")),
        (utc("2020-10-26T22:00"), utc("2020-10-27T07:00")),
    ]


def test_the_night_that_is_on_does_not_follow() -> None:
    opens, _ = next(later_windows(NIGHT, utc("2020-12-10T23:00"), LONDON))
    assert opens == utc("2020-12-11T22:00")


def test_the_length_of_a_night() -> None:
    assert length_of_window(NIGHT) == timedelta(hours=9)
    assert length_of_window((time(1), time(5, 30))) == timedelta(hours=4, minutes=30)


@pytest.mark.parametrize(
    ("clock", "now", "then"),
    [
        ("07:00", "2020-06-10T21:00", "2020-06-11T06:00"),
        ("23:00", "2020-06-10T21:00", "2020-06-10T22:00"),
        ("01:30", "2020-10-25T00:10", "2020-10-25T00:30"),  # the first of two half past ones
        ("01:30", "2020-10-25T00:40", "2020-10-25T01:30"),  # the first is over, the second is not
        ("07:00", "2020-10-25T00:10", "2020-10-25T07:00"),
    ],
)
def test_until_is_the_next_time_the_clocks_show_it(clock: str, now: str, then: str) -> None:
    assert next_time(time.fromisoformat(clock), utc(now), LONDON) == utc(then)


@given(
    st.datetimes(
        utc("2019-01-01").replace(tzinfo=None), utc("2030-01-01").replace(tzinfo=None), timezones=st.just(UTC)
    ),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.sampled_from(["Europe/London", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_until_comes_within_a_day_and_an_hour(now: datetime, clock: time, zone: str) -> None:
    then = next_time(clock, now, ZoneInfo(zone))
    assert now < then <= now + timedelta(hours=25)


def test_a_night_is_called_after_the_day_it_began_on() -> None:
    assert name_of_night(utc("2020-11-22T22:00"), LONDON) == "22 Nov"
    assert name_of_night(utc("2020-11-23T04:00"), LONDON) == "22 Nov"
    assert name_of_night(utc("2020-11-23T14:00"), LONDON) == "23 Nov"
