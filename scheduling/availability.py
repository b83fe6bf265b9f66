"""When an interview could take place: interval arithmetic on aware UTC instants, and nothing else.

An interview fits where the interviewer works, the participant can, the study runs and the notice is kept,
and where its claim (the interview with its buffers) overlaps no claim of either party. Everything is a
sweep over sorted spans; a zone's weekly hours are laid out stretch by stretch of unchanging offset, so
that days on which the clocks change need no care of their own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from scheduling.local_time import Stretch, show_day, span_of_days, stretches
from scheduling.spans import Span, difference, intersection, merged
from storage.hours import Hours

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    booked_on: Mapping[date, int] | None = None  # interviews by local day

    @property
    def full_days(self) -> frozenset[date]:
        return frozenset(day for day, count in (self.booked_on or {}).items() if count >= self.daily_limit)


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
    spans: Sequence[Span] = working_spans(diary.hours, rules.window, rules.zone, diary.away)
    spans = intersection(spans, [Span(now + rules.notice, rules.window.end)])
    if own is not None:
        spans = intersection(spans, own)
    return _grid(difference(spans, _kept_free(diary.busy, rules)), rules, diary.full_days)


def participant_spans(rules: Rules) -> list[Span] | None:
    """When the participant can be interviewed; None is any time."""
    if not rules.participant_hours and not rules.participant_busy:
        return None
    whole: Sequence[Span] = [rules.window]
    if rules.participant_hours:
        whole = working_spans(rules.participant_hours, rules.window, rules.zone)
    return difference(whole, _kept_free(rules.participant_busy, rules))


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
    """The rule because of which `free_slots` finds nothing, in words that follow 'because'."""
    unlimited = replace(rules, diaries=tuple(replace(d, booked_on=None) for d in rules.diaries))
    empty = replace(unlimited, participant_busy=(), diaries=tuple(replace(d, busy=()) for d in unlimited.diaries))
    if now + rules.notice + rules.length > rules.window.end:
        return f"the study's window, which ends on {show_day(rules.last_day)}, has no time left after the notice"
    if _any_start(unlimited, now):
        return "every day that has a free time is at an interviewer's daily limit"
    if _any_start(empty, now):
        return "every time that would suit is taken"
    minutes = rules.length // timedelta(minutes=1)
    if rules.participant_hours and _any_start(replace(empty, participant_hours=()), now):
        return f"the participant's own hours never meet an interviewer's working hours for {minutes} minutes"
    return f"no interviewer has working hours of {minutes} minutes in what is left of the study's window"


def why_not(rules: Rules, now: datetime, starts_at: datetime, interviewer_code: str) -> str:
    """The rule that forbids an interview at a time, whether on the grid or not; '' where it is free."""
    diary = next(diary for diary in rules.diaries if diary.code == interviewer_code)
    interview = Span(starts_at, starts_at + rules.length)
    day = day_of(starts_at, rules.zone)
    near = span_of_days(day - timedelta(days=1), day + timedelta(days=2), rules.zone)
    own = rules.participant_hours
    verdicts = (
        (starts_at < now, "it is in the past"),
        (not _within(interview, [rules.window]), "it is outside the study's window"),
        (starts_at < now + rules.notice, f"the notice is {rules.notice // timedelta(hours=1)} hours"),
        (day in diary.away, "the interviewer is away on that day"),
        (
            not _within(interview, working_spans(diary.hours, near, rules.zone, diary.away)),
            "it is outside the interviewer's working hours",
        ),
        (
            bool(own) and not _within(interview, working_spans(own, near, rules.zone)),
            "it is outside the participant's own hours",
        ),
        (day in diary.full_days, f"the interviewer's daily limit of {diary.daily_limit} is reached"),
        (
            bool(intersection([interview], _kept_free((*diary.busy, *rules.participant_busy), rules))),
            "it is taken by another interview with its buffers",
        ),
    )
    return next((rule for forbids, rule in verdicts if forbids), "")


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


def _grid(spans: Iterable[Span], rules: Rules, full_days: frozenset[date]) -> Iterator[datetime]:
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
                if not full_days or (start + part.offset).date() not in full_days:
                    yield start
                start += step


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The local day of an instant: the one that daily limits count by."""
    return instant.astimezone(zone).date()
