"""Transcripts and their immutable versions. Version 1 is the machine's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from storage.errors import StorageError
from storage.interviews import label, record_change
from storage.sizes import size_of
from storage.study import Study
from storage.tables import (
    Approval,
    Binding,
    Interview,
    Participant,
    Recording,
    State,
    Transcript,
    Transcription,
    Utterance,
    Version,
    VersionKind,
    new_guid,
)
from storage.words import UNCLEAR, shown_words


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance as it is stored: `speaker` is a code or '', `words` are the rows that `storage.words` reads."""

    speaker: str
    channel: int
    start_ms: int
    end_ms: int
    text: str
    words: list[list[Any]]
    guid: str = ""  # given on storing


@dataclass(frozen=True, slots=True)
class InterviewTranscript:
    """A version of a transcript with all that a delivered file says about it."""

    study_title: str
    zone: str
    code: str
    group: str
    label: str
    interview_guid: str
    participant_guid: str
    interviewer_code: str
    mode: str
    starts_at: datetime
    state: str
    recording_guid: str
    recording_sha256: str
    recording_suffix: str
    recording_size: int
    has_video: bool
    duration_ms: int
    remark: str
    transcript_guid: str
    version_guid: str
    version_number: int
    version_kind: str
    made_at: datetime
    approved_by: str  # who stands for this version, or ''
    completeness: float | None  # share of the time with speech that has words, 0 to 1; None is not known
    unclear_ms: int
    notes: tuple[str, ...]
    style: str  # how the study wants words written: 'full' or 'intelligent' verbatim
    language: str
    engine: str
    model: str
    model_sha256: str
    parameters: dict[str, Any]
    versions: dict[str, str]
    seconds: float
    utterances: tuple[Spoken, ...]


def save_machine_version(
    session: Session,
    transcription: Transcription,
    utterances: Sequence[Spoken],
    *,
    completeness: float | None = None,
    unclear_ms: int = 0,
    notes: Sequence[str] = (),
) -> Version:
    """Store version 1 of the transcript of the recording, and mark its interview transcribed.

    `completeness` is the share of the time with speech that has words (0 to 1), `unclear_ms` how much speech is
    marked as unclear, `notes` sentences on what else a reader should know, without what was set aside, which is told
    from the words themselves.

    Saving a second time for the same recording returns the version that is there. The database refuses
    a transcript without consent to record (IntegrityError).
    """
    existing = session.exec(select(Transcript).where(Transcript.recording_id == transcription.recording_id)).first()
    if existing:
        return session.exec(select(Version).where(Version.transcript_id == existing.id, Version.number == 1)).one()
    binding = session.exec(select(Binding).where(Binding.recording_id == transcription.recording_id)).one()
    transcript = Transcript(interview_id=binding.interview_id, recording_id=transcription.recording_id)
    session.add(transcript)
    session.flush()
    version = Version(
        transcript_id=_id(transcript),
        number=1,
        kind=VersionKind.MACHINE,
        transcription_id=transcription.id,
        actor=transcription.engine,
        completeness=completeness,
        unclear_ms=unclear_ms,
        notes=list(notes),
    )
    _add(session, version, utterances)
    interview = session.get_one(Interview, binding.interview_id)
    if interview.state in (State.RECORDED, State.HELD, State.BOOKED, State.NO_SHOW):
        record_change(session, interview, State.TRANSCRIBED, actor=transcription.engine, cause=transcription.model)
    return version


def save_next_version(
    session: Session,
    previous: InterviewTranscript,
    utterances: Sequence[Spoken],
    *,
    kind: VersionKind = VersionKind.CORRECTED,
    actor: str,
    note: str,
    guid: str = "",
) -> Version:
    """Store what was made of the newest version as the next one; the sentence `note` says what was done.

    A text that was checked before is no longer checked as a whole. `guid` is the version's where it was given one
    before it is stored. Raises StorageError where `previous` is not the newest version any more; of two who save at
    once, the second waits for the first and learns of it here.
    """
    query = select(Transcript).where(Transcript.guid == previous.transcript_guid)
    transcript = session.exec(query.with_for_update()).one()
    if _newest(session, transcript).guid != previous.version_guid:
        raise StorageError(f"{previous.label} was changed by someone else meanwhile. Look at it again and repeat.")
    completeness, unclear_ms = _completeness(previous, utterances)
    version = Version(
        guid=guid or new_guid(),
        transcript_id=_id(transcript),
        number=previous.version_number + 1,
        kind=kind,
        actor=actor,
        completeness=completeness,
        unclear_ms=unclear_ms,
        notes=[*previous.notes, note],
    )
    _add(session, version, utterances)
    interview = session.get_one(Interview, transcript.interview_id)
    # names taken out of a checked text leave its words checked; anything else is to be checked anew
    state = State.CHECKED if kind == VersionKind.PSEUDONYMISED else State.TRANSCRIBED
    if interview.state in (State.CHECKED, State.PSEUDONYMISED) and interview.state != state:
        record_change(session, interview, state, actor=actor, cause=note)
    return version


def _completeness(previous: InterviewTranscript, utterances: Sequence[Spoken]) -> tuple[float | None, int]:
    """The share of the speech that has words and how much is unclear, now that a person may have filled some in."""
    before, after = _unclear_ms(previous.utterances), _unclear_ms(utterances)
    unclear_ms = max(previous.unclear_ms - before + after, 0)
    if previous.completeness is None or unclear_ms == previous.unclear_ms or not previous.unclear_ms:
        return previous.completeness, unclear_ms
    return 1 - (1 - previous.completeness) * unclear_ms / previous.unclear_ms, unclear_ms


def _unclear_ms(utterances: Sequence[Spoken]) -> int:
    words = (word for spoken in utterances for word in shown_words(spoken.words))
    return sum(word.end_ms - word.start_ms for word in words if UNCLEAR in word.marks)


def _add(session: Session, version: Version, utterances: Sequence[Spoken]) -> None:
    session.add(version)
    session.flush()
    for number, spoken in enumerate(utterances):
        session.add(_utterance_row(_id(version), number, spoken))
    session.add(size_of(_id(version), utterances))
    session.flush()


def read_transcripts(session: Session, study: Study, codes: Sequence[str] = ()) -> list[InterviewTranscript]:
    """The newest version of every transcript, or of those of the participants named, by label."""
    query = _TRANSCRIPTS.order_by(col(Interview.participant_code), col(Interview.starts_at), col(Recording.id))
    if codes:
        query = query.where(col(Participant.code).in_(codes))
    return [_read(session, study, _newest(session, row[0]), *row) for row in session.exec(query)]


def read_version(session: Session, study: Study, guid: str) -> InterviewTranscript:
    """The version that has a GUID, newest or not. Raises StorageError where there is none."""
    version = session.exec(select(Version).where(Version.guid == guid)).first()
    if version is None:
        raise StorageError(f"There is no version {guid} of a transcript. 'fieldcall transcripts versions' lists them.")
    row = session.exec(_TRANSCRIPTS.where(Transcript.id == version.transcript_id)).one()
    return _read(session, study, version, *row)


_TRANSCRIPTS = (
    select(Transcript, Recording, Interview, Participant)
    .join(Recording, col(Recording.id) == Transcript.recording_id)
    .join(Interview, col(Interview.id) == Transcript.interview_id)
    .join(Participant, col(Participant.code) == Interview.participant_code)
)


def _read(
    session: Session,
    study: Study,
    version: Version,
    transcript: Transcript,
    recording: Recording,
    interview: Interview,
    person: Participant,
) -> InterviewTranscript:
    first = session.exec(select(Version).where(Version.transcript_id == transcript.id, Version.number == 1)).one()
    work = session.get_one(Transcription, first.transcription_id)
    rows = session.exec(select(Utterance).where(Utterance.version_id == version.id).order_by(col(Utterance.number)))
    return InterviewTranscript(
        study_title=study.study.title,
        zone=study.study.zone,
        code=person.code,
        group=person.group,
        label=label(person.code, interview.starts_at, study.zone),
        interview_guid=interview.guid,
        participant_guid=person.guid,
        interviewer_code=interview.interviewer_code,
        mode=interview.mode,
        starts_at=interview.starts_at,
        state=interview.state,
        recording_guid=recording.guid,
        recording_sha256=recording.sha256,
        recording_suffix=recording.suffix,
        recording_size=recording.size,
        has_video=any(stream.get("type") == "video" for stream in recording.streams),
        duration_ms=recording.duration_ms,
        remark=recording.remark,
        transcript_guid=transcript.guid,
        version_guid=version.guid,
        version_number=version.number,
        version_kind=version.kind,
        made_at=version.made_at,
        approved_by=approval.actor if (approval := session.get(Approval, version.id)) else "",
        completeness=version.completeness,
        unclear_ms=version.unclear_ms,
        notes=tuple(version.notes),
        style=study.transcription.style,
        language=str(work.parameters.get("language") or study.transcription.language),
        engine=work.engine,
        model=work.model,
        model_sha256=work.model_sha256,
        parameters=work.parameters,
        versions=work.versions,
        seconds=work.seconds,
        utterances=tuple(Spoken(u.speaker, u.channel, u.start_ms, u.end_ms, u.text, u.words, u.guid) for u in rows),
    )


def _newest(session: Session, transcript: Transcript) -> Version:
    newest = select(Version).where(Version.transcript_id == transcript.id).order_by(col(Version.number).desc())
    version = session.exec(newest).first()
    assert version is not None, "a transcript is stored together with its first version"
    return version


def _utterance_row(version_id: int, number: int, spoken: Spoken) -> Utterance:
    return Utterance(
        version_id=version_id,
        number=number,
        speaker=spoken.speaker,
        channel=spoken.channel,
        start_ms=spoken.start_ms,
        end_ms=spoken.end_ms,
        text=spoken.text,
        words=spoken.words,
    )


def _id(row: Transcript | Version) -> int:
    assert row.id is not None, "flushed rows have an id"
    return row.id


def approve_transcript(
    session: Session, interview: Interview, *, actor: str, version: int | None = None
) -> list[Version]:
    """Note that a person stands for the newest version of each transcript, delivered before or not; returns those.

    Where `version` is given, that number must still be the newest, so that nobody stands for what they have not read.
    The interview is `checked` by it, or `pseudonymised` where that is what the newest versions are; deliver it again
    to say so. Raises StorageError when there is nothing to approve.
    """
    query = select(Transcript).where(Transcript.interview_id == interview.id).order_by(col(Transcript.id))
    newest = [_newest(session, transcript) for transcript in session.exec(query)]
    waiting = [each for each in newest if session.get(Approval, each.id) is None]
    if not waiting:
        raise StorageError(
            f"{interview.participant_code} is {interview.state}, so there is no unchecked transcript to approve. "
            "'fieldcall transcripts list' shows those there are."
        )
    if version is not None and {each.number for each in waiting} != {version}:
        numbers = " and ".join(str(each.number) for each in waiting)
        raise StorageError(
            f"Of {interview.participant_code}, version {numbers} is to be approved, not {version}: "
            "somebody has changed the text since, or it is approved already. Read the newest, then approve that."
        )
    session.add_all(Approval(version_id=_id(each), actor=actor) for each in waiting)
    if all(each.kind == VersionKind.PSEUDONYMISED for each in newest):
        record_change(session, interview, State.PSEUDONYMISED, actor=actor, cause="its pseudonyms were approved")
    else:
        record_change(session, interview, State.CHECKED, actor=actor, cause="checked against the recording")
    return waiting
