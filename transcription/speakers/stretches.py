"""A recording heard in short stretches: where somebody speaks alone, and what they sound like there.

Segmentation cuts the sound at pauses and where the voice changes; each cut is printed by itself, long ones in
overlapping windows, because segmentation takes two voices that are alike for one. The sound is read as a stream, and
what is kept of an hour is some 2 MB.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from transcription.audio import RATE, AudioReader
from transcription.channels import at_most_eight
from transcription.plan import Progress
from transcription.speakers.mel import FRAME_SAMPLES as MEL_FRAME_SAMPLES
from transcription.speakers.mel import HOP_SAMPLES, log_mel
from transcription.speakers.segmentation import (
    FRAME_SAMPLES,
    FRAMES,
    HEARD_SAMPLES,
    PIECE_SAMPLES,
    activities,
)
from transcription.speakers.voiceprint import voiceprints
from transcription.speech import Span

if TYPE_CHECKING:
    import torch

STEP_FRAMES = 296  # from piece to piece, 5 s; only the middle of each is used, where both sides of it were heard
_STEP_SAMPLES = STEP_FRAMES * FRAME_SAMPLES
_MARGIN_FRAMES = (FRAMES - STEP_FRAMES) // 2
_AT_ONCE = 8  # pieces; more are no faster, and need more memory

_HEARD = 0.5
_NOBODY, _SEVERAL = -1, -2
_BRIDGED_FRAMES = 12  # 0.2 s: a shorter pause is within a word
WINDOW_FRAMES = 89  # 1.5 s: less makes a print uncertain, more blurs where the voice changes
_WINDOW_STEP_FRAMES = 59  # 1 s
_FEWEST_FRAMES = 18  # 0.3 s: less of a voice says nothing about it


@dataclass(frozen=True, slots=True)
class Stretch:
    """Somebody alone, half-open in frames of the recording. `print` is float16 (192,), of length 1.

    Prints are biometric data: they live as long as the step that makes them and are written nowhere.
    """

    first: int
    last: int
    print: NDArray[np.float16]
    seconds: float  # of sound in the print


def stretches_of(
    path: Path, channel: int, speech: Sequence[Span], progress: Progress | None = None
) -> Iterator[Stretch]:
    """Every stretch that holds speech, piece by piece. Stretches overlap. Raises the `AudioError` family."""
    pieces = (piece for piece in _pieces(path, channel) if _holds_speech(speech, piece.start_ms, piece.end_ms))
    while waiting := list(islice(pieces, _AT_ONCE)):
        for stretch in _heard(waiting):
            if _holds_speech(speech, ms_at(stretch.first), ms_at(stretch.last)):
                yield stretch
        if progress is not None:
            progress(min(waiting[-1].end_ms, speech[-1].end_ms), speech[-1].end_ms)


def ms_at(frame: int) -> int:
    """Where a frame begins: half-way between its middle and that of the one before."""
    return round((frame * FRAME_SAMPLES + (HEARD_SAMPLES - FRAME_SAMPLES) / 2) * 1000 / RATE)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What segmentation hears at once: 10 s, the last one filled up with silence."""

    number: int
    is_last: bool
    sound: NDArray[np.float32]

    @property
    def start_ms(self) -> int:
        return self.number * _STEP_SAMPLES * 1000 // RATE

    @property
    def end_ms(self) -> int:
        return self.start_ms + PIECE_SAMPLES * 1000 // RATE

    @property
    def own(self) -> tuple[int, int]:
        """Its middle, half-open in frames; the first and the last piece have their outer ends too."""
        return (
            _MARGIN_FRAMES if self.number else 0,
            FRAMES if self.is_last else _MARGIN_FRAMES + STEP_FRAMES,
        )


def _pieces(path: Path, channel: int) -> Iterator[_Piece]:
    number, pending = 0, np.zeros(0, np.float32)
    for block in AudioReader(path):
        pending = np.concatenate((pending, at_most_eight(block)[channel]))
        while len(pending) > PIECE_SAMPLES:
            yield _Piece(number, False, pending[:PIECE_SAMPLES].copy())
            number, pending = number + 1, pending[_STEP_SAMPLES:]
    yield _Piece(number, True, np.pad(pending, (0, PIECE_SAMPLES - len(pending))))


def _holds_speech(speech: Sequence[Span], first_ms: int, last_ms: int) -> bool:
    after = bisect_right(speech, first_ms, key=attrgetter("end_ms"))
    return after < len(speech) and speech[after].start_ms < last_ms


def _heard(pieces: Sequence[_Piece]) -> Iterator[Stretch]:
    import torch

    sounds = torch.from_numpy(np.stack([piece.sound for piece in pieces]))
    for piece, activity, features in zip(pieces, activities(sounds).numpy(), log_mel(sounds), strict=True):
        offset = piece.number * STEP_FRAMES
        for run in runs_of(activity):
            for first, last in windows_in(run, piece.own):
                wide = widened((first, last), run)
                print_ = _print(features[_mel_at(wide[0]) : _mel_at(wide[1])])
                yield Stretch(offset + first, offset + last, print_, (wide[1] - wide[0]) * FRAME_SAMPLES / RATE)


def runs_of(activity: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Half-open runs of frames in which the same one of the local speakers is heard alone; short pauses bridged.

    `activity` is (frames, 3), how likely each local speaker is heard.
    """
    speaking = activity > _HEARD
    who = np.where(
        speaking.sum(axis=1) == 1, speaking.argmax(axis=1), np.where(speaking.any(axis=1), _SEVERAL, _NOBODY)
    )
    starts = [0, *(np.flatnonzero(np.diff(who)) + 1).tolist()]
    runs: list[tuple[int, int, int]] = []
    for first, last in zip(starts, [*starts[1:], len(who)], strict=True):
        voice = int(who[first])
        if voice == _NOBODY:
            continue
        if runs and runs[-1][2] == voice and first - runs[-1][1] < _BRIDGED_FRAMES:
            first = runs.pop()[0]
        runs.append((first, last, voice))
    return [(first, last) for first, last, voice in runs if voice != _SEVERAL and last - first >= _FEWEST_FRAMES]


def windows_in(run: tuple[int, int], own: tuple[int, int]) -> list[tuple[int, int]]:
    """Overlapping windows, evenly spaced over that part of a run that lies in `own`."""
    first, last = max(run[0], own[0]), min(run[1], own[1])
    if last <= first:
        return []
    room = max(0, last - first - WINDOW_FRAMES)
    count = -(-room // _WINDOW_STEP_FRAMES) + 1
    starts = [first + room * place // max(1, count - 1) for place in range(count)]
    return [(start, min(last, start + WINDOW_FRAMES)) for start in starts]


def widened(window: tuple[int, int], run: tuple[int, int]) -> tuple[int, int]:
    """A window that is short because it was cut where a piece's own part ends, with more of its run."""
    first = max(run[0], min(window[0], window[1] - WINDOW_FRAMES))
    return first, min(run[1], max(window[1], first + WINDOW_FRAMES))


def _print(features: torch.Tensor) -> NDArray[np.float16]:
    return voiceprints((features - features.mean(dim=0)).unsqueeze(0))[0].numpy().astype(np.float16)


def _mel_at(frame: int) -> int:
    """The mel frame whose middle is nearest to the beginning of a frame of the segmentation."""
    begins = frame * FRAME_SAMPLES + (HEARD_SAMPLES - FRAME_SAMPLES) // 2
    return max(0, round((begins - MEL_FRAME_SAMPLES // 2) / HOP_SAMPLES))
