"""How well an engine's words render what is said, beside the word error rate: coverage, word times, speakers."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import groupby

from benchmarks.engines import Transcribed, WrittenWord
from benchmarks.sounds import Recording, SpokenWord
from demo.measure import word_error_rates, words_under_wrong_speaker

NEAR_MS = 200


def error_rate(recording: Recording, found: Transcribed) -> float:
    """Word error rate, each channel's words against its speaker's."""
    speakers = recording.channels or ("",)
    said = [" ".join(word.text for word in recording.words if speaker in ("", word.speaker)) for speaker in speakers]
    heard = [" ".join(text for channel, text in found.turns if channel == number) for number in range(len(speakers))]
    return word_error_rates(said, heard)


def wrong_speaker(recording: Recording, found: Transcribed) -> float | None:
    """Share of the words heard rightly that stand under the other speaker; None where no speaker is told."""
    if not recording.channels or len({channel for channel, _ in found.turns}) < 2:
        return None
    turns = groupby(recording.words, key=lambda word: (word.turn, word.speaker))
    said = [(speaker, " ".join(word.text for word in words)) for (_, speaker), words in turns]
    return words_under_wrong_speaker(said, [(recording.channels[channel], text) for channel, text in found.turns])


def without_words(recording: Recording, found: Transcribed) -> tuple[float, float] | None:
    """Share of the time of all said words in those near which none is written, and the part of it that is not marked
    as unclear; None where the engine does not tell when words were said."""
    if not found.words:
        return None
    spans = [(word.start_ms - NEAR_MS, word.end_ms + NEAR_MS) for word in found.words]
    missed = _none_over(recording.words, spans)
    unmarked = _none_over(missed, found.unclear)
    whole, missed_ms, unmarked_ms = (
        sum(word.end_ms - word.start_ms for word in words) for words in (recording.words, missed, unmarked)
    )
    return missed_ms / whole, unmarked_ms / whole


def _none_over(words: Iterable[SpokenWord], spans: Iterable[tuple[int, int]]) -> list[SpokenWord]:
    """The words, in order of time, that none of the spans overlaps."""
    runs: list[list[int]] = []
    for start_ms, end_ms in sorted(spans):
        if runs and start_ms <= runs[-1][1]:
            runs[-1][1] = max(runs[-1][1], end_ms)
        else:
            runs.append([start_ms, end_ms])
    ends = [end_ms for _, end_ms in runs]

    def is_bare(word: SpokenWord) -> bool:
        at = bisect_left(ends, word.start_ms + 1)
        return at == len(runs) or runs[at][0] >= word.end_ms

    return [word for word in words if is_bare(word)]


def starts_near(recording: Recording, found: Transcribed, from_ms: int = 0) -> float | None:
    """Share of the words heard rightly, of those said from `from_ms` on, whose start is told within `NEAR_MS`."""
    if not found.words:
        return None
    pairs = [
        pair
        for number, speaker in enumerate(recording.channels or ("",))
        for pair in _heard_rightly(
            [word for word in recording.words if speaker in ("", word.speaker)],
            [word for word in found.words if word.channel == number],
        )
        if pair[0].start_ms >= from_ms
    ]
    near = sum(abs(said.start_ms - written.start_ms) <= NEAR_MS for said, written in pairs)
    return near / len(pairs) if pairs else 0.0


def _heard_rightly(
    said: Sequence[SpokenWord], written: Sequence[WrittenWord]
) -> Iterable[tuple[SpokenWord, WrittenWord]]:
    import jiwer

    expected = [(_letters(word.text), word) for word in sorted(said, key=lambda word: word.start_ms)]
    heard = [(_letters(word.text), word) for word in sorted(written, key=lambda word: word.start_ms)]
    expected, heard = [pair for pair in expected if pair[0]], [pair for pair in heard if pair[0]]
    if not expected or not heard:
        return
    aligned = jiwer.process_words(" ".join(text for text, _ in expected), " ".join(text for text, _ in heard))
    for chunk in aligned.alignments[0]:
        if chunk.type == "equal":
            for step in range(chunk.ref_end_idx - chunk.ref_start_idx):
                yield expected[chunk.ref_start_idx + step][1], heard[chunk.hyp_start_idx + step][1]


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w+", text.casefold()))
