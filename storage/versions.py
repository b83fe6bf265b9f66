"""The versions that a transcript has had: which there are, who made each, and who stands for it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import Approval, Transcript, Version


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
