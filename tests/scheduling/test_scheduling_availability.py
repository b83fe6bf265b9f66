"""Free slots against an oracle that walks through every minute, over the days on which clocks change."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduling.availability import Diary, Rules, Slot, blocking_rule, free_slots, why_not, working_spans
from scheduling.local_time import span_of_days
from scheduling.spans import Span, difference, intersection, merged
from storage.hours import Hours, parse_hours

MINUTE = timedelta(minutes=1)
ZONES = (
    "Europe/London",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Africa/Casablanca",
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Atlantic/Azores",
    "UTC",
)


def changes(zone: ZoneInfo) -> list[datetime]:
    """The hours in which the zone's clocks change, 2019 to 2026, found by looking at each."""
    hours = (datetime(2019, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(8 * 366 * 24))
    found, before = [], None
    for hour in hours:
        offset = hour.astimezone(zone).utcoffset()
        if before is not None and offset != before:
            found.append(hour)
        before = offset
    return found or [datetime(2020, 6, 1, tzinfo=UTC)]


CHANGES = {zone: changes(ZoneInfo(zone)) for zone in ZONES}


@st.composite
def hours_of_a_week(draw: st.DrawFn) -> tuple[Hours, ...]:
    def one() -> Hours:
        start = draw(st.integers(0, 24 * 60 - 31))
        end = draw(st.integers(start + 30, 24 * 60 - 1))
        clock = [time(minute // 60, minute % 60) for minute in (start, end)]
        return Hours(draw(st.integers(0, 6)), clock[0], clock[1])

    whole_days = [Hours(day, time(0), time(23, 59)) for day in range(7)]
    return draw(st.sampled_from([tuple(whole_days), tuple(one() for _ in range(draw(st.integers(1, 8))))]))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Rules, datetime]:
    name = draw(st.sampled_from(ZONES))
    zone = ZoneInfo(name)
    change = draw(st.sampled_from(CHANGES[name]))
    first = change.astimezone(zone).date() - timedelta(days=draw(st.integers(0, 2)))
    last = first + timedelta(days=draw(st.integers(0, 2)))

    def claims() -> tuple[Span, ...]:
        starts = [change + draw(st.integers(-3000, 3000)) * MINUTE for _ in range(draw(st.integers(0, 4)))]
        return tuple(merged(Span(start, start + draw(st.integers(1, 300)) * MINUTE) for start in starts))

    def diary(code: str) -> Diary:
        away = frozenset(draw(st.sets(st.sampled_from([first, last]), max_size=1)))
        booked_on = Counter({change.astimezone(zone).date(): draw(st.integers(0, 3))})
        return Diary(code, draw(hours_of_a_week()), away, 2, claims(), booked_on)

    minutes = st.sampled_from([timedelta(0), 5 * MINUTE, 15 * MINUTE, 7 * MINUTE])
    rules = Rules(
        zone=zone,
        first_day=first,
        last_day=last,
        length=draw(st.sampled_from([5, 45, 60, 90, 480])) * MINUTE,
        before=draw(minutes),
        after=draw(minutes),
        notice=timedelta(hours=draw(st.sampled_from([0, 1, 48]))),
        step_minutes=draw(st.sampled_from([5, 10, 15, 20, 30, 60])),
        diaries=tuple(diary(f"INT_{number:02}") for number in range(draw(st.integers(1, 2)))),
        participant_hours=draw(st.one_of(st.just(()), hours_of_a_week())),
        participant_busy=claims(),
    )
    return rules, change + draw(st.integers(-6000, 3000)) * MINUTE


def oracle(rules: Rules, now: datetime) -> list[Slot]:
    """Every minute is asked whether it is open and every start whether all its minutes are."""
    begin = datetime.combine(rules.first_day, time(0), UTC) - timedelta(days=1)
    end = datetime.combine(rules.last_day, time(0), UTC) + timedelta(days=2)
    minutes = [begin + number * MINUTE for number in range((end - begin) // MINUTE)]
    local = [minute.astimezone(rules.zone) for minute in minutes]
    length, before, after = (span // MINUTE for span in (rules.length, rules.before, rules.after))
    slots = []
    for diary in rules.diaries:
        closed = [0, *accumulate(not is_open(at, rules, diary) for at in local)]
        claims = (*diary.busy, *rules.participant_busy)
        claimed = [0, *accumulate(any(c.start <= minute < c.end for c in claims) for minute in minutes)]
        for number in range(before, len(minutes) - length - after):
            if (
                local[number].minute % rules.step_minutes == 0
                and minutes[number] >= now + rules.notice
                and closed[number + length] == closed[number]
                and claimed[number + length + after] == claimed[number - before]
                and (diary.booked_on or {}).get(local[number].date(), 0) < diary.daily_limit
            ):
                slots.append(Slot(minutes[number], minutes[number] + rules.length, diary.code))
    return sorted(slots)


def is_open(at: datetime, rules: Rules, diary: Diary) -> bool:
    return (
        rules.first_day <= at.date() <= rules.last_day
        and at.date() not in diary.away
        and shows(at, diary.hours)
        and (not rules.participant_hours or shows(at, rules.participant_hours))
    )


def shows(at: datetime, hours: tuple[Hours, ...]) -> bool:
    weekday, clock = at.weekday(), time(at.hour, at.minute)
    return any(h.weekday == weekday and h.start <= clock < h.end for h in hours)


@settings(max_examples=80, deadline=None)
@given(situations())
def test_free_slots_are_those_that_a_walk_through_every_minute_finds(situation: tuple[Rules, datetime]) -> None:
    rules, now = situation
    assert free_slots(rules, now) == oracle(rules, now)


@settings(max_examples=60, deadline=None)
@given(situations())
def test_a_free_slot_has_no_reason_against_it_and_any_other_time_has_one(situation: tuple[Rules, datetime]) -> None:
    rules, now = situation
    slots = free_slots(rules, now)
    free = {(slot.starts_at, slot.interviewer_code) for slot in slots}
    on_grid = [now + number * 10 * MINUTE for number in range(300)]
    for slot in slots[:20]:
        assert why_not(rules, now, slot.starts_at, slot.interviewer_code) == ""
    for at in on_grid:
        if at.astimezone(rules.zone).minute % rules.step_minutes == 0:
            for diary in rules.diaries:
                if (at, diary.code) not in free:
                    assert why_not(rules, now, at, diary.code)


@settings(max_examples=60, deadline=None)
@given(situations())
def test_where_nothing_is_free_a_rule_is_named(situation: tuple[Rules, datetime]) -> None:
    rules, now = situation
    if not free_slots(rules, now):
        assert blocking_rule(rules, now)


def spans_of_minutes() -> st.SearchStrategy[list[Span]]:
    start = datetime(2020, 6, 1, tzinfo=UTC)
    pairs = st.tuples(st.integers(0, 60), st.integers(0, 20))
    return st.lists(pairs.map(lambda pair: Span(start + pair[0] * MINUTE, start + sum(pair) * MINUTE)), max_size=8)


def minutes_of(spans: list[Span]) -> set[datetime]:
    return {span.start + number * MINUTE for span in spans for number in range((span.end - span.start) // MINUTE)}


@given(spans_of_minutes(), spans_of_minutes())
@example([], [])
def test_span_arithmetic_is_set_arithmetic(first: list[Span], second: list[Span]) -> None:
    a, b = merged(first), merged(second)
    assert minutes_of(a) == minutes_of(first)
    assert minutes_of(intersection(a, b)) == minutes_of(a) & minutes_of(b)
    assert minutes_of(difference(a, b)) == minutes_of(a) - minutes_of(b)
    for result in (a, intersection(a, b), difference(a, b)):
        assert merged(result) == result


# --- days on which the clocks change, by hand


def slots_on(day: date, hours: str, length: int = 60, step: int = 30) -> list[str]:
    zone = ZoneInfo("Europe/London")
    minutes = length * MINUTE
    diary = Diary("INT_01", parse_hours(hours), frozenset(), 9)
    nothing = timedelta(0)
    rules = Rules(zone, day, day, minutes, nothing, nothing, nothing, step, (diary,))
    found = free_slots(rules, datetime(2019, 1, 1, tzinfo=UTC))
    return [slot.starts_at.astimezone(zone).strftime("%H:%M%z") for slot in found]


def test_on_the_short_day_the_skipped_hour_offers_nothing() -> None:
    assert slots_on(date(2020, 3, 29), "Sun 00:00-03:00") == ["00:00+0000", "00:30+0000", "02:00+0100"]


def test_on_the_long_day_the_doubled_hour_offers_twice() -> None:
    assert slots_on(date(2020, 10, 25), "Sun 01:00-02:00") == ["01:00+0100", "01:30+0100", "01:00+0000"]


@pytest.mark.parametrize("day", [date(2020, 3, 29), date(2020, 10, 25)])
@pytest.mark.parametrize("hour", range(3, 23))
def test_afternoons_of_changing_days_keep_their_hours(day: date, hour: int) -> None:
    offset = "+0100" if day.month == 3 else "+0000"
    assert slots_on(day, f"Sun {hour:02}:00-{hour + 1:02}:00") == [f"{hour:02}:00{offset}"]


def test_days_away_are_local_days() -> None:
    zone = ZoneInfo("Pacific/Apia")
    window = span_of_days(date(2020, 6, 1), date(2020, 6, 3), zone)
    spans = working_spans(parse_hours("Mon-Wed 09:00-10:00"), window, zone, frozenset({date(2020, 6, 2)}))
    assert [span.start.astimezone(zone).date().day for span in spans] == [1, 3]
