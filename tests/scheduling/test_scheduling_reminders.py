"""When reminders go out: never at night, never late, never about something else than what is booked now."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduling.local_time import read_local
from scheduling.mails.reminders import Decision, Reminder, reminder_times, still_wanted
from storage.tables import State

LONDON = ZoneInfo("Europe/London")
QUIET = (time(20), time(8))
ZONES = [
    "Europe/London", "America/New_York", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe",
    "Africa/Casablanca", "America/Santiago", "Pacific/Apia",
]  # fmt: skip


def at(text: str, zone: ZoneInfo = LONDON) -> datetime:
    return read_local(text, zone)


def due(
    starts: str,
    hours: list[int],
    *,
    now: str = "2020-05-01 09:00",
    quiet: tuple[time, time] = QUIET,
    zone: ZoneInfo = LONDON,
) -> list[tuple[int, str]]:
    """Reminders as hours before and local time."""
    found = reminder_times(at(starts, zone), hours, quiet, zone, at(now, zone))
    return [(one.hours, f"{one.due_at.astimezone(zone):%a %H:%M}") for one in found]


def is_quiet(instant: datetime, quiet: tuple[time, time], zone: ZoneInfo) -> bool:
    """By the wall clock alone: what the recipient reads when the mail comes."""
    clock, (begin, end) = instant.astimezone(zone).time().replace(second=0, microsecond=0), quiet
    return begin <= clock < end if begin < end else clock >= begin or clock < end


def test_each_comes_its_hours_before() -> None:
    assert due("2020-06-03 14:00", [48, 2]) == [(48, "Mon 14:00"), (2, "Wed 12:00")]


def test_what_is_past_when_the_interview_is_booked_is_left_out() -> None:
    assert due("2020-06-03 14:00", [72, 48, 2], now="2020-06-02 14:00") == [(2, "Wed 12:00")]
    assert due("2020-06-03 14:00", [48], now="2020-06-01 14:00") == [(48, "Mon 14:00")]
    assert due("2020-06-03 14:00", [48], now="2020-06-01 14:01") == []


def test_one_that_falls_into_quiet_hours_comes_before_they_begin() -> None:
    assert due("2020-06-03 09:00", [2]) == [(2, "Tue 19:50")]
    assert due("2020-06-03 22:30", [2, 1]) == [(2, "Wed 19:50")]


def test_where_that_is_past_it_comes_when_they_end() -> None:
    assert due("2020-06-03 09:00", [2], now="2020-06-02 21:00") == [(2, "Wed 08:00")]
    assert due("2020-06-03 08:30", [2], now="2020-06-02 21:00") == []
    assert due("2020-06-03 09:00", [2], now="2020-06-02 19:51") == [(2, "Wed 08:00")]


def test_one_due_just_before_quiet_hours_is_early_enough_to_be_sent() -> None:
    assert due("2020-06-03 21:58", [2]) == [(2, "Wed 19:50")]
    assert due("2020-06-03 21:50", [2]) == [(2, "Wed 19:50")]
    assert due("2020-06-03 21:49", [2]) == [(2, "Wed 19:49")]


def test_two_that_fall_together_are_one() -> None:
    assert due("2020-06-03 09:00", [12, 2]) == [(12, "Tue 19:50")]
    assert due("2020-06-03 09:00", [13, 2]) == [(13, "Tue 19:50")]
    assert due("2020-06-03 09:00", [14, 2]) == [(14, "Tue 19:00")]
    assert due("2020-06-03 14:00", [2, 2, 2]) == [(2, "Wed 12:00")]
    assert due("2020-06-03 14:00", [3, 2]) == [(3, "Wed 11:00"), (2, "Wed 12:00")]


def test_quiet_hours_are_those_of_the_recipient() -> None:
    new_york = ZoneInfo("America/New_York")
    assert due("2020-06-03 09:00", [2], zone=new_york) == [(2, "Tue 19:50")]
    found = reminder_times(at("2020-06-03 14:00"), [2], QUIET, new_york, at("2020-05-01 09:00"))
    assert [one.due_at for one in found] == [at("2020-06-02 19:50", new_york)]


def test_hours_are_hours_when_the_clocks_change() -> None:
    assert due("2020-03-29 14:00", [24], now="2020-03-01 09:00") == [(24, "Sat 13:00")]
    assert due("2020-10-25 14:00", [24], now="2020-10-01 09:00") == [(24, "Sat 15:00")]


def test_a_quiet_hour_that_the_clocks_show_twice_is_quiet_twice() -> None:
    """At 02:00 BST it is 01:00 GMT again: half past twelve to half past one comes, goes, and comes back."""

    def local(planned: str, quiet: tuple[time, time]) -> str:
        starts_at = at(planned) + timedelta(hours=2)
        (found,) = reminder_times(starts_at, [2], quiet, LONDON, at("2020-10-01 09:00"))
        return f"{found.due_at.astimezone(LONDON):%H:%M %Z}"

    assert local("2020-10-25 01:10+01:00", (time(0, 30), time(1, 30))) == "00:20 BST"
    assert local("2020-10-25 01:40+01:00", (time(0, 30), time(1, 30))) == "01:40 BST"
    assert local("2020-10-25 01:10+00:00", (time(0, 30), time(1, 30))) == "01:50 BST"
    assert local("2020-10-25 01:10+00:00", (time(0, 30), time(1, 55))) == "00:20 BST"


def test_quiet_hours_of_almost_the_whole_day_leave_what_they_leave() -> None:
    found = reminder_times(at("2020-06-03 14:00"), [2], (time(8), time(7, 58)), LONDON, at("2020-05-01 09:00"))
    assert [f"{one.due_at.astimezone(LONDON):%H:%M}" for one in found] == ["07:59"]


clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 5, 15, 30, 45, 55]))


@given(
    starts_at=st.integers(0, 16 * 366 * 24 * 60).map(
        lambda minutes: datetime(2019, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    hours=st.lists(st.integers(1, 24 * 14), max_size=5),
    quiet=st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1]),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    ahead=st.timedeltas(timedelta(0), timedelta(days=15)),
)
def test_promises_hold_for_any_interview(
    starts_at: datetime, hours: list[int], quiet: tuple[time, time], zone: ZoneInfo, ahead: timedelta
) -> None:
    check_promises(starts_at, hours, quiet, zone, starts_at - ahead)


@given(
    zone_and_day=st.sampled_from(
        [
            ("Europe/London", date(2020, 3, 29)), ("Europe/London", date(2020, 10, 25)),
            ("Australia/Lord_Howe", date(2020, 4, 5)), ("Australia/Lord_Howe", date(2020, 10, 4)),
            ("America/Santiago", date(2020, 9, 6)), ("Pacific/Apia", date(2011, 12, 31)),
        ]
    ),
    minutes=st.integers(-3000, 3000),
    hours=st.lists(st.integers(1, 50), min_size=1, max_size=4),
    quiet=st.tuples(clocks, clocks).filter(lambda pair: pair[0] != pair[1]),
    ahead=st.timedeltas(timedelta(0), timedelta(days=4)),
)  # fmt: skip
def test_promises_hold_around_changes_of_the_clocks(
    zone_and_day: tuple[str, date], minutes: int, hours: list[int], quiet: tuple[time, time], ahead: timedelta
) -> None:
    name, day = zone_and_day
    starts_at = datetime.combine(day, time(0), UTC) + timedelta(minutes=minutes)
    check_promises(starts_at, hours, quiet, ZoneInfo(name), starts_at - ahead)


def check_promises(
    starts_at: datetime, hours: list[int], quiet: tuple[time, time], zone: ZoneInfo, now: datetime
) -> None:
    found = reminder_times(starts_at, hours, quiet, zone, now)
    assert found == reminder_times(starts_at, list(reversed(hours)), quiet, zone, now)
    assert [one.due_at for one in found] == sorted({one.due_at for one in found})
    assert all(b.due_at - a.due_at >= timedelta(hours=1) for a, b in pairwise(found))
    for one in found:
        assert one.hours in hours and now <= one.due_at < starts_at
        assert not is_quiet(one.due_at, quiet, zone)
        assert one.due_at <= starts_at - min(timedelta(hours=one.hours), timedelta(hours=1))
    planned = [starts_at - timedelta(hours=n) for n in hours]
    untouched = [at for at in planned if at >= now and not is_quiet(at, quiet, zone)]
    if any(not is_quiet(at + timedelta(minutes=10), quiet, zone) for at in untouched):
        assert found  # nothing stands in the way of these


BOOKED = at("2020-06-03 14:00")


def decide(**changed: object) -> Decision:
    usual = {
        "state": State.BOOKED,
        "sequence": 1,
        "starts_at": BOOKED,
        "owed_sequence": 1,
        "quiet": QUIET,
        "zone": LONDON,
        "now": at("2020-06-03 12:00"),
    }
    return still_wanted(**(usual | changed))  # type: ignore[arg-type]


def test_a_reminder_of_what_is_booked_is_sent() -> None:
    assert decide() == Decision(True)
    assert decide(reply="accepted") == decide(reply="tentative") == Decision(True)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"state": State.CANCELLED}, "the interview is cancelled"),
        ({"state": State.WITHDRAWN}, "the interview is withdrawn"),
        ({"state": State.HELD}, "the interview is held"),
        ({"state": State.HELD_SLOT}, "the interview is held-slot"),
        ({"sequence": 2}, "the interview has been moved since"),
        ({"now": BOOKED}, "the interview has begun"),
        ({"now": BOOKED + timedelta(days=3)}, "the interview has begun"),
        ({"reply": "declined"}, "the recipient has declined"),
        ({"following_due_at": at("2020-06-03 12:00")}, "a later reminder is due already"),
        ({"starts_at": at("2020-06-04 08:30"), "now": at("2020-06-04 01:00")}, "quiet hours last until the interview"),
    ],
)
def test_a_reminder_that_is_overtaken_is_never_sent(changed: dict[str, object], reason: str) -> None:
    assert decide(**changed) == Decision(False, reason)


def test_a_reminder_whose_sending_comes_late_waits_for_the_morning() -> None:
    decision = decide(now=at("2020-06-03 01:00"))
    assert (decision.send, decision.later) == (False, at("2020-06-03 08:00"))
    assert decide(now=at("2020-06-03 08:00")).send
    assert decide(now=at("2020-06-03 01:00"), following_due_at=at("2020-06-03 12:00")).later


@given(st.integers(0, 48 * 60), st.lists(st.integers(1, 72), min_size=1, max_size=4), st.sampled_from(ZONES))
def test_what_is_planned_is_wanted_when_its_time_comes(minutes: int, hours: list[int], name: str) -> None:
    """Sent within ten minutes of its time, nothing that was planned is put off or dropped."""
    zone, starts_at = ZoneInfo(name), BOOKED + timedelta(minutes=minutes)
    for one in reminder_times(starts_at, hours, QUIET, zone, at("2020-05-01 09:00")):
        assert isinstance(one, Reminder)
        for late in (0, 9):
            now = one.due_at + timedelta(minutes=late)
            assert decide(starts_at=starts_at, zone=zone, now=now) == Decision(True)
