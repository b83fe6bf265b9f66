"""A recording heard in short stretches: where somebody speaks alone, and what they sound like there.

Segmentation cuts the sound at pauses and where the voice changes; each cut is printed by itself, long ones in
overlapping windows, because segmentation takes two voices that are alike for one. The sound is read as a stream, and
what is kept of an hour is some 2 MB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from transcription.audio import RATE, AudioReader
from transcription.channels import at_most_two
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


def stretches_of(path: Path, channel: int, speech: Sequence[Span]) -> Iterator[Stretch]:
    """Every stretch in speech, in order of the pieces. Stretches overlap. Raises the `AudioError` family."""
    waiting: list[tuple[int, bool, NDArray[np.float32]]] = []
    for number, is_last, sound in _sounds(path, channel):
        if _holds_speech(number, speech):
            waiting.append((number, is_last, sound))
        if len(waiting) == _AT_ONCE:
            yield from _heard(waiting)
            waiting = []
    if waiting:
        yield from _heard(waiting)


def _sounds(path: Path, channel: int) -> Iterator[tuple[int, bool, NDArray[np.float32]]]:
    """Number of each piece, whether it is the last, and its sound; the last one is filled up with silence."""
    number, pending = 0, np.zeros(0, np.float32)
    for block in AudioReader(path):
        pending = np.concatenate((pending, at_most_two(block)[channel]))
        while len(pending) >= PIECE_SAMPLES + _STEP_SAMPLES:
            yield number, False, pending[:PIECE_SAMPLES].copy()
            number, pending = number + 1, pending[_STEP_SAMPLES:]
    while len(pending) > PIECE_SAMPLES:
        yield number, False, pending[:PIECE_SAMPLES]
        number, pending = number + 1, pending[_STEP_SAMPLES:]
    yield number, True, np.pad(pending, (0, PIECE_SAMPLES - len(pending)))


def _holds_speech(number: int, speech: Sequence[Span]) -> bool:
    first_ms = number * _STEP_SAMPLES * 1000 // RATE
    last_ms = first_ms + PIECE_SAMPLES * 1000 // RATE
    return any(span.start_ms < last_ms and span.end_ms > first_ms for span in speech)


def _heard(waiting: Sequence[tuple[int, bool, NDArray[np.float32]]]) -> Iterator[Stretch]:
    import torch

    sounds = torch.from_numpy(np.stack([sound for _, _, sound in waiting]))
    heard = activities(sounds).numpy()
    for (number, is_last, _), activity, features in zip(waiting, heard, log_mel(sounds), strict=True):
        own = (0 if number == 0 else _MARGIN_FRAMES, FRAMES if is_last else _MARGIN_FRAMES + STEP_FRAMES)
        for run in runs_of(activity):
            for first, last in windows_in(run, own):
                wide_first, wide_last = widened((first, last), run)
                print_ = _print(features[_mel_at(wide_first) : _mel_at(wide_last)])
                offset = number * STEP_FRAMES
                yield Stretch(offset + first, offset + last, print_, (wide_last - wide_first) * FRAME_SAMPLES / RATE)


def runs_of(activity: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Half-open runs of frames in which the same one of the local speakers is heard alone; short pauses bridged."""
    speaking = activity > _HEARD
    alone = speaking.sum(axis=1) == 1
    who = np.where(alone, speaking.argmax(axis=1), -1)
    cuts = np.flatnonzero(np.diff(who)) + 1
    runs: list[tuple[int, int]] = []
    voice = -1
    for first, last in zip([0, *cuts.tolist()], [*cuts.tolist(), len(who)], strict=True):
        if who[first] < 0:
            continue
        if (
            runs
            and who[first] == voice
            and first - runs[-1][1] < _BRIDGED_FRAMES
            and not speaking[runs[-1][1] : first].any()
        ):
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
        voice = int(who[first])
    return [run for run in runs if run[1] - run[0] >= _FEWEST_FRAMES]


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
    """A window that is short because it was cut at the edge of a piece's own part, with more of its run."""
    missing = WINDOW_FRAMES - (window[1] - window[0])
    if missing <= 0:
        return window
    first = max(run[0], window[0] - missing)
    return first, min(run[1], first + WINDOW_FRAMES) if first < window[0] else min(run[1], window[1] + missing)


def _print(features: torch.Tensor) -> NDArray[np.float16]:
    return voiceprints((features - features.mean(dim=0)).unsqueeze(0))[0].numpy().astype(np.float16)


def _mel_at(frame: int) -> int:
    """The mel frame at the beginning of a frame of the segmentation, by the middles of both."""
    start = frame * FRAME_SAMPLES + (HEARD_SAMPLES - FRAME_SAMPLES) // 2
    return max(0, round((start - MEL_FRAME_SAMPLES // 2) / HOP_SAMPLES))
