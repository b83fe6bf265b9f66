"""A dialogue spoken by two synthetic voices: one sound track per speaker and the truth about every word."""

import random
import re
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from demo.model.espeak import SAMPLE_RATE, Espeak
from demo.script import SPEAKERS, Turn

_LETTERS = {"I": "interviewer", "P": "participant"}
_SPEECH_LEVEL = 0.06  # root mean square of every sentence, as in the training of the demo model
_LEAD_S, _TAIL_S = 0.6, 0.8


class Voice(NamedTuple):
    """An espeak-ng voice such as ``en-gb+f3``; pitch 0 to 99."""

    name: str
    words_per_minute: int
    pitch: int


@dataclass(frozen=True)
class Performance:
    """float32 (2, samples) at 16 kHz, interviewer first, without any noise; and who said what when."""

    tracks: NDArray[np.float32]
    turns: tuple[Turn, ...]


def turns_of(dialogue: str) -> list[tuple[str, list[str]]]:
    """(speaker, sentences) of a dialogue written as ``I: ...`` and ``P: ...`` lines."""
    lines = [(_LETTERS[line[0]], line[3:]) for line in dialogue.strip().splitlines()]
    runs = groupby(lines, key=lambda line: line[0])
    return [(who, re.findall(r"[^.?]+[.?]", " ".join(text for _, text in run))) for who, run in runs]


def perform(
    dialogue: str, voices: tuple[Voice, Voice], seed: int, between_s: tuple[float, float], overlap: float
) -> Performance:
    """Speak `dialogue`, the first voice being the interviewer's. `between_s` are the shortest and longest
    pause between turns, `overlap` is the share of turns that begin before the other speaker has finished."""
    rng, espeak = random.Random(seed), Espeak()  # noqa: S311 (reproducible, not secret)
    voice_of = dict(zip(SPEAKERS, voices, strict=True))
    pieces: list[tuple[int, int, NDArray[np.float32]]] = []
    turns: list[Turn] = []
    clock = _LEAD_S
    for speaker, sentences in turns_of(dialogue):
        if turns:
            clock += -rng.uniform(0.1, 0.35) if rng.random() < overlap else rng.uniform(*between_s)
        words: list[tuple[str, int, int]] = []
        for number, text in enumerate(sentences):
            clock += rng.uniform(0.3, 0.8) if number else 0.0
            speech = espeak.speak(text.strip(), *voice_of[speaker])
            words += [(w, round((clock + s) * 1000), round((clock + e) * 1000)) for w, s, e in speech.words]
            pieces.append((SPEAKERS.index(speaker), int(clock * SAMPLE_RATE), _levelled(speech.audio)))
            clock += len(speech.audio) / SAMPLE_RATE
        turns.append(Turn(speaker, tuple(words)))
    return Performance(_lay(pieces, clock + _TAIL_S), tuple(turns))


def _levelled(audio: NDArray[np.int16]) -> NDArray[np.float32]:
    samples = audio.astype(np.float32) / 32768
    gain = _SPEECH_LEVEL / np.sqrt((samples**2).mean())
    return np.asarray(samples * gain, np.float32)


def _lay(pieces: list[tuple[int, int, NDArray[np.float32]]], duration_s: float) -> NDArray[np.float32]:
    tracks = np.zeros((len(SPEAKERS), int(duration_s * SAMPLE_RATE)), np.float32)
    for track, start, samples in pieces:
        tracks[track, start : start + len(samples)] += samples
    return tracks
