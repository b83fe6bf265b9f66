"""Recordings as people see them and decide about them: the listing, the review list, binding by hand."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import Row, Select, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from storage.errors import IntakeError
from storage.files import locked
from storage.intake.attachment import NO_CONSENT, attach, detach
from storage.intake.remote import RemoteRow, remote_review
from storage.interviews import interview_of, is_consent_of, label
from storage.study import Study
from storage.tables import (
    Binding,
    Consent,
    Interview,
    Recording,
    Refusal,
    State,
    Transcript,
    Transcription,
    Window,
)
from storage.vault import Vault

SHORT = 12  # characters of a digest by which people know a recording
BY_HAND = "by hand"  # the reason of a binding that a person made
_SHORTEST_PREFIX = 4
_CODECS = {
    "pcm_mulaw": "µ-law",
    "pcm_alaw": "A-law",
    "amr_nb": "AMR",
    "amr_wb": "AMR-WB",
    "aac": "AAC",
    "mp3": "MP3",
    "opus": "Opus",
    "flac": "FLAC",
}


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording as the listing shows it; `code` and `label` of its interview where it is bound.

    `reason` says why it is bound, why not, or why it is not transcribed. `state` is 'unbound', 'no consent',
    'to transcribe', 'transcribing 3 of 12 windows', 'transcribed' or 'failed: …'; 'kept with 1a2b…' where that
    recording is transcribed in its place.
    """

    sha256: str
    code: str | None
    label: str | None
    duration_ms: int
    streams: str
    started_at: datetime | None
    captured_at: datetime
    remark: str
    reason: str
    state: str

    @property
    def short(self) -> str:
        return self.sha256[:SHORT]


@dataclass(frozen=True, slots=True)
class ReviewList:
    """What needs a person."""

    unbound: tuple[RecordingRow, ...]
    without_consent: tuple[RecordingRow, ...]
    elsewhere: tuple[RemoteRow, ...]
    refusals: tuple[Refusal, ...]


def recording_rows(session: Session, study: Study) -> list[RecordingRow]:
    """All recordings: those without an interview first, then by interview."""
    return _rows(session, study, _RECORDINGS)


def review_list(session: Session, study: Study) -> ReviewList:
    """Recordings that are not bound, may not be transcribed, or lie elsewhere, and files that could not be taken."""
    rows = _rows(session, study, _RECORDINGS.where(_MAY_NEED_A_PERSON))
    refusals = session.exec(select(Refusal).order_by(col(Refusal.first_seen), col(Refusal.sha256))).all()
    return ReviewList(
        tuple(row for row in rows if row.state == "unbound"),
        tuple(row for row in rows if row.state == "no consent"),
        tuple(remote_review(session, study)),
        tuple(refusals),
    )


def bind(session: Session, study: Study, recording: str, interview: str, *, actor: str) -> str:
    """Bind a recording (its digest or the beginning of it) to an interview (code or label) by hand.

    A recording bound elsewhere is taken off there first. Returns the interview's label. Raises IntakeError,
    StorageError when either is not known, the slot is only held, or the recording is transcribed already or
    at this moment.
    """
    found = find_recording(session, recording)
    if found.transcribed_as:
        whole = session.get_one(Recording, found.transcribed_as).sha256[:SHORT]
        raise IntakeError(
            f"Recording {found.sha256[:SHORT]} is kept with {whole}, which is transcribed in its place. "
            f"Bind that one: 'fieldcall bind {whole} {interview}'."
        )
    target, name = bindable(session, study, interview)
    bound = session.get(Binding, found.id)
    if bound and bound.interview_id == target.id:
        return name
    with _not_in_hand(study, found):
        if bound:
            detach(session, found, review=f"bound to {name} by hand", actor=actor)
        attach(session, found, target, reason=BY_HAND, actor=actor)
    return name


def bindable(session: Session, study: Study, interview: str) -> tuple[Interview, str]:
    """The interview (code or label) that a recording is to be bound to, and its label. Raises StorageError."""
    target = interview_of(session, interview, study.zone)
    name = label(target.participant_code, target.starts_at, study.zone)
    if target.state == State.HELD_SLOT:
        raise IntakeError(f"The slot of {name} is only held. Book it with 'fieldcall book {target.participant_code}'.")
    return target, name


def unbind(
    session: Session,
    study: Study,
    recording: str,
    *,
    actor: str,
    review: str = "taken off its interview by hand",
) -> None:
    """Take a recording off its interview; it goes to the review list.

    Raises IntakeError where it is not bound, or transcribed already or at this moment.
    """
    found = find_recording(session, recording)
    if session.get(Binding, found.id) is None:
        raise IntakeError(f"Recording {found.sha256[:SHORT]} is not bound to an interview.")
    with _not_in_hand(study, found):
        detach(session, found, review=review, actor=actor)


@contextmanager
def _not_in_hand(study: Study, recording: Recording) -> Iterator[None]:
    """Keep runs off a recording meanwhile, lest one person's words are stored under another. Raises IntakeError."""
    assert recording.id is not None, "stored rows have an id"
    with locked(Vault(study.place(study.storage.vault)).in_hand(recording.id), wait=False) as free:
        if not free:
            raise IntakeError(
                f"Recording {recording.sha256[:SHORT]} is being transcribed at this moment; "
                "try again when the run has ended."
            )
        yield


def find_recording(session: Session, name: str) -> Recording:
    """The recording whose digest is or begins with `name`, four characters or more. Raises IntakeError."""
    prefix = name.strip().lower()
    known = "'fieldcall recordings' shows those there are."
    if len(prefix) < _SHORTEST_PREFIX or not set(prefix) <= set("0123456789abcdef"):
        raise IntakeError(f"{name!r} is not a recording: give at least {_SHORTEST_PREFIX} characters of one; {known}")
    found = session.exec(select(Recording).where(col(Recording.sha256).startswith(prefix)).limit(2)).all()
    if len(found) != 1:
        raise IntakeError(f"{'More than one' if found else 'No'} recording begins with {prefix!r}; {known}")
    return found[0]


_Whole = aliased(Recording)  # that another one is transcribed as
# columns, for a study has thousands of recordings, and reading them as objects takes twice as long
_RECORDINGS = (
    sqlalchemy.select(
        *map(col, (Recording.id, Recording.sha256, Recording.duration_ms, Recording.streams, Recording.started_at)),
        *map(col, (Recording.captured_at, Recording.remark, Recording.review)),
        col(_Whole.sha256).label("whole"),
        col(Binding.reason).label("bound_by"),
        *map(col, (Interview.participant_code, Interview.starts_at)),
        col(Consent.recording).label("may_record"),
        col(Transcript.id).label("transcript"),
    )
    .outerjoin(_Whole, col(_Whole.id) == Recording.transcribed_as)
    .outerjoin(Binding, col(Binding.recording_id) == Recording.id)
    .outerjoin(Interview, col(Interview.id) == Binding.interview_id)
    .outerjoin(Consent, is_consent_of(col(Interview.participant_code)))
    .outerjoin(Transcript, col(Transcript.recording_id) == Recording.id)
    .order_by(col(Interview.starts_at).is_not(None), col(Interview.starts_at), col(Recording.id))
)
_MAY_NEED_A_PERSON = or_(
    col(Binding.recording_id).is_(None), col(Transcript.id).is_(None) & col(Consent.recording).is_not(True)
)


def _rows(session: Session, study: Study, query: Select[Any]) -> list[RecordingRow]:
    work = _read_work(session)
    return [_row(study, work, found) for found in session.connection().execute(query)]


@dataclass(frozen=True, slots=True)
class _Work:
    """How far transcribing is: `unfinished` by recording, `windows` done by transcription."""

    unfinished: dict[int, Transcription]
    windows: dict[int, int]

    def state(self, recording_id: int) -> str:
        work = self.unfinished.get(recording_id)
        if work is None:
            return "to transcribe"
        if work.failure:
            return f"failed: {work.failure}"
        windows = len(work.plan["windows"]) if work.plan else 0
        return f"transcribing {self.windows.get(work.id or 0, 0)} of {windows} windows" if windows else "to transcribe"


def _read_work(session: Session) -> _Work:
    unfinished = session.exec(
        select(Transcription).where(col(Transcription.finished_at).is_(None)).order_by(col(Transcription.id))
    )
    windows = session.exec(
        select(Window.transcription_id, func.count())
        .join(Transcription, col(Transcription.id) == Window.transcription_id)
        .where(col(Transcription.finished_at).is_(None))
        .group_by(col(Window.transcription_id))
    )
    return _Work({work.recording_id: work for work in unfinished}, dict(windows.all()))


def _row(study: Study, work: _Work, found: Row[Any]) -> RecordingRow:
    is_bound = found.bound_by is not None
    state = _state(work, found)
    return RecordingRow(
        found.sha256,
        found.participant_code,
        label(found.participant_code, found.starts_at, study.zone) if is_bound else None,
        found.duration_ms,
        _streams(found.streams),
        found.started_at,
        found.captured_at,
        found.remark,
        NO_CONSENT if state == "no consent" else found.bound_by if is_bound else found.review,
        state,
    )


def _state(work: _Work, found: Row[Any]) -> str:
    if found.transcript is not None:
        return "transcribed"
    if found.bound_by is not None and not found.may_record:
        return "no consent"
    if found.whole:
        return f"kept with {found.whole[:SHORT]}"
    return work.state(found.id) if found.bound_by is not None else "unbound"


def _streams(streams: Sequence[dict[str, Any]]) -> str:
    """What is in a recording in a few words: '2 channels, 8 kHz µ-law', '1 channel, 16 kHz AAC, video'."""
    sound = [stream for stream in streams if stream["type"] == "audio"]
    words = [_sound(stream) for stream in sound]
    said = f"{len(sound)} × {words[0]}" if len(sound) > 1 and len(set(words)) == 1 else " + ".join(words)
    return f"{said}, video" if any(stream["type"] == "video" for stream in streams) else said


def _sound(stream: dict[str, Any]) -> str:
    codec = stream["codec"]
    channels = stream["channels"]
    name = _CODECS.get(codec, "PCM" if codec.startswith("pcm_") else codec)
    return f"{channels} {'channel' if channels == 1 else 'channels'}, {stream['rate'] / 1000:g} kHz {name}"
