"""What a recognizer is: something that turns up to 30 s of sound into words, the same words each time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from transcription.transcript import Word

JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"


class Recognizer(Protocol):
    """An engine with its model loaded."""

    @property
    def name(self) -> str:
        """The engine, as stored with a transcript."""

    @property
    def model_sha256(self) -> str:
        """Sum of the model file."""

    @property
    def parameters(self) -> Mapping[str, JSON]:
        """Everything else on which the words depend: options, versions, device."""

    def recognize(self, audio: NDArray[np.float32]) -> tuple[Word, ...]:
        """Words of one window: float32 (samples,), 16 kHz, at most 30 s. Times count from the window's start."""
