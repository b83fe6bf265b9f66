"""Transcripts as they are stored from a recording, and two people who save one at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlmodel import Session

from storage.database import Database
from storage.errors import StorageError
from storage.intake.attachment import attach
from storage.study import Study
from storage.tables import Interview, Recording, Transcription
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_next_version
from storage.transcripts.transcript import Spoken

SPOKEN = (
    Spoken(
        "INT_01", 0, 0, 900, "How are you?", [["How", 0, 300, 0.9], [" are", 300, 500, 0.8], [" you?", 500, 900, 0.7]]
    ),
    Spoken("C_001", 1, 1200, 2000, "Ça va, merci 🙂.", [["Ça", 1200, 1500, 0.5]]),
)


def begin(session: Session, interview: Interview, sha256: str = "a" * 64) -> Transcription:
    """A recording of the interview with the work of transcribing it."""
    streams = [{"type": "audio", "codec": "aac", "channels": 2, "rate": 8000}, {"type": "video", "codec": "h264"}]
    recording = Recording(
        sha256=sha256, suffix=".mp4", size=9, container="mov", duration_ms=2000, streams=streams, remark="ends early"
    )
    session.add(recording)
    session.flush()
    attach(session, recording, session.get_one(Interview, interview.id), reason="code", actor="capture")
    work = Transcription(
        recording_id=recording.id,
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


def both_save(database: Database, study: Study) -> list[str]:
    """Two people who have read the same version save the next one at the same moment; what each is told."""
    meet = Barrier(2)

    def save(actor: str) -> str:
        with database.reading() as session:
            (read,) = read_transcripts(session, study)
        meet.wait()
        try:
            with database.writing() as session:
                save_next_version(session, read, SPOKEN[:1], actor=actor, note="edited")
        except StorageError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(save, ("RES_01", "RES_02")))
