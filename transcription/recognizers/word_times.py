"""When each word was said: Whisper's attention aligned with its text, on the encoding that was decoded.

The method is `whisper.timing.find_alignment`'s, and gives what it gives; here the keys of the sound that decoding used
are used again, and neither threads of numba nor whole sorts are needed for a path and a median.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from transcription.recognizers.alignment import cheapest_path
from transcription.transcript import Word

if TYPE_CHECKING:
    import torch
    from whisper.timing import WordTiming
    from whisper.tokenizer import Tokenizer

    from transcription.recognizers.greedy import GreedyDecoder, Sound

_BEFORE = "\"'“¿([{-"  # punctuation that belongs to the next word; both sets are whisper.timing's
_AFTER = "\"'.。,，!！?？:：”)]}、"
_FRAMES_PER_S = 50
# exchanges that bring the median of seven values to the middle (the optimal network, J. L. Smith 1996)
_TO_THE_MIDDLE = (
    (0, 5),
    (0, 3),
    (1, 6),
    (2, 4),
    (0, 1),
    (3, 5),
    (2, 6),
    (2, 3),
    (3, 6),
    (4, 5),
    (1, 4),
    (1, 3),
    (3, 4),
)


@dataclass(frozen=True, slots=True)
class Segment:
    """Text tokens between two timestamps; times in seconds from the start of what was decoded."""

    start_s: float
    end_s: float
    tokens: tuple[int, ...]


def timed_words(
    decoder: GreedyDecoder, sound: Sound, tokenizer: Tokenizer, segments: Sequence[Segment], frames: int
) -> list[Word]:
    """Words of the segments in order. `sound`: of one window; `frames`: how many of 10 ms hold sound."""
    text = [token for segment in segments for token in segment.tokens]
    if not text:
        return []
    first = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
    average = Average(frames // 2)
    states = decoder.attention(sound, [*first, *text, tokenizer.eot], average.add)
    probabilities = decoder.probabilities(states[len(first) - 1 :], text, tokenizer.eot)
    path = cheapest_path(-average.of_heads()[len(first) - 1 : -1].double().cpu().numpy())
    return words_on(path, text, probabilities, tokenizer, segments)


class Average:
    """Attention of text to sound, (tokens, frames of 20 ms): made alike between heads, smoothed, and averaged."""

    def __init__(self, frames: int) -> None:
        self._frames = frames
        self._heads: int = 0
        self._sum: Any = 0.0

    def add(self, scores: torch.Tensor) -> None:
        """One more head's scores (tokens, frames) before softmax."""
        import torch

        weights = scores[:, : self._frames].softmax(dim=-1)
        deviation, mean = torch.std_mean(weights, dim=0, keepdim=True, unbiased=False)
        self._sum = self._sum + median_of_seven((weights - mean) / deviation)
        self._heads += 1

    def of_heads(self) -> torch.Tensor:
        average: torch.Tensor = self._sum / self._heads
        return average


def median_of_seven(rows: torch.Tensor) -> torch.Tensor:
    """Each value of (rows, columns) replaced by the median of the seven about it in its row; edges are mirrored."""
    import torch
    from torch.nn import functional as F

    columns = rows.shape[1]
    if columns <= 3:
        return rows
    padded = F.pad(rows[None], (3, 3), mode="reflect")[0]
    values = [padded[:, place : place + columns] for place in range(7)]
    for one, other in _TO_THE_MIDDLE:
        values[one], values[other] = (
            torch.minimum(values[one], values[other]),
            torch.maximum(values[one], values[other]),
        )
    return values[3]


def words_on(
    path: NDArray[np.int64],
    text: Sequence[int],
    probabilities: Sequence[float],
    tokenizer: Tokenizer,
    segments: Sequence[Segment],
) -> list[Word]:
    """Words made of the tokens, each from where the path (2, steps) of tokens and frames reaches its first token."""
    from whisper.timing import WordTiming, merge_punctuations

    words, tokens_of = tokenizer.split_to_word_tokens([*text, tokenizer.eot])
    edges = [0, *accumulate(len(tokens) for tokens in tokens_of[:-1])]
    reached = np.diff(path[0], prepend=-1) > 0
    times_s = path[1][reached] / _FRAMES_PER_S
    timings = [
        WordTiming(word, tokens, times_s[begin], times_s[end], float(np.mean(probabilities[begin:end])))
        for word, tokens, (begin, end) in zip(words, tokens_of, pairwise(edges), strict=False)
    ]
    merge_punctuations(timings, _BEFORE, _AFTER)
    return _within_segments(timings, segments)


def _within_segments(timings: Sequence[WordTiming], segments: Sequence[Segment]) -> list[Word]:
    starts_s, ends_s = _segment_edges(segments)
    words, position = [], 0
    for timed in timings:
        if timed.word.strip():
            words.append(_word(timed, starts_s.get(position), ends_s.get(position + len(timed.tokens))))
        position += len(timed.tokens)
    return words


def _segment_edges(segments: Sequence[Segment]) -> tuple[dict[int, float], dict[int, float]]:
    """Start time by index of a segment's first token, end time by index after its last one."""
    starts_s, ends_s, position = {}, {}, 0
    for segment in segments:
        if segment.tokens:
            starts_s[position] = segment.start_s
            position += len(segment.tokens)
            ends_s[position] = segment.end_s
    return starts_s, ends_s


def _word(timing: Any, segment_start_s: float | None, segment_end_s: float | None) -> Word:
    """A word's attention begins and ends somewhere in the pauses around it; the segment's timestamps know better."""
    start_s, end_s = float(timing.start), float(timing.end)
    if segment_start_s is not None and start_s < segment_start_s < end_s:
        start_s = segment_start_s
    if segment_end_s is not None and start_s < segment_end_s < end_s:
        end_s = segment_end_s
    return Word(timing.word.strip(), round(start_s * 1000), round(end_s * 1000), round(float(timing.probability), 4))
