"""Who speaks while someone else does, from the times of the words that are shown."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from storage.transcripts.words import StoredWord

OVERLAP_MS = 100  # the times of words are no more exact than this

Voice = tuple[int, str]  # channel and speaker


@dataclass(frozen=True, slots=True)
class _Timeline:
    """The words of a voice by start, with the latest end so far, by which the words around a time are found."""

    words: tuple[StoredWord, ...]
    starts: tuple[int, ...]
    latest: tuple[int, ...]

    def sounds_in(self, start_ms: int, end_ms: int) -> bool:
        first = bisect_right(self.latest, start_ms)
        last = bisect_left(self.starts, end_ms)
        return any(_share_time(word, start_ms, end_ms) for word in self.words[first:last])


@dataclass(frozen=True, slots=True)
class Talk:
    """When each voice of a conversation speaks."""

    voices: Mapping[Voice, _Timeline]

    def others_speak(self, voice: Voice, start_ms: int, end_ms: int) -> bool:
        """Whether another voice than this one says a word within the span."""
        return any(line.sounds_in(start_ms, end_ms) for other, line in self.voices.items() if other != voice)


def talk_of(said: Iterable[tuple[Voice, Sequence[StoredWord]]]) -> Talk:
    """From the words of each utterance and the voice that says them."""
    words: dict[Voice, list[StoredWord]] = {}
    for voice, some in said:
        words.setdefault(voice, []).extend(some)
    return Talk({voice: _timeline(its_words) for voice, its_words in words.items()})


def _timeline(words: Iterable[StoredWord]) -> _Timeline:
    in_order = tuple(sorted(words, key=lambda word: (word.start_ms, word.end_ms)))
    latest = tuple(accumulate((word.end_ms for word in in_order), max))
    return _Timeline(in_order, tuple(word.start_ms for word in in_order), latest)


def _share_time(word: StoredWord, start_ms: int, end_ms: int) -> bool:
    """Whether both last together long enough that it is no inexactness: half of the shorter, at most OVERLAP_MS."""
    shared_ms = min(word.end_ms, end_ms) - max(word.start_ms, start_ms)
    shorter_ms = min(word.end_ms - word.start_ms, end_ms - start_ms)
    return shared_ms > 0 and shared_ms >= min(OVERLAP_MS, shorter_ms / 2)
