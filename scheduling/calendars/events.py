"""What the local calendar shows of the interviews: every one there ever was, read from the rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.tables import CALLED_OFF_STATES, Change, Interview, State


@dataclass(frozen=True, slots=True)
class Event:
    """An interview as a calendar shows it; `changed_at` is when its newest change was written."""

    uid: str
    sequence: int
    status: str  # CONFIRMED, TENTATIVE or CANCELLED, as iCalendar has them
    summary: str
    starts_at: datetime
    ends_at: datetime
    interviewer_code: str
    changed_at: datetime


def events(session: Session) -> list[Event]:
    """Every interview there ever was as an event, cancelled ones included, in order of time and UID."""
    changed = select(Change.interview_id, func.max(Change.id).label("newest")).group_by(col(Change.interview_id))
    newest = changed.subquery()
    query = (
        select(Interview, Change.at)
        .join(newest, newest.c.interview_id == col(Interview.id))
        .join(Change, col(Change.id) == newest.c.newest)
        .order_by(col(Interview.starts_at), col(Interview.guid))
    )
    return [_event(interview, at) for interview, at in session.exec(query)]


def _event(interview: Interview, changed_at: datetime) -> Event:
    return Event(
        uid=f"{interview.guid}@fieldcall",
        sequence=interview.sequence,
        status=_status(interview.state),
        summary=f"Interview {interview.participant_code} ({interview.mode})",
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        interviewer_code=interview.interviewer_code,
        changed_at=changed_at,
    )


def _status(state: str) -> str:
    if state == State.HELD_SLOT:
        return "TENTATIVE"
    return "CANCELLED" if state in CALLED_OFF_STATES else "CONFIRMED"
