"""The interviews that a recording may belong to, out of the study database."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta, tzinfo

from sqlalchemy import or_
from sqlmodel import Session, col, select

from storage.intake.binding import CONTRADICTION, Candidate, Clues, Part
from storage.interviews import label
from storage.tables import Binding, Interview, Recording


def load_candidates(session: Session, clues: Clues, zone: tzinfo) -> list[Candidate]:
    """The interviews of the participants named or hinted at, and those near the times told, with their recordings."""
    times = [*clues.times, *((clues.dated,) if clues.dated else ())]
    near = [col(Interview.starts_at).between(at - CONTRADICTION, at + clues.duration + CONTRADICTION) for at in times]
    query = select(Interview).where(or_(col(Interview.participant_code).in_((*clues.codes, *clues.hinted)), *near))
    return candidates_of(session, session.exec(query.order_by(col(Interview.starts_at), col(Interview.id))).all(), zone)


def candidates_of(session: Session, interviews: Sequence[Interview], zone: tzinfo) -> list[Candidate]:
    """Interviews with the recordings they have."""
    parts = _parts(session, [interview.id for interview in interviews])
    return [_candidate(interview, parts[interview.id], zone) for interview in interviews]


def _parts(session: Session, interview_ids: list[int | None]) -> dict[int | None, tuple[Part, ...]]:
    query = (
        select(Binding.interview_id, Recording.started_at, Recording.duration_ms)
        .join(Recording, col(Recording.id) == Binding.recording_id)
        .where(col(Binding.interview_id).in_(interview_ids))
    )
    parts: dict[int | None, tuple[Part, ...]] = defaultdict(tuple)
    for interview_id, started_at, duration_ms in session.exec(query):
        parts[interview_id] += (Part(started_at, timedelta(milliseconds=duration_ms)),)
    return parts


def _candidate(interview: Interview, parts: tuple[Part, ...], zone: tzinfo) -> Candidate:
    assert interview.id is not None, "stored rows have an id"
    return Candidate(
        interview.id,
        label(interview.participant_code, interview.starts_at, zone),
        interview.participant_code,
        interview.starts_at,
        interview.ends_at,
        interview.state,
        parts,
    )
