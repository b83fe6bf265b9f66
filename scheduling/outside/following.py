"""What people do in the study's calendar reaches the study: moves, deletions, replies, meetings that were made.

The calendar says which events have changed since it was last asked; each of their interviews is then settled
like one that the study changed (`placing.settle`). The place to ask on from is kept only when all have been, so
that nothing is passed over when a run is broken off.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from scheduling.calendars.base import Changes
from scheduling.errors import CalendarError, FollowingLost
from scheduling.outside.calendar_views import view_of
from scheduling.outside.outbox import EVENT, mark, owed, put_off
from scheduling.outside.placing import Keeping, Settled, meeting_key, settle
from storage.alerts import clear_alerts, raise_alert
from storage.interviews import label
from storage.tables import PLANNED_STATES, CalendarView, Effect, EffectState, Interview, Placement

VIEW = "events"  # the row of CalendarView that stands for the study's own calendar
_UNREAD = "calendar:events"  # key of the alert when it cannot be read
_PENDING = timedelta(minutes=10)  # within which a video meeting is made


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of interviews and their events: codes by how they were settled, and failures by code."""

    settled: dict[str, Settled]
    failures: dict[str, str]


def follow(keeping: Keeping, now: datetime) -> Followed:
    """Take in everything that has changed in the calendar since the last time, and see to meetings not made yet."""
    try:
        changes = _changes(keeping)
    except CalendarError as error:
        with keeping.database.writing() as session:
            message = f"The study's calendar cannot be read, so what is changed there is not known. {error}"
            raise_alert(session, _UNREAD, message, now)
            view_of(session, VIEW).failure = str(error)
        return Followed({}, {"calendar": str(error)})
    with keeping.database.reading() as session:
        touched = _touched(session, changes, now)
    followed = _settle_each(keeping, touched, now)
    if not followed.failures:
        with keeping.database.writing() as session:
            view = view_of(session, VIEW)
            view.token, view.seen_at, view.failure = changes.token, now, ""
            clear_alerts(session, [_UNREAD])
    return followed


def carry_out_events(keeping: Keeping, now: datetime, *, interview_id: int | None = None) -> Followed:
    """Make the calendar say what the study has changed; what fails is tried again later by itself."""
    with keeping.database.reading() as session:
        due = owed(session, [EVENT], now, interview_id=interview_id)
    by_interview: dict[int, list[Effect]] = {}
    for effect in due:
        by_interview.setdefault(effect.interview_id, []).append(effect)

    def write_down(interview: int, failure: str) -> None:
        with keeping.database.writing() as session:
            for effect in by_interview[interview]:
                if failure:
                    put_off(session, effect, now, failure)
                else:
                    mark(session, effect, EffectState.DONE, now)

    return _settle_each(keeping, by_interview, now, write_down)


def _settle_each(
    keeping: Keeping,
    interview_ids: Collection[int],
    now: datetime,
    write_down: Callable[[int, str], None] = lambda interview, failure: None,
) -> Followed:
    """Settle interviews one by one; one that fails does not stop the others."""
    settled: dict[str, Settled] = {}
    failures: dict[str, str] = {}
    for interview_id in interview_ids:
        with keeping.database.reading() as session:
            code = session.get_one(Interview, interview_id).participant_code
        failure = ""
        try:
            settled[code] = settle(keeping, interview_id, now)
        except CalendarError as error:
            failures[code] = failure = str(error)
        write_down(interview_id, failure)
    return Followed(settled, failures)


def _changes(keeping: Keeping) -> Changes:
    with keeping.database.reading() as session:
        view = session.get(CalendarView, VIEW)
    try:
        return keeping.calendar.changes(view.token if view else "")
    except FollowingLost:
        return keeping.calendar.changes("")


def _touched(session: Session, changes: Changes, now: datetime) -> list[int]:
    """The interviews whose events may say something new, the soonest first."""
    event_ids = {standing.event_id for standing in changes.standings}
    guids = {standing.guid for standing in changes.standings if standing.guid}
    query = (
        select(Placement, Interview)
        .join(Interview, col(Interview.id) == Placement.interview_id)
        .where(or_(col(Interview.guid).in_(guids), col(Placement.event_id).in_(event_ids)))
    )
    known = {standing.event_id: standing.etag for standing in changes.standings}
    found = {
        placement.interview_id: interview.starts_at
        for placement, interview in session.exec(query)
        if known.get(placement.event_id, placement.etag) != placement.etag or not placement.etag
    }
    waiting = select(Placement, Interview).join(Interview, col(Interview.id) == Placement.interview_id)
    waiting = waiting.where(Placement.meeting_state == "pending", Interview.starts_at > now)
    found |= {placement.interview_id: interview.starts_at for placement, interview in session.exec(waiting)}
    if changes.is_all:  # what is not there any more is not told of either
        missing = select(Interview).join(Placement, col(Placement.interview_id) == Interview.id)
        missing = missing.where(
            col(Placement.event_id).not_in(event_ids),
            col(Placement.is_cancelled).is_(False),
            col(Interview.state).in_(PLANNED_STATES),
        )
        found |= {interview.id or 0: interview.starts_at for interview in session.exec(missing)}
    return sorted(found, key=lambda interview_id: (found[interview_id], interview_id))


def watch_meetings(keeping: Keeping, now: datetime) -> None:
    """Say so where a video meeting that was asked for has not been made for too long."""
    with keeping.database.writing() as session:
        oldest = select(Effect.interview_id, func.min(Effect.made_at).label("asked_at")).where(Effect.kind == EVENT)
        asked = oldest.group_by(col(Effect.interview_id)).subquery()
        query = (
            select(Interview)
            .join(Placement, col(Placement.interview_id) == Interview.id)
            .join(asked, asked.c.interview_id == Interview.id)
            .where(Placement.meeting_state == "pending", asked.c.asked_at < now - _PENDING)
        )
        for interview in session.exec(query):
            name = label(interview.participant_code, interview.starts_at, keeping.study.zone)
            step = "Look at its event in the calendar; add a meeting there by hand, or book it by phone."
            message = f"The video meeting of {name} is still not made. {step}"
            raise_alert(session, meeting_key(interview), message, now)
