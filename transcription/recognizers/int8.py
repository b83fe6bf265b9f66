"""Linear layers in 8-bit integers: a quarter of the memory to read, about half the time on a CPU.

Weights are quantised once, each output row by its own scale; activations as they come, each call by its own range, in
7 bits, so that no processor without VNNI overflows and every processor gives the same sums. The products are torch's
own kernels (FBGEMM or oneDNN, whichever torch takes for the processor).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from whisper import Whisper

_ENGINE = "x86"
_PAYS_FROM_WIDTH = 512  # Whisper's `base`. Measured: narrower layers are slower than in float32, wider ones faster


def pays(width: int) -> bool:
    """Whether this build of torch can do it on this processor, and a model of that width gains by it."""
    return width >= _PAYS_FROM_WIDTH and _ENGINE in torch.backends.quantized.supported_engines


class Int8Linear(nn.Module):
    """A linear layer whose weights are 8-bit integers; float32 in, float32 out."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None) -> None:
        super().__init__()
        rows = weight.detach().float()
        scales = rows.abs().amax(dim=1).clamp(min=1e-12) / 127
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch announces that it means to move these functions
            quantised = torch.quantize_per_channel(
                rows, scales.double(), torch.zeros(len(rows), dtype=torch.long), 0, torch.qint8
            )
        torch.backends.quantized.engine = _ENGINE
        self._packed: Any = torch.ops.quantized.linear_prepack(quantised, None if bias is None else bias.detach())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = torch.ops.quantized.linear_dynamic(x, self._packed, True)
        return result


def joined(layers: Sequence[Int8Linear]) -> Int8Linear:
    """Layers of the same input as one, their outputs side by side, a missing bias as zeros."""
    weights, biases = [], []
    for layer in layers:
        weight, bias = torch.ops.quantized.linear_unpack(layer._packed)
        weights.append(weight.dequantize())
        biases.append(torch.zeros(len(weight)) if bias is None else bias)
    return Int8Linear(torch.cat(weights), torch.cat(biases))


def quantise(model: Whisper) -> None:
    """Replace every linear layer of a model by its 8-bit form, in place. Convolutions and embeddings stay."""
    for part in list(model.encoder.modules()) + list(model.decoder.modules()):
        for name, layer in list(part.named_children()):
            if isinstance(layer, nn.Linear):
                setattr(part, name, Int8Linear(layer.weight, layer.bias))
