"""When reminders go out, and whether one is still wanted when its time has come: arithmetic, and nothing else.

Quiet hours are wall-clock hours of the recipient's zone. They are laid out stretch by stretch of unchanging offset, so
that a night in which the clocks change is as long as it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.local_time import stretches
from scheduling.spans import Span, merged
from storage.tables import State

Quiet = tuple[time, time]
_DAY = timedelta(days=1)
_NEAR = timedelta(days=3)  # no quiet hours are longer, whatever the clocks do
_BEFORE_QUIET = timedelta(minutes=10)  # in which a reminder that is due when quiet begins is really sent
_AT_LEAST = timedelta(hours=1)  # before the interview, for a reminder that waited until quiet ended
_APART = timedelta(hours=1)  # reminders closer to each other than this are one


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder: `hours` before the interview as the study file has it, sent from `due_at` on."""

    hours: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a reminder is sent now. Else it waits until `later`; where that is None, never, because of `reason`."""

    send: bool
    reason: str = ""
    later: datetime | None = None


def reminder_times(
    starts_at: datetime, hours_before: Sequence[int], quiet: Quiet, zone: ZoneInfo, now: datetime
) -> tuple[Reminder, ...]:
    """The reminders of an interview that is booked or moved at `now`, sorted by time.

    What would be due before `now` is left out. In quiet hours a reminder comes earlier, before they begin; where that
    is past, when they end, if that is an hour before the interview. Those within an hour of each other are one.
    """
    found = (
        Reminder(hours, due_at)
        for hours in sorted(set(hours_before), reverse=True)
        if (due_at := _due_at(starts_at, timedelta(hours=hours), quiet, zone, now)) is not None
    )
    kept: list[Reminder] = []
    for reminder in sorted(found, key=lambda one: (one.due_at, -one.hours)):
        if not kept or reminder.due_at - kept[-1].due_at >= _APART:
            kept.append(reminder)
    return tuple(kept)


def still_wanted(
    *,
    state: str,
    sequence: int,
    starts_at: datetime,
    owed_sequence: int,
    reply: str = "",
    following_due_at: datetime | None = None,
    quiet: Quiet,
    zone: ZoneInfo,
    now: datetime,
) -> Decision:
    """Decide at sending time, from the interview as it is now, about a reminder that was owed at `owed_sequence`.

    `reply` is the recipient's to the invitation; `following_due_at` is when the next reminder of the same interview
    to the same person is due, if there is one.
    """
    if state != State.BOOKED:
        return Decision(False, f"the interview is {state}")
    if sequence != owed_sequence:
        return Decision(False, "the interview has been moved since")
    if now >= starts_at:
        return Decision(False, "the interview has begun")
    if reply == "declined":
        return Decision(False, "the recipient has declined")
    if following_due_at is not None and following_due_at <= now:
        return Decision(False, "a later reminder is due already")
    asleep = _quiet_span(now, quiet, zone)
    if asleep is None:
        return Decision(True)
    if asleep.end > starts_at - _AT_LEAST:
        return Decision(False, "quiet hours last until the interview")
    return Decision(False, "it is quiet hours for the recipient", asleep.end)


def _due_at(starts_at: datetime, before: timedelta, quiet: Quiet, zone: ZoneInfo, now: datetime) -> datetime | None:
    planned = starts_at.astimezone(UTC) - before
    if planned < now:
        return None
    asleep = _quiet_span(planned, quiet, zone, _BEFORE_QUIET)
    if asleep is None:
        return planned
    if asleep.start >= now:
        return asleep.start
    return asleep.end if asleep.end <= starts_at - _AT_LEAST else None


def _quiet_span(instant: datetime, quiet: Quiet, zone: ZoneInfo, before: timedelta = timedelta(0)) -> Span | None:
    """The span of quiet hours that an instant is in, begun earlier by up to `before`; None where it is in none."""
    begin, end = (timedelta(hours=clock.hour, minutes=clock.minute) for clock in quiet)
    before = min(before, (begin - end) % _DAY / 2)  # of a day that is nearly all quiet, something is left
    around = Span(instant - _NEAR, instant + _NEAR)
    spans = merged(Span(span.start - before, span.end) for span in _laid_out(begin, (end - begin) % _DAY, around, zone))
    return next((span for span in spans if span.start <= instant < span.end), None)


def _laid_out(begin: timedelta, length: timedelta, around: Span, zone: ZoneInfo) -> Iterator[Span]:
    """A daily span of the wall clock as instants: within a stretch, the wall clock is UTC plus the offset."""
    for part in stretches(around, zone):
        midnight = (part.start + part.offset).replace(hour=0, minute=0, second=0, microsecond=0) - part.offset - _DAY
        while midnight < part.end:
            start = midnight + begin
            yield Span(max(start, part.start), min(start + length, part.end))
            midnight += _DAY
