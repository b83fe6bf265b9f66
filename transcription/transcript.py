"""What was said, when, by whom: words, one speaker's run of words, the whole conversation."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Any


class Mark(StrEnum):
    """What is to be known of a word beside its text."""

    LOOP = "loop"  # repeats what was just written, as Whisper does when it has lost the thread: set aside
    INVENTED = "invented"  # nothing was heard here when it was listened to again: set aside
    BLEED = "bleed"  # the other speaker out of a loudspeaker, written on their own channel too: set aside
    DISPUTED = "disputed"  # listened to a second time it read otherwise: kept, for a person to hear
    UNCLEAR = "unclear"  # no word but speech that nobody could write down
    SPEAKER = "speaker"  # the words stand, who said them is doubtful


SET_ASIDE = frozenset({Mark.LOOP, Mark.INVENTED, Mark.BLEED})


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, with its punctuation and no surrounding space; times from the start of the recording.

    A word that is set aside stays in its place, so that it can be brought back; what is shown leaves it out.
    """

    text: str
    start_ms: int
    end_ms: int
    probability: float
    marks: tuple[Mark, ...] = ()

    @property
    def is_set_aside(self) -> bool:
        return not SET_ASIDE.isdisjoint(self.marks)

    def with_mark(self, mark: Mark) -> Word:
        """The word with one mark more; the same word where it has it already."""
        return self if mark in self.marks else replace(self, marks=(*self.marks, mark))


@dataclass(frozen=True, slots=True)
class Voice:
    """Whose words they are: a channel of the file, and the speaker as shown ('INT_01', 'Speaker 1', 'Speaker')."""

    channel: int
    speaker: str


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
        """The words that are not set aside; empty where all are."""
        return " ".join(word.text for word in self.words if not word.is_set_aside)


@dataclass(frozen=True, slots=True)
class Transcript:
    """Utterances in the order in which they begin; those of different channels may overlap in time."""

    utterances: tuple[Utterance, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for utterance in self.utterances for word in utterance.words)

    @property
    def text(self) -> str:
        return "\n".join(utterance.text for utterance in self.utterances if utterance.text)


@dataclass(frozen=True, slots=True)
class Pauses:
    """Where a speaker's words are cut into utterances."""

    turn_ms: int = 300  # a pause in which the other channel begins to speak
    sentence_ms: int = 500  # a pause after the end of a sentence
    any_ms: int = 1000  # a pause anywhere
    longest_ms: int = 30_000  # an utterance as long as this ends with its sentence, pause or none


def utterances_of(words: Mapping[Voice, Sequence[Word]], pauses: Pauses = Pauses()) -> tuple[Utterance, ...]:
    """Cut each voice's words into utterances and merge the voices by start time, overlap kept as overlap.

    Words that are set aside make utterances of their own: none that is shown begins or ends with them.
    """
    utterances = []
    for voice, said in words.items():
        others = sorted(
            word.start_ms
            for other, theirs in words.items()
            if other != voice
            for word in theirs
            if not word.is_set_aside
        )
        utterances += [Utterance(voice.speaker, voice.channel, run) for run in _runs(said, others, pauses)]
    return tuple(sorted(utterances, key=lambda u: (u.start_ms, u.channel, u.speaker, u.end_ms)))


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
    """Whether an utterance ends between two words that follow each other in a voice."""
    if before.is_set_aside != word.is_set_aside:
        return True
    pause_ms = word.start_ms - before.end_ms
    if pause_ms > pauses.any_ms:
        return True
    if ends_sentence(before.text) and (
        pause_ms >= pauses.sentence_ms or before.end_ms - run[0].start_ms >= pauses.longest_ms
    ):
        return True
    return pause_ms >= pauses.turn_ms and _begins_between(others, before.end_ms, word.start_ms)


def ends_sentence(text: str) -> bool:
    """Whether a word is the last of its sentence, by its punctuation."""
    return text.rstrip("\"'”’)]").endswith((".", "?", "!", "…", "。", "？", "！"))


def _begins_between(starts: Sequence[int], first_ms: int, last_ms: int) -> bool:
    """Whether any of the sorted times lies in first_ms .. last_ms."""
    found = bisect_left(starts, first_ms)
    return found < len(starts) and starts[found] < last_ms


def words_to_json(words: Iterable[Word]) -> list[list[Any]]:
    """[[text, start_ms, end_ms, probability], ...], marks as a fifth where there are any.

    `words_from_json` gives back the very same words.
    """
    return [
        [word.text, word.start_ms, word.end_ms, word.probability, *([list(word.marks)] if word.marks else [])]
        for word in words
    ]


def words_from_json(rows: Iterable[Sequence[Any]]) -> tuple[Word, ...]:
    return tuple(
        Word(text, start_ms, end_ms, probability, tuple(Mark(mark) for mark in (marks[0] if marks else ())))
        for text, start_ms, end_ms, probability, *marks in rows
    )
