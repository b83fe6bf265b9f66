"""Interviews of which the study and its calendar say different things, as a coordinator sees and settles them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, select

from scheduling.errors import BookingError
from scheduling.outside.placing import Keeping, Settled, settle
from storage.interviews import code_of, label
from storage.study import Study
from storage.tables import CALLED_OFF_STATES, Conflict, Interview


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """What each side says; a time is None where that side has the interview cancelled or without a time of day."""

    label: str
    code: str
    reason: str
    in_study: datetime | None
    in_calendar: datetime | None
    found_at: datetime


def open_conflicts(session: Session, study: Study) -> list[ConflictRow]:
    """All that are not settled, the oldest first."""
    return [_row(conflict, interview, study) for conflict, interview in _open(session)]


def settle_conflict(
    keeping: Keeping, code: str, keep: Literal["study", "calendar"], now: datetime
) -> tuple[ConflictRow, Settled]:
    """Let one side have its way; the row says how it was before. Raises BookingError, CalendarError."""
    with keeping.database.reading() as session:
        found = [(c, i) for c, i in _open(session) if i.participant_code == code_of(code)]
    if not found:
        raise BookingError(f"Study and calendar do not disagree about {code}. See 'fieldcall conflicts'.")
    conflict, interview = found[0]
    row = _row(conflict, interview, keeping.study)
    if keep == "calendar" and row.in_study is None:
        raise BookingError(
            f"{row.label} is cancelled in the study and is not brought back. Book {row.code} anew for the time that "
            "the calendar has, or keep what the study says."
        )
    settled = settle(keeping, conflict.interview_id, now, keep=keep)
    if settled is Settled.CONFLICT:
        raise BookingError(
            f"{row.label} cannot be as the calendar has it: that time is taken. Move what is in its way first, or keep "
            "what the study says."
        )
    return row, settled


def _open(session: Session) -> list[tuple[Conflict, Interview]]:
    query = (
        select(Conflict, Interview)
        .join(Interview, col(Interview.id) == Conflict.interview_id)
        .where(col(Conflict.settled_at).is_(None))
        .order_by(col(Conflict.id))
    )
    return list(session.exec(query).all())


def _row(conflict: Conflict, interview: Interview, study: Study) -> ConflictRow:
    is_off = interview.state in CALLED_OFF_STATES
    return ConflictRow(
        label(interview.participant_code, interview.starts_at, study.zone),
        interview.participant_code,
        conflict.reason,
        None if is_off else interview.starts_at,
        conflict.starts_at,
        conflict.found_at,
    )
