"""Recordings that lie somewhere else, as people see them: under a short name, with what a person must decide."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, or_, select

from storage.errors import IntakeError
from storage.interviews import label
from storage.study import Study
from storage.tables import Interview, RemoteRecording

_NAME = re.compile(r"meet-(\d{1,9})")


@dataclass(frozen=True, slots=True)
class RemoteRow:
    """A recording that lies at Google and needs a person; `label` of the interview that it may be of, '' if of none."""

    name: str
    label: str
    began_at: datetime | None
    reason: str
    has_file: bool


def is_remote(name: str) -> bool:
    """Whether a person means a recording that lies somewhere else."""
    return _NAME.fullmatch(name.strip().lower()) is not None


def find_remote(session: Session, name: str) -> RemoteRecording:
    """The recording that a name such as 'meet-12' means. Raises IntakeError."""
    match = _NAME.fullmatch(name.strip().lower())
    row = session.get(RemoteRecording, int(match[1])) if match else None
    if row is None:
        raise IntakeError(
            f"There is no recording {name.strip()}; 'fieldcall recordings --review' shows those there are."
        )
    return row


def remote_review(session: Session, study: Study) -> list[RemoteRow]:
    """Those that wait for a person, that may be an interview's, or that could not be fetched, in order of time."""
    query = (
        select(RemoteRecording, Interview)
        .outerjoin(Interview, col(Interview.id) == RemoteRecording.interview_id)
        .where(
            or_(
                RemoteRecording.state == "review",
                (col(RemoteRecording.state) == "foreign") & col(RemoteRecording.interview_id).is_not(None),
                (col(RemoteRecording.state) == "ready") & (col(RemoteRecording.failure) != ""),
            )
        )
        .order_by(col(RemoteRecording.began_at), col(RemoteRecording.id))
    )
    return [_row(row, interview, study) for row, interview in session.exec(query)]


def _row(row: RemoteRecording, interview: Interview | None, study: Study) -> RemoteRow:
    name = label(interview.participant_code, interview.starts_at, study.zone) if interview else ""
    return RemoteRow(f"meet-{row.id}", name, row.began_at, row.failure or row.reason, bool(row.file_id))
