"""Where nobody speaks no word is written: silence, rooms, hum, tones of the exchange, keypads, music on hold."""

from pathlib import Path

import nonspeech_sounds as sounds
import numpy as np
import pytest
import torch
from sound_files import write

from transcription.decode import decode
from transcription.plan import make_plan
from transcription.recognizers.hearing import Whisper
from transcription.recognizers.loading import load_recognizer
from transcription.recognizers.openai_whisper import Encoded
from transcription.transcript import Mark, Word

pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # Whisper's table of spellings
SECONDS = 15.0
LEVEL_DB = -20.0
KINDS = [
    sounds.silence,
    sounds.room_tone,
    sounds.white_noise,
    sounds.pink_noise,
    sounds.mains_hum,
    sounds.uk_ring_tone,
    sounds.us_ring_tone,
    sounds.european_ring_tone,
    sounds.uk_busy_tone,
    sounds.us_busy_tone,
    sounds.keypad,
    sounds.melody,
    sounds.strings,
    sounds.drums,
    sounds.choir,
    sounds.music_on_hold,
    sounds.breathing,
    sounds.typing,
]


@pytest.fixture(scope="module")
def whisper(demo_model: Path) -> Whisper[Encoded]:
    torch.set_num_threads(1)
    return load_recognizer(demo_model)


@pytest.mark.parametrize("line", ["wideband", "telephone"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_no_word_is_written(whisper: Whisper[Encoded], tmp_path: Path, kind: sounds.Maker, line: str) -> None:
    made = sounds.at_level(kind(SECONDS), LEVEL_DB)
    sound = sounds.over_the_phone(made) if line == "telephone" else made
    path = write(tmp_path / "nobody.wav", np.asarray(sound, np.float32)[None])
    words: list[Word] = []
    decode(path, make_plan(path), whisper, on_windows=lambda batch: words.extend(w for one in batch for w in one.words))
    assert [word.text for word in words if Mark.UNCLEAR not in word.marks and not word.is_set_aside] == []
