"""A file heard once from end to end: how loud each channel is when, where there is speech, what the channels are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcription.audio import RATE, AudioReader
from transcription.channels import Layout, at_most_eight, layout_of
from transcription.envelopes import Envelopes
from transcription.speech import Span, SpeechDetector, SpeechOptions, spans_of


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is known of a file after the first pass; `probabilities` of speech are (channels, frames of 32 ms)."""

    duration_ms: int
    envelopes: Envelopes
    probabilities: NDArray[np.float32]
    speech: tuple[tuple[Span, ...], ...]  # of each channel
    layout: Layout


def hear(reader: AudioReader, options: SpeechOptions, progress: Callable[[int], None]) -> Hearing:
    """Hear a file; `progress` is told the milliseconds that are behind. Raises the `AudioError` family."""
    envelopes, detector = Envelopes(), SpeechDetector()
    samples = 0
    heard: list[NDArray[np.float32]] = []
    for block in reader:
        sound = at_most_eight(block)
        envelopes.add(sound)
        heard.append(detector.feed(sound))
        samples += sound.shape[1]
        progress(samples * 1000 // RATE)
    duration_ms = samples * 1000 // RATE
    probabilities = np.concatenate(heard, axis=1)
    speech = tuple(tuple(spans_of(channel, duration_ms, options)) for channel in probabilities)
    return Hearing(duration_ms, envelopes, probabilities, speech, layout_of(envelopes, speech))
