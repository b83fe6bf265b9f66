"""What is to be transcribed. The rows say it, whatever became of earlier runs."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from flows.outcomes import Outcome
from storage.interviews import is_consent_of, label
from storage.study import Study
from storage.tables import Binding, Consent, Interview, Recording, State, Transcript


@dataclass(frozen=True, slots=True)
class Waiting:
    """A recording without a transcript, bound to its interview."""

    recording_id: int
    sha256: str
    suffix: str
    length_ms: int
    code: str
    label: str
    interviewer_code: str
    may_record: bool
    consented_on: date
    starts_at: datetime  # of the interview
    sides: tuple[str, ...] = ()  # whose each channel is, where its tool tells
    attending_code: str = ""  # of the link worker who was there

    @property
    def title(self) -> str:
        """As people see it: 'C_031 · 42 min'."""
        return f"{self.code} · {max(1, round(self.length_ms / 60_000))} min"


ORDERS: dict[str, Callable[[Waiting], tuple[Any, ...]]] = {
    "oldest-consented": lambda recording: (recording.consented_on,),
    "oldest-interview": lambda _recording: (),
    "shortest": lambda recording: (recording.length_ms,),
}


def to_transcribe(session: Session, study: Study, codes: Collection[str] = ()) -> list[Waiting]:
    """Bound recordings with consent to record and no transcript, in the order that the study file asks for."""
    order = study.transcription.order
    return in_order([recording for recording in _waiting(session, study, codes) if recording.may_record], order)


def in_order(waiting: Collection[Waiting], order: str) -> list[Waiting]:
    """Whose turn comes first: who agreed first, whose interview was first, or whose recording is the shortest."""
    return sorted(
        waiting, key=lambda recording: (*ORDERS[order](recording), recording.starts_at, recording.recording_id)
    )


def without_consent(session: Session, study: Study, codes: Collection[str] = ()) -> list[Outcome]:
    """Bound recordings that are not transcribed because there is no consent to record."""
    return [no_consent(recording) for recording in _waiting(session, study, codes) if not recording.may_record]


def no_consent(recording: Waiting) -> Outcome:
    return Outcome(
        recording.code,
        "skipped",
        f"{recording.code} has not agreed to be recorded, so the recording is not transcribed.",
        f"If there is a consent, enter it with 'fieldcall participants consent {recording.code}'.",
        length_ms=recording.length_ms,
    )


def still_waiting(session: Session, study: Study, recording: Waiting) -> Waiting | None:
    """The recording as the rows have it now, or None when it waits no more (`no_longer_waiting` says why)."""
    found = _waiting(session, study, [recording.code])
    return next((r for r in found if r.recording_id == recording.recording_id), None)


def no_longer_waiting(session: Session, study: Study, recording: Waiting) -> Outcome:
    """Why a recording that waited for its transcript does so no more."""
    current = bound_as(session, study, recording.recording_id)
    if session.exec(select(Transcript.id).where(Transcript.recording_id == recording.recording_id)).first():
        return Outcome(recording.code, "already", "It has its transcript.", length_ms=recording.length_ms)
    if current is None:
        message, step = "It was taken off its interview.", "Bind it with 'fieldcall bind RECORDING INTERVIEW'."
    elif current.code != recording.code:
        message = f"It belongs to {current.label} now."
        step = f"Its turn comes with that one, or now with 'fieldcall transcribe {current.code}'."
    else:
        message, step = f"{recording.code} has withdrawn, so the recording is not transcribed.", ""
    return Outcome(recording.code, "skipped", message, step, length_ms=recording.length_ms)


def bound_as(session: Session, study: Study, recording_id: int) -> Waiting | None:
    """A recording with whose it is now, whether it waits or not; None where it is bound to no interview."""
    found = session.exec(_bound().where(Recording.id == recording_id)).one_or_none()
    return _row(study, *found) if found else None


def _waiting(session: Session, study: Study, codes: Collection[str]) -> list[Waiting]:
    query = (
        _bound()
        .outerjoin(Transcript, col(Transcript.recording_id) == Recording.id)
        .where(col(Transcript.id).is_(None), Interview.state != State.WITHDRAWN)
        .order_by(col(Interview.starts_at), col(Interview.id), col(Recording.id))
    )
    if codes:
        query = query.where(col(Interview.participant_code).in_(codes))
    return [_row(study, *row) for row in session.exec(query)]


def _bound() -> Select[Recording, Interview, Consent]:
    return (
        select(Recording, Interview, Consent)
        .join(Binding, col(Binding.recording_id) == Recording.id)
        .join(Interview, col(Interview.id) == Binding.interview_id)
        .outerjoin(Consent, is_consent_of(col(Interview.participant_code)))
    )


def _row(study: Study, recording: Recording, interview: Interview, consent: Consent | None) -> Waiting:
    assert recording.id is not None, "stored rows have an id"
    return Waiting(
        recording_id=recording.id,
        sha256=recording.sha256,
        suffix=recording.suffix,
        length_ms=recording.duration_ms,
        code=interview.participant_code,
        label=label(interview.participant_code, interview.starts_at, study.zone),
        interviewer_code=interview.interviewer_code,
        may_record=consent is not None and consent.recording,
        consented_on=consent.given_on if consent else date.max,
        starts_at=interview.starts_at,
        sides=tuple(recording.sides),
        attending_code=interview.attending_code or "",
    )
