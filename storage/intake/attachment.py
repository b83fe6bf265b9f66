"""Attaching a recording to an interview and taking it off again, as rows."""

from datetime import datetime

from sqlmodel import Session, col, delete, select

from storage.errors import IntakeError
from storage.interviews import record_change
from storage.tables import Binding, Change, Interview, Recording, State, Transcript, Transcription, Window, now

NO_CONSENT = "not transcribed: no consent to record"


def attach(
    session: Session, recording: Recording, interview: Interview, *, reason: str, actor: str, at: datetime | None = None
) -> None:
    """Write down that a recording belongs to an interview, which is `recorded` from then on."""
    assert recording.id is not None, "stored rows have an id"
    assert interview.id is not None, "stored rows have an id"
    session.add(
        Binding(recording_id=recording.id, interview_id=interview.id, reason=reason, actor=actor, at=at or now())
    )
    recording.review = ""
    session.add(recording)
    record_change(session, interview, State.RECORDED, actor=actor, cause=f"recording {recording.sha256[:12]}: {reason}")


def detach(session: Session, recording: Recording, *, review: str, actor: str) -> None:
    """Take a recording off its interview; its own words are dropped, if transcribing had only begun.

    The interview goes back to what it was before, unless another of its recordings waits for its transcript.
    Raises IntakeError once the recording is transcribed.
    """
    if session.exec(select(Transcript.id).where(Transcript.recording_id == recording.id)).first():
        raise IntakeError(
            f"Recording {recording.sha256[:12]} is transcribed, and its transcript belongs to the interview, so it "
            "cannot be bound anew. Note the mistake with the transcript and tell the study's data manager."
        )
    begun = select(Transcription.id).where(Transcription.recording_id == recording.id)
    session.exec(delete(Window).where(col(Window.transcription_id).in_(begun)))
    session.exec(delete(Transcription).where(col(Transcription.recording_id) == recording.id))
    binding = session.get_one(Binding, recording.id)
    interview = session.get_one(Interview, binding.interview_id)
    session.delete(binding)
    recording.review = review
    session.add(recording)
    session.flush()
    if not _awaits_transcript(session, interview):
        cause = f"recording {recording.sha256[:12]} was taken off: {review}"
        record_change(session, interview, _state_before(session, interview), actor=actor, cause=cause)


def _awaits_transcript(session: Session, interview: Interview) -> bool:
    query = (
        select(Binding.recording_id)
        .outerjoin(Transcript, col(Transcript.recording_id) == Binding.recording_id)
        .where(Binding.interview_id == interview.id, col(Transcript.id).is_(None))
    )
    return session.exec(query).first() is not None


def _state_before(session: Session, interview: Interview) -> State:
    query = (
        select(Change.state)
        .where(Change.interview_id == interview.id, Change.state != State.RECORDED)
        .order_by(col(Change.id).desc())
    )
    return State(session.exec(query).first() or State.HELD)
