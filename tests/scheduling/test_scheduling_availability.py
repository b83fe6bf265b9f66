"""Free slots against an oracle that walks through every minute, over the days on which clocks change."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduling.availability import (
    Attending,
    Diary,
    Rules,
    Slot,
    blocking_rule,
    free_slots,
    starts_without_line,
    why_not,
    working_spans,
)
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
def situations(draw: st.DrawFn) -> "Situation":
    name = draw(st.sampled_from(ZONES))
    zone = ZoneInfo(name)
    change = draw(st.sampled_from(CHANGES[name]))
    first = change.astimezone(zone).date() - timedelta(days=draw(st.integers(0, 2)))
    last = first + timedelta(days=draw(st.integers(0, 2)))

    def claims() -> tuple[Span, ...]:
        starts = [change + draw(st.integers(-3000, 3000)) * MINUTE for _ in range(draw(st.integers(0, 4)))]
        return tuple(merged(Span(start, start + draw(st.integers(1, 300)) * MINUTE) for start in starts))

    def hours() -> tuple[Hours, ...]:
        return draw(st.one_of(st.just(()), hours_of_a_week()))

    def own_zone() -> ZoneInfo | None:
        return draw(st.one_of(st.none(), st.sampled_from(ZONES).map(ZoneInfo)))

    seen_until = st.integers(-3000, 6000).map(lambda number: change + number * MINUTE)

    def diary(code: str) -> Diary:
        away = frozenset(draw(st.sets(st.sampled_from([first, last]), max_size=1)))
        its_zone = own_zone()
        day = change.astimezone(its_zone or zone).date()
        booked_on = Counter({day: draw(st.integers(0, 3)), day - timedelta(days=1): draw(st.integers(0, 1))})
        return Diary(
            code,
            draw(hours_of_a_week()),
            away,
            2,
            claims(),
            booked_on,
            its_zone,
            weekly_limit=draw(st.sampled_from([None, 1, 3])),
            outside=claims(),
            seen_until=draw(st.one_of(st.none(), seen_until)),
            unseen=draw(st.sampled_from(["", "", "", "INT's calendar has not been seen"])),
        )

    def some(minutes: st.SearchStrategy[timedelta]) -> timedelta:
        return draw(minutes)

    minutes = st.sampled_from([timedelta(0), 5 * MINUTE, 15 * MINUTE, 7 * MINUTE])
    length, before, after = draw(st.sampled_from([5, 45, 60, 90, 480])) * MINUTE, some(minutes), some(minutes)
    lines = tuple(claims() for _ in range(draw(st.integers(0, 3))))
    rules = Rules(
        zone=zone,
        first_day=first,
        last_day=last,
        length=length,
        before=before,
        after=after,
        notice=timedelta(hours=draw(st.sampled_from([0, 1, 48]))),
        step_minutes=draw(st.sampled_from([5, 10, 15, 20, 30, 60])),
        diaries=tuple(diary(f"INT_{number:02}") for number in range(draw(st.integers(1, 2)))),
        participant_hours=hours(),
        participant_busy=claims(),
        participant_zone=own_zone(),
        attending=draw(st.sampled_from([None, Attending(hours(), claims(), own_zone())])),
        no_line=starts_without_line(lines, length, before, after),
        unfit=draw(st.sampled_from([(), (), (("INT_01", "INT_01 does not interview by phone"),)])),
    )
    return Situation(rules, change + draw(st.integers(-6000, 3000)) * MINUTE, lines)


@dataclass(frozen=True)
class Situation:
    """Rules with the lines that `no_line` was made from."""

    rules: Rules
    now: datetime
    lines: tuple[tuple[Span, ...], ...]


def oracle(situation: Situation) -> list[Slot]:
    """Every minute is asked whether it is open and every start whether all its minutes are."""
    rules, now = situation.rules, situation.now
    begin = datetime.combine(rules.first_day, time(0), UTC) - timedelta(days=1)
    end = datetime.combine(rules.last_day, time(0), UTC) + timedelta(days=2)
    minutes = [begin + number * MINUTE for number in range((end - begin) // MINUTE)]
    length, before, after = (span // MINUTE for span in (rules.length, rules.before, rules.after))
    attending = rules.attending or Attending()

    def until(claims: Iterable[Span]) -> list[int]:
        """How many minutes are claimed before each."""
        spans = tuple(claims)
        return [0, *accumulate(any(c.start <= minute < c.end for c in spans) for minute in minutes)]

    slots = []
    lines = [until(line) for line in situation.lines]
    for diary in rules.diaries:
        if diary.unseen or diary.code in dict(rules.unfit):
            continue
        closed = [0, *accumulate(not is_open(at, rules, diary) for at in minutes)]
        unknown = [Span(diary.seen_until, end + timedelta(days=9))] if diary.seen_until else []
        claimed = until((*diary.busy, *diary.outside, *unknown, *rules.participant_busy, *attending.busy))

        def free(claims: list[int], number: int) -> bool:
            return claims[number + length + after] == claims[number - before]

        for number in range(before, len(minutes) - length - after):
            if (
                minutes[number].astimezone(rules.zone).minute % rules.step_minutes == 0
                and minutes[number] >= now + rules.notice
                and closed[number + length] == closed[number]
                and free(claimed, number)
                and (not lines or any(free(line, number) for line in lines))
                and has_room(diary, minutes[number].astimezone(diary.zone or rules.zone).date())
            ):
                slots.append(Slot(minutes[number], minutes[number] + rules.length, diary.code))
    return sorted(slots)


def has_room(diary: Diary, day: date) -> bool:
    booked = diary.booked_on or {}
    week = sum(count for other, count in booked.items() if other.isocalendar()[:2] == day.isocalendar()[:2])
    return booked.get(day, 0) < diary.daily_limit and (diary.weekly_limit is None or week < diary.weekly_limit)


def is_open(at: datetime, rules: Rules, diary: Diary) -> bool:
    local = at.astimezone(diary.zone or rules.zone)
    attending = rules.attending or Attending()
    others = ((rules.participant_hours, rules.participant_zone), (attending.hours, attending.zone))
    return (
        rules.first_day <= at.astimezone(rules.zone).date() <= rules.last_day
        and local.date() not in diary.away
        and shows(local, diary.hours)
        and all(not hours or shows(at.astimezone(zone or rules.zone), hours) for hours, zone in others)
    )


def shows(at: datetime, hours: tuple[Hours, ...]) -> bool:
    weekday, clock = at.weekday(), time(at.hour, at.minute)
    return any(h.weekday == weekday and h.start <= clock < h.end for h in hours)


@settings(max_examples=80, deadline=None)
@given(situations())
def test_free_slots_are_those_that_a_walk_through_every_minute_finds(situation: Situation) -> None:
    assert free_slots(situation.rules, situation.now) == oracle(situation)


@settings(max_examples=60, deadline=None)
@given(situations())
def test_a_free_slot_has_no_reason_against_it_and_any_other_time_has_one(situation: Situation) -> None:
    rules, now = situation.rules, situation.now
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


@settings(max_examples=200, deadline=None)
@given(situations())
def test_where_nothing_is_free_a_rule_is_named(situation: Situation) -> None:
    rules, now = situation.rules, situation.now
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


# --- zones, limits, lines and calendars, by hand

LONDON, BERLIN = ZoneInfo("Europe/London"), ZoneInfo("Europe/Berlin")
WEDNESDAY = date(2020, 6, 3)
TWO = datetime(2020, 6, 3, 13, 0, tzinfo=UTC)  # 14:00 in London, 15:00 in Berlin
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rules_with(*diaries: Diary, **given: Any) -> Rules:
    """An hour without buffers or notice on Wednesday 3 June 2020 in London."""
    nothing = timedelta(0)
    usual = Rules(LONDON, WEDNESDAY, WEDNESDAY, HOUR, nothing, nothing, nothing, 30, diaries)
    return replace(usual, **given)


def diary(**given: Any) -> Diary:
    return replace(Diary("INT_01", parse_hours("Wed 13:00-17:00"), frozenset(), 9), **given)


def starts(rules: Rules) -> list[str]:
    return [f"{slot.starts_at.astimezone(LONDON):%H:%M}" for slot in free_slots(rules, LONG_AGO)]


def test_each_ones_hours_are_those_of_their_own_clock() -> None:
    berlin = parse_hours("Wed 16:00-18:00")
    assert starts(rules_with(diary(zone=BERLIN)))[::6] == ["12:00", "15:00"]
    assert starts(rules_with(diary(), participant_hours=berlin, participant_zone=BERLIN)) == ["15:00", "15:30", "16:00"]
    assert starts(rules_with(diary(), attending=Attending(berlin, zone=BERLIN))) == ["15:00", "15:30", "16:00"]


def test_a_refusal_tells_the_time_on_the_clock_whose_hours_stand_against_it() -> None:
    rules = rules_with(diary(zone=BERLIN, hours=parse_hours("Wed 10:00-15:30")))
    said = "it is outside the interviewer's working hours (15:00 CEST in Europe/Berlin)"
    assert why_not(rules, LONG_AGO, TWO, "INT_01") == said


def test_limits_count_by_the_interviewers_own_days() -> None:
    # 23:00 to 24:00 in London is the next day in Berlin
    late = diary(hours=parse_hours("Wed 21:00-23:59, Thu 00:00-02:00"), zone=BERLIN, daily_limit=1)
    assert starts(rules_with(replace(late, booked_on={WEDNESDAY: 1})))[0] == "23:00"
    assert starts(rules_with(replace(late, booked_on={date(2020, 6, 4): 1})))[-1] == "21:30"


def test_a_weekly_limit_closes_monday_to_sunday() -> None:
    full = diary(weekly_limit=2, booked_on={date(2020, 6, 1): 1, date(2020, 6, 7): 1})
    assert starts(rules_with(full)) == []
    assert why_not(rules_with(full), LONG_AGO, TWO, "INT_01") == "the interviewer's weekly limit of 2 is reached"
    assert blocking_rule(rules_with(full), LONG_AGO) == (
        "every week that has a free time is at an interviewer's weekly limit"
    )
    other_weeks = {date(2020, 5, 31): 2, date(2020, 6, 8): 2, date(2020, 6, 1): 1}
    assert starts(rules_with(diary(weekly_limit=2, booked_on=other_weeks)))


def test_an_unseen_calendar_offers_nothing_and_is_the_first_to_be_named() -> None:
    unseen = "INT_01's calendar has not been seen yet: log in"
    rules = rules_with(diary(unseen=unseen, away=frozenset({WEDNESDAY})))
    assert starts(rules) == []
    assert why_not(rules, LONG_AGO, TWO, "INT_01") == unseen
    assert blocking_rule(rules_with(diary(unseen=unseen)), LONG_AGO) == unseen
    other = diary(code="INT_02", booked_on={WEDNESDAY: 9})
    assert blocking_rule(rules_with(diary(unseen=unseen), other), LONG_AGO) == unseen


def test_an_unseen_calendar_is_not_blamed_for_what_another_rule_forbids() -> None:
    rules = rules_with(diary(unseen="unseen", hours=parse_hours("Thu 09:00-17:00")))
    assert blocking_rule(rules, LONG_AGO).startswith("no interviewer has working hours of 60 minutes")


def test_beyond_what_was_seen_of_a_calendar_everything_counts_as_busy() -> None:
    rules = rules_with(diary(seen_until=TWO + HOUR), after=15 * MINUTE)
    assert starts(rules) == ["13:00", "13:30"]
    said = "INT_01's calendar has been seen only as far as Wed 3 Jun 2020 15:00 BST"
    assert why_not(rules, LONG_AGO, TWO, "INT_01") == said
    assert blocking_rule(rules_with(diary(seen_until=LONG_AGO)), LONG_AGO).startswith("INT_01's calendar has been seen")


def test_a_meeting_elsewhere_keeps_our_buffers_off_and_has_none_of_its_own() -> None:
    meeting = Span(TWO, TWO + HOUR)  # 14:00 to 15:00
    rules = rules_with(diary(outside=(meeting,)), before=30 * MINUTE)
    assert starts(rules) == ["13:00", "15:30", "16:00"]
    said = "the interviewer's own calendar is busy then, or too soon before or after"
    assert why_not(rules, LONG_AGO, TWO + HOUR, "INT_01") == said
    whole_day = Span(TWO - 9 * HOUR, TWO + 9 * HOUR)
    assert blocking_rule(rules_with(diary(outside=(whole_day,))), LONG_AGO).endswith("own calendar is busy")


def test_the_link_worker_who_attends_must_be_free() -> None:
    attending = Attending(busy=(Span(TWO, TWO + HOUR),))
    rules = rules_with(diary(), attending=attending)
    assert starts(rules) == ["13:00", "15:00", "15:30", "16:00"]
    assert why_not(rules, LONG_AGO, TWO, "INT_01") == "the link worker who attends is not free"
    all_day = Attending(busy=(Span(TWO - 9 * HOUR, TWO + 9 * HOUR),))
    assert "link worker who attends is free at no time" in blocking_rule(
        rules_with(diary(), attending=all_day), LONG_AGO
    )
    mornings = Attending(parse_hours("Wed 09:00-12:00"))
    rules = rules_with(diary(), attending=mornings)
    assert why_not(rules, LONG_AGO, TWO, "INT_01") == "it is outside the hours of the link worker who attends"
    assert blocking_rule(rules, LONG_AGO).startswith("the link worker's own hours never meet")


def test_one_line_must_be_free_for_the_whole_interview() -> None:
    """At each instant one of the two is free, and yet neither can be had for an hour."""
    half = 30 * MINUTE
    lines = ([Span(TWO, TWO + half)], [Span(TWO + half, TWO + HOUR)])
    rules = rules_with(diary(), no_line=starts_without_line(lines, HOUR, timedelta(0), timedelta(0)))
    assert starts(rules) == ["13:00", "13:30", "14:30", "15:00", "15:30", "16:00"]
    assert why_not(rules, LONG_AGO, TWO, "INT_01") == "every telephone line is taken"


def test_an_interview_fits_exactly_between_two_claims_on_a_line() -> None:
    line = [Span(TWO - HOUR, TWO), Span(TWO + HOUR, TWO + 2 * HOUR)]
    rules = rules_with(diary(), no_line=starts_without_line([line], HOUR, timedelta(0), timedelta(0)))
    assert starts(rules) == ["14:00", "16:00"]
    everything = starts_without_line([[Span(TWO - 9 * HOUR, TWO + 9 * HOUR)]], HOUR, timedelta(0), timedelta(0))
    assert "every telephone line is taken" in blocking_rule(rules_with(diary(), no_line=everything), LONG_AGO)


def test_who_does_not_go_with_the_participant_is_left_out_and_named() -> None:
    unfit = (("INT_01", "INT_01 does not speak 'cy'"),)
    assert starts(rules_with(diary(), unfit=unfit)) == []
    assert why_not(rules_with(diary(), unfit=unfit), LONG_AGO, TWO, "INT_01") == "INT_01 does not speak 'cy'"
    assert blocking_rule(rules_with(diary(), unfit=unfit), LONG_AGO) == "INT_01 does not speak 'cy'"
    both = rules_with(diary(), diary(code="INT_02"), unfit=unfit)
    assert {slot.interviewer_code for slot in free_slots(both, LONG_AGO)} == {"INT_02"}
