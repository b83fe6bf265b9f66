"""Whose words they are: each word under the turn that holds it, each sentence heard as a whole."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from transcription.speakers.base import DOUBTFUL, Turn
from transcription.transcript import Mark, Word, ends_sentence

_ISLAND_WORDS = 2  # so few in a sentence of the other voice are more often a boundary gone astray than said into it
_CERTAIN = 0.8  # unless they are in its middle and the voice leaves no doubt
_PAUSE_MS = 1000  # ends a sentence, whatever stands before it
_FAR_MS = 500  # a word as far as this from every turn may be anyone's


def spoken_by(words: Sequence[Word], turns: Sequence[Turn]) -> dict[int, tuple[Word, ...]]:
    """Words of one channel, in order of time, by speaker. Every word is under exactly one, in the order given.

    A word goes to the speaker whose turns hold most of it; one or two words that differ from the rest of their
    sentence go with the sentence, unless they are in its middle and their voice is certain. Words of which it is
    doubtful who said them are marked `Mark.SPEAKER`: where there is no turn at all, every one of them.
    """
    starts = [turn.start_ms for turn in turns]
    by_speaker: dict[int, list[Word]] = {}
    for sentence in _sentences(words):
        heard = [_heard(word, turns, starts) for word in sentence]
        for word, (speaker, margin) in zip(sentence, _as_a_whole(heard), strict=True):
            said = word if margin >= DOUBTFUL else word.with_mark(Mark.SPEAKER)
            by_speaker.setdefault(speaker, []).append(said)
    return {speaker: tuple(by_speaker[speaker]) for speaker in sorted(by_speaker)}


def _sentences(words: Sequence[Word]) -> Iterator[list[Word]]:
    sentence: list[Word] = []
    for word in words:
        if sentence and (ends_sentence(sentence[-1].text) or word.start_ms - sentence[-1].end_ms > _PAUSE_MS):
            yield sentence
            sentence = []
        sentence.append(word)
    if sentence:
        yield sentence


def _heard(word: Word, turns: Sequence[Turn], starts: Sequence[int]) -> tuple[int, float]:
    """Speaker and margin of a word by the turns at its time; by the nearest one where there is none."""
    if not turns:
        return 0, 0.0
    first = max(0, bisect_right(starts, word.start_ms) - 1)
    near = turns[first : bisect_right(starts, word.end_ms) + 1]
    held = [(turn, max(0, min(word.end_ms, turn.end_ms) - max(word.start_ms, turn.start_ms))) for turn in near]
    all_ms = sum(ms for _, ms in held)
    if not all_ms:
        nearest = min(near, key=lambda turn: _apart_ms(word, turn))
        return nearest.speaker, nearest.margin if _apart_ms(word, nearest) < _FAR_MS else 0.0
    time_of: dict[int, int] = {}
    for turn, ms in held:
        time_of[turn.speaker] = time_of.get(turn.speaker, 0) + ms
    speaker = max(time_of, key=lambda who: (time_of[who], -who))
    margin = sum(turn.margin * (ms if turn.speaker == speaker else -ms) for turn, ms in held) / all_ms
    return speaker, max(0.0, margin)


def _apart_ms(word: Word, turn: Turn) -> int:
    return max(0, turn.start_ms - word.end_ms, word.start_ms - turn.end_ms)


def _as_a_whole(heard: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Speakers and margins of a sentence's words, islands given to the speaker of most of them, with no margin."""
    most, words = Counter(speaker for speaker, _ in heard).most_common(1)[0]
    if 2 * words <= len(heard):
        return list(heard)
    runs = [list(run) for _, run in groupby(heard, key=itemgetter(0))]
    whole: list[tuple[int, float]] = []
    for place, run in enumerate(runs):
        said_into_it = 0 < place < len(runs) - 1 and max(margin for _, margin in run) >= _CERTAIN
        stays = run[0][0] == most or len(run) > _ISLAND_WORDS or said_into_it
        whole += run if stays else [(most, 0.0)] * len(run)
    return whole
