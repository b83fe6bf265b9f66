"""Files of one person each, begun at once and written by one clock, as one recording: a channel each, sample by sample.

The result is 16-bit PCM WAV at the files' own rate. What is stored in 16 bits or less (PCM, µ-law, A-law, GSM) stays as
it is; the same files always give the same bytes.
"""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from storage.errors import IntakeError
from storage.intake.probe import Facts, opened

if TYPE_CHECKING:
    from numpy.typing import NDArray

IN_STEP_MS = 500  # files of one call end together, but for what the last packets were late
_BLOCK = 1 << 16  # samples of a channel that are in memory at once
_MOST_BYTES = 2**32 - 4096  # a WAV counts them in 32 bits
_WIDTH = 2


def out_of_step(facts: Sequence[Facts]) -> str:
    """Why files cannot be laid side by side from their beginnings, with the next step; '' where they can."""
    lay = "'fieldcall recordings join' lays files side by side by what is heard in them."
    sounds = [[stream for stream in each.streams if stream["type"] == "audio"] for each in facts]
    if any(len(streams) != 1 or streams[0]["channels"] != 1 for streams in sounds):
        return f"One of the two sides has more than one channel, so that it is not one person's. {lay}"
    rates = sorted({streams[0]["rate"] for streams in sounds})
    if len(rates) > 1:
        return f"The two sides were recorded at different rates ({rates[0]} and {rates[-1]} Hz). {lay}"
    apart_ms = max(each.duration_ms for each in facts) - min(each.duration_ms for each in facts)
    if apart_ms > IN_STEP_MS:
        return (
            f"The two sides differ by {apart_ms / 1000:.1f} s in length, so that they were not kept in step or one "
            f"broke off. Copy both again; if they are whole, {lay}"
        )
    if any(each.damaged for each in facts):
        return f"One of the two sides is damaged, so that what follows would be out of step. Copy it again, or: {lay}"
    if max(each.duration_ms for each in facts) * rates[0] // 1000 * _WIDTH * len(facts) > _MOST_BYTES:
        return "Both sides together are too long for one recording. Cut them into parts that begin and end together."
    return ""


def weave(paths: Sequence[Path], file: IO[bytes]) -> None:
    """Write files that are in step into an open file; where one ends sooner, silence follows. Raises IntakeError."""
    import numpy as np

    with wave.open(file, "wb") as output:
        output.setnchannels(len(paths))
        output.setsampwidth(_WIDTH)
        output.setframerate(_rate(paths[0]))
        for parts in zip_longest(*(_blocks(path) for path in paths)):
            block = np.zeros((max(len(part) for part in parts if part is not None), len(paths)), "<i2")
            for channel, part in enumerate(parts):
                if part is not None:
                    block[: len(part), channel] = part
            output.writeframes(block.tobytes())


def _rate(path: Path) -> int:
    with path.open("rb") as file, opened(file) as container:
        return int(container.streams.audio[0].rate)


def _blocks(path: Path) -> Iterator[NDArray[Any]]:
    """The samples of a file in blocks of one size, but for the last."""
    import numpy as np

    kept: list[NDArray[Any]] = []
    samples = 0
    for part in _samples(path):
        kept.append(part)
        samples += len(part)
        if samples >= _BLOCK:
            joined = np.concatenate(kept)
            whole = samples // _BLOCK * _BLOCK
            yield from np.split(joined[:whole], range(_BLOCK, whole, _BLOCK))
            kept, samples = [joined[whole:]], samples - whole
    if samples:
        yield np.concatenate(kept)


def _samples(path: Path) -> Iterator[NDArray[Any]]:
    import av

    resampler = None
    with path.open("rb") as file, opened(file) as container:
        try:
            for frame in container.decode(container.streams.audio[0]):
                resampler = resampler or av.AudioResampler(format="s16", layout="mono", rate=frame.sample_rate)
                yield from (part.to_ndarray()[0] for part in resampler.resample(frame))
            if resampler:
                yield from (part.to_ndarray()[0] for part in resampler.resample(None))
        except av.error.FFmpegError as error:
            raise IntakeError(
                f"One of the two sides cannot be read to its end ({error.strerror}). Copy it again."
            ) from error
