"""Small real media files for the tests, encoded with PyAV."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

# container, codec and rate by suffix
FORMATS = {
    ".wav": ("wav", "pcm_s16le", 8000),
    ".mp3": ("mp3", "libmp3lame", 16000),
    ".m4a": ("ipod", "aac", 16000),
    ".mp4": ("mp4", "aac", 16000),
    ".3gp": ("3gp", "aac", 16000),
    ".mkv": ("matroska", "aac", 16000),
    ".webm": ("webm", "libopus", 48000),
    ".ogg": ("ogg", "libopus", 48000),
    ".opus": ("ogg", "libopus", 48000),
    ".amr": ("amr", "libopencore_amrnb", 8000),
    ".flac": ("flac", "flac", 16000),
}


def tone(seconds: float, rate: int, channels: int = 1, level: float = 0.3) -> NDArray[np.int16]:
    """A tone, a different one on each channel; int16 (channels, samples)."""
    clock = np.arange(int(seconds * rate)) / rate
    waves = [level * np.sin(2 * np.pi * 440 * (n + 1) * clock) for n in range(channels)]
    return (np.stack(waves) * 32767).astype(np.int16)


def write(
    path: Path,
    seconds: float = 2.0,
    *,
    codec: str = "",
    rate: int = 0,
    channels: int = 1,
    level: float = 0.3,
    tracks: int = 1,
    video: bool = False,
    options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
) -> Path:
    """A recording in the format of the path's suffix; `tracks` 0 leaves out the sound."""
    container, usual_codec, usual_rate = FORMATS[path.suffix]
    rate = rate or usual_rate
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(path, "w", format=container, options=options or {}) as output:
        output.metadata.update(metadata or {})
        pictures = output.add_stream("libx264", rate=10) if video else None
        layout = "stereo" if channels == 2 else "mono"
        sounds = [output.add_stream(codec or usual_codec, rate=rate, layout=layout) for _ in range(tracks)]
        if pictures is not None:
            _encode_video(output, pictures, seconds)
        for stream in sounds:
            _encode_audio(output, stream, tone(seconds, rate, channels, level), layout)
    return path


def _encode_audio(
    output: av.container.OutputContainer, stream: av.AudioStream, samples: NDArray[np.int16], layout: str
) -> None:
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T).reshape(1, -1), format="s16", layout=layout)
    frame.sample_rate = stream.rate
    frame.pts = 0
    output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def _encode_video(output: av.container.OutputContainer, stream: av.VideoStream, seconds: float) -> None:
    stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
    stream.options = {"threads": "1"}
    for number in range(int(seconds * 10)):
        frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number % 255, np.uint8), format="rgb24")
        output.mux(stream.encode(frame))
    output.mux(stream.encode(None))


def cut(path: Path, share: float = 0.5) -> Path:
    """Keep only the first part of a file, as an interrupted copy does; not at the end of a page or packet."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share) + 13])
    return path


def names_in(folder: Path) -> Sequence[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
