"""A voice as a point: the CAM++ network, which puts sounds of one person near each other whatever they say.

Wang et al., "CAM++: A Fast and Efficient Network for Speaker Verification Using Context-Aware Masking", Interspeech
2023. A test holds the result equal to that of the module the weights come with.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from transcription.speakers.carried_model import VOICEPRINTS, weights_of

if TYPE_CHECKING:
    import torch

SIZE = 192
_BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers and dilation of each block
_SEGMENT = 100  # frames over which a mask looks around, besides the whole sound
_NORMALISATION_EPSILON = 1e-5


def voiceprints(features: torch.Tensor) -> torch.Tensor:
    """(sounds, frames, 80) log mel, mean of each sound's frames 0 -> (sounds, 192), each of length 1."""
    import torch
    from torch.nn import functional as F

    with torch.inference_mode():
        x = _head(features.transpose(1, 2).unsqueeze(1))
        x = _normalised(F.conv1d(x, _w("xvector.tdnn.linear.weight"), stride=2, padding=2), "xvector.tdnn.nonlinear")
        for block, (layers, dilation) in enumerate(_BLOCKS, start=1):
            for layer in range(1, layers + 1):
                x = torch.cat((x, _masked_layer(x, f"xvector.block{block}.tdnnd{layer}", dilation)), dim=1)
            x = F.conv1d(
                _normalised(x, f"xvector.transit{block}.nonlinear"), _w(f"xvector.transit{block}.linear.weight")
            )
        x = _normalised(x, "xvector.out_nonlinear")
        x = torch.cat((x.mean(dim=2), x.std(dim=2)), dim=1)
        x = F.linear(x, _w("xvector.dense.linear.weight").squeeze(2))
        return F.normalize(_normalised(x, "xvector.dense.nonlinear", relu=False), dim=1)


def _head(x: torch.Tensor) -> torch.Tensor:
    """(sounds, 1, 80, frames) -> (sounds, 320, frames): residual convolutions over frequency and time."""
    from torch.nn import functional as F

    x = _convolved(x, "head.conv1", "head.bn1", stride=1)
    for block in ("head.layer1", "head.layer2"):
        for part, stride in ((f"{block}.0", 2), (f"{block}.1", 1)):
            y = _convolved(x, f"{part}.conv1", f"{part}.bn1", stride=stride)
            y = _convolved(y, f"{part}.conv2", f"{part}.bn2", stride=1, relu=False)
            if stride == 2:
                x = _convolved(x, f"{part}.shortcut.0", f"{part}.shortcut.1", stride=stride, relu=False)
            x = F.relu(x + y)
    return _convolved(x, "head.conv2", "head.bn2", stride=2).flatten(1, 2)


def _convolved(x: torch.Tensor, kernel: str, norm: str, *, stride: int, relu: bool = True) -> torch.Tensor:
    """A convolution that halves the frequencies where `stride` is 2, and its normalisation."""
    from torch.nn import functional as F

    weight = _w(f"{kernel}.weight")
    return _normalised(F.conv2d(x, weight, stride=(stride, 1), padding=weight.shape[-1] // 2), norm, relu=relu)


def _masked_layer(x: torch.Tensor, name: str, dilation: int) -> torch.Tensor:
    """32 new channels, each weighed by what the sound is like around it (context-aware masking)."""
    import torch
    from torch.nn import functional as F

    x = F.conv1d(_normalised(x, f"{name}.nonlinear1.batchnorm"), _w(f"{name}.linear1.weight"))
    x = _normalised(x, f"{name}.nonlinear2.batchnorm")
    local = F.conv1d(x, _w(f"{name}.cam_layer.linear_local.weight"), padding=dilation, dilation=dilation)
    around = F.avg_pool1d(x, _SEGMENT, _SEGMENT, ceil_mode=True).repeat_interleave(_SEGMENT, dim=2)[..., : x.shape[2]]
    context = x.mean(dim=2, keepdim=True) + around
    first, second = f"{name}.cam_layer.linear1", f"{name}.cam_layer.linear2"
    context = F.relu(F.conv1d(context, _w(f"{first}.weight"), _w(f"{first}.bias")))
    return local * torch.sigmoid(F.conv1d(context, _w(f"{second}.weight"), _w(f"{second}.bias")))


def _normalised(x: torch.Tensor, name: str, *, relu: bool = True) -> torch.Tensor:
    from torch.nn import functional as F

    scale, shift = _normalisation(name)
    shape = (1, -1) + (1,) * (x.dim() - 2)
    x = x * scale.view(shape) + shift.view(shape)
    return F.relu(x) if relu else x


@cache
def _normalisation(name: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Batch normalisation as one factor and one summand for each channel."""
    import torch

    weights = weights_of(VOICEPRINTS)
    prefix = name if f"{name}.running_mean" in weights else f"{name}.batchnorm"
    mean, variance = weights[f"{prefix}.running_mean"], weights[f"{prefix}.running_var"]
    scale = weights.get(f"{prefix}.weight", torch.ones_like(mean)) / torch.sqrt(variance + _NORMALISATION_EPSILON)
    return scale, weights.get(f"{prefix}.bias", torch.zeros_like(mean)) - mean * scale


def _w(name: str) -> torch.Tensor:
    return weights_of(VOICEPRINTS)[name]
