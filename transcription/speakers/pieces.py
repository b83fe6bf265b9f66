"""A recording heard in pieces of ten seconds that overlap: who speaks in each, and what each of them sounds like.

The pieces are read as a stream. What is kept of each is a few kilobytes, so that hours need megabytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
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
    LOCAL_SPEAKERS,
    PIECE_SAMPLES,
    activities,
)
from transcription.speakers.voiceprint import SIZE, voiceprints
from transcription.speech import Span

if TYPE_CHECKING:
    import torch

STEP_FRAMES = 296  # from piece to piece, 5 s: every moment but those at the ends is heard in two of them

_STEP_SAMPLES = STEP_FRAMES * FRAME_SAMPLES
_AT_ONCE = 8  # pieces; more are no faster, and need more memory
_HEARD = 0.5
_FEWEST_MEL_FRAMES = 40  # 0.4 s: less of a voice says nothing about it
_MOST_MEL_FRAMES = 500  # 5 s: more says little more


@dataclass(frozen=True, slots=True)
class Piece:
    """Ten seconds of a recording.

    `activity` is float16 (frames, 3), how likely each local speaker is heard. `prints` is float16 (3, 192), their
    voiceprints, zeros where too little was heard; `seconds` (3,) is how much each print was made from. Prints are
    biometric data: they live as long as the step that made them and are written nowhere.
    """

    first_frame: int  # in the recording
    activity: NDArray[np.float16]
    prints: NDArray[np.float16]
    seconds: NDArray[np.float32]


def pieces_of(path: Path, channel: int, speech: Sequence[Span]) -> Iterator[Piece]:
    """Every piece that holds speech, in order. Raises the `AudioError` family."""
    waiting: list[tuple[int, NDArray[np.float32]]] = []
    for number, sound in _sounds(path, channel):
        if _holds_speech(number, speech):
            waiting.append((number, sound))
        if len(waiting) == _AT_ONCE:
            yield from _heard(waiting)
            waiting = []
    if waiting:
        yield from _heard(waiting)


def _sounds(path: Path, channel: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Number and sound of each piece; the last one is filled up with silence."""
    number, pending = 0, np.zeros(0, np.float32)
    for block in AudioReader(path):
        pending = np.concatenate((pending, at_most_two(block)[channel]))
        while len(pending) >= PIECE_SAMPLES:
            yield number, pending[:PIECE_SAMPLES].copy()
            number, pending = number + 1, pending[_STEP_SAMPLES:]
    if number == 0 or len(pending) > PIECE_SAMPLES - _STEP_SAMPLES:
        yield number, np.pad(pending, (0, PIECE_SAMPLES - len(pending)))


def _holds_speech(number: int, speech: Sequence[Span]) -> bool:
    first_ms = number * _STEP_SAMPLES * 1000 // RATE
    last_ms = first_ms + PIECE_SAMPLES * 1000 // RATE
    return any(span.start_ms < last_ms and span.end_ms > first_ms for span in speech)


def _heard(waiting: Sequence[tuple[int, NDArray[np.float32]]]) -> Iterator[Piece]:
    import torch

    sounds = torch.from_numpy(np.stack([sound for _, sound in waiting]))
    heard = activities(sounds).numpy()
    for (number, _), activity, features in zip(waiting, heard, log_mel(sounds), strict=True):
        prints, seconds = _prints(activity, features)
        yield Piece(number * STEP_FRAMES, activity.astype(np.float16), prints, seconds)


def _prints(
    activity: NDArray[np.float32], features: torch.Tensor
) -> tuple[NDArray[np.float16], NDArray[np.float32]]:
    """Voiceprint of each local speaker from where they are heard alone, or with another where they never are."""
    prints, seconds = np.zeros((LOCAL_SPEAKERS, SIZE), np.float16), np.zeros(LOCAL_SPEAKERS, np.float32)
    speaking = activity[_frame_of_mel(len(features))] > _HEARD
    alone = speaking & (speaking.sum(axis=1, keepdims=True) == 1)
    for who in range(LOCAL_SPEAKERS):
        chosen = np.flatnonzero(alone[:, who])
        if len(chosen) < _FEWEST_MEL_FRAMES:
            continue
        surplus = max(0, len(chosen) - _MOST_MEL_FRAMES)
        chosen = chosen[surplus // 2 : surplus // 2 + _MOST_MEL_FRAMES]
        frames = features[chosen]
        prints[who] = voiceprints((frames - frames.mean(dim=0)).unsqueeze(0))[0].numpy()
        seconds[who] = len(chosen) * HOP_SAMPLES / RATE
    return prints, seconds


def _frame_of_mel(count: int) -> NDArray[np.intp]:
    """The frame of the segmentation whose middle is nearest to that of each mel frame."""
    middles = np.arange(count) * HOP_SAMPLES + MEL_FRAME_SAMPLES // 2
    return np.clip(np.rint((middles - HEARD_SAMPLES // 2) / FRAME_SAMPLES), 0, FRAMES - 1).astype(np.intp)
