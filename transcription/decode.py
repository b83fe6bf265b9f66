"""The second pass over a recording: every window that is not done yet is given to a recognizer, one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from transcription.audio import RATE, AudioReader
from transcription.channels import at_most_two
from transcription.coverage import divided, without_words
from transcription.plan import Plan, Progress
from transcription.recognizers.base import Recognizer
from transcription.speech import Span
from transcription.transcript import Word
from transcription.windows import Window

OnWindow: TypeAlias = Callable[[int, tuple[Word, ...], float], None]
"""Called with the window's index in the plan, its words in times of the recording, and the seconds it took."""

_LONGEST_WORD_MS = 2_000
_DIVISIONS = 2  # times that a window may be divided again: to a quarter


def decode(
    path: Path,
    plan: Plan,
    recognizer: Recognizer,
    *,
    done: Collection[int] = (),
    on_window: OnWindow,
    progress: Progress | None = None,
) -> None:
    """Transcribe the windows of a plan whose index is not in `done`, in order.

    Windows do not depend on each other, so any split into runs gives the same words. What `on_window` or `progress`
    raises ends the pass there. Raises the `AudioError` family.
    """
    todo = [(index, window) for index, window in enumerate(plan.windows) if index not in done]
    for index, window, audio in _heard(path, todo):
        begun = time.monotonic()
        words = _recognized(recognizer, audio, window)
        on_window(index, words, time.monotonic() - begun)
        if progress is not None:
            progress(window.end_ms, plan.duration_ms)


def _heard(path: Path, todo: Sequence[tuple[int, Window]]) -> Iterator[tuple[int, Window, NDArray[np.float32]]]:
    """The sound of each window, in one pass that holds no more than the longest window and a block."""
    blocks = iter(AudioReader(path)) if todo else iter(())
    needed_from = _earliest_needed(todo)
    kept, kept_from, ended = np.zeros((2, 0), np.float32), 0, False
    for place, (index, window) in enumerate(todo):
        first, last = _samples(window.start_ms), _samples(window.end_ms)
        while not ended and kept_from + kept.shape[1] < last:
            block = next(blocks, None)
            ended = block is None
            if block is not None:
                sound = at_most_two(block)
                kept = np.concatenate((kept[: len(sound)], sound), axis=1)
                drop = min(max(0, needed_from[place] - kept_from), kept.shape[1])
                kept, kept_from = kept[:, drop:], kept_from + drop
        yield index, window, kept[window.channel, max(0, first - kept_from) : last - kept_from].copy()


def _earliest_needed(todo: Sequence[tuple[int, Window]]) -> list[int]:
    """For each place in the order: the first sample that this window or any later one needs."""
    starts = (_samples(window.start_ms) for _, window in reversed(todo))
    return list(accumulate(starts, min))[::-1]


def _samples(time_ms: int) -> int:
    return time_ms * RATE // 1000


def _recognized(
    recognizer: Recognizer, audio: NDArray[np.float32], window: Window, divisions: int = _DIVISIONS
) -> tuple[Word, ...]:
    """Words of a window; one with speech that got no words is divided there, if its parts together lack less."""
    words = settled(recognizer.recognize(audio), window)
    missed = without_words(window.speech, words)
    parts = divided(window, missed[0]) if missed else ()
    if len(parts) < 2 or not divisions:
        return words
    again: list[Word] = []
    for part in parts:
        first, last = (_samples(time_ms) - _samples(window.start_ms) for time_ms in (part.start_ms, part.end_ms))
        again += _recognized(recognizer, audio[first:last], part, divisions - 1)
    return tuple(again) if _length_ms(without_words(window.speech, again)) < _length_ms(missed) else words


def _length_ms(spans: Sequence[Span]) -> int:
    return sum(span.length_ms for span in spans)


def settled(words: Sequence[Word], window: Window) -> tuple[Word, ...]:
    """Words of a window in times of the recording: in order, none over another, none longer than `_LONGEST_WORD_MS`.

    A word that reaches into a pause is cut back to the span of speech that holds most of it.
    """
    placed: list[Word] = []
    earliest_ms = window.start_ms
    for word in words:
        start_ms, end_ms = _in_speech(word.start_ms + window.start_ms, word.end_ms + window.start_ms, window.speech)
        start_ms = min(max(start_ms, earliest_ms), window.end_ms)
        end_ms = min(max(end_ms, start_ms), start_ms + _LONGEST_WORD_MS, window.end_ms)
        placed.append(replace(word, start_ms=start_ms, end_ms=end_ms))
        earliest_ms = end_ms
    return tuple(placed)


def _in_speech(start_ms: int, end_ms: int, speech: Sequence[Span]) -> tuple[int, int]:
    def shared(span: Span) -> int:
        return min(end_ms, span.end_ms) - max(start_ms, span.start_ms)

    home = max(speech, key=shared)
    return (max(start_ms, home.start_ms), min(end_ms, home.end_ms)) if shared(home) > 0 else (start_ms, end_ms)


def words_by_channel(plan: Plan, words: Mapping[int, Sequence[Word]]) -> dict[int, tuple[Word, ...]]:
    """Words of the windows (by index) put together for each channel that speaks, in order of time."""
    return {
        channel: tuple(
            word
            for index, window in enumerate(plan.windows)
            if window.channel == channel
            for word in words.get(index, ())
        )
        for channel in plan.channels
    }
