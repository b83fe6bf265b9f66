"""The versions that codings can stand in, and their texts as they go out.

Positions are Unicode code points, half-open; media times integer milliseconds.
"""

import hashlib
from dataclasses import dataclass

from sqlmodel import Session, col, select

from storage.exports.styles import Style
from storage.exports.turns import lines_of, plain_text
from storage.interviews import label
from storage.study import Study
from storage.tables import Interview, Recording, Transcript, Transcription, Utterance, Version
from storage.transcripts.transcript import Spoken


@dataclass(frozen=True, slots=True)
class StudyVersion:
    """A version of a transcript, and all by which a project's text can be told to be it."""

    id: int
    guid: str
    number: int
    transcript_id: int
    transcript_guid: str
    recording_guid: str
    recording_sha256: str
    duration_ms: int
    interview_id: int
    label: str
    language: str

    @property
    def name(self) -> str:
        return f"version {self.number} of {self.label}"


@dataclass(frozen=True, slots=True)
class Passage:
    """Where an utterance stands in the text, and when it was said."""

    start: int
    end: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class StudyText:
    """A version's text as it goes out in one style, and its utterances by position."""

    version: StudyVersion
    style: str
    text: str
    passages: tuple[Passage, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Readable:
    utterances: tuple[Spoken, ...]
    style: str
    language: str


def study_text(version: StudyVersion, utterances: tuple[Spoken, ...], style: str) -> StudyText:
    """The text of a version with these utterances in a style."""
    readable = _Readable(utterances, style, version.language)
    plain = plain_text(readable)
    passages = tuple(
        Passage(start, end, line.start_ms, line.end_ms)
        for line, (start, end) in zip(lines_of(readable), plain.positions, strict=True)
    )
    return StudyText(version, style, plain.text, passages)


def read_versions(session: Session, study: Study) -> list[StudyVersion]:
    """All versions of all transcripts, by transcript and number."""
    rows = session.exec(
        select(Version, Transcript, Recording, Interview)
        .join(Transcript, col(Transcript.id) == Version.transcript_id)
        .join(Recording, col(Recording.id) == Transcript.recording_id)
        .join(Interview, col(Interview.id) == Transcript.interview_id)
        .order_by(col(Transcript.id), col(Version.number))
    )
    languages = _languages(session)
    return [
        StudyVersion(
            id=version.id or 0,
            guid=version.guid,
            number=version.number,
            transcript_id=transcript.id or 0,
            transcript_guid=transcript.guid,
            recording_guid=recording.guid,
            recording_sha256=recording.sha256,
            duration_ms=recording.duration_ms,
            interview_id=interview.id or 0,
            label=label(interview.participant_code, interview.starts_at, study.zone),
            language=languages.get(transcript.id or 0, "") or study.transcription.language,
        )
        for version, transcript, recording, interview in rows
    ]


def _languages(session: Session) -> dict[int, str]:
    """The language in which each transcript was made, where its transcription says it."""
    query = select(Version.transcript_id, Transcription.parameters).join(
        Transcription, col(Transcription.id) == Version.transcription_id
    )
    return {transcript_id: str(parameters.get("language") or "") for transcript_id, parameters in session.exec(query)}


def read_texts(session: Session, study: Study, version: StudyVersion) -> tuple[StudyText, ...]:
    """A version's text in the study's style first, then in the other one."""
    rows = session.exec(select(Utterance).where(Utterance.version_id == version.id).order_by(col(Utterance.number)))
    said = tuple(Spoken(u.speaker, u.channel, u.start_ms, u.end_ms, u.text, u.words, u.guid) for u in rows)
    styles = sorted(Style, key=lambda style: style != study.transcription.style)
    return tuple(study_text(version, said, style) for style in styles)
