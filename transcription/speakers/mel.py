"""Kaldi's log mel filter bank, which the voiceprint network was trained on, for many sounds at once.

Definition: Povey et al., "The Kaldi Speech Recognition Toolkit", ASRU 2011 (feature-fbank, without dither).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from transcription.audio import RATE

if TYPE_CHECKING:
    import torch

BINS = 80
HOP_SAMPLES = 160
FRAME_SAMPLES = 400
_FFT = 512
_LOWEST_HZ = 20.0
_PRE_EMPHASIS = 0.97


def log_mel(audio: torch.Tensor) -> torch.Tensor:
    """(sounds, samples) at 16 kHz, -1 .. 1 -> (sounds, frames, 80); a frame is 25 ms every 10 ms, only whole ones."""
    import torch

    frames = audio.unfold(1, FRAME_SAMPLES, HOP_SAMPLES)
    frames = frames - frames.mean(dim=2, keepdim=True)
    before = torch.cat((frames[..., :1], frames[..., :-1]), dim=2)
    frames = (frames - _PRE_EMPHASIS * before) * _window()
    power = torch.fft.rfft(frames, n=_FFT).abs() ** 2
    return torch.log((power @ _filters()).clamp_min(torch.finfo(torch.float32).eps))


@cache
def _window() -> torch.Tensor:
    """Povey's: a Hann window to the power of 0.85, which goes to zero at both ends."""
    import torch

    return torch.hann_window(FRAME_SAMPLES, periodic=False) ** 0.85


@cache
def _filters() -> torch.Tensor:
    """(257, 80): triangles that are straight on the mel scale, from 20 Hz to half the rate."""
    import torch

    def mel(hz: torch.Tensor) -> torch.Tensor:
        return 1127 * torch.log1p(hz / 700)

    lowest, highest = mel(torch.tensor([_LOWEST_HZ, RATE / 2], dtype=torch.float64))
    edges = torch.linspace(0, 1, BINS + 2, dtype=torch.float64) * (highest - lowest) + lowest
    left, middle, right = edges[:-2], edges[1:-1], edges[2:]
    at = mel(torch.arange(_FFT // 2 + 1, dtype=torch.float64) * RATE / _FFT).unsqueeze(1)
    rising, falling = (at - left) / (middle - left), (right - at) / (right - middle)
    return torch.minimum(rising, falling).clamp_min(0).float()
