"""What was said, when, by whom: words, one speaker's run of words, the whole conversation."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, with its punctuation and no surrounding space; times from the start of the recording."""

    text: str
    start_ms: int
    end_ms: int
    probability: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """One speaker's run of words on one channel; never empty."""

    speaker: str
    channel: int
    words: tuple[Word, ...]

    @property
    def start_ms(self) -> int:
        return self.words[0].start_ms

    @property
    def end_ms(self) -> int:
        return self.words[-1].end_ms

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Transcript:
    """Utterances in the order in which they begin; those of different channels may overlap in time."""

    utterances: tuple[Utterance, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for utterance in self.utterances for word in utterance.words)

    @property
    def text(self) -> str:
        return "\n".join(utterance.text for utterance in self.utterances)


@dataclass(frozen=True, slots=True)
class Pauses:
    """Where a speaker's words are cut into utterances."""

    turn_ms: int = 300  # a pause in which the other channel begins to speak
    sentence_ms: int = 500  # a pause after the end of a sentence
    any_ms: int = 1000  # a pause anywhere
    longest_ms: int = 30_000  # an utterance as long as this ends with its sentence, pause or none


def utterances_of(
    words_by_channel: Mapping[int, Sequence[Word]], names: Mapping[int, str], pauses: Pauses = Pauses()
) -> tuple[Utterance, ...]:
    """Cut each channel's words into utterances and merge the channels by start time, overlap kept as overlap.

    A channel without a name is "Speaker" where it is the only one, else "Speaker 1", "Speaker 2".
    """
    utterances = []
    for channel, words in words_by_channel.items():
        others = sorted(word.start_ms for other, said in words_by_channel.items() if other != channel for word in said)
        name = names.get(channel) or ("Speaker" if len(words_by_channel) == 1 else f"Speaker {channel + 1}")
        utterances += [Utterance(name, channel, run) for run in _runs(words, others, pauses)]
    return tuple(sorted(utterances, key=lambda u: (u.start_ms, u.channel, u.end_ms)))


def _runs(words: Sequence[Word], others: Sequence[int], pauses: Pauses) -> list[tuple[Word, ...]]:
    if not words:
        return []
    runs, run = [], [words[0]]
    for before, word in pairwise(words):
        if _parts(run, before, word, others, pauses):
            runs.append(tuple(run))
            run = []
        run.append(word)
    return [*runs, tuple(run)]


def _parts(run: Sequence[Word], before: Word, word: Word, others: Sequence[int], pauses: Pauses) -> bool:
    """Whether an utterance ends between two words that follow each other on a channel."""
    pause_ms = word.start_ms - before.end_ms
    if pause_ms > pauses.any_ms:
        return True
    if _ends_sentence(before.text) and (
        pause_ms >= pauses.sentence_ms or before.end_ms - run[0].start_ms >= pauses.longest_ms
    ):
        return True
    return pause_ms >= pauses.turn_ms and _begins_between(others, before.end_ms, word.start_ms)


def _ends_sentence(text: str) -> bool:
    return text.rstrip("\"'”’)]").endswith((".", "?", "!", "…", "。", "？", "！"))


def _begins_between(starts: Sequence[int], first_ms: int, last_ms: int) -> bool:
    """Whether any of the sorted times lies in first_ms .. last_ms."""
    found = bisect_left(starts, first_ms)
    return found < len(starts) and starts[found] < last_ms


def words_to_json(words: Iterable[Word]) -> list[list[str | int | float]]:
    """[[text, start_ms, end_ms, probability], ...]; `words_from_json` gives back the very same words."""
    return [[word.text, word.start_ms, word.end_ms, word.probability] for word in words]


def words_from_json(rows: Iterable[Sequence[Any]]) -> tuple[Word, ...]:
    return tuple(Word(text, start_ms, end_ms, probability) for text, start_ms, end_ms, probability in rows)
