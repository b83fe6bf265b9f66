"""Where speech is: Silero's voice activity detector, many frames at once, and the spans made from its answer.

The `silero_vad` package runs its network frame by frame. Only the LSTM in it needs the order; here all convolutions
of a block go through torch at once, each channel a row of the batch, which is some twenty times faster.
The weights are the package's own file, and a test holds the result equal to the package's. The package itself is
not imported, because importing it sets torch to one thread for the whole process.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

FRAME_SAMPLES = 512  # at 16 kHz
FRAME_MS = 32
_CONTEXT_SAMPLES = 64  # of the frame before, which the network hears again


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a recording, half-open."""

    start_ms: int
    end_ms: int

    @property
    def length_ms(self) -> int:
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class SpeechOptions:
    """How probabilities become spans; a frame is 32 ms."""

    enter: float = 0.5  # speech begins at this probability: Silero's own default
    leave: float = 0.35  # and ends below this one, so that a weak syllable does not end it
    least_ms: int = 64  # one frame alone is a click; "yes" and "mm" are longer
    brief_ms: int = 250  # what is as short as this
    brief_enter: float = 0.75  # is speech only if it is this likely; the keys of a telephone are as likely as not
    pad_ms: int = 250  # soft first and last sounds (f, h, s) lie outside of what the detector hears


def spans_of(probabilities: NDArray[np.float32], duration_ms: int, options: SpeechOptions) -> list[Span]:
    """Padded spans of speech of one channel, in order, none touching another.

    `probabilities` has one value per frame. Spans whose padding meets become one.
    """
    spans: list[Span] = []
    for first, last in _runs(probabilities, options):
        length_ms = (last - first) * FRAME_MS
        is_brief = length_ms <= options.brief_ms
        if length_ms < options.least_ms or (is_brief and probabilities[first:last].max() < options.brief_enter):
            continue
        start = max(0, first * FRAME_MS - options.pad_ms)
        end = min(duration_ms, last * FRAME_MS + options.pad_ms)
        if spans and start <= spans[-1].end_ms:
            start = spans.pop().start_ms
        if end > start:
            spans.append(Span(start, end))
    return spans


def _runs(probabilities: NDArray[np.float32], options: SpeechOptions) -> list[tuple[int, int]]:
    """Half-open runs of frames from the first at `enter` to the first below `leave`."""
    runs, start = [], None
    for frame, probability in enumerate(probabilities.tolist()):
        if start is None and probability >= options.enter:
            start = frame
        elif start is not None and probability < options.leave:
            runs.append((start, frame))
            start = None
    if start is not None:
        runs.append((start, len(probabilities)))
    return runs


class SpeechDetector:
    """Silero VAD over a stream: fed blocks of float32 (channels, samples) at 16 kHz, it keeps its state between them.

    Network: https://github.com/snakers4/silero-vad (version 6, 16 kHz).
    """

    def __init__(self) -> None:
        self._weights = _silero_weights()
        self._state: tuple[torch.Tensor, torch.Tensor] | None = None
        self._context: torch.Tensor | None = None

    def feed(self, block: NDArray[np.float32]) -> NDArray[np.float32]:
        """Speech probabilities (channels, frames). Every block but the last holds whole frames of 512 samples."""
        import torch

        channels, samples = block.shape
        missing = -samples % FRAME_SAMPLES
        audio = torch.from_numpy(np.pad(block, ((0, 0), (0, missing))))
        if self._context is None:
            self._context = torch.zeros(channels, _CONTEXT_SAMPLES)
        audio = torch.cat((self._context, audio), dim=1)
        self._context = audio[:, -_CONTEXT_SAMPLES:].clone()
        frames = audio.unfold(1, _CONTEXT_SAMPLES + FRAME_SAMPLES, FRAME_SAMPLES)
        with torch.inference_mode():
            probabilities = self._remember(self._features(frames))
        return probabilities.numpy()

    def _features(self, frames: torch.Tensor) -> torch.Tensor:
        """(channels, frames, 576 samples) -> (channels, frames, 128): magnitudes, then four convolutions."""
        import torch
        from torch.nn import functional as F

        w = self._weights
        x = F.pad(frames.reshape(-1, 1, frames.shape[-1]), (0, 64), mode="reflect")
        real, imaginary = F.conv1d(x, w["stft.forward_basis_buffer"], stride=128).chunk(2, dim=1)
        x = torch.sqrt(real**2 + imaginary**2)
        for layer, stride in enumerate((1, 2, 2, 1)):
            kernel, bias = (w[f"encoder.{layer}.reparam_conv.{part}"] for part in ("weight", "bias"))
            x = F.relu(F.conv1d(x, kernel, bias, stride=stride, padding=1))
        return x.reshape(*frames.shape[:2], -1)

    def _remember(self, features: torch.Tensor) -> torch.Tensor:
        """(channels, frames, 128) -> (channels, frames) through the LSTM, whose state stays for the next block."""
        import torch
        from torch.nn import functional as F

        w = self._weights
        if self._state is None:
            zeros = torch.zeros(1, features.shape[0], 128)
            self._state = (zeros, zeros)
        lstm = [w[f"decoder.rnn.{name}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        hidden, h, c = torch.lstm(features, self._state, lstm, True, 1, 0.0, False, False, True)
        self._state = (h, c)
        heard = F.relu(hidden) @ w["decoder.decoder.2.weight"][0] + w["decoder.decoder.2.bias"]
        return torch.sigmoid(heard).squeeze(-1)


@cache
def _silero_weights() -> dict[str, torch.Tensor]:
    """The weights for 16 kHz out of the package's TorchScript file."""
    import torch

    package = find_spec("silero_vad")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("The package silero-vad is not installed. Install it: pip install silero-vad")
    module = torch.jit.load(  # type: ignore[no-untyped-call]
        str(Path(package.origin).parent / "data" / "silero_vad.jit")
    )
    return {
        name.removeprefix("_model."): value.float()
        for name, value in module.state_dict().items()
        if name.startswith("_model.")
    }
