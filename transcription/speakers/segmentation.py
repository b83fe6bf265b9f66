"""Who speaks together with whom within ten seconds: pyannote's segmentation network, version 3.0.

Of up to three speakers it says in each frame which one or two are heard. It knows nobody beyond its ten seconds: the
first of one piece may be the second of the next. Bredin, "pyannote.audio 2.1 speaker diarization pipeline", and
Plaquet and Bredin, "Powerset multi-class cross entropy loss for neural speaker diarization", both Interspeech 2023;
the filters on the waveform are those of Ravanelli and Bengio, "Speaker Recognition from Raw Waveform with SincNet",
2018. A test holds the result equal to that of the module the weights come with.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING

from transcription.audio import RATE
from transcription.speakers.carried_model import SEGMENTATION, weights_of

if TYPE_CHECKING:
    import torch

PIECE_SAMPLES = 10 * RATE
FRAME_SAMPLES = 270  # from one frame to the next
HEARD_SAMPLES = 991  # by one frame, centred on it
FRAMES = 1 + (PIECE_SAMPLES - HEARD_SAMPLES) // FRAME_SAMPLES
LOCAL_SPEAKERS = 3

_HEARD_IN_CLASS = [
    heard for size in range(3) for heard in combinations(range(LOCAL_SPEAKERS), size)
]  # nobody, one, two
_LEAST_HZ, _LEAST_BAND_HZ = 50.0, 50.0
_FILTER_STRIDE = 10


def activities(pieces: torch.Tensor) -> torch.Tensor:
    """(pieces, 160000 samples) at 16 kHz -> (pieces, frames, 3): how likely each local speaker is heard, 0 .. 1."""
    import torch
    from torch.nn import functional as F

    with torch.inference_mode():
        x = _remembered(_filtered(pieces.unsqueeze(1)))
        for layer in ("linear.0", "linear.1"):
            x = F.leaky_relu(F.linear(x, _w(f"{layer}.weight"), _w(f"{layer}.bias")))
        classes = F.softmax(F.linear(x, _w("classifier.weight"), _w("classifier.bias")), dim=2)
        return classes @ _heard_in_class()


def _filtered(x: torch.Tensor) -> torch.Tensor:
    """(pieces, 1, samples) -> (pieces, frames, 60)."""
    import torch
    from torch.nn import functional as F

    x = F.instance_norm(x, weight=_w("sincnet.wav_norm1d.weight"), bias=_w("sincnet.wav_norm1d.bias"))
    x = torch.abs(F.conv1d(x, _band_filters(), stride=_FILTER_STRIDE))
    for layer in range(3):
        if layer:
            name = f"sincnet.conv1d.{layer}"
            x = F.conv1d(x, _w(f"{name}.weight"), _w(f"{name}.bias"))
        name = f"sincnet.norm1d.{layer}"
        x = F.instance_norm(F.max_pool1d(x, 3), weight=_w(f"{name}.weight"), bias=_w(f"{name}.bias"))
        x = F.leaky_relu(x)
    return x.transpose(1, 2)


def _remembered(x: torch.Tensor) -> torch.Tensor:
    """(pieces, frames, 60) -> (pieces, frames, 256): four layers of LSTM, each reading both ways."""
    import torch

    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    weights = [_w(f"lstm.{part}_l{layer}{way}") for layer in range(4) for way in ("", "_reverse") for part in parts]
    zeros = torch.zeros(8, x.shape[0], 128)
    heard, _, _ = torch.lstm(x, (zeros, zeros), weights, True, 4, 0.0, False, True, True)
    return heard


@cache
def _band_filters() -> torch.Tensor:
    """(80, 1, 251): each band's cosine filter, then each band's sine filter."""
    import torch

    lowest, band = (_w(f"sincnet.conv1d.0.filterbank.{name}_hz_").double() for name in ("low", "band"))
    low = _LEAST_HZ + lowest.abs()
    high = (low + _LEAST_BAND_HZ + band.abs()).clamp(_LEAST_HZ, RATE / 2)
    window, at = (_w(f"sincnet.conv1d.0.filterbank.{name}").double() for name in ("window_", "n_"))
    low_phase, high_phase, width = low @ at, high @ at, 2 * (high - low)
    cosine = (torch.sin(high_phase) - torch.sin(low_phase)) / (at / 2) * window
    sine = (torch.cos(low_phase) - torch.cos(high_phase)) / (at / 2) * window
    cosines = torch.cat((cosine, width, cosine.flip(1)), dim=1)
    sines = torch.cat((sine, torch.zeros_like(width), -sine.flip(1)), dim=1)
    return (torch.cat((cosines, sines)) / torch.cat((width, width))).float().unsqueeze(1)


@cache
def _heard_in_class() -> torch.Tensor:
    """(7, 3): 1 where a class means that a speaker is heard."""
    import torch

    return torch.tensor([[float(who in heard) for who in range(LOCAL_SPEAKERS)] for heard in _HEARD_IN_CLASS])


def _w(name: str) -> torch.Tensor:
    return weights_of(SEGMENTATION)[name]
