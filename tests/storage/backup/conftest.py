"""A study with something in every table that matters for a backup, as SQLite and as PostgreSQL."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import Session

from storage.backup.snapshot import Home
from storage.contacts import Contact, Contacts, read_key
from storage.database import Database
from storage.exports.delivery import deliver
from storage.intake.attachment import attach
from storage.study import Study
from storage.tables import Alert, Consent, Interview, Recording, Transcription, Window, now
from storage.transcripts.approval import approve_transcript
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_machine_version, save_next_version
from storage.transcripts.transcript import Spoken
from storage.vault import Vault

NOW = datetime(2020, 6, 10, 20, 15, 30, tzinfo=UTC)
WORDS = [
    ["It", 0, 300, 0.25],
    [" cost", 300, 500, 1e-05, ["disputed"]],
    [" £20 🙂 e\u0301 \u202e\u2028", 500, 900, 0.1],
]


@pytest.fixture
def home(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a test asks for another with `@pytest.mark.parametrize("home", …, indirect=True)`."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture
def kept(study: Study, database: Database, contacts: Contacts, book: Callable[..., Interview], tmp_path: Path) -> Home:
    """A study in the middle of its life.

    C_001 is transcribed, corrected, approved and delivered; C_002 has withdrawn since; M_01 is half transcribed; the
    interview of LW_01 was recorded in two files, the first of which is transcribed as the second. Two files wait in the
    inbox.
    """
    interviews = {code: book(code, NOW.replace(day=n), state="held") for n, code in enumerate(CODES, 1)}
    for number, code in enumerate(CODES):
        contacts.put(code, Contact(f"Person {number}", f"+4479000000{number}", f"p{number}@example.org"))
    with database.writing() as session:
        for code in ("C_001", "C_002"):
            save_machine_version(session, _work(session, study, contacts, interviews[code], tmp_path), [_spoken(code)])
        _half_done(session, _work(session, study, contacts, interviews["M_01"], tmp_path))
        _in_two_files(session, study, contacts, interviews["LW_01"], tmp_path)
        session.add(
            Consent(participant_code="C_002", given_on=date(2020, 6, 9), sheet="v1", recording=False, actor="c")
        )
        session.add(Alert(key="disk", message="The disk is full.", since=NOW, seen_at=NOW))
    with database.writing() as session:
        (machine,) = read_transcripts(session, study, ["C_001"])
        save_next_version(session, machine, [_spoken("C_001", "It cost £25.")], actor="researcher", note="Corrected.")
    with database.writing() as session:
        approve_transcript(session, session.get_one(Interview, interviews["C_001"].id), actor="researcher")
    deliver(database, study, actor="coordinator", now=NOW, formats=["txt"])
    _fill_inbox(study)
    return Home(study, database, contacts, read_key(study.place(study.storage.contacts_key)))


CODES = ("C_001", "C_002", "M_01", "LW_01")


def _spoken(code: str, said: str = "It cost £20 🙂 e\u0301 \u202e\u2028") -> Spoken:
    return Spoken(code, 1, 0, 900, said, WORDS)


def _work(session: Session, study: Study, contacts: Contacts, interview: Interview, folder: Path) -> Transcription:
    recording = _recorded(session, study, contacts, interview.participant_code, folder)
    attach(session, recording, session.get_one(Interview, interview.id), reason="code", actor="capture")
    session.flush()
    work = Transcription(
        recording_id=recording.id or 0,
        recipe="r",
        engine="openai-whisper",
        model="small",
        model_sha256="f" * 64,
        parameters={"language": "en"},
        versions={"openai-whisper": "20250625"},
    )
    session.add(work)
    session.flush()
    return work


def _recorded(session: Session, study: Study, contacts: Contacts, name: str, folder: Path) -> Recording:
    source = folder / "original.wav"
    source.write_bytes(hashlib.sha256(name.encode()).digest() * 3_000)
    stored = Vault(study.place(study.storage.vault)).store(source, ".wav")
    contacts.put_original_name(stored.sha256, f"Call with {name}.wav")
    recording = Recording(
        sha256=stored.sha256,
        suffix=".wav",
        size=stored.size,
        container="wav",
        duration_ms=900,
        streams=[{"type": "audio", "codec": "pcm_s16le", "channels": 1, "rate": 8000}],
        peak_dbfs=-0.1,
    )
    session.add(recording)
    session.flush()
    return recording


def _half_done(session: Session, work: Transcription) -> None:
    """Windows of words, and a number that was given to work that is gone."""
    session.add(Window(transcription_id=work.id, number=0, words=WORDS, seconds=1.5, language="en"))
    session.add(
        Window(transcription_id=work.id, number=1, words=[], seconds=0.1, language_probability=0.3, done_at=now())
    )
    gone = Transcription(**{**work.model_dump(), "id": None, "recipe": "other"})
    session.add(gone)
    session.flush()
    session.delete(gone)


def _in_two_files(session: Session, study: Study, contacts: Contacts, interview: Interview, folder: Path) -> None:
    first = _recorded(session, study, contacts, "first", folder)
    whole = _recorded(session, study, contacts, "whole", folder)
    attach(session, whole, session.get_one(Interview, interview.id), reason="code", actor="capture")
    first.transcribed_as = whole.id
    session.flush()
    assert session.execute(text("SELECT MAX(transcribed_as - id) FROM recording")).scalar_one() > 0


def _fill_inbox(study: Study) -> None:
    inbox = study.place(study.capture.inbox)
    (inbox / "zoom").mkdir(parents=True)
    (inbox / "Call with Mary Smith.m4a").write_bytes(b"sound" * 1_000)
    (inbox / "zoom" / "chat.txt").write_bytes(b"hello")
    (inbox / ".hidden").write_bytes(b"not of the study")
