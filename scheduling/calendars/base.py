"""What every calendar shows of the interviews, and what a backend must do.

A calendar is written from the rows and never read for what is booked: it can be thrown away and
written again. Nothing in it tells who a participant is.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.database import Database
from storage.study import Study
from storage.tables import Change, Interview, State

_CANCELLED = (State.CANCELLED, State.EXPIRED, State.WITHDRAWN)


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


class Calendar(Protocol):
    """A backend: it makes the outside look like the rows, and does nothing where it does already."""

    def publish(self, study: Study, database: Database) -> tuple[Path, ...]:
        """Show every interview as its rows have it now; returns what was rewritten. Raises CalendarError."""
        ...


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
    return "CANCELLED" if state in _CANCELLED else "CONFIRMED"
