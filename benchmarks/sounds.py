"""What is listened to: the demo's recordings one after the other, its call over and over, and sound without speech.

Each becomes a WAV file at 16 kHz together with the truth about every word, which is known because it was synthesised.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo.script import Script, read_script
from transcription.audio import RATE, AudioReader

DEMO = Path(__file__).parents[1] / "demo"
CALL = "client_choir_two_channel_phone"

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word that is said, in ms of the recording; turns are numbered through all of it."""

    turn: int
    speaker: str
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Recording:
    """A WAV file and all that is said in it. `channels` names each channel's speaker; empty where all share one."""

    path: Path
    seconds: float
    words: tuple[SpokenWord, ...] = ()
    channels: tuple[str, ...] = ()


def conversation(minutes: float, target: Path) -> Recording:
    """All demo recordings mixed to one channel, one after the other, until the time is full; the last one whole."""
    return _one_after_the_other(sorted((DEMO / "scripts").glob("*.json")), minutes, target, mixed=True)


def call(minutes: float, target: Path, *, mixed: bool) -> Recording:
    """The demo's two-channel call until the time is full: a channel for each speaker, or both in one."""
    return _one_after_the_other([DEMO / "scripts" / f"{CALL}.json"], minutes, target, mixed=mixed)


def _one_after_the_other(scripts: list[Path], minutes: float, target: Path, *, mixed: bool) -> Recording:
    words: list[SpokenWord] = []
    samples = 0
    channels = () if mixed else read_script(scripts[0]).channels
    with _wav(target, max(1, len(channels))) as write:
        for path in cycle(scripts):
            if samples >= minutes * 60 * RATE:
                break
            script = read_script(path)
            words += _later(script, samples * 1000 // RATE, turns=words[-1].turn + 1 if words else 0)
            for block in AudioReader(DEMO / "recordings" / script.recording):
                write(block.mean(axis=0, keepdims=True) if mixed else block)
                samples += block.shape[1]
    return Recording(target, samples / RATE, tuple(words), channels)


def _later(script: Script, by_ms: int, turns: int) -> Iterator[SpokenWord]:
    for number, turn in enumerate(script.turns, start=turns):
        for text, start_ms, end_ms in turn.words:
            yield SpokenWord(number, turn.speaker, text, start_ms + by_ms, end_ms + by_ms)


def without_speech(kind: str, minutes: float, target: Path) -> Recording:
    """Sound of one of the kinds of `NON_SPEECH`, in which nobody says anything."""
    rng = np.random.default_rng(0)
    seconds = np.arange(10 * RATE, dtype=np.float64) / RATE
    blocks = round(minutes * 6)
    with _wav(target, 1) as write:
        for block in range(blocks):
            write(NON_SPEECH[kind](seconds + 10 * block, rng)[None].astype(np.float32))
    return Recording(target, 10.0 * blocks)


@contextmanager
def _wav(target: Path, channels: int) -> Iterator[Callable[[Sound], None]]:
    """Write blocks (channels, samples) of -1 to 1 as 16-bit samples."""
    with wave.open(str(target), "wb") as file:
        file.setparams((channels, 2, RATE, 0, "NONE", ""))
        yield lambda block: file.writeframes((np.clip(block.T, -1, 1) * 32767).astype("<i2").tobytes())


Seconds = NDArray[np.float64]


def _silence(at: Seconds, _: np.random.Generator) -> Seconds:
    return np.zeros_like(at)


def _room_tone(at: Seconds, rng: np.random.Generator) -> Seconds:
    """Noise that falls with frequency, as of a ventilator in a quiet room, slowly rising and falling."""
    spectrum = np.fft.rfft(rng.standard_normal(len(at)))
    falling = np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), len(at))
    loudness = 0.005 * (1 + 0.5 * np.sin(2 * np.pi * at / 7))
    return np.asarray(loudness * falling / falling.std())


def _hum(at: Seconds, _: np.random.Generator) -> Seconds:
    """Mains of 50 Hz with its odd harmonics."""
    return sum((0.02 / n * np.sin(2 * np.pi * 50 * n * at) for n in (1, 3, 5, 7)), np.zeros_like(at))


def _ring_tone(at: Seconds, _: np.random.Generator) -> Seconds:
    """A British telephone that rings at the other end: twice 0.4 s, every 3 s."""
    place = at % 3
    rings = (place < 0.4) | ((place > 0.6) & (place < 1.0))
    return np.asarray(0.1 * rings * (np.sin(2 * np.pi * 400 * at) + np.sin(2 * np.pi * 450 * at)))


def _hold_music(at: Seconds, _: np.random.Generator) -> Seconds:
    """A tune with vibrato over chords that change every 2 s."""
    tune = np.array([0, 4, 7, 12, 11, 7, 4, 2, 5, 9, 12, 9, 7, 4, 2, -1])
    chords = np.array([[0, 4, 7], [5, 9, 12], [7, 11, 14], [0, 4, 7]]) - 12
    beat = at % 0.4
    sound = np.exp(-4 * beat) * _tone(tune[(at // 0.4).astype(int) % len(tune)], at, vibrato=0.3)
    for voice in chords[(at // 2).astype(int) % len(chords)].T:
        sound = sound + 0.4 * _tone(voice, at)
    return 0.06 * sound * np.minimum(1, beat / 0.01)


def _tone(semitones: NDArray[np.int64], at: Seconds, vibrato: float = 0.0) -> Seconds:
    """Some semitones above middle C, with three harmonics."""
    phase = 2 * np.pi * 261.6 * 2 ** (semitones / 12) * at + vibrato * np.sin(2 * np.pi * 5.5 * at)
    return sum((np.sin(n * phase) / n for n in (1, 2, 3)), np.zeros_like(at))


def _keypad(at: Seconds, _: np.random.Generator) -> Seconds:
    """Eleven keys pressed one after the other, then a pause, again and again."""
    rows, columns = np.array([697, 770, 852, 941]), np.array([1209, 1336, 1477])
    key = (at // 0.25).astype(int) % 20
    pressed = (at % 0.25 < 0.15) & (key < 11)
    low, high = rows[key * 7 % 4], columns[key * 5 % 3]
    return np.asarray(0.1 * pressed * (np.sin(2 * np.pi * low * at) + np.sin(2 * np.pi * high * at)))


NON_SPEECH: dict[str, Callable[[Seconds, np.random.Generator], Seconds]] = {
    "silence": _silence,
    "room tone": _room_tone,
    "hum": _hum,
    "ring tone": _ring_tone,
    "hold music": _hold_music,
    "keypad tones": _keypad,
}
