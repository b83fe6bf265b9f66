"""How loud each channel is, moment by moment: what is kept of a recording's sound after the first pass over it.

The channels are compared by these envelopes and not by their waves, because a loudspeaker, a room and a codec keep the
rise and fall of a voice in each band and change everything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from tempfile import TemporaryFile
from weakref import finalize

import numpy as np
from numpy.typing import NDArray

from transcription.audio import RATE

Power = NDArray[np.float32]

FRAME_MS = 10
_HOP = RATE * FRAME_MS // 1000
_WINDOW = np.hanning(2 * _HOP + 1)[:-1].astype(np.float32)
# A telephone's range in even steps of hearing; hum and a recorder's offset lie below it.
_EDGES_HZ = (200, 400, 600, 900, 1250, 1650, 2150, 2750, 3450)
_BINS = [round(edge * 2 * _HOP / RATE) for edge in _EDGES_HZ]
_BANDS = len(_BINS) - 1
_SCALE = 1 / float((_WINDOW**2).sum() * _HOP)  # a wave's mean square is the sum of its bands' powers, about

_STEP_DB = 0.4  # a tenth in power: less than a codec changes
_LEAST_DB = -104.0  # below the noise of 16 bits in any band
_POWERS = (10 ** ((np.arange(256) * _STEP_DB + _LEAST_DB) / 10)).astype(np.float32)

_PIECE_FRAMES = 3_000  # 30 s


class Envelopes:
    """Power of each channel in eight bands of speech every 10 ms, a byte each.

    Fed blocks of float32 (channels, samples) at 16 kHz; every block but the last holds whole frames. The levels lie in
    a temporary file without a name, 35 MB for two channels of six hours, so that memory does not grow.
    """

    def __init__(self) -> None:
        self.channels = 0
        self.frames = 0
        self._levels = TemporaryFile()  # noqa: SIM115 - it lives as long as the envelopes
        finalize(self, self._levels.close)
        self._tail: NDArray[np.float32] | None = None

    def add(self, block: NDArray[np.float32]) -> None:
        self.channels, samples = block.shape
        before = np.zeros((self.channels, _HOP), np.float32) if self._tail is None else self._tail
        sound = np.concatenate((before, np.pad(block, ((0, 0), (0, -samples % _HOP)))), axis=1)
        self._tail = sound[:, -_HOP:].copy()
        frames = np.lib.stride_tricks.sliding_window_view(sound, 2 * _HOP, axis=1)[:, ::_HOP]
        spectrum = np.fft.rfft(frames * _WINDOW, axis=2)
        power = (spectrum.real**2 + spectrum.imag**2) * _SCALE
        bands = np.stack([power[:, :, first:last].sum(axis=2) for first, last in pairwise(_BINS)], axis=2)
        steps = np.rint((10 * np.log10(np.maximum(bands, 1e-12)) - _LEAST_DB) / _STEP_DB)
        self._levels.seek(0, 2)
        self._levels.write(np.clip(steps, 0, 255).astype(np.uint8).swapaxes(0, 1).tobytes())
        self.frames += frames.shape[1]

    def power(self, channel: int, first: int, last: int) -> Power:
        """(bands, frames): mean squares of one channel in the frames first .. last; 0 before the recording."""
        levels = self._read(max(0, first), min(last, self.frames))[:, channel]
        return np.asarray(np.pad(_POWERS[levels.T], ((0, 0), (max(0, -first), 0))), np.float32)

    def pieces(self) -> Iterator[tuple[int, int]]:
        """The recording in pieces of 30 s: first frame, and the one after the last."""
        for first in range(0, self.frames, _PIECE_FRAMES):
            yield first, min(self.frames, first + _PIECE_FRAMES)

    def pooled(self, frames: int) -> Power:
        """(channels, bands, pools): mean power of so many frames at a time, the last pool of what remains."""
        pools = [_POWERS[self._read(first, first + frames)].mean(axis=0) for first in range(0, self.frames, frames)]
        return np.stack(pools, axis=2)

    def quantile(self, channel: int, part: float) -> Power:
        """(bands,): the power below which a channel is for this part of the time."""
        counts = np.zeros((_BANDS, 256), np.int64)
        for first, last in self.pieces():
            for band, levels in enumerate(self._read(first, last)[:, channel].T):
                counts[band] += np.bincount(levels, minlength=256)
        return np.asarray(_POWERS[(counts.cumsum(axis=1) < part * self.frames).sum(axis=1)], np.float32)

    def _read(self, first: int, last: int) -> NDArray[np.uint8]:
        """(frames, channels, bands)"""
        size = self.channels * _BANDS
        self._levels.seek(first * size)
        stored = np.frombuffer(self._levels.read((last - first) * size), np.uint8)
        return stored.reshape(-1, self.channels, _BANDS)
