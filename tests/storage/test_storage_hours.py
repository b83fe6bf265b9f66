"""Weekly hours and days as people write them."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.hours import DAYS, Hours, parse_days, parse_hours, write_hours


def test_a_range_of_days_with_one_stretch_each() -> None:
    assert parse_hours("Mon-Wed 09:00-17:00") == tuple(Hours(day, time(9), time(17)) for day in range(3))


def test_several_rules_are_sorted_and_counted_once() -> None:
    nine, noon = time(9), time(12)
    assert parse_hours("wed 9:00 - 12:00, Mon 09:00-12:00,Wed 09:00-12:00,") == (
        Hours(0, nine, noon),
        Hours(2, nine, noon),
    )


def test_a_range_may_go_over_the_weekend() -> None:
    assert [hours.weekday for hours in parse_hours("Sat-Mon 10:00-11:00")] == [0, 5, 6]


def test_nothing_is_no_hours() -> None:
    assert parse_hours("") == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Monday 09:00-17:00", "'Monday 09:00-17:00' is not a day with hours"),
        ("Mon 9-17", "'Mon 9-17' is not a day with hours"),
        ("Xyz 09:00-17:00", "'Xyz' is not a day; allowed: Mon, Tue, Wed, Thu, Fri, Sat, Sun"),
        ("Mon 09:00-24:00", "'24:00' is not a time of day"),
        ("Mon 09:60-10:00", "'09:60' is not a time of day"),
        ("Mon 10:00-10:00", "ends before it starts"),
        ("Mon 09:00-10:00; Tue 09:00-10:00", "is not a day with hours"),
    ],
)
def test_what_cannot_be_read_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=r"allowed|example|ends") as caught:
        parse_hours(text)
    assert told in str(caught.value)


CLOCK = st.times().map(lambda at: at.replace(second=0, microsecond=0))
HOURS = st.builds(
    lambda day, clocks: Hours(day, min(clocks), max(clocks)),
    st.integers(0, len(DAYS) - 1),
    st.lists(CLOCK, min_size=2, max_size=2, unique=True),
)


@given(st.sets(HOURS))
def test_what_is_written_is_read_back(hours: set[Hours]) -> None:
    assert parse_hours(write_hours(hours)) == tuple(sorted(hours))


def test_days_are_single_or_a_range_with_both_ends() -> None:
    assert parse_days("2020-05-25") == (date(2020, 5, 25),)
    assert parse_days("2020-02-28..2020-03-01") == (date(2020, 2, 28), date(2020, 2, 29), date(2020, 3, 1))


@pytest.mark.parametrize(("text", "told"), [("25.5.2020", "not a date"), ("2020-05-02..2020-05-01", "ends before")])
def test_days_that_cannot_be_are_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_days(text)
