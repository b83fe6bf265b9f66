"""Packing speech for Whisper: windows of at most 30 s of sound, each a run of spans of one channel.

Whisper hears 30 s at the cost of 30 s however little is in them, so spans are packed close together: what lies between
them is cut out. Each span brings a quarter of a second of quiet at either end, so there is still a pause where one
was. A time in a window's sound is mapped back span by span, exactly.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from transcription.speech import FRAME_MS, Span


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive spans of speech of one channel: what Whisper is given at once, and the unit of resume."""

    channel: int
    speech: tuple[Span, ...]

    @property
    def start_ms(self) -> int:
        return self.speech[0].start_ms

    @property
    def end_ms(self) -> int:
        return self.speech[-1].end_ms

    @property
    def length_ms(self) -> int:
        """Of its sound: the spans without what lies between them."""
        return sum(span.length_ms for span in self.speech)

    def offsets_ms(self) -> list[int]:
        """Where each span begins in the window's sound, and where the last one ends."""
        return [0, *accumulate(span.length_ms for span in self.speech)]

    def start_at(self, sound_ms: int) -> int:
        """The time in the recording of something that begins at a place in the sound."""
        return self._at(sound_ms, bisect_right(self.offsets_ms(), sound_ms) - 1)

    def end_at(self, sound_ms: int) -> int:
        """The time in the recording of something that ends at a place in the sound."""
        return self._at(sound_ms, bisect_left(self.offsets_ms(), sound_ms) - 1)

    def _at(self, sound_ms: int, place: int) -> int:
        place = min(max(place, 0), len(self.speech) - 1)
        time_ms = self.speech[place].start_ms + sound_ms - self.offsets_ms()[place]
        return min(max(time_ms, self.start_ms), self.end_ms)


@dataclass(frozen=True, slots=True)
class PackingOptions:
    """How spans become windows."""

    longest_ms: int = 30_000  # what Whisper hears at once
    cut_within_ms: int = 10_000  # speech longer than a window is cut in this last part of it


def pack(
    channel: int, spans: Sequence[Span], probabilities: NDArray[np.float32], options: PackingOptions
) -> list[Window]:
    """Windows of one channel in order of time. Every moment of speech is in exactly one of them."""
    windows: list[Window] = []
    run: list[Span] = []
    held_ms = 0
    for span in _cut(spans, probabilities, options):
        if run and held_ms + span.length_ms > options.longest_ms:
            windows.append(Window(channel, tuple(run)))
            run, held_ms = [], 0
        run.append(span)
        held_ms += span.length_ms
    if run:
        windows.append(Window(channel, tuple(run)))
    return windows


def in_order(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Windows of all channels in the order in which a single pass over the recording has heard them whole."""
    return tuple(sorted(windows, key=lambda window: (window.end_ms, window.channel)))


def _cut(spans: Sequence[Span], probabilities: NDArray[np.float32], options: PackingOptions) -> list[Span]:
    """Spans with each one that is longer than a window cut where speech is least likely near the window's end."""
    pieces = []
    for span in spans:
        start_ms = span.start_ms
        while span.end_ms - start_ms > options.longest_ms:
            latest_ms = start_ms + options.longest_ms
            cut_ms = _quietest(probabilities, latest_ms - options.cut_within_ms, latest_ms)
            pieces.append(Span(start_ms, cut_ms))
            start_ms = cut_ms
        pieces.append(Span(start_ms, span.end_ms))
    return pieces


def _quietest(probabilities: NDArray[np.float32], from_ms: int, until_ms: int) -> int:
    """Middle of the three frames in which speech is least likely together; the last such place."""
    first, last = from_ms // FRAME_MS + 1, until_ms // FRAME_MS - 1
    likely = np.convolve(probabilities[first - 1 : last + 1], np.ones(3), mode="valid")
    if not len(likely):
        return until_ms
    from_end = int(np.argmin(likely[::-1]))
    return (first + len(likely) - 1 - from_end) * FRAME_MS + FRAME_MS // 2
