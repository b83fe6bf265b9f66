"""Sound out of a file, as a stream: every channel of every audio stream, 16 kHz, memory that does not grow.

Blocks are float32 arrays (channels, samples). Nothing is mixed: the channels of the file's first audio stream come
first, then those of its second, and so on. A sample's place in the blocks is its time in the file: a gap in the
file's clock (a damaged packet, a pause in a live recording) becomes silence of the same length.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from transcription.errors import NoSound, NotAudio, NothingDecodable

if TYPE_CHECKING:
    from av import AudioFrame, AudioResampler
    from av.container import InputContainer

Block: TypeAlias = NDArray[np.float32]

RATE = 16_000
BLOCK_SAMPLES = 512 * 320  # 10.24 s, whole frames of the speech detector

_JITTER_S = 0.04  # containers round times to milliseconds, some to a frame: less than this is no gap
_REWIND_S = 1.0  # a clock that goes back by more was restarted (files joined end to end)
_LONGEST_GAP_S = 3600.0  # where it is not known how long the file is

# Only these are tried. Playlists and the like are left out because they make a file open other files and addresses.
_FORMATS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ac3,eac3,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,amr,amrnb,amrwb,"
    "asf,avi,flv,mpeg,mpegts"
)
_OPEN_OPTIONS = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}


@dataclass(frozen=True, slots=True)
class Stream:
    """One audio stream of a file."""

    index: int
    codec: str
    rate: int
    channels: int
    start_ms: int
    duration_ms: int | None


@dataclass(frozen=True, slots=True)
class Description:
    """What a file says about its sound; durations are the file's own claim."""

    container: str
    duration_ms: int | None
    streams: tuple[Stream, ...]

    @property
    def channels(self) -> int:
        return sum(stream.channels for stream in self.streams)


def describe(path: Path) -> Description:
    """Read the header of a recording. Raises `NotAudio`, `NoSound` or an OSError."""
    with _opened(path) as container:
        streams = tuple(_stream(track) for track in container.streams.audio if track.codec_context is not None)
        if not streams:
            raise NoSound(_no_sound_message(container))
        duration_ms = None if container.duration is None else container.duration // 1000
        return Description(container.format.name, duration_ms, streams)


def _stream(track: Any) -> Stream:
    start, duration = (
        None if value is None else int(value * track.time_base * 1000) for value in (track.start_time, track.duration)
    )
    context = track.codec_context
    return Stream(track.index, context.name, context.rate, context.channels, start or 0, duration)


def _no_sound_message(container: InputContainer) -> str:
    if container.streams.audio:
        return "The sound is stored in a form that cannot be decoded here. Convert the recording to WAV or M4A."
    return "The file holds no sound. Look whether the sound was saved in a file of its own, and capture that one."


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    import av

    try:
        container = av.open(str(path), options=dict(_OPEN_OPTIONS), metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        if isinstance(error, OSError):
            raise
        raise NotAudio(
            "The file is empty, cut off at its beginning, or no sound or video file. "
            "Fetch the recording again from where it was made."
        ) from error
    with container:
        yield container


class AudioReader:
    """Iterate over the sound of a recording in blocks of float32 (channels, samples), 16 kHz, values in -1 .. 1.

    Every block but the last holds `BLOCK_SAMPLES` samples. `damaged` counts the packets that could not be decoded so
    far. Raises the `AudioError` family; each iteration reads the file anew.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.description = describe(path)
        self.damaged = 0

    def __iter__(self) -> Iterator[Block]:
        self.damaged = 0
        streams = self.description.streams
        heard = False
        # Each stream is read through a container of its own, so that one lagging behind in the file needs no buffer.
        for parts in zip_longest(*(self._blocks(stream) for stream in streams)):
            heard = True
            length = max(part.shape[1] for part in parts if part is not None)
            yield np.concatenate(
                [_fitted(part, stream.channels, length) for part, stream in zip(parts, streams, strict=True)]
            )
        if not heard:
            raise NothingDecodable(
                "The file names a sound stream, and nothing in it can be decoded: it is damaged or was cut off. "
                "Fetch the recording again from where it was made."
            )

    def _blocks(self, stream: Stream) -> Iterator[Block]:
        with _opened(self.path) as container:
            origin_s = (container.start_time or 0) / 1_000_000
            timeline = _Timeline(stream.channels, origin_s, self.description.duration_ms)
            for frame in self._frames(container, stream):
                yield from timeline.place(frame)
            yield from timeline.finish()

    def _frames(self, container: InputContainer, stream: Stream) -> Iterator[AudioFrame]:
        """Decoded frames; a damaged packet is counted and passed over, a broken container ends the stream."""
        import av

        packets = container.demux(container.streams[stream.index])
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError:
                self.damaged += 1
                return
            if packet is None:
                return
            try:
                frames = packet.decode()
            except av.error.FFmpegError:
                self.damaged += 1
                continue
            yield from frames  # type: ignore[misc]


def _fitted(part: Block | None, channels: int, length: int) -> Block:
    """The block of one stream brought to a common length; a stream that has ended is silent."""
    if part is None:
        return np.zeros((channels, length), np.float32)
    return np.pad(part, ((0, 0), (0, length - part.shape[1])))


class _Timeline:
    """Places frames by their time and gives out blocks of one size. All positions count samples at 16 kHz."""

    def __init__(self, channels: int, origin_s: float, duration_ms: int | None) -> None:
        self._channels = channels
        self._origin_s = origin_s
        self._end_s = None if duration_ms is None else duration_ms / 1000
        self._clock_s = 0.0  # where the next frame belongs if it follows the last one
        self._written = 0
        self._pending: list[Block] = []
        self._pending_samples = 0
        self._resampler: AudioResampler | None = None
        self._form: tuple[str, str, int] | None = None

    def place(self, frame: AudioFrame) -> Iterator[Block]:
        gap_s = self._gap_before(frame)
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        if gap_s or form != self._form:
            self._flush()
            yield from self._silence_until(self._clock_s + gap_s)
            self._start_resampler(frame, form)
        self._clock_s += gap_s + frame.samples / frame.sample_rate
        assert self._resampler is not None
        for part in self._resampler.resample(frame):
            self._append(_samples(part, self._channels))
        yield from self._whole_blocks()

    def finish(self) -> Iterator[Block]:
        self._flush()
        yield from self._whole_blocks()
        if self._pending_samples:
            yield np.concatenate(self._pending, axis=1)

    def _gap_before(self, frame: AudioFrame) -> float:
        """Seconds of silence that belong before this frame. A restarted or broken clock is set anew and makes none."""
        if frame.time is None:
            return 0.0
        ahead_s = frame.time - self._origin_s - self._clock_s
        limit_s = _LONGEST_GAP_S if self._end_s is None else self._end_s - self._clock_s + _REWIND_S
        if -_REWIND_S <= ahead_s <= limit_s:
            return ahead_s if ahead_s > _JITTER_S else 0.0
        self._origin_s += ahead_s
        self._end_s = None  # the length that such a file claims is that of one of its parts
        return 0.0

    def _start_resampler(self, frame: AudioFrame, form: tuple[str, str, int]) -> None:
        from av import AudioResampler

        self._form = form
        self._resampler = AudioResampler(format="flt", layout=frame.layout, rate=RATE)

    def _flush(self) -> None:
        if self._resampler is not None:
            for part in self._resampler.resample(None):
                self._append(_samples(part, self._channels))
            self._resampler = None
            self._form = None

    def _silence_until(self, time_s: float) -> Iterator[Block]:
        missing = round(time_s * RATE) - self._written
        while missing > 0:
            step = min(missing, BLOCK_SAMPLES)
            self._append(np.zeros((self._channels, step), np.float32))
            missing -= step
            yield from self._whole_blocks()

    def _append(self, samples: Block) -> None:
        self._pending.append(samples)
        self._pending_samples += samples.shape[1]
        self._written += samples.shape[1]

    def _whole_blocks(self) -> Iterator[Block]:
        if self._pending_samples < BLOCK_SAMPLES:
            return
        joined = np.concatenate(self._pending, axis=1)
        whole = joined.shape[1] // BLOCK_SAMPLES * BLOCK_SAMPLES
        for start in range(0, whole, BLOCK_SAMPLES):
            yield joined[:, start : start + BLOCK_SAMPLES]
        self._pending = [joined[:, whole:].copy()]
        self._pending_samples = joined.shape[1] - whole


def _samples(frame: AudioFrame, channels: int) -> Block:
    """A frame's sound. What is no number (broken floating-point files) is silence: the detector would never forget it.

    A stream that changes its number of channels midway keeps the number its header named.
    """
    # interleaved, because PyAV reads past the planes of a frame of eight channels
    interleaved = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    samples: Block = np.clip(interleaved.T, -1, 1).astype(np.float32)
    samples[np.isnan(samples)] = 0
    found = samples.shape[0]
    if found == channels:
        return samples
    if channels == 1:
        return np.asarray(samples.mean(axis=0, keepdims=True), np.float32)
    fitted = np.zeros((channels, samples.shape[1]), np.float32)
    fitted[: min(found, channels)] = samples[:channels]
    return fitted
