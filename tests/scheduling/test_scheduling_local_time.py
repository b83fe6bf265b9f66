"""Wall-clock times: read, refused, asked for, shown."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.errors import AmbiguousTime, LocalTimeError, NoSuchTime
from scheduling.local_time import (
    instants,
    read_day,
    read_local,
    read_zone,
    show,
    show_both,
    show_day,
    span_of_day,
    span_of_days,
    stretches,
)
from scheduling.spans import Span

LONDON = ZoneInfo("Europe/London")
MOMENTS = st.integers(1_420_070_400, 2_051_222_400)  # seconds of 2015 to 2034
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/London",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "America/Santiago",
        "Pacific/Apia",
        "America/Havana",
        "UTC",
    )
]


@pytest.mark.parametrize(
    "text",
    [
        "2020-06-03 14:00",
        "2020-06-03T14:00",
        "2020-06-03 14:00:00",
        " 3 June 2020 14:00 ",
        "3 jun 2020, 14:00",
        "Wed 3 Jun 2020 14:00 BST",
        "Wednesday 3 June 2020 14:00",
        "2020-06-03 14:00+01:00",
        "2020-06-03 14:00 +0100",
        "2020-06-03 14:00+01",
    ],
)
def test_a_time_may_be_written_in_several_ways(text: str) -> None:
    assert read_local(text, LONDON) == datetime(2020, 6, 3, 13, 0, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_is_refused_with_the_gap_and_the_nearest_times() -> None:
    with pytest.raises(NoSuchTime) as refused:
        read_local("2020-03-29 01:30", LONDON)
    assert str(refused.value) == (
        "2020-03-29 01:30 does not exist in Europe/London: the clocks go from 01:00 straight to 02:00. "
        "The nearest times are Sun 29 Mar 2020 00:59 GMT and Sun 29 Mar 2020 02:00 BST."
    )


def test_a_time_that_the_clocks_show_twice_is_asked_for() -> None:
    with pytest.raises(AmbiguousTime) as refused:
        read_local("2020-10-25 01:30", LONDON)
    assert str(refused.value) == (
        "2020-10-25 01:30 comes twice in Europe/London, for the clocks go back. "
        "Write 2020-10-25 01:30+01:00 (BST) or 2020-10-25 01:30+00:00 (GMT)."
    )


@pytest.mark.parametrize(("reading", "hour"), [("+01:00", 0), (" BST", 0), ("+00:00", 1), ("Z", 1), (" GMT", 1)])
def test_either_of_two_times_can_be_said(reading: str, hour: int) -> None:
    assert read_local(f"2020-10-25 01:30{reading}", LONDON) == datetime(2020, 10, 25, hour, 30, tzinfo=UTC)


def test_an_offset_must_be_the_zones() -> None:
    with pytest.raises(LocalTimeError, match=r"not at '\+00:00'\. Write 2020-06-03 14:00\+01:00 \(BST\)"):
        read_local("2020-06-03 14:00+00:00", LONDON)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not a time"),
        ("tomorrow", "is not a time"),
        ("14:00", "is not a time"),
        ("2020-06-03", "is not a time"),
        ("2020-06-03 14:00:30", "is not a time"),
        ("03/06/2020 14:00", "is not a time"),
        ("2020-02-30 14:00", "is not a day of the calendar"),
        ("3 Juni 2020 14:00", "is not a day of the calendar"),
        ("2020-06-03 24:00", "is not a time of day"),
        ("Thu 3 Jun 2020 14:00", "2020-06-03 is a Wed"),
        ("0001-01-01 14:00", "is in the year 1; allowed: 1970 to 2100"),
        ("9999-12-31 23:59", "is in the year 9999"),
    ],
)
def test_what_is_no_time_is_refused_with_the_way_to_write_it(text: str, reason: str) -> None:
    with pytest.raises(LocalTimeError, match=reason):
        read_local(text, LONDON)


def test_days_are_read_and_shown() -> None:
    assert read_day("2020-06-03") == read_day("3 June 2020") == read_day("Wed 3 Jun 2020") == date(2020, 6, 3)
    assert show_day(date(2020, 6, 3)) == "Wed 3 Jun 2020"
    with pytest.raises(LocalTimeError, match="is not a day"):
        read_day("next week")


@given(MOMENTS, st.sampled_from(ZONES))
def test_what_is_shown_is_read_back(seconds: int, zone: ZoneInfo) -> None:
    instant = datetime.fromtimestamp(seconds // 60 * 60, UTC)
    assert read_local(show(instant, zone), zone) == instant


@given(MOMENTS, st.sampled_from(ZONES))
def test_every_instant_is_among_those_of_its_own_clock_time(seconds: int, zone: ZoneInfo) -> None:
    instant = datetime.fromtimestamp(seconds, UTC)
    local = instant.astimezone(zone)
    assert instant in instants(local.date(), local.time(), zone)


def test_a_clock_time_is_no_instant_one_or_two() -> None:
    assert instants(date(2020, 3, 29), time(1, 30), LONDON) == ()
    assert len(instants(date(2020, 6, 3), time(1, 30), LONDON)) == 1
    assert len(instants(date(2020, 10, 25), time(1, 30), LONDON)) == 2


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", date(2020, 6, 3), 24),
        ("Europe/London", date(2020, 3, 29), 23),
        ("Europe/London", date(2020, 10, 25), 25),
        ("America/Santiago", date(2019, 9, 8), 23),  # midnight itself is skipped
        ("America/Havana", date(2020, 11, 1), 25),  # midnight comes twice
        ("Australia/Lord_Howe", date(2020, 10, 4), 23.5),
        ("Pacific/Apia", date(2011, 12, 30), 0),  # the day was left out
    ],
)
def test_days_have_the_hours_that_the_clocks_give_them(zone: str, day: date, hours: float) -> None:
    start, end = span_of_day(day, ZoneInfo(zone))
    assert end - start == timedelta(hours=hours)


def test_days_follow_each_other_without_a_gap() -> None:
    for zone in ZONES:
        days = [date(2020, 1, 1) + timedelta(days=number) for number in range(366)]
        spans = [span_of_day(day, zone) for day in days]
        assert all(before.end == after.start for before, after in pairwise(spans))
        assert span_of_days(days[0], days[-1], zone) == Span(spans[0].start, spans[-1].end)


@given(st.sampled_from(ZONES), st.integers(2019, 2030))
def test_stretches_have_one_offset_and_cover_the_year(zone: ZoneInfo, year: int) -> None:
    span = Span(datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC))
    found = stretches(span, zone)
    assert (found[0].start, found[-1].end) == span
    for before, after in pairwise(found):
        assert before.end == after.start
        assert before.offset != after.offset
    for part in found:
        for instant in (part.start, part.start + (part.end - part.start) / 2, part.end - timedelta(seconds=1)):
            assert instant.astimezone(zone).utcoffset() == part.offset


# --- the times of both sides

TWO = datetime(2020, 6, 3, 13, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zones", "shown"),
    [
        (["Europe/London"], "Wed 3 Jun 2020 14:00 BST"),
        (["Europe/London", "Europe/London"], "Wed 3 Jun 2020 14:00 BST"),
        (["Europe/London", "Europe/Jersey", "Europe/Lisbon"], "Wed 3 Jun 2020 14:00 BST"),  # clocks show the same
        (["Europe/London", "Europe/Berlin"], "Wed 3 Jun 2020 14:00 BST (15:00 CEST in Europe/Berlin)"),
        (["Europe/London", "Europe/Berlin", "Europe/Paris"], "Wed 3 Jun 2020 14:00 BST (15:00 CEST in Europe/Berlin)"),
        (
            ["Europe/London", "Asia/Kathmandu", "America/New_York"],
            "Wed 3 Jun 2020 14:00 BST (18:45 +0545 in Asia/Kathmandu, 09:00 EDT in America/New_York)",
        ),
        (["Europe/London", "Pacific/Apia"], "Wed 3 Jun 2020 14:00 BST (Thu 4 Jun 2020 02:00 +13 in Pacific/Apia)"),
    ],
)
def test_a_time_is_told_on_every_clock_that_differs(zones: list[str], shown: str) -> None:
    assert show_both(TWO, *map(ZoneInfo, zones)) == shown


@pytest.mark.parametrize("name", ["", "Berlin", "Europe", "../../etc/passwd", "/etc/localtime", "Europe/Berlin\0"])
def test_what_is_no_zone_is_refused_with_an_example(name: str) -> None:
    with pytest.raises(LocalTimeError, match=r"is not a time zone\. Write an IANA name such as Europe/London"):
        read_zone(name)


def test_a_zone_is_read_by_its_name() -> None:
    assert read_zone("Europe/Berlin").key == "Europe/Berlin"
