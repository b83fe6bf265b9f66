"""The versions that a transcript has had: which there are, who made each, who stands for it, how much each holds."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import sqlalchemy
from sqlalchemy import Row
from sqlmodel import Session, col, func, select

from storage.interviews import label
from storage.tables import (
    Approval,
    Interview,
    Recording,
    Transcript,
    Transcription,
    Utterance,
    Version,
    VersionSize,
)
from storage.transcripts.sizes import size_of
from storage.transcripts.transcript import Spoken


@dataclass(frozen=True, slots=True)
class VersionMade:
    """That a version was made: its kind, by whom and when, and who stands for it ('' where nobody does)."""

    guid: str
    number: int
    kind: str
    actor: str
    made_at: datetime
    approved_by: str
    notes: tuple[str, ...]


def versions_of(session: Session, transcript_guid: str) -> list[VersionMade]:
    """All versions of a transcript, oldest first."""
    query = (
        select(Version, Approval)
        .join(Transcript, col(Transcript.id) == Version.transcript_id)
        .join(Approval, col(Approval.version_id) == Version.id, isouter=True)
        .where(Transcript.guid == transcript_guid)
        .order_by(col(Version.number))
    )
    return [
        VersionMade(v.guid, v.number, v.kind, v.actor, v.made_at, approval.actor if approval else "", tuple(v.notes))
        for v, approval in session.exec(query)
    ]


@dataclass(frozen=True, slots=True)
class TranscriptRow:
    """A transcript with its newest version, as a list shows it."""

    label: str
    version_number: int
    version_kind: str
    approved_by: str
    duration_ms: int
    words: int
    completeness: float | None
    unclear: int
    set_aside: int
    model: str
    state: str
    remark: str


def transcript_rows(session: Session, zone: tzinfo) -> list[TranscriptRow]:
    """Every transcript by label; no words are read, but of versions that were stored before their sizes were."""
    newest = select(func.max(Version.id)).group_by(col(Version.transcript_id))
    made = select(Version.transcript_id, Transcription.model)
    models = dict(session.exec(made.join(Transcription, col(Transcription.id) == Version.transcription_id)).all())
    query = (
        sqlalchemy.select(
            *map(col, (Version.id, Version.transcript_id, Version.number, Version.kind, Version.completeness)),
            *map(col, (VersionSize.words, VersionSize.unclear, VersionSize.set_aside)),
            *map(col, (Interview.participant_code, Interview.starts_at, Interview.state)),
            *map(col, (Recording.duration_ms, Recording.remark, Approval.actor)),
        )
        .join(Transcript, col(Transcript.id) == Version.transcript_id)
        .join(Interview, col(Interview.id) == Transcript.interview_id)
        .join(Recording, col(Recording.id) == Transcript.recording_id)
        .outerjoin(VersionSize, col(VersionSize.version_id) == Version.id)
        .outerjoin(Approval, col(Approval.version_id) == Version.id)
        .where(col(Version.id).in_(newest))  # a later version has a larger id
        .order_by(col(Interview.participant_code), col(Interview.starts_at), col(Recording.id))
    )
    rows = []
    for found in session.connection().execute(query):
        size = _counted(session, found.id) if found.words is None else found
        rows.append(_row(found, size, models[found.transcript_id], zone))
    return rows


def _row(found: Row[Any], size: Row[Any] | VersionSize, model: str, zone: tzinfo) -> TranscriptRow:
    return TranscriptRow(
        label=label(found.participant_code, found.starts_at, zone),
        version_number=found.number,
        version_kind=found.kind,
        approved_by=found.actor or "",
        duration_ms=found.duration_ms,
        words=size.words,
        completeness=found.completeness,
        unclear=size.unclear,
        set_aside=size.set_aside,
        model=model,
        state=found.state,
        remark=found.remark,
    )


def _counted(session: Session, version_id: int) -> VersionSize:
    rows = session.exec(select(Utterance).where(Utterance.version_id == version_id).order_by(col(Utterance.number)))
    said = [Spoken(row.speaker, row.channel, row.start_ms, row.end_ms, row.text, row.words) for row in rows]
    return size_of(version_id, said)
