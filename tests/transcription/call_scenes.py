"""Calls as they should not be recorded: loudspeakers, rooms, lines; made from the demo's call of two clean channels."""

import json
from dataclasses import dataclass

import numpy as np
from sound_files import DEMO, RATE, Sound

from transcription.audio import BLOCK_SAMPLES
from transcription.envelopes import Envelopes
from transcription.speech import Span, SpeechDetector, SpeechOptions, spans_of

_SCRIPT = json.loads((DEMO / "scripts" / "client_choir_two_channel_phone.json").read_text())
_BACKCHANNELS = ({"okay", "so"}, {"yes", "well", "no", "um"})  # words that each side says alone


@dataclass(frozen=True, slots=True)
class Said:
    """A word of the script, and whether it was laid over the other's turn."""

    span: Span
    backchannel: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """The sound of each side, (2, samples), and what each says itself, in order of time."""

    sound: Sound
    said: tuple[tuple[Said, ...], tuple[Said, ...]]


def amplitude(decibels: float) -> float:
    return float(10 ** (decibels / 20))


def hiss(samples: int, decibels: float, seed: int = 1) -> Sound:
    return (np.random.default_rng(seed).standard_normal(samples) * amplitude(decibels)).astype(np.float32)


def hum(samples: int, decibels: float) -> Sound:
    """Of the mains, with harmonics."""
    time = np.arange(samples) / RATE
    return (amplitude(decibels) * sum(np.sin(2 * np.pi * 50 * k * time) / k for k in (1, 2, 3, 5))).astype(np.float32)


def delayed(sound: Sound, by_ms: float) -> Sound:
    return np.concatenate((np.zeros(round(by_ms * RATE / 1000), np.float32), sound))[: len(sound)]


def in_room(sound: Sound, seed: int, decay_s: float = 0.3, late: float = 0.5) -> Sound:
    """Heard across a small room: the direct sound and a decaying tail, `late` times as strong in amplitude."""
    time = np.arange(round(decay_s * RATE)) / RATE
    response = np.random.default_rng(seed).standard_normal(len(time)) * 10 ** (-3 * time / decay_s)
    response[: RATE // 300] = 0
    response *= late / np.sqrt((response**2).sum())
    response[0] = 1
    response /= np.sqrt((response**2).sum())
    size = 1 << (len(sound) + len(time)).bit_length()
    return np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)].astype(np.float32)


def bled(sound: Sound, source: int, decibels: float, lag_ms: float, room: int | None = None) -> Sound:
    """The call with one side heard on the other's channel as well, out of a loudspeaker in a room (its seed)."""
    echo = sound[source] if room is None else in_room(sound[source], room)
    spoilt = sound.copy()
    spoilt[1 - source] += amplitude(decibels) * delayed(echo, lag_ms)
    return spoilt


def with_backchannels(sound: Sound, decibels: float = 0.0, seed: int = 5) -> Call:
    """The demo's call with a short word of the other laid over each turn of more than a second and a half."""
    rng = np.random.default_rng(seed)
    spoilt, said, clips = sound.copy(), _said(), _clips()
    for turn in _SCRIPT["turns"]:
        listener = 1 - _SCRIPT["channels"].index(turn["speaker"])
        clip = clips[listener][rng.integers(len(clips[listener]))]
        if turn["end_ms"] - turn["start_ms"] < 1_500:
            continue
        at_ms = int(rng.integers(turn["start_ms"] + 200, turn["end_ms"] - clip.length_ms - 100))
        over = Span(at_ms, at_ms + clip.length_ms)
        if all(shared_ms(Span(word.span.start_ms - 100, word.span.end_ms + 100), over) == 0 for word in said[listener]):
            _lay(spoilt[listener], sound[listener], clip, at_ms, amplitude(decibels))
            said[listener].append(Said(over, backchannel=True))
    first, second = (tuple(sorted(words, key=lambda word: word.span.start_ms)) for words in said)
    return Call(spoilt, (first, second))


def _said() -> list[list[Said]]:
    said: list[list[Said]] = [[], []]
    for turn in _SCRIPT["turns"]:
        said[_SCRIPT["channels"].index(turn["speaker"])] += [Said(Span(*times)) for _, *times in turn["words"]]
    return said


def _clips() -> list[list[Span]]:
    clips: list[list[Span]] = [[], []]
    for turn in _SCRIPT["turns"]:
        side = _SCRIPT["channels"].index(turn["speaker"])
        clips[side] += [Span(*t) for text, *t in turn["words"] if text.lower().strip(",.") in _BACKCHANNELS[side]]
    return clips


def _lay(onto: Sound, source: Sound, clip: Span, at_ms: int, gain: float) -> None:
    piece = source[clip.start_ms * RATE // 1000 : clip.end_ms * RATE // 1000]
    ramp = np.minimum(1, np.arange(len(piece)) / 160)
    start = at_ms * RATE // 1000
    onto[start : start + len(piece)] += (gain * piece * ramp * ramp[::-1]).astype(np.float32)


def shared_ms(one: Span, other: Span) -> int:
    return max(0, min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms))


def heard_in(sound: Sound) -> tuple[Envelopes, list[list[Span]]]:
    """What the first pass learns of a recording, block by block."""
    envelopes, detector, probabilities = Envelopes(), SpeechDetector(), []
    for start in range(0, sound.shape[1], BLOCK_SAMPLES):
        block = sound[:, start : start + BLOCK_SAMPLES]
        envelopes.add(block)
        probabilities.append(detector.feed(block))
    duration_ms = sound.shape[1] * 1000 // RATE
    options = SpeechOptions()
    return envelopes, [spans_of(channel, duration_ms, options) for channel in np.concatenate(probabilities, axis=1)]
