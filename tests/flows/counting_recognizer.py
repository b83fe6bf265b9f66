"""A recognizer that needs no model: its words tell how much sound it was given."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from flows.engine import Engine
from transcription.recognizers.base import JSON, Heard
from transcription.transcript import Word

WORD_MS = 400


class Counting:
    """A recognizer whose words tell how much sound it was given, and that can be told to break.

    What else a test wants of it, it says by another `words`.
    """

    name = "counting"
    model_sha256 = "0" * 64
    at_once = 2
    parameters: Mapping[str, JSON] = {}

    def __init__(self, breaks_at: int | None = None) -> None:
        self.calls = 0
        self._breaks_at = breaks_at

    def recognize(self, sounds: Sequence[NDArray[np.float32]]) -> list[Heard]:
        return [Heard(self.words(sound)) for sound in sounds]

    def words(self, sound: NDArray[np.float32]) -> tuple[Word, ...]:
        """Words of one window."""
        self.calls += 1
        if self.calls == self._breaks_at:
            raise KeyboardInterrupt
        length_ms = len(sound) // 16
        starts = range(0, length_ms, WORD_MS)
        return tuple(Word(f"{length_ms}-{start}", start, min(start + WORD_MS, length_ms), 0.9) for start in starts)


def counting(breaks_at: int | None = None) -> Engine:
    return Engine("counting", Counting(breaks_at))
