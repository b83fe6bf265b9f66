"""A study with names in its transcripts: booked people, what they said, and a person's review of it."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from pseudonyms_study import PEOPLE, SAID, said

from storage.contacts import Contacts
from storage.database import Database
from storage.interviews import record_change
from storage.study import Study
from storage.tables import (
    Binding,
    Consent,
    Interview,
    Participant,
    Party,
    PartyKind,
    Recording,
    State,
    Transcription,
)
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_machine_version
from storage.transcripts.transcript import InterviewTranscript, Spoken


@pytest.fixture
def people(contacts: Contacts) -> Contacts:
    """The contacts of the study's people."""
    for code, contact in PEOPLE.items():
        contacts.put(code, contact)
    return contacts


@pytest.fixture
def transcribed(database: Database, study: Study) -> Callable[..., InterviewTranscript]:
    """Store a participant's interview with a machine transcript; returns it as it is read."""

    def make(
        code: str = "C_001", utterances: Sequence[Spoken] | None = None, notes: Sequence[str] = ()
    ) -> InterviewTranscript:
        with database.writing() as session:
            for party, kind in ((code, PartyKind.PARTICIPANT), ("LW_01", PartyKind.PARTICIPANT)):
                session.merge(Party(code=party, kind=kind))
            session.merge(Party(code="INT_01", kind=PartyKind.INTERVIEWER))
            session.flush()
            session.add(Participant(code=code, group="client", mode="phone", link_worker="LW_01"))
            session.flush()
            session.add(
                Consent(
                    participant_code=code, given_on=date(2020, 5, 1), sheet="v1", recording=True, actor="coordinator"
                )
            )
            starts_at = datetime(2020, 6, 3, 13, 0, tzinfo=UTC) + timedelta(days=int(code[-2:]))
            interview = Interview(
                participant_code=code,
                interviewer_code="INT_01",
                mode="phone",
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=1),
                state=State.BOOKED,
            )
            record_change(session, interview, State.HELD, actor="coordinator")
            recording = Recording(
                sha256=code.encode().hex().ljust(64, "0"),
                suffix=".m4a",
                size=9,
                container="mp4",
                duration_ms=61_500,
                streams=[],
            )
            session.add(recording)
            session.flush()
            session.add(Binding(recording_id=recording.id, interview_id=interview.id, reason="code", actor="capture"))
            work = Transcription(
                recording_id=recording.id,
                recipe=code,
                engine="openai-whisper",
                model="small",
                model_sha256="9e" * 32,
                parameters={},
                versions={},
            )
            session.add(work)
            session.flush()
            save_machine_version(session, work, utterances or said(SAID), notes=notes)
            [transcript] = read_transcripts(session, study, [code])
        return transcript

    return make
