"""What a recognizer is: something that turns up to 30 s of sound into words, the same words each time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from transcription.transcript import Word

JSON: TypeAlias = "str | int | float | bool | list[JSON] | dict[str, JSON] | None"


@dataclass(frozen=True, slots=True)
class Heard:
    """What a recognizer made of one piece of sound."""

    words: tuple[Word, ...]  # times from where the sound begins
    is_sure: bool = True  # False where it does not believe its own words
    language: str = ""  # that it took it for; '' where the model knows but one
    language_probability: float = 0.0


class Recognizer(Protocol):
    """An engine with its model loaded."""

    @property
    def name(self) -> str:
        """The engine, as stored with a transcript."""

    @property
    def model_sha256(self) -> str:
        """Sum of the model file."""

    @property
    def at_once(self) -> int:
        """How many windows it is best given together; the words may depend on which those are."""

    @property
    def parameters(self) -> Mapping[str, JSON]:
        """Everything else on which the words depend: options, versions, device."""

    def recognize(self, sounds: Sequence[NDArray[np.float32]]) -> list[Heard]:
        """Words of each window: float32 (samples,), 16 kHz, at most 30 s."""
