"""A study with names in its transcripts: booked people, what they said, and a person's review of it."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from storage.contacts import Contact, Contacts
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
from storage.transcripts import InterviewTranscript, Spoken, read_transcripts, save_machine_version

PEOPLE = {
    "C_001": Contact("Margaret Tolley", "+441914980855", "m.tolley@example.org"),
    "C_002": Contact("David Renshaw", "+447700900977"),
    "LW_01": Contact("Paul Sedgwick"),
}
SAID = (
    ("INT_01", "Hello Margaret, how are you?"),
    ("C_001", "Not bad. Paul rang from Jesmond, and Doreen Pattison's sister came."),
    ("C_001", "My number is oh one nine one, four nine eight, oh eight double five."),
    ("INT_01", "Will you rest now? It was somewhere, NE28 maybe."),
)
LETTER_MS = 100  # how long a letter of a word is said


def said(texts: Sequence[tuple[str, str]]) -> list[Spoken]:
    """Utterances whose words have times: a letter lasts a tenth of a second, a gap a twentieth."""
    utterances = []
    at = 0
    for speaker, text in texts:
        rows: list[list[Any]] = []
        start = at
        for word in text.split(" "):
            rows.append([word, at, at + LETTER_MS * len(word), 0.9])
            at += LETTER_MS * len(word) + LETTER_MS // 2
        utterances.append(Spoken(speaker, 0, start, rows[-1][2], text, rows))
    return utterances


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
