"""Which channels of a recording speak: one voice on each of two channels, or one sound however often it was stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transcription.speech import Span

Kind = Literal["two-party", "mono"]

_SAME_SOUND = 0.95  # correlation; copies of one sound stay above it even through MP3 and Opus at low rates
_SAME_ROOM = 0.2  # correlation; two microphones of one device. Two people on a line stay below 0.05
_SAME_ROOM_OVERLAP = 0.8  # and in one room both channels hear the same speech at the same times
_DEAD_DB = -50.0  # below the other channel. A quiet person at -30 dB who speaks a tenth of the time is at -40


@dataclass(frozen=True, slots=True)
class Layout:
    """The channels to transcribe. 'two-party': a channel is a person. 'mono': the one channel holds everyone."""

    kind: Kind
    channels: tuple[int, ...]


def at_most_two(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mono and stereo as they are; more channels (5.1, several streams) mixed into one."""
    return block if block.shape[0] <= 2 else block.mean(axis=0, keepdims=True, dtype=np.float32)


class Levels:
    """Power of one or two channels and their correlation, gathered block by block."""

    def __init__(self) -> None:
        self._samples = 0
        self._sums = np.zeros(2)
        self._products = np.zeros((2, 2))

    def add(self, block: NDArray[np.float32]) -> None:
        channels = block.shape[0]
        self._samples += block.shape[1]
        self._sums[:channels] += block.sum(axis=1, dtype=np.float64)
        self._products[:channels, :channels] += block @ block.T

    @property
    def power(self) -> NDArray[np.float64]:
        """Mean square of each channel about its mean: an offset of the recorder is no sound."""
        return np.diag(self._covariance())

    @property
    def correlation(self) -> float:
        covariance = self._covariance()
        scale = float(np.sqrt(covariance[0, 0] * covariance[1, 1]))
        return abs(float(covariance[0, 1])) / scale if scale > 0 else 0.0

    def _covariance(self) -> NDArray[np.float64]:
        count = max(1, self._samples)
        means = self._sums / count
        return np.maximum(self._products / count - np.outer(means, means), _lower_bounds())


def _lower_bounds() -> NDArray[np.float64]:
    """A power is never negative, though rounding can make it so; a covariance may be."""
    return np.array([[0.0, -np.inf], [-np.inf, 0.0]])


def speaking_channels(levels: Levels, speech: Sequence[Sequence[Span]]) -> Layout:
    """Decide from the levels and the speech (per channel) of a whole recording of one or two channels."""
    if len(speech) == 1:
        return Layout("mono", (0,))
    power = levels.power
    louder = int(power[1] > power[0])
    if power[1 - louder] <= power[louder] * 10 ** (_DEAD_DB / 10):
        return Layout("mono", (louder,))
    if levels.correlation >= _SAME_SOUND:
        return Layout("mono", (louder,))
    if levels.correlation >= _SAME_ROOM and _overlap(*speech) >= _SAME_ROOM_OVERLAP:
        return Layout("mono", (louder,))
    return Layout("two-party", (0, 1))


def _overlap(first: Sequence[Span], second: Sequence[Span]) -> float:
    """Shared speech time as a part of all speech time, 0 .. 1."""
    shared_ms = sum(_shared_ms(first, second))
    all_ms = sum(span.length_ms for span in (*first, *second)) - shared_ms
    return shared_ms / all_ms if all_ms else 0.0


def _shared_ms(first: Sequence[Span], second: Sequence[Span]) -> list[int]:
    shared, i, j = [], 0, 0
    while i < len(first) and j < len(second):
        start, end = max(first[i].start_ms, second[j].start_ms), min(first[i].end_ms, second[j].end_ms)
        if end > start:
            shared.append(end - start)
        if first[i].end_ms <= second[j].end_ms:
            i += 1
        else:
            j += 1
    return shared
