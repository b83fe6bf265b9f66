"""Words that may never have been said: loops, words that look invented, and words that a second hearing does not have.

Nothing is deleted here. What is doubted is marked, what cannot be believed is set aside in its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from transcription.speech import Span
from transcription.transcript import Mark, Word

_LONGEST_CYCLE = 12  # words that are repeated together
_REPEATS = 6  # of anything. People say "no, no, no, no, no"
_REPEATS_OF_PHRASE = 4  # of so long a phrase, if it is so much text; people say it three times
_PHRASE_WORDS = 4
_LEAST_WORDS = 16

# openai-whisper's score of how unlike speech a word is (whisper.transcribe, `word_anomaly_score`)
_UNLIKELY = 0.15
_SHORTEST_S, _LONGEST_S = 0.133, 2.0
_SHORTNESS = 15
_FIRST_WORDS = 8
_ANOMALOUS = 3.0
_WORDS_PER_S = 8.0  # of speech that was heard; the fastest talkers stay below 6
_FEW_WORDS = 6  # stock phrases are short
_GUESSED = 0.3
_AGREED = 0.5  # of the words, where two hearings are of the same speech


def loops(words: Sequence[Word]) -> tuple[tuple[int, int], ...]:
    """Where words only repeat what stands just before: ranges of indices, half-open, after the first occurrence.

    Case and punctuation do not matter, and the last round may be broken off.
    """
    said = [_letters(word) for word in words]
    found: list[tuple[int, int]] = []
    at = 0
    while at < len(said):
        longest = max(
            ((cycle, _repeated(said, at, cycle)) for cycle in range(1, _LONGEST_CYCLE + 1)),
            key=lambda one: (_is_loop(*one), one[1]),
        )
        if _is_loop(*longest):
            cycle, length = longest
            found.append((at + cycle, at + cycle + length))
            at += cycle + length
        else:
            at += 1
    return tuple(found)


def _repeated(said: Sequence[str], at: int, cycle: int) -> int:
    """How many words from `at + cycle` on are those that stand `cycle` words before them."""
    end = at + cycle
    while end < len(said) and said[end] == said[end - cycle]:
        end += 1
    return max(0, end - at - cycle)


def _is_loop(cycle: int, repeated: int) -> bool:
    rounds, words = 1 + repeated // cycle, cycle + repeated
    return rounds >= _REPEATS or (rounds >= _REPEATS_OF_PHRASE and cycle >= _PHRASE_WORDS and words >= _LEAST_WORDS)


def set_aside(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words, loops among them set aside."""
    looping = {index for first, last in loops(words) for index in range(first, last)}
    return tuple(word.with_mark(Mark.LOOP) if index in looping else word for index, word in enumerate(words))


def looks_invented(words: Sequence[Word], speech: Sequence[Span]) -> bool:
    """Whether the words of a window look like something that was not said, and should be listened to again.

    So do words that are mostly unlike speech (improbable, far too short or too long), more words than fit into the
    speech that was heard, few words of low probability, and anything from which loops were taken.
    """
    shown = [word for word in words if not word.is_set_aside]
    if len(shown) < len(words):
        return True
    if not shown:
        return False
    first = shown[:_FIRST_WORDS]
    score = sum(anomaly(word) for word in first)
    heard_s = sum(span.length_ms for span in speech) / 1000
    guessed = len(shown) <= _FEW_WORDS and sum(word.probability for word in shown) / len(shown) < _GUESSED
    return score >= _ANOMALOUS or score + 0.01 >= len(first) or len(shown) > _WORDS_PER_S * heard_s or guessed


def anomaly(word: Word) -> float:
    """How unlike speech a word is: 0 for one that is probable and of usual length."""
    length_s = (word.end_ms - word.start_ms) / 1000
    score = 1.0 if word.probability < _UNLIKELY else 0.0
    if length_s < _SHORTEST_S:
        score += (_SHORTEST_S - length_s) * _SHORTNESS
    if length_s > _LONGEST_S:
        score += length_s - _LONGEST_S
    return score


def compared(first: Sequence[Word], second: Sequence[Word]) -> tuple[Word, ...]:
    """The words of a first hearing, marked where a second one of the same speech does not agree.

    Words that the second lacks are disputed. Where it heard nothing at all, or mostly other words and the first ones
    were no more than guesses, they are taken for invented and set aside.
    """
    kept = [index for index, word in enumerate(first) if not word.is_set_aside]
    ours, theirs = [_letters(first[index]) for index in kept], [_letters(word) for word in second]
    agreed = {
        kept[block.a + step]
        for block in SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
        for step in range(block.size)
    }
    guessed = sum(first[index].probability for index in kept) < _GUESSED * len(kept)
    is_invented = not theirs or (guessed and len(agreed) < _AGREED * len(kept))
    mark, doubted = (Mark.INVENTED, set(kept)) if is_invented else (Mark.DISPUTED, set(kept) - agreed)
    return tuple(word.with_mark(mark) if index in doubted else word for index, word in enumerate(first))


def _letters(word: Word) -> str:
    """A word without case and punctuation; one that is nothing else as it is."""
    return "".join(re.findall(r"\w+", word.text.casefold())) or word.text
