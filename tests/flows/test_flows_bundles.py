"""From the files that a tool leaves to a transcript in which each speaker has their own words."""

from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
from counting_recognizer import counting
from flows_rows import add_recorded
from flows_sounds import write_wav
from numpy.typing import NDArray
from sqlmodel import select

from flows.engine import Engine, load_engine
from flows.laying import BY_LENGTH, lay_side_by_side
from flows.one_recording import transcribe_one
from flows.transcription_queue import to_transcribe
from storage.contacts import Contact, Contacts
from storage.database import Database
from storage.errors import IntakeError
from storage.intake.inbox import CaptureReport, capture
from storage.study import Study
from storage.tables import Binding, Interview, Recording, State, Utterance
from storage.transcripts.reading import read_transcripts
from storage.transcripts.transcript import InterviewTranscript

RATE = 16_000
Sound = NDArray[np.float32]
NOW = datetime(2020, 6, 1, 12, 0, tzinfo=UTC)
MEETING = "2020-06-01 10.01.00 C_031 81234567890"


@pytest.fixture
def interview(study: Study, database: Database, silence: Path) -> Interview:
    """C_031's, at ten in London, of which nothing has been captured yet."""
    recording = add_recorded(study, database, "C_031", silence)
    with database.writing() as session:
        session.delete(session.get_one(Binding, recording.id))
        session.flush()
        session.delete(session.get_one(Recording, recording.id))
        interview = session.exec(select(Interview)).one()
        interview.state = State.BOOKED
    return interview


def captured(study: Study, database: Database, contacts: Contacts) -> CaptureReport:
    return capture(study, database, contacts, now=NOW, actor="test", settle_s=0, lay=lay_side_by_side)


def transcribed(study: Study, database: Database, engine: Engine) -> InterviewTranscript:
    with database.reading() as session:
        (waiting,) = to_transcribe(session, study)
    outcome = transcribe_one(study, database, waiting, engine)
    assert outcome.result == "done", outcome.message
    with database.reading() as session:
        (transcript,) = read_transcripts(session, study)
    return transcript


def said_by(transcript: InterviewTranscript) -> dict[str, str]:
    speakers = {utterance.speaker for utterance in transcript.utterances}
    return {
        speaker: " ".join(u.text for u in transcript.utterances if u.speaker == speaker).lower() for speaker in speakers
    }


def when(transcript: InterviewTranscript, word: str) -> int:
    """Milliseconds at which the utterance begins that holds a word."""
    return next(utterance.start_ms for utterance in transcript.utterances if word in utterance.text.lower())


def write_m4a(path: Path, sound: Sound) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w", format="ipod") as container:
        stream = container.add_stream("aac", rate=RATE, layout="mono")
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.reshape(1, -1)), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_both_sides_of_an_asterisk_call_are_two_speakers(
    demo_study: Study, database: Database, contacts: Contacts, interview: Interview, demo_sound: Sound
) -> None:
    inbox = demo_study.place(demo_study.capture.inbox)
    for side, sound in zip(("rx", "tx"), demo_sound[:, : 45 * RATE], strict=True):
        write_wav(inbox / f"C_031-20200601-100100-{side}.wav", sound[None, :])
    (taken,) = captured(demo_study, database, contacts).taken
    assert (taken.code, taken.remark) == ("C_031", "")
    said = said_by(transcribed(demo_study, database, load_engine(demo_study)))
    assert set(said) == {"INT_01", "C_031"}
    assert "bristol" in said["C_031"] and "bristol" not in said["INT_01"]
    assert "how many children" in said["INT_01"] and "grandchildren" in said["C_031"]


def test_the_study_file_says_which_side_of_a_call_the_interviewer_is(
    demo_study: Study, database: Database, contacts: Contacts, interview: Interview, talk: Path, demo_sound: Sound
) -> None:
    turned = demo_study.model_copy(
        update={"capture": demo_study.capture.model_copy(update={"channels": ["participant", "interviewer"]})}
    )
    inbox = turned.place(turned.capture.inbox)
    for side, sound in zip(("tx", "rx"), demo_sound[:, : 20 * RATE], strict=True):
        write_wav(inbox / f"C_031-{side}.wav", sound[None, :])
    captured(turned, database, contacts)
    transcript = transcribed(turned, database, counting())
    first = min(transcript.utterances, key=lambda utterance: utterance.start_ms)
    assert (first.speaker, first.channel) == ("INT_01", 1), "the interviewer greets first, and was sent to the caller"


def test_a_file_for_each_person_from_zoom_is_laid_in_time_and_named(
    demo_study: Study, database: Database, contacts: Contacts, interview: Interview, demo_sound: Sound
) -> None:
    """The participant's file begins 3.2 s late, as of one who joined later; only the mix tells so."""
    contacts.put("C_031", Contact(name="Zebedee Quixworth"))
    interviewer, participant = demo_sound[:, : 60 * RATE]
    folder = demo_study.place(demo_study.capture.inbox) / MEETING
    write_m4a(folder / "audio1639780501.m4a", interviewer + participant)
    write_m4a(folder / "Audio Record" / "audioZebedeeQuixworth21639780501.m4a", participant[round(3.2 * RATE) :])
    write_m4a(folder / "Audio Record" / "audioTom11639780501.m4a", interviewer)
    (taken,) = captured(demo_study, database, contacts).taken
    assert (taken.code, taken.remark) == ("C_031", "")
    transcript = transcribed(demo_study, database, load_engine(demo_study))
    said = said_by(transcript)
    assert set(said) == {"INT_01", "C_031"}
    assert "bristol" in said["C_031"] and "bristol" not in said["INT_01"]
    assert "how many children" in said["INT_01"]
    assert when(transcript, "bristol") == pytest.approx(13_880, abs=500)
    assert when(transcript, "how many children") == pytest.approx(16_553, abs=500)


def test_a_link_worker_who_was_there_has_a_channel_and_a_name_too(
    demo_study: Study, database: Database, contacts: Contacts, interview: Interview, demo_sound: Sound
) -> None:
    with database.writing() as session:
        session.get_one(Interview, interview.id).attending_code = "LW_02"
    interviewer, participant = demo_sound[:, : 40 * RATE]
    third = np.zeros_like(interviewer)
    third[36 * RATE :] = demo_sound[0, 60 * RATE : 64 * RATE]  # speaks when nobody else does
    folder = demo_study.place(demo_study.capture.inbox) / MEETING
    write_m4a(folder / "audio1639780501.m4a", interviewer + participant + third)
    for number, (person, sound) in enumerate((("C_031", participant), ("LW_02", third), ("Tom", interviewer)), 1):
        write_m4a(folder / "Audio Record" / f"audio{person}{number}1639780501.m4a", sound)
    (taken,) = captured(demo_study, database, contacts).taken
    assert (taken.code, taken.remark) == ("C_031", BY_LENGTH), "four seconds are too few to be found in the mix"
    assert set(said_by(transcribed(demo_study, database, counting()))) == {"INT_01", "C_031", "LW_02"}


def test_files_that_cannot_be_placed_are_told_in_words(tmp_path: Path, silence: Path, talk: Path) -> None:
    with (tmp_path / "out.flac").open("wb") as target, pytest.raises(IntakeError, match="channels of their own"):
        lay_side_by_side([talk, silence], None, target)


def test_the_same_files_give_the_same_recording(tmp_path: Path, demo_sound: Sound) -> None:
    files = [write_wav(tmp_path / f"{n}.wav", sound[None, : 30 * RATE]) for n, sound in enumerate(demo_sound)]
    mix = write_wav(tmp_path / "mix.wav", demo_sound[:, : 30 * RATE].sum(axis=0, keepdims=True))
    made = []
    for number in range(2):
        with (tmp_path / f"out{number}.flac").open("wb") as target:
            lay_side_by_side(files, mix, target)
        made.append((tmp_path / f"out{number}.flac").read_bytes())
    assert made[0] == made[1]


def test_whose_a_channel_is_does_not_depend_on_which_others_are_silent(
    demo_study: Study, database: Database, contacts: Contacts, interview: Interview, demo_sound: Sound
) -> None:
    """A third device that said nothing is left out of the transcript; the others keep their names."""
    interviewer, participant = demo_sound[:, : 30 * RATE]
    hiss = np.random.default_rng(1).normal(0, 1e-4, len(interviewer)).astype(np.float32)
    folder = demo_study.place(demo_study.capture.inbox) / MEETING
    write_m4a(folder / "audio1639780501.m4a", interviewer + participant)
    for number, (person, sound) in enumerate((("A", hiss), ("C_031", participant), ("INT_01", interviewer)), 1):
        write_m4a(folder / "Audio Record" / f"audio{person}{number}1639780501.m4a", sound)
    captured(demo_study, database, contacts)
    transcribed(demo_study, database, counting())
    with database.reading() as session:
        rows = session.exec(select(Utterance.channel, Utterance.speaker).distinct()).all()
    assert set(rows) == {(1, "C_031"), (2, "INT_01")}
