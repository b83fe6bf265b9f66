"""How a batch of windows is heard: Whisper's own rules for believing a decode, whichever engine computes it.

Each window is encoded once. All are decoded greedily together; what fails the checks for repetition and probability is
decoded again alone, by beam search and then at rising temperatures. Where a decode stopped before the end, it goes on
from its last timestamp, as `whisper.transcribe` does. Text of other windows is never a prompt, so a window gives the
same words whenever its batch is decoded.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from transcription.audio import RATE
from transcription.recognizers.base import JSON, Heard
from transcription.recognizers.word_times import Segment
from transcription.transcript import Word

Encoded = TypeVar("Encoded")

WINDOW_SAMPLES = 30 * RATE
# A run that is killed does its windows in hand again: two are a minute. On a CPU more would not be faster either,
# because what is read of each window's sound at every token no longer fits beside the weights (measured).
_AT_ONCE_CPU = 2
_AT_ONCE_CARD = 16

_TIMESTAMP_S = 0.02
_LEAST_SAMPLES = RATE // 5  # less than this after the last timestamp holds no word
_LEAST_STEP_SAMPLES = RATE  # a decode that stops earlier than this would be repeated for ever


def windows_at_once(device: str) -> int:
    """How many windows are best decoded together on a device, 'cpu' or another."""
    return _AT_ONCE_CPU if device == "cpu" else _AT_ONCE_CARD


@dataclass(frozen=True, slots=True)
class Attempt:
    """One more way to decode a window that failed: by beam search, or as the best of several at a temperature."""

    beam: int = 0
    temperature: float = 0.0
    candidates: int = 5


@dataclass(frozen=True, slots=True)
class Checks:
    """When a decode is not believed, and what is tried then; the thresholds are Whisper's own."""

    compression_ratio: float = 2.4  # more is a loop
    average_logprob: float = -1.0  # less is a guess
    no_speech: float = 0.6  # more, and a guess besides, is silence
    attempts: tuple[Attempt, ...] = (
        Attempt(beam=5),
        *(Attempt(temperature=temperature) for temperature in (0.2, 0.4, 0.6, 0.8, 1.0)),
    )


CHECKS = Checks()


@dataclass(frozen=True, slots=True)
class Decoded:
    """One decode of one window. `languages`: how likely each is, empty where the model knows but one."""

    tokens: tuple[int, ...]
    text: str
    average_logprob: float
    no_speech: float
    languages: Mapping[str, float] = field(default_factory=dict)

    @property
    def compression_ratio(self) -> float:
        raw = self.text.encode()
        return len(raw) / len(zlib.compress(raw))


class Engine(Protocol[Encoded]):
    """What computes: one of the ways to run Whisper's network."""

    name: str
    model_sha256: str
    at_once: int
    timestamp_begin: int  # the token of <|0.00|>

    @property
    def parameters(self) -> Mapping[str, JSON]:
        """What else the result depends on: precision, device, versions."""

    def that_fit(self, glossary: Sequence[str]) -> tuple[str, ...]:
        """As many terms from the front as there is room for in a prompt."""

    def encode(self, sounds: Sequence[NDArray[np.float32]]) -> list[Encoded]:
        """Encode pieces of at most 30 s, each once."""

    def languages(self, encoded: Sequence[Encoded]) -> list[str]:
        """The likeliest language of each."""

    def greedy(self, encoded: Sequence[Encoded], language: str, prompt: str) -> list[Decoded]:
        """Decode together; of one `encode`, in its order, though some may be missing."""

    def again(self, encoded: Encoded, language: str, prompt: str, attempt: Attempt) -> Decoded:
        """Decode one alone in another way. The same attempt gives the same result."""

    def words(self, encoded: Encoded, language: str, segments: Sequence[Segment], frames: int) -> list[Word]:
        """Words with their times; `frames` of 10 ms hold sound."""


class Whisper(Generic[Encoded]):
    """A recognizer: an engine, the language, the study's glossary, and the checks."""

    def __init__(
        self, engine: Engine[Encoded], language: str | None, glossary: Sequence[str] = (), checks: Checks = CHECKS
    ) -> None:
        self.engine = engine
        self.name, self.model_sha256, self.at_once = engine.name, engine.model_sha256, engine.at_once
        self._language = language
        self._glossary = engine.that_fit(glossary)
        self._prompt = ", ".join(self._glossary)
        self._checks = checks

    @cached_property
    def parameters(self) -> Mapping[str, JSON]:
        return {
            "language": self._language,
            "glossary": list(self._glossary),
            "attempts": [[a.beam, a.temperature, a.candidates] for a in self._checks.attempts],
            "compression_ratio": self._checks.compression_ratio,
            "average_logprob": self._checks.average_logprob,
            "no_speech": self._checks.no_speech,
            "at_once": self.at_once,
            **self.engine.parameters,
        }

    def recognize(self, sounds: Sequence[NDArray[np.float32]]) -> list[Heard]:
        """Words of pieces of at most 30 s; see `Recognizer`."""
        with_sound = [number for number, sound in enumerate(sounds) if len(sound) >= _LEAST_SAMPLES]
        heard = [Heard(()) for _ in sounds]
        for number, (first, until) in zip(with_sound, self._hear([sounds[n] for n in with_sound]), strict=True):
            heard[number] = self._to_the_end(sounds[number], first, until)
        return heard

    def _to_the_end(self, sound: NDArray[np.float32], heard: Heard, until: int) -> Heard:
        """Go on from where a decode stopped, until nothing is left."""
        while len(sound) - until >= _LEAST_SAMPLES:
            ((more, further),) = self._hear([sound[until : until + WINDOW_SAMPLES]])
            later = tuple(_later(word, until * 1000 // RATE) for word in more.words)
            heard = replace(heard, words=heard.words + later, is_sure=heard.is_sure and more.is_sure)
            until += further
        return heard

    def _hear(self, sounds: Sequence[NDArray[np.float32]]) -> list[tuple[Heard, int]]:
        """One decode of each, and how many samples it accounts for: all, unless it stopped at a timestamp before."""
        encoded = self.engine.encode(sounds) if sounds else []
        languages = [self._language] * len(sounds) if self._language else self.engine.languages(encoded)
        results: dict[int, Decoded] = {}
        for language in sorted(set(languages)):
            rows = [row for row, its in enumerate(languages) if its == language]
            decoded = self._decode([encoded[row] for row in rows], language)
            results.update(zip(rows, decoded, strict=True))
        return [self._heard(sound, encoded[row], languages[row], results[row]) for row, sound in enumerate(sounds)]

    def _heard(self, sound: NDArray[np.float32], encoded: Encoded, language: str, result: Decoded) -> tuple[Heard, int]:
        took_for = max(result.languages, key=lambda code: result.languages[code], default="")
        likely = result.languages.get(took_for, 0.0)
        if self._is_silence(result):
            return Heard((), True, took_for, likely), len(sound)
        segments, end_s = segments_of(result.tokens, self.engine.timestamp_begin, len(sound) / RATE)
        words = self.engine.words(encoded, language, segments, len(sound) * 100 // RATE)
        until = len(sound) if end_s is None else max(round(end_s * RATE), _LEAST_STEP_SAMPLES)
        return Heard(tuple(words), self._passes(result), took_for, likely), until

    def _decode(self, encoded: Sequence[Encoded], language: str) -> list[Decoded]:
        """Decode with the glossary as prompt, and without it where the model recited it instead of listening."""
        results = self._believed(encoded, language, self._prompt)
        recited = [row for row, result in enumerate(results) if recites(result.text, self._glossary)]
        for row in recited:
            (results[row],) = self._believed([encoded[row]], language, "")
        return results

    def _believed(self, encoded: Sequence[Encoded], language: str, prompt: str) -> list[Decoded]:
        """Greedy results, each that fails the checks replaced by the first attempt that passes or the least bad."""
        results = self.engine.greedy(encoded, language, prompt)
        return [
            result if self._settles(result) else self._tried_again(one, language, prompt, result)
            for one, result in zip(encoded, results, strict=True)
        ]

    def _tried_again(self, encoded: Encoded, language: str, prompt: str, failed: Decoded) -> Decoded:
        results = [failed]
        for attempt in self._checks.attempts:
            results.append(self.engine.again(encoded, language, prompt, attempt))
            if self._settles(results[-1]):
                return results[-1]
        return min(results, key=self._badness)

    def _settles(self, result: Decoded) -> bool:
        return self._passes(result) or self._is_silence(result)

    def _passes(self, result: Decoded) -> bool:
        checks = self._checks
        return result.compression_ratio <= checks.compression_ratio and result.average_logprob >= checks.average_logprob

    def _is_silence(self, result: Decoded) -> bool:
        checks = self._checks
        return result.no_speech > checks.no_speech and result.average_logprob < checks.average_logprob

    def _badness(self, result: Decoded) -> tuple[bool, float]:
        return result.compression_ratio > self._checks.compression_ratio, -result.average_logprob


def segments_of(tokens: Sequence[int], timestamp_begin: int, duration_s: float) -> tuple[list[Segment], float | None]:
    """Segments of decoded tokens, and the time from which to listen again; None where nothing is left to hear.

    Whisper's rule: timestamps come in pairs between segments; what follows the last pair without a timestamp at its
    end is unfinished and is decoded again from there.
    """
    stamped = [token >= timestamp_begin for token in tokens]
    cuts = [at for at in range(1, len(tokens)) if stamped[at - 1] and stamped[at]]
    finished = stamped[-2:] == [False, True]
    if not cuts:
        return [_segment(tokens, timestamp_begin, duration_s)], None
    if finished:
        cuts.append(len(tokens))
    segments = [_segment(tokens[start:end], timestamp_begin, duration_s) for start, end in pairwise([0, *cuts])]
    return segments, None if finished else segments[-1].end_s


def _segment(tokens: Sequence[int], timestamp_begin: int, duration_s: float) -> Segment:
    times = [(token - timestamp_begin) * _TIMESTAMP_S for token in tokens if token >= timestamp_begin]
    start_s = times[0] if times else 0.0
    end_s = times[-1] if len(times) > 1 else duration_s
    return Segment(start_s, end_s, tuple(token for token in tokens if token < timestamp_begin))


def recites(text: str, glossary: Sequence[str]) -> bool:
    """Whether a text holds two terms of the glossary side by side in its order, as speech hardly ever does."""
    spoken = f" {_letters(text)} "
    return any(f" {_letters(first)} {_letters(second)} " in spoken for first, second in pairwise(glossary))


def _letters(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _later(word: Word, by_ms: int) -> Word:
    return replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms)
