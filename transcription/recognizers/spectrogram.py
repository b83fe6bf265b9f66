"""What Whisper is shown of a sound: its spectrogram over thirty seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from transcription.recognizers.hearing import WINDOW_SAMPLES

if TYPE_CHECKING:
    import torch


def spectrogram(sound: NDArray[np.float32], mels: int, device: str = "cpu") -> torch.Tensor:
    """(mels, frames of 10 ms) of up to 30 s of sound, filled up with silence as in Whisper's training."""
    import torch
    from whisper.audio import log_mel_spectrogram, pad_or_trim

    result: torch.Tensor = log_mel_spectrogram(
        pad_or_trim(torch.from_numpy(sound), WINDOW_SAMPLES), mels, device=device
    )
    return result
