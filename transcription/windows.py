"""Packing speech for Whisper: windows of at most 30 s, each a run of spans of one channel with the pauses between.

Whisper hears 30 s at the cost of 30 s however little is in them, so short turns are packed together. Nothing is cut
out of a window, so a time in the window plus its start is a time in the recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class PackingOptions:
    """How spans become windows."""

    longest_ms: int = 30_000  # what Whisper hears at once
    widest_gap_ms: int = 8_000  # a window ends before a longer pause: Whisper invents words in long silence
    cut_within_ms: int = 10_000  # speech longer than a window is cut in this last part of it


def pack(
    channel: int, spans: Sequence[Span], probabilities: NDArray[np.float32], options: PackingOptions
) -> list[Window]:
    """Windows of one channel in order of time. Every moment of speech is in exactly one of them."""
    windows: list[Window] = []
    run: list[Span] = []
    for span in _cut(spans, probabilities, options):
        if run and (
            span.end_ms - run[0].start_ms > options.longest_ms or span.start_ms - run[-1].end_ms > options.widest_gap_ms
        ):
            windows.append(Window(channel, tuple(run)))
            run = []
        run.append(span)
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
