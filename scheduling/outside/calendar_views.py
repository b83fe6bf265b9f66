"""What is known of interviewers' own calendars: when they are busy, how far ahead, and whether it can be relied on.

What cannot be known is not assumed: a calendar that failed, or was last seen too long ago, offers nothing.

Google shows our own interviews as busy too, for the interviewer is a guest of the event. They are claims
already and must not keep an interview from being moved by half an hour, so the exact spans of those that
stand in the calendar are taken out. What another meeting overlaps of such a span is thereby not seen
either; the interview's own claim keeps that time for as long as the interview stays there.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlmodel import Session, col, select

from scheduling.local_time import show
from scheduling.spans import Span, difference, merged
from storage.study import Study
from storage.tables import CalendarView, Interview, Placement


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known of one calendar; `unseen` says why nothing is, `until` None that nothing needs to be."""

    busy: tuple[Span, ...] = ()
    until: datetime | None = None
    unseen: str = ""


def sights(session: Session, study: Study, codes: Collection[str], now: datetime) -> dict[str, Sight]:
    """What is known of the own calendars of interviewers; those that are not heeded hide nothing."""
    heeded = [code for code in codes if is_heeded(study, code)]
    views = {
        view.calendar: view for view in session.exec(select(CalendarView).where(col(CalendarView.calendar).in_(heeded)))
    }
    own = _own_events(session, heeded, now)
    found = dict.fromkeys(codes, Sight())
    for code in heeded:
        unseen = why_unseen(code, views.get(code), study, now)
        found[code] = Sight(unseen=unseen) if unseen else sight_of(views[code], own[code])
    return found


def is_heeded(study: Study, code: str) -> bool:
    """Whether an interviewer has an own calendar that is asked when they are busy."""
    return study.calendar.backend != "local" and bool(study.interviewers[code].calendar)


def view_of(session: Session, calendar: str) -> CalendarView:
    """The row of a calendar, to be written: an interviewer's by code, or the study's own; a new one where none is."""
    view = session.get(CalendarView, calendar)
    if view is None:
        view = CalendarView(calendar=calendar)
        session.add(view)
    return view


def why_unseen(code: str, view: CalendarView | None, study: Study, now: datetime) -> str:
    """Why an interviewer's own calendar cannot be relied on, with the next step; '' where it can."""
    if view is None or view.seen_at is None or view.until is None:
        next_step = view.failure if view and view.failure else "let the flow follow-calendar run"
        return f"{code}'s calendar has not been seen yet: {next_step.rstrip('.')}"
    is_old = now - view.seen_at > timedelta(minutes=study.calendar.unseen_minutes)
    if not view.failure and not is_old:
        return ""
    next_step = view.failure or "the flow follow-calendar is not running; start it with 'fieldcall serve'"
    return f"{code}'s calendar has not been seen since {show(view.seen_at, study.zone)}: {next_step.rstrip('.')}"


def sight_of(view: CalendarView, own: Iterable[Span]) -> Sight:
    """What a calendar that has been seen says, without our `own` events in it."""
    busy = (Span(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC)) for start, end in view.busy)
    return Sight(tuple(difference(merged(busy), merged(own))), view.until)


def _own_events(session: Session, codes: Collection[str], now: datetime) -> defaultdict[str, list[Span]]:
    """Where each interviewer's interviews stand in the outside calendar, which may not know of a move yet."""
    query = (
        select(Interview.interviewer_code, Placement.starts_at, Placement.ends_at)
        .join(Placement, col(Placement.interview_id) == Interview.id)
        .where(col(Interview.interviewer_code).in_(codes), Placement.ends_at > now)
        .where(col(Placement.is_cancelled).is_(False))
    )
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for code, starts_at, ends_at in session.exec(query):
        spans[code].append(Span(starts_at, ends_at))
    return spans
