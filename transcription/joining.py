"""Separate tracks written as one recording: a channel each, on one clock, as FLAC of 16 kHz and 16 bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from transcription.audio import BLOCK_SAMPLES, RATE, AudioReader
from transcription.channels import at_most_eight
from transcription.tracks import Placement, Progress, Track

if TYPE_CHECKING:
    from av.container import OutputContainer

Sound = NDArray[np.float32]

_LAYOUTS = {2: "stereo", 3: "3.0", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}  # as FLAC orders channels
_TAPS = 16
_PHASES = 1024
_WRITTEN_SAMPLES = 4096


def write_joined(
    tracks: Sequence[Track], placements: Sequence[Placement], file: IO[bytes], progress: Progress = lambda _: None
) -> int:
    """Write 2 to 8 tracks into an open file, one channel each in their order; returns the length in milliseconds.

    Every track is read once more and moved to its place, silence before and after it. Raises the `AudioError` family.
    """
    import av

    samples = max(map(_last_sample, tracks, placements))
    with av.open(file, "w", format="flac") as container:
        _write(container, [_placed(*pair, samples) for pair in zip(tracks, placements, strict=True)], progress)
    return samples * 1000 // RATE


def _last_sample(track: Track, placement: Placement) -> int:
    end_ms = placement.offset_ms + track.duration_ms * (1 + placement.drift_ppm / 1e6)
    return -(-int(end_ms * RATE) // 1000)


def _write(container: OutputContainer, channels: Sequence[Iterator[Sound]], progress: Progress) -> None:
    from av import AudioFrame

    layout = _LAYOUTS[len(channels)]
    stream = container.add_stream("flac", rate=RATE, layout=layout, format="s16")
    written = 0
    for parts in zip(*channels, strict=True):
        block = np.rint(np.clip(np.stack(parts), -1, 1) * 32767).astype(np.int16)
        for start in range(0, block.shape[1], _WRITTEN_SAMPLES):
            piece = block[:, start : start + _WRITTEN_SAMPLES]
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(piece.T.reshape(1, -1)), format="s16", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = RATE, written, Fraction(1, RATE)
            written += piece.shape[1]
            container.mux(stream.encode(frame))
        progress(written * 1000 // RATE)
    container.mux(stream.encode(None))


def _placed(track: Track, placement: Placement, samples: int) -> Iterator[Sound]:
    """A track on the clock of the whole, in blocks: a windowed sinc reads between its samples.

    Method: J. O. Smith, "Digital Audio Resampling", https://ccrma.stanford.edu/~jos/resample/.
    """
    rate = 1 / (1 + placement.drift_ppm / 1e6)
    begin = -placement.offset_ms / 1000 * RATE * rate  # the track's sample that the whole begins with
    source = _Source(at_most_eight(block)[track.channel] for block in AudioReader(track.path))
    for first in range(0, samples, BLOCK_SAMPLES):
        positions = begin + np.arange(first, min(first + BLOCK_SAMPLES, samples)) * rate
        places = np.rint(positions * _PHASES).astype(np.int64)
        whole, phases = places // _PHASES, places % _PHASES
        start = int(whole[0]) - _TAPS // 2 + 1
        sound = source.between(start, int(whole[-1]) + _TAPS // 2 + 1)
        windows = np.lib.stride_tricks.sliding_window_view(sound, _TAPS)[whole - whole[0]]
        yield np.einsum("ij,ij->i", windows, _FILTERS[phases])


class _Source:
    """A channel as it is read, from which ever later stretches are taken; silence before it and after it."""

    def __init__(self, blocks: Iterator[Sound]) -> None:
        self._blocks = blocks
        self._kept = np.zeros(0, np.float32)
        self._kept_from = 0

    def between(self, first: int, last: int) -> Sound:
        while self._kept_from + len(self._kept) < last:
            block = next(self._blocks, None)
            if block is None:
                break
            self._kept = np.concatenate((self._kept, block))
            self._drop_until(first)
        self._drop_until(first)
        before = min(max(0, self._kept_from - first), last - first)
        taken = self._kept[: max(0, last - self._kept_from)]
        return np.pad(taken, (before, last - first - before - len(taken)))

    def _drop_until(self, first: int) -> None:
        gone = min(max(0, first - self._kept_from), len(self._kept))
        self._kept, self._kept_from = self._kept[gone:], self._kept_from + gone


def _filters() -> Sound:
    """(phases, taps): the sinc that reads between two samples, under a Kaiser window, each of sum 1."""
    distance = np.arange(_TAPS)[None, :] - (_TAPS // 2 - 1) - np.arange(_PHASES)[:, None] / _PHASES
    window = np.i0(8 * np.sqrt(np.maximum(0, 1 - (distance / (_TAPS / 2)) ** 2)))
    filters = np.sinc(distance) * window
    return np.asarray(filters / filters.sum(axis=1, keepdims=True), np.float32)


_FILTERS = _filters()
