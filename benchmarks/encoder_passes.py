"""How often each engine encodes sound: both networks' encoders, watched while they work."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

import numpy as np


@dataclass(slots=True)
class Passes:
    """Windows that went through an encoder, and how many different ones they were."""

    count: int = 0
    _seen: set[int] = field(default_factory=set)

    @property
    def different(self) -> int:
        return len(self._seen)

    def forget(self) -> None:
        self.count = 0
        self._seen.clear()

    def add(self, mels: Iterable[Any]) -> None:
        for mel in mels:
            self.count += 1
            self._seen.add(zlib.crc32(np.ascontiguousarray(mel).tobytes()))


def watch() -> Passes:
    """Count from now on, in this process, whoever encodes."""
    from whisper.model import AudioEncoder

    passes = Passes()
    through_torch = AudioEncoder.forward

    def forward(encoder: Any, mel: Any) -> Any:
        passes.add(mel.detach().cpu().numpy())
        return through_torch(encoder, mel)

    AudioEncoder.forward = forward
    if find_spec("ctranslate2") is not None:
        _watch_ctranslate2(passes)
    return passes


def _watch_ctranslate2(passes: Passes) -> None:
    from ctranslate2.models import Whisper

    through_ctranslate2 = Whisper.encode

    def encode(model: Any, features: Any, *given: Any, **named: Any) -> Any:
        passes.add(np.array(features))
        return through_ctranslate2(model, features, *given, **named)

    Whisper.encode = encode
