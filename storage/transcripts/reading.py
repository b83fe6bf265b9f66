"""Reading a version of a transcript, the newest or any other."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from storage.errors import StorageError
from storage.interviews import label
from storage.study import Study
from storage.tables import (
    Approval,
    Interview,
    Participant,
    Recording,
    Transcript,
    Transcription,
    Utterance,
    Version,
)
from storage.transcripts.transcript import InterviewTranscript, Spoken


def read_transcripts(session: Session, study: Study, codes: Sequence[str] = ()) -> list[InterviewTranscript]:
    """The newest version of every transcript, or of those of the participants named, by label."""
    query = _TRANSCRIPTS.order_by(col(Interview.participant_code), col(Interview.starts_at), col(Recording.id))
    if codes:
        query = query.where(col(Participant.code).in_(codes))
    return [_read(session, study, newest_version(session, row[0]), *row) for row in session.exec(query)]


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


def newest_version(session: Session, transcript: Transcript) -> Version:
    """The newest version of a transcript."""
    newest = select(Version).where(Version.transcript_id == transcript.id).order_by(col(Version.number).desc())
    version = session.exec(newest).first()
    assert version is not None, "a transcript is stored together with its first version"
    return version
