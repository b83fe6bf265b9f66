"""Participants with a recording, as rows and a file in the vault."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlmodel import Session

from storage.database import Database
from storage.study import Study
from storage.tables import Binding, Consent, Interview, Participant, Party, PartyKind, Recording, State
from storage.vault import Vault

FIRST = datetime(2020, 6, 1, 9, 0, tzinfo=UTC)
LENGTH_MS = 16_000


def add_recorded(
    study: Study, database: Database, code: str, sound: Path, *, day: int = 0, consent: bool | None = True
) -> Recording:
    """Add a participant, their interview `day` days after the first, and its recording, bound."""
    recording = _store(study, code, sound)
    starts_at = FIRST + timedelta(days=day)
    interview = Interview(
        participant_code=code,
        interviewer_code="INT_01",
        mode="phone",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        state=State.RECORDED,
    )
    with database.writing() as session:
        _add_people(session, code, consent)
        session.add_all([recording, interview])
        session.flush()
        session.add(Binding(recording_id=recording.id, interview_id=interview.id, reason="code", actor="test"))
    return recording


def _add_people(session: Session, code: str, consent: bool | None) -> None:
    for party, kind in ((code, PartyKind.PARTICIPANT), ("INT_01", PartyKind.INTERVIEWER)):
        session.merge(Party(code=party, kind=kind))
    session.flush()
    session.add(Participant(code=code, group="client", mode="phone"))
    session.flush()
    if consent is not None:
        given_on = date(2020, 5, 1)
        session.add(Consent(participant_code=code, given_on=given_on, sheet="v1", recording=consent, actor="test"))


def _store(study: Study, code: str, sound: Path) -> Recording:
    copy = study.folder / f"{code}{sound.suffix}"
    copy.write_bytes(sound.read_bytes() + code.encode())  # no two recordings are the same file
    stored = Vault(study.place(study.storage.vault)).store(copy, sound.suffix)
    copy.unlink()
    return Recording(
        sha256=stored.sha256,
        suffix=sound.suffix,
        size=stored.size,
        container="wav",
        duration_ms=LENGTH_MS,
        streams=[],
    )
