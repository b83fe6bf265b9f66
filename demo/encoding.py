"""Writes sound, and a still picture where a video is wanted, into a media file through PyAV.

Encoders and containers run in their bit-exact mode, so that the same sound gives the same file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

_FRAME = 1024
_PICTURE_WIDTH, _PICTURE_HEIGHT, _PICTURES_PER_S = 160, 120, 1


@dataclass(frozen=True)
class Encoding:
    """How a recording is stored; `sample_format` as FFmpeg names it, `bit_rate` 0 where the codec fixes it."""

    suffix: str
    container: str
    codec: str
    rate: int
    sample_format: str
    bit_rate: int = 0
    picture: bool = False


def write_media(path: Path, sound: NDArray[np.float32], encoding: Encoding) -> None:
    """Store `sound`, float32 (channels, samples) at the encoding's rate."""
    with av.open(path, "w", format=encoding.container, options={"fflags": "+bitexact"}) as container:
        audio = container.add_stream(encoding.codec, rate=encoding.rate)
        if not isinstance(audio, av.AudioStream):
            raise TypeError(f"{encoding.codec} is not an audio codec.")
        audio.layout = "stereo" if len(sound) == 2 else "mono"
        audio.format = encoding.sample_format
        audio.bit_rate = encoding.bit_rate
        audio.options = {"flags": "+bitexact"}
        if encoding.picture:
            _add_still_picture(container, sound.shape[1] / encoding.rate)
        for frame in _audio_frames(sound, encoding):
            container.mux(audio.encode(frame))
        container.mux(audio.encode(None))


def _audio_frames(sound: NDArray[np.float32], encoding: Encoding) -> Iterator[av.AudioFrame]:
    resampler = av.AudioResampler(format=encoding.sample_format, rate=encoding.rate)
    layout = "stereo" if len(sound) == 2 else "mono"
    for start in range(0, sound.shape[1], _FRAME):
        block = np.ascontiguousarray(sound[:, start : start + _FRAME])
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
        frame.sample_rate = encoding.rate
        frame.pts = start
        yield from resampler.resample(frame)


def _add_still_picture(container: av.container.OutputContainer, duration_s: float) -> None:
    """Two plain tiles, as a video call without cameras looks."""
    video = container.add_stream("libx264", rate=_PICTURES_PER_S)
    video.width, video.height, video.pix_fmt = _PICTURE_WIDTH, _PICTURE_HEIGHT, "yuv420p"
    video.options = {"crf": "40", "threads": "1", "flags": "+bitexact"}
    picture = np.full((_PICTURE_HEIGHT, _PICTURE_WIDTH, 3), 40, np.uint8)
    picture[20:100, 8:76] = (60, 110, 160)
    picture[20:100, 84:152] = (160, 110, 60)
    for number in range(int(duration_s * _PICTURES_PER_S) + 1):
        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = number
        container.mux(video.encode(frame))
    container.mux(video.encode(None))
