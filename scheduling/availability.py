"""When an interview could take place: interval arithmetic on aware UTC instants, and nothing else.

An interview fits where the interviewer works, the participant and the link worker who attends can, the
study runs and the notice is kept, and where its claim (the interview with its buffers) overlaps no claim
of any party. Everything is a sweep over sorted spans; a zone's weekly hours are laid out stretch by
stretch of unchanging offset, so that days on which the clocks change need no care of their own.

Meetings in an interviewer's own calendar are bare: nobody has put buffers around them. Ours are kept
there too, so that a claim, buffers included, overlaps no meeting. What is not known of a calendar counts
as busy.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache, reduce
from itertools import chain
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from scheduling.local_time import Stretch, show, show_day, show_elsewhere, span_of_days, stretches
from scheduling.spans import Span, difference, intersection, merged
from storage.hours import Hours

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Slot(NamedTuple):
    """A free time for one interview, without its buffers; sorts by time, then interviewer."""

    starts_at: datetime
    ends_at: datetime
    interviewer_code: str


@dataclass(frozen=True, slots=True)
class Diary:
    """An interviewer's hours and what is in them already. `busy` are claims, sorted, buffers included."""

    code: str
    hours: tuple[Hours, ...]
    away: frozenset[date]
    daily_limit: int
    busy: tuple[Span, ...] = ()
    booked_on: Mapping[date, int] | None = None  # interviews by the interviewer's own local day
    zone: ZoneInfo | None = None  # of hours, days away and limits; None: the study's
    weekly_limit: int | None = None  # Monday to Sunday; None: no limit
    outside: tuple[Span, ...] = ()  # meetings in their own calendar, without buffers
    seen_until: datetime | None = None  # how far ahead that calendar is known; None: nothing of it needs to be known
    unseen: str = ""  # why that calendar cannot be seen; then nothing is offered

    @property
    def full_weeks(self) -> frozenset[date]:
        """The Mondays of the weeks that are at the weekly limit."""
        if self.weekly_limit is None:
            return frozenset()
        booked = self.booked_on or {}
        counts = dict.fromkeys(map(monday_of, booked), 0)
        for day, count in booked.items():
            counts[monday_of(day)] += count
        return frozenset(monday for monday, count in counts.items() if count >= self.weekly_limit)

    @property
    def full_days(self) -> frozenset[date]:
        """The days that are at the daily limit, and those of weeks that are at the weekly one."""
        full = {day for day, count in (self.booked_on or {}).items() if count >= self.daily_limit}
        return frozenset(full.union(*(days_of_week(monday) for monday in self.full_weeks)))


@dataclass(frozen=True, slots=True)
class Attending:
    """The link worker who is there too: when they can, and the claims on their time."""

    hours: tuple[Hours, ...] = ()  # none: any time
    busy: tuple[Span, ...] = ()
    zone: ZoneInfo | None = None  # None: the study's


@dataclass(frozen=True, slots=True)
class Rules:
    """All that decides where one participant's interview fits."""

    zone: ZoneInfo
    first_day: date
    last_day: date
    length: timedelta
    before: timedelta
    after: timedelta
    notice: timedelta
    step_minutes: int
    diaries: tuple[Diary, ...]
    participant_hours: tuple[Hours, ...] = ()  # none: any time
    participant_busy: tuple[Span, ...] = ()
    participant_zone: ZoneInfo | None = None  # None: the study's
    attending: Attending | None = None
    no_line: tuple[Span, ...] = ()  # starts at which no telephone line is free, from `starts_without_line`
    unfit: tuple[tuple[str, str], ...] = ()  # interviewers who cannot interview this participant at all, and why

    @property
    def window(self) -> Span:
        return span_of_days(self.first_day, self.last_day, self.zone)


def free_slots(rules: Rules, now: datetime) -> list[Slot]:
    """Every free slot on the grid of `step_minutes`, sorted by time, then interviewer."""
    own = participant_spans(rules)
    slots = (
        Slot(start, start + rules.length, diary.code)
        for diary in rules.diaries
        for start in free_starts(rules, diary, own, now)
    )
    return sorted(slots)


def free_starts(rules: Rules, diary: Diary, own: Sequence[Span] | None, now: datetime) -> Iterator[datetime]:
    """Where an interview with this interviewer could start, in order; `own` is from `participant_spans`."""
    if diary.unseen or diary.code in dict(rules.unfit):
        return iter(())
    zone = diary.zone or rules.zone
    spans: Sequence[Span] = working_spans(diary.hours, rules.window, zone, diary.away)
    spans = intersection(spans, [Span(now + rules.notice, rules.window.end)])
    if own is not None:
        spans = intersection(spans, own)
    taken = (*diary.busy, *diary.outside, *_unknown(diary, rules))
    starts = _grid(difference(spans, _kept_free(taken, rules)), rules)
    full_days = (span_of_days(day, day, zone) for day in diary.full_days)
    return _outside(starts, merged((*rules.no_line, *full_days)))


def participant_spans(rules: Rules) -> list[Span] | None:
    """When the participant, and the link worker who attends, can be there; None is any time."""
    attending = rules.attending or Attending()
    claims = (*rules.participant_busy, *attending.busy)
    if not rules.participant_hours and not attending.hours and not claims:
        return None
    spans: Sequence[Span] = [rules.window]
    for hours, zone in ((rules.participant_hours, rules.participant_zone), (attending.hours, attending.zone)):
        if hours:
            spans = intersection(spans, working_spans(hours, rules.window, zone or rules.zone))
    return difference(spans, _kept_free(claims, rules))


def starts_without_line(
    lines: Iterable[Iterable[Span]], length: timedelta, before: timedelta, after: timedelta
) -> tuple[Span, ...]:
    """The starts at which an interview's claim would overlap one on every line; none where there are no lines.

    It is not enough that at each instant some line is free: one line must be free all the time.
    """
    # a claim may touch another: the next instant that a datetime can tell is the first to be blocked
    blocked: list[Sequence[Span]] = [
        merged(Span(claim.start - after - length + datetime.resolution, claim.end + before) for claim in line)
        for line in lines
    ]
    if not blocked:
        return ()
    on_all = reduce(intersection, blocked)
    return tuple(on_all)


@lru_cache(maxsize=1024)
def working_spans(
    hours: tuple[Hours, ...], window: Span, zone: ZoneInfo, away: frozenset[date] = frozenset()
) -> tuple[Span, ...]:
    """The instants of `window` at which clocks in `zone` show one of the weekly hours, on days not away."""
    by_weekday: dict[int, list[Hours]] = {}
    for part_of_day in hours:
        by_weekday.setdefault(part_of_day.weekday, []).append(part_of_day)
    return tuple(merged(span for part in stretches(window, zone) for span in _laid_out(by_weekday, part, away)))


def blocking_rule(rules: Rules, now: datetime) -> str:
    """The rule because of which `free_slots` finds nothing, in words that follow 'because'.

    Rules are lifted one after another, the most passing first; the one whose lifting lets something in is named.
    """
    if now + rules.notice + rules.length > rules.window.end:
        return f"the study's window, which ends on {show_day(rules.last_day)}, has no time left after the notice"
    unfit = dict(rules.unfit)
    fit = tuple(diary for diary in rules.diaries if diary.code not in unfit)
    if not fit:
        return "; ".join(unfit[diary.code] for diary in rules.diaries)
    lifted = replace(rules, diaries=fit)
    for rule, diary_without, without in _liftings(rules, fit):
        diaries = tuple(replace(diary, **diary_without) for diary in lifted.diaries)
        lifted = replace(lifted, diaries=diaries, **without)
        if _any_start(lifted, now):
            return rule
    return f"no interviewer has working hours of {_minutes(rules)} minutes in what is left of the study's window"


def _liftings(rules: Rules, diaries: Iterable[Diary]) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each rule with what of a diary, and what of the rules, is replaced to lift it."""
    attending = rules.attending or Attending()
    meet = f"never meet an interviewer's working hours for {_minutes(rules)} minutes"
    unseen = filter(None, (_why_unknown(diary, rules.zone) for diary in diaries))
    yield "; ".join(unseen), {"unseen": "", "seen_until": None}, {}
    yield "every week that has a free time is at an interviewer's weekly limit", {"weekly_limit": None}, {}
    yield "every day that has a free time is at an interviewer's daily limit", {"booked_on": None}, {}
    yield "at every time that would suit every telephone line is taken", {}, {"no_line": ()}
    free = replace(attending, busy=())
    yield "the link worker who attends is free at no time that would suit", {}, {"attending": free}
    yield "at every time that would suit an interviewer's own calendar is busy", {"outside": ()}, {}
    yield "every time that would suit is taken", {"busy": ()}, {"participant_busy": ()}
    yield f"the link worker's own hours {meet}", {}, {"attending": None}
    yield f"the participant's own hours {meet}", {}, {"participant_hours": ()}


def why_not(rules: Rules, now: datetime, starts_at: datetime, interviewer_code: str) -> str:
    """The rule that forbids an interview at a time, whether on the grid or not; '' where it is free.

    What holds at any time comes first, then what is not known, then one rule of time after another.
    """
    diary = next(diary for diary in rules.diaries if diary.code == interviewer_code)
    verdicts = chain(
        _lasting(rules, diary), _of_hours(rules, diary, now, starts_at), _of_claims(rules, diary, starts_at)
    )
    return next((rule for forbids, rule in verdicts if forbids), "")


_Verdicts = Iterator[tuple[bool, str]]  # whether a rule forbids it, and the rule


def _lasting(rules: Rules, diary: Diary) -> _Verdicts:
    yield diary.code in dict(rules.unfit), dict(rules.unfit).get(diary.code, "")
    yield bool(diary.unseen), diary.unseen


def _of_hours(rules: Rules, diary: Diary, now: datetime, starts_at: datetime) -> _Verdicts:
    interview = Span(starts_at, starts_at + rules.length)
    zone, participant_zone = diary.zone or rules.zone, rules.participant_zone or rules.zone
    attending = rules.attending or Attending()
    near = span_of_days(day_of(starts_at, rules.zone) - _DAY, day_of(starts_at, rules.zone) + 2 * _DAY, rules.zone)

    def beyond(hours: tuple[Hours, ...], zone: ZoneInfo) -> bool:
        return not _within(interview, working_spans(hours, near, zone))

    def there(zone: ZoneInfo) -> str:
        return show_elsewhere(starts_at, rules.zone, zone)

    yield starts_at < now, "it is in the past"
    yield not _within(interview, [rules.window]), "it is outside the study's window"
    yield starts_at < now + rules.notice, f"the notice is {rules.notice // timedelta(hours=1)} hours"
    yield day_of(starts_at, zone) in diary.away, f"the interviewer is away on that day{there(zone)}"
    at_work = _within(interview, working_spans(diary.hours, near, zone, diary.away))
    yield not at_work, f"it is outside the interviewer's working hours{there(zone)}"
    own = rules.participant_hours
    yield (
        bool(own) and beyond(own, participant_zone),
        f"it is outside the participant's own hours{there(participant_zone)}",
    )
    yield (
        bool(attending.hours) and beyond(attending.hours, attending.zone or rules.zone),
        "it is outside the hours of the link worker who attends",
    )


def _of_claims(rules: Rules, diary: Diary, starts_at: datetime) -> _Verdicts:
    interview, day = Span(starts_at, starts_at + rules.length), day_of(starts_at, diary.zone or rules.zone)
    attending = rules.attending or Attending()

    def taken(claims: Iterable[Span]) -> bool:
        return bool(intersection([interview], _kept_free(claims, rules)))

    yield monday_of(day) in diary.full_weeks, f"the interviewer's weekly limit of {diary.weekly_limit} is reached"
    yield day in diary.full_days, f"the interviewer's daily limit of {diary.daily_limit} is reached"
    yield taken((*diary.busy, *rules.participant_busy)), "it is taken by another interview with its buffers"
    yield taken(diary.outside), "the interviewer's own calendar is busy then, or too soon before or after"
    yield taken(_unknown(diary, rules)), _why_unknown(diary, rules.zone)
    yield taken(attending.busy), "the link worker who attends is not free"
    yield any(span.start <= starts_at < span.end for span in rules.no_line), "every telephone line is taken"


def _any_start(rules: Rules, now: datetime) -> bool:
    own = participant_spans(rules)
    return any(True for diary in rules.diaries for _ in free_starts(rules, diary, own, now))


def _within(span: Span, spans: Sequence[Span]) -> bool:
    return any(other.start <= span.start and span.end <= other.end for other in spans)


def _kept_free(claims: Iterable[Span], rules: Rules) -> list[Span]:
    """Where an interview itself may not be, so that its own claim touches none of `claims` inside."""
    return merged(Span(claim.start - rules.after, claim.end + rules.before) for claim in claims)


def _laid_out(by_weekday: Mapping[int, list[Hours]], part: Stretch, away: frozenset[date]) -> Iterator[Span]:
    """Weekly hours as instants in a stretch of one offset: there, the wall clock is UTC plus the offset."""
    day, last = (part.start + part.offset).date(), (part.end + part.offset).date()
    while day <= last:
        for hours in by_weekday.get(day.weekday(), ()) if day not in away else ():
            start = datetime.combine(day, hours.start, UTC) - part.offset
            end = datetime.combine(day, hours.end, UTC) - part.offset
            yield Span(max(start, part.start), min(end, part.end))
        day += timedelta(days=1)


def _grid(spans: Iterable[Span], rules: Rules) -> Iterator[datetime]:
    """Starts at multiples of the step after the local hour, where the interview fits into its span."""
    step = timedelta(minutes=rules.step_minutes)
    parts = stretches(rules.window, rules.zone)
    for span in spans:
        for part in parts:
            if part.end <= span.start or span.end <= part.start:
                continue
            # rounded up on the local clock; the epoch is a whole hour
            late = (max(span.start, part.start) + part.offset - _EPOCH) % step
            start = max(span.start, part.start) + (step - late if late else timedelta(0))
            while start < part.end and start + rules.length <= span.end:
                yield start
                start += step


def _outside(instants: Iterable[datetime], spans: Sequence[Span]) -> Iterator[datetime]:
    """Those of the sorted instants that are in none of the spans."""
    j = 0
    for instant in instants:
        while j < len(spans) and spans[j].end <= instant:
            j += 1
        if j == len(spans) or instant < spans[j].start:
            yield instant


def _unknown(diary: Diary, rules: Rules) -> tuple[Span, ...]:
    """What lies beyond the known part of an interviewer's own calendar, as a meeting that never ends."""
    if diary.seen_until is None:
        return ()
    return (Span(diary.seen_until, max(diary.seen_until, rules.window.end + rules.after)),)


def _why_unknown(diary: Diary, zone: ZoneInfo) -> str:
    if diary.unseen or diary.seen_until is None:
        return diary.unseen
    return f"{diary.code}'s calendar has been seen only as far as {show(diary.seen_until, zone)}"


def _minutes(rules: Rules) -> int:
    return rules.length // timedelta(minutes=1)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The local day of an instant: the one that limits count by."""
    return instant.astimezone(zone).date()


def monday_of(day: date) -> date:
    """The Monday of a day's week, from which weekly limits count."""
    return day - timedelta(days=day.weekday())


def days_of_week(monday: date) -> tuple[date, ...]:
    """The seven days from a Monday on."""
    return tuple(monday + timedelta(days=number) for number in range(7))
