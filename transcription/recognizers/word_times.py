"""When each word was said: Whisper's attention aligned with its text, on the encoding that was decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from transcription.recognizers.alignment import cheapest_path
from transcription.transcript import Word

if TYPE_CHECKING:
    import torch
    from whisper import Whisper
    from whisper.timing import WordTiming
    from whisper.tokenizer import Tokenizer

_BEFORE = "\"'“¿([{-"  # punctuation that belongs to the next word; both sets are whisper.timing's
_AFTER = "\"'.。,，!！?？:：”)]}、"


@dataclass(frozen=True, slots=True)
class Segment:
    """Text tokens between two timestamps; times in seconds from the start of what was decoded."""

    start_s: float
    end_s: float
    tokens: tuple[int, ...]


class _Encoded:
    """The model as `find_alignment` calls it, for sound that is encoded already: it would encode the mel again."""

    def __init__(self, model: Whisper) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __call__(self, encoded: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self._model.decoder(tokens, encoded)
        return logits


def timed_words(
    model: Whisper, tokenizer: Tokenizer, encoded: torch.Tensor, segments: Sequence[Segment], mel_frames: int
) -> list[Word]:
    """Words of the segments in order. `encoded`: (frames, states); `mel_frames`: how many of 10 ms hold sound."""
    timing = _whisper_timing()
    text = [token for segment in segments for token in segment.tokens]
    timings = timing.find_alignment(_Encoded(model), tokenizer, text, encoded, mel_frames)
    timing.merge_punctuations(timings, _BEFORE, _AFTER)
    starts_s, ends_s = _segment_edges(segments)
    words, position = [], 0
    for timed in timings:
        if timed.word.strip():
            words.append(_word(timed, starts_s.get(position), ends_s.get(position + len(timed.tokens))))
        position += len(timed.tokens)
    return words


@cache
def _whisper_timing() -> Any:
    """`whisper.timing` with our way of finding the path, which starts no threads."""
    from whisper import timing

    timing.dtw_cpu = cheapest_path
    return timing


def _segment_edges(segments: Sequence[Segment]) -> tuple[dict[int, float], dict[int, float]]:
    """Start time by index of a segment's first token, end time by index after its last one."""
    starts_s, ends_s, position = {}, {}, 0
    for segment in segments:
        if segment.tokens:
            starts_s[position] = segment.start_s
            position += len(segment.tokens)
            ends_s[position] = segment.end_s
    return starts_s, ends_s


def _word(timing: WordTiming, segment_start_s: float | None, segment_end_s: float | None) -> Word:
    """A word's attention begins and ends somewhere in the pauses around it; the segment's timestamps know better."""
    start_s, end_s = float(timing.start), float(timing.end)
    if segment_start_s is not None and start_s < segment_start_s < end_s:
        start_s = segment_start_s
    if segment_end_s is not None and start_s < segment_end_s < end_s:
        end_s = segment_end_s
    return Word(timing.word.strip(), round(start_s * 1000), round(end_s * 1000), round(float(timing.probability), 4))
