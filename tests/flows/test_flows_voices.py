"""Whose words they are, by channel or by voice; and a recording in another language than was asked for."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from counting_recognizer import Counting
from flows_sounds import write_wav
from numpy.typing import NDArray
from sqlmodel import select

from flows.engine import Engine, load_speakers
from flows.one_recording import HEARING, transcribe_one
from flows.transcription_queue import to_transcribe
from flows.voices import BY_VOICE, ONE_SPEAKER
from storage.database import Database
from storage.study import Study
from storage.tables import Recording, Transcription, Utterance, Version, Window
from transcription.errors import ModelError
from transcription.plan import Progress
from transcription.recognizers.base import JSON, Heard
from transcription.speakers.base import Turn
from transcription.speech import Span

Add = Callable[..., Recording]


class Halves:
    """A speaker step that gives the first half of the speech to one person and the rest to another, who is doubtful."""

    name = "halves"
    parameters: Mapping[str, JSON] = {}

    def __init__(self) -> None:
        self.asked = 0

    def turns(
        self,
        path: Path,
        channel: int,
        speech: Sequence[Span],
        people: int | None = 2,
        progress: Progress | None = None,
    ) -> tuple[Turn, ...]:
        self.asked += 1
        if progress is not None:
            progress(1, 2)
        middle = (speech[0].start_ms + speech[-1].end_ms) // 2
        return (Turn(speech[0].start_ms, middle, 0, 0.9), Turn(middle, speech[-1].end_ms, 1, 0.1))


class Abroad(Counting):
    """Hears another language than it writes."""

    parameters: Mapping[str, JSON] = {"language": "en"}

    def recognize(self, sounds: Sequence[NDArray[np.float32]]) -> list[Heard]:
        return [Heard(one.words, True, "cy", 0.9) for one in super().recognize(sounds)]


@pytest.fixture
def mono(demo_sound: NDArray[np.float32], tmp_path: Path) -> Path:
    return write_wav(tmp_path / "mono.wav", demo_sound[:, : 16 * 16_000].mean(axis=0, keepdims=True))


def transcribe(study: Study, database: Database, engine: Engine) -> str:
    with database.reading() as session:
        (recording,) = to_transcribe(session, study)
    outcome = transcribe_one(study, database, recording, engine)
    return f"{outcome.result}: {outcome.message}"


def spoken(database: Database) -> list[Utterance]:
    with database.reading() as session:
        return list(session.exec(select(Utterance).order_by(Utterance.number)))  # type: ignore[arg-type]


def notes(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(Version)).one().notes)


def test_on_one_channel_the_voices_are_numbered_and_doubtful_words_marked(
    study: Study, database: Database, add_recording: Add, mono: Path
) -> None:
    add_recording("C_001", mono)
    assert transcribe(study, database, Engine("counting", Counting(), Halves())).startswith("done")
    utterances = spoken(database)
    assert list(dict.fromkeys(u.speaker for u in utterances)) == ["Speaker 1", "Speaker 2"]
    doubtful = {u.speaker for u in utterances for word in u.words if len(word) > 4 and "speaker" in word[4]}
    assert doubtful == {"Speaker 2"}
    assert notes(database) == [BY_VOICE]


def test_voices_are_told_once_before_the_words_and_their_time_counts(
    study: Study, database: Database, add_recording: Add, mono: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 100_000, 10))
    # the file's own clock, not that of every thread
    monkeypatch.setattr("flows.one_recording.time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    add_recording("C_001", mono)
    halves = Halves()
    with database.reading() as session:
        (recording,) = to_transcribe(session, study)
    parts: list[float] = []

    def broken_off(part: float) -> None:
        parts.append(part)
        if part > HEARING:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transcribe_one(study, database, recording, Engine("counting", Counting(), halves), broken_off)
    assert parts == sorted(parts)
    assert any(HEARING / 10 < part < HEARING for part in parts), "the bar moves while voices are told apart"
    with database.reading() as session:
        work = session.exec(select(Transcription)).one()
    assert work.turns is not None
    assert work.seconds >= 10, "what was spent before the words is known to the planner"
    assert transcribe(study, database, Engine("counting", Counting(), halves)).startswith("done")
    assert halves.asked == 1


def test_a_recording_begun_before_voices_were_kept_has_them_told_when_it_is_gone_on_with(
    study: Study, database: Database, add_recording: Add, mono: Path
) -> None:
    add_recording("C_001", mono)
    halves = Halves()
    with database.reading() as session:
        (recording,) = to_transcribe(session, study)

    def broken_off(part: float) -> None:
        if part > HEARING:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transcribe_one(study, database, recording, Engine("counting", Counting(), halves), broken_off)
    with database.writing() as session:
        work = session.exec(select(Transcription)).one()
        plan, work.turns = work.plan, None
    assert transcribe(study, database, Engine("counting", Counting(), halves)).startswith("done")
    assert {u.speaker for u in spoken(database)} == {"Speaker 1", "Speaker 2"}
    with database.reading() as session:
        assert session.exec(select(Transcription)).one().plan == plan, "the windows keep their numbers"


def test_without_a_speaker_step_the_one_voice_has_no_name(
    study: Study, database: Database, add_recording: Add, mono: Path
) -> None:
    add_recording("C_001", mono)
    assert transcribe(study, database, Engine("counting", Counting())).startswith("done")
    assert {u.speaker for u in spoken(database)} == {""}
    assert notes(database) == [ONE_SPEAKER]


def test_on_a_channel_each_the_booking_names_them_and_no_voice_is_asked(
    study: Study, database: Database, add_recording: Add, talk: Path
) -> None:
    add_recording("C_001", talk)
    assert transcribe(study, database, Engine("counting", Counting(), Halves())).startswith("done")
    assert {u.speaker for u in spoken(database)} == {"INT_01", "C_001"}
    assert notes(database) == []
    with database.reading() as session:
        version = session.exec(select(Version)).one()
    assert version.completeness == 1.0
    assert version.unclear_ms == 0


def test_a_recording_in_another_language_is_told_and_what_was_heard_is_kept(
    study: Study, database: Database, add_recording: Add, talk: Path
) -> None:
    add_recording("C_001", talk)
    for _ in range(2):
        told = transcribe(study, database, Engine("counting", Abroad()))
        assert told.startswith("failed: The people on the recording speak Welsh")
        assert "fieldcall transcribe C_001 --language cy" in told
    assert spoken(database) == []
    with database.reading() as session:
        kept = session.exec(select(Window)).all()
    assert kept
    assert {(window.language, window.language_probability) for window in kept} == {("cy", 0.9)}


def test_the_speaker_step_is_the_studys_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    import transcription.speakers.voices as voices

    assert load_speakers("none") is None

    def missing() -> None:
        raise ModelError("The package is not installed.")

    monkeypatch.setattr(voices, "Voices", missing)
    assert load_speakers("auto") is None
    with pytest.raises(ModelError):
        load_speakers("voices")
