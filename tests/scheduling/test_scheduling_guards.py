"""What the database refuses whoever asks, on SQLite and PostgreSQL."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from scheduling.booking import book
from scheduling.consent import record_consent, withdraw
from storage.database import Database
from storage.guards import CLAIM_OVERLAP, IMMUTABLE, NO_CONSENT
from storage.study import Study
from storage.tables import Binding, Claim, Interview, Party, Recording, Transcript, Transcription, Utterance, Version


@pytest.fixture
def recorded(filled: Database, study: Study, now: datetime) -> Interview:
    """C_001's interview with a recording bound to it; consent is not yet on record."""
    interview = book(filled, study, "C_001", now=now, actor="coordinator")
    with filled.writing() as session:
        session.add(Recording(id=1, sha256="0" * 64, suffix=".wav", size=1, container="wav", duration_ms=1, streams=[]))
        session.flush()
        session.add(Binding(recording_id=1, interview_id=interview.id or 0, reason="code in the name", actor="test"))
    return interview


@pytest.mark.parametrize("party", ["INT_01", "C_001", "LW_01", "LINE_1"])
def test_no_partys_claims_overlap_whoever_writes_them(
    filled: Database, study: Study, now: datetime, party: str
) -> None:
    """Interviewer, participant, link worker and telephone line alike; a claim may touch another."""
    interview = book(filled, study, "C_002", now=now, actor="coordinator")
    start = interview.starts_at + timedelta(days=7)

    def claim(first: int, last: int) -> Claim:
        starts_at, ends_at = (start + timedelta(minutes=minutes) for minutes in (first, last))
        return Claim(party_code=party, interview_id=interview.id or 0, starts_at=starts_at, ends_at=ends_at)

    with filled.writing() as session:
        session.merge(Party(code=party, kind="line"))
        session.flush()
        session.add_all([claim(0, 60), claim(60, 120)])
    for first, last in ((119, 180), (-1, 1), (10, 20), (-10, 200)):
        with pytest.raises(IntegrityError, match=f"{CLAIM_OVERLAP}|claim_no_overlap"), filled.writing() as session:
            session.add(claim(first, last))


def transcription() -> Transcription:
    return Transcription(
        recording_id=1, recipe="r", engine="e", model="m", model_sha256="0", parameters={}, versions={}
    )


def refused(database: Database, row: SQLModel) -> bool:
    try:
        with database.writing() as session:
            session.add(row)
    except IntegrityError as error:
        assert NO_CONSENT in str(error)
        return True
    return False


def test_without_consent_nothing_is_transcribed(
    filled: Database, study: Study, now: datetime, recorded: Interview
) -> None:
    def transcript() -> Transcript:
        return Transcript(interview_id=recorded.id or 0, recording_id=1)

    def consent(recording: bool) -> None:
        record_consent(filled, study, "C_001", given_on=now.date(), sheet="v1", recording=recording, now=now, actor="x")

    assert refused(filled, transcription())
    assert refused(filled, transcript())
    consent(True)
    consent(False)  # the newest counts
    assert refused(filled, transcription())
    assert refused(filled, transcript())
    consent(True)
    assert not refused(filled, transcription())
    assert not refused(filled, transcript())


def test_after_a_withdrawal_nothing_is_transcribed(
    filled: Database, study: Study, now: datetime, recorded: Interview
) -> None:
    record_consent(filled, study, "C_001", given_on=now.date(), sheet="v1", recording=True, now=now, actor="x")
    withdraw(filled, study, "C_001", now=now, actor="coordinator")
    assert refused(filled, transcription())


def test_steps_versions_and_utterances_are_never_changed(
    filled: Database, study: Study, now: datetime, recorded: Interview
) -> None:
    record_consent(filled, study, "C_001", given_on=now.date(), sheet="v1", recording=True, now=now, actor="x")
    with filled.writing() as session:
        session.add(Transcript(id=1, interview_id=recorded.id or 0, recording_id=1))
        session.flush()
        session.add(Version(id=1, transcript_id=1, number=1, kind="machine", actor="x"))
        session.flush()
        session.add(Utterance(version_id=1, number=1, speaker="", channel=0, start_ms=0, end_ms=1, text="a", words=[]))
    for statement in (
        "UPDATE change SET actor = 'y'",
        "UPDATE version SET kind = 'corrected'",
        "UPDATE utterance SET text = 'b'",
    ):
        with pytest.raises(IntegrityError, match=IMMUTABLE), filled.writing() as session:
            session.execute(text(statement))
