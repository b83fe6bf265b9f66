"""Facts about a media file, found by reading and decoding it as a stream.

The length is that of the sound that can be decoded, not what the file claims; memory does not grow with it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from storage.errors import IntakeError
from storage.intake.endings import Ending, begins_with_zeros, lacks_index, read_ending

if TYPE_CHECKING:
    from av import AudioFrame
    from av.container import InputContainer
    from numpy.typing import NDArray

SILENT_DBFS = -60.0  # below the noise of any telephone line or room
_EARLY_MS = 2000  # a file's claim may differ this much from its sound, or by one part in a hundred
_STEP = 1 << 18  # bytes between two reports of progress
_LONGEST_GAP_S = 3600.0  # where a file does not say how long it is

# Playlists and the like are left out: they make a file open other files and addresses.
_FORMATS = (
    "wav,w64,aiff,au,caf,flac,mp3,aac,ac3,eac3,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,ogg,amr,amrnb,amrwb,"
    "asf,avi,flv,mpeg,mpegts"
)
# Those whose claimed length is written by the recorder; others only guess it from the file's size.
_TRUE_CLAIMS = {"wav", "w64", "aiff", "flac", "mov", "matroska"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a file is. `streams` are its audio and video streams as found, in plain JSON.

    `peak_dbfs` is that of the loudest sample of all audio streams, None for digital silence; `damaged`
    counts packets that could not be decoded; `created_at` is what the file says about itself.
    """

    container: str
    streams: tuple[dict[str, Any], ...]
    duration_ms: int
    peak_dbfs: float | None
    damaged: int
    created_at: datetime | None
    remark: str


def probe(path: Path, progress: Callable[[int], None] | None = None) -> Facts:
    """Read and decode a file whole; `progress` is told the bytes read.

    Raises IntakeError with reason and next step when nothing of it can be transcribed: empty, no media,
    a video without sound, unfinished, not decodable; OSError when it cannot be read.
    """
    with path.open("rb") as file:
        if not file.seek(0, 2):
            raise IntakeError("It is empty (0 bytes). Copy it again from where it was recorded.")
        if begins_with_zeros(file):
            raise IntakeError(
                "It begins with zeros only, as where a copy reserves its room and is then cut off. Copy it again from "
                "where it was recorded."
            )
        ending = read_ending(file)
        with opened(file) as container:
            _require_sound(container)
            heard = _listen(container, _ticker(file, progress))
            return _facts(container, heard, ending)


def _ticker(file: BinaryIO, progress: Callable[[int], None] | None) -> Callable[[], None]:
    """A function that tells `progress` the bytes read, once in a while and not for every packet."""
    told = 0

    def tick() -> None:
        nonlocal told
        if progress and file.tell() - told >= _STEP:
            told = file.tell()
            progress(told)

    return tick


@contextmanager
def opened(file: BinaryIO) -> Iterator[InputContainer]:
    """An open file as media, and nothing but that file. Raises IntakeError where it is none."""
    import av

    # handed over as an open file: a path could be read as a pattern or an address
    file.seek(0)
    options = {"format_whitelist": _FORMATS, "protocol_whitelist": "file"}
    try:
        container = av.open(file, "r", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError):
        raise IntakeError(_why_not_opened(file)) from None
    with container:
        yield container


def _why_not_opened(file: BinaryIO) -> str:
    if lacks_index(file):
        return (
            "It is unfinished: the index of the recording is missing, as after a copy that was cut off or a recorder "
            "that lost power. Copy it again from where it was recorded."
        )
    return (
        "It is not a sound or video file that can be read, whatever its name says. Copy it again from where it was "
        "recorded, or take it out of the inbox."
    )


def _require_sound(container: InputContainer) -> None:
    if container.streams.audio:
        return
    if any(_kind(stream) == "video" for stream in container.streams):
        raise IntakeError(
            "It is a video without sound. If the sound is in a file of its own, put that into the inbox instead."
        )
    raise IntakeError("There is no sound in it. Take it out of the inbox, or put the recording there instead.")


@dataclass(slots=True)
class _Heard:
    """What has been decoded of one stream so far; times in seconds from the start of the file."""

    counted_s: float = 0.0  # samples only
    end_s: float = 0.0  # by the file's clock
    peak: float = 0.0

    def add(self, frame: AudioFrame, origin_s: float) -> None:
        length_s = frame.samples / frame.sample_rate
        self.counted_s += length_s
        if frame.time is not None:
            self.end_s = max(self.end_s, frame.time - origin_s + length_s)
        self.peak = max(self.peak, _peak(frame))

    def duration_s(self, claimed_s: float | None) -> float:
        """The end by the clock, gaps included; the sum of the samples where the clock cannot be right."""
        limit_s = self.counted_s + _LONGEST_GAP_S if claimed_s is None else max(claimed_s, self.counted_s) + 1
        return max(self.counted_s, self.end_s) if self.end_s <= limit_s else self.counted_s


@dataclass(slots=True)
class _Hearing:
    """What has been decoded of a file so far, by index of the stream."""

    streams: dict[int, _Heard] = field(default_factory=dict)
    damaged: int = 0


def _listen(container: InputContainer, tick: Callable[[], None]) -> _Hearing:
    origin_s = (container.start_time or 0) / 1_000_000
    hearing = _Hearing()
    for packet in _packets(container, hearing):
        for frame in _decoded(packet, hearing):
            hearing.streams.setdefault(packet.stream.index, _Heard()).add(frame, origin_s)
        tick()
    if not hearing.streams:
        raise IntakeError(
            "Its sound cannot be decoded: it is damaged from the beginning or in a format that is not known. "
            "Copy it again from where it was recorded, or convert it to WAV or M4A."
        )
    return hearing


def _packets(container: InputContainer, hearing: _Hearing) -> Iterator[Any]:
    """Packets of the audio streams; a file that breaks off ends them."""
    import av

    packets = container.demux(list(container.streams.audio))
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            hearing.damaged += 1
            return
        if packet is None:
            return
        yield packet


def _decoded(packet: Any, hearing: _Hearing) -> list[AudioFrame]:
    import av

    try:
        return list(packet.decode())
    except av.error.FFmpegError:
        hearing.damaged += 1
        return []


def _peak(frame: AudioFrame) -> float:
    """The largest distance from silence in a frame, 1.0 is full scale."""
    samples = _samples(frame)
    if not samples.size:
        return 0.0
    low, high = float(samples.min()), float(samples.max())
    if samples.dtype.kind == "u":
        return max(high - 128, 128 - low) / 128
    scale = 1.0 if samples.dtype.kind == "f" else float(2 ** (8 * samples.dtype.itemsize - 1))
    peak = max(high, -low) / scale
    return peak if math.isfinite(peak) else 0.0


def _samples(frame: AudioFrame) -> NDArray[Any]:
    """The samples of all channels; also those of 64-bit integers, which PyAV gives no array for."""
    import numpy as np

    if frame.format.name not in {"s64", "s64p"}:
        return frame.to_ndarray()
    count = frame.samples * (1 if frame.format.is_planar else frame.layout.nb_channels)
    return np.concatenate([np.frombuffer(memoryview(plane), np.int64, count) for plane in frame.planes])


def _facts(container: InputContainer, hearing: _Hearing, ending: Ending) -> Facts:
    known = ending.states_length or container.format.name.split(",")[0] in _TRUE_CLAIMS
    claims = {stream.index: _claimed_s(container, stream) if known else None for stream in container.streams.audio}
    lengths = {index: heard.duration_s(claims[index]) for index, heard in hearing.streams.items()}
    missing = any(_is_short(lengths.get(index, 0.0), claim) for index, claim in claims.items())
    peak = max(heard.peak for heard in hearing.streams.values())
    peak_dbfs = round(20 * math.log10(peak), 1) if peak else None
    remarks = (
        "ends early: the file was cut off or not closed properly" if ending.early or missing else "",
        f"{hearing.damaged} damaged {'packet' if hearing.damaged == 1 else 'packets'}" if hearing.damaged else "",
        _silence(peak_dbfs),
    )
    return Facts(
        container=container.format.name,
        streams=tuple(s for s in (_stream(stream, lengths) for stream in container.streams) if s),
        duration_ms=round(max(lengths.values()) * 1000),
        peak_dbfs=peak_dbfs,
        damaged=hearing.damaged,
        created_at=_created_at(container),
        remark="; ".join(filter(None, remarks)),
    )


def _silence(peak_dbfs: float | None) -> str:
    if peak_dbfs is None:
        return "silent: there is nothing but digital silence in it"
    return f"silent: its loudest moment is {peak_dbfs:.0f} dBFS" if peak_dbfs < SILENT_DBFS else ""


def _claimed_s(container: InputContainer, stream: Any) -> float | None:
    """What the file says about the length of a stream."""
    if stream.duration is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / 1_000_000


def _is_short(length_s: float, claimed_s: float | None) -> bool:
    return claimed_s is not None and claimed_s - length_s > max(_EARLY_MS / 1000, claimed_s / 100)


def _kind(stream: Any) -> str:
    import av

    if stream.type == "video" and stream.disposition & av.stream.Disposition.attached_pic:
        return "picture"
    return str(stream.type)


def _stream(stream: Any, lengths: dict[int, float]) -> dict[str, Any] | None:
    context = stream.codec_context
    if stream.type not in {"audio", "video"} or context is None:
        return None
    length_s = lengths.get(stream.index)
    if length_s is None and stream.duration is not None:
        length_s = float(stream.duration * stream.time_base)
    fact = {
        "index": stream.index,
        "type": _kind(stream),
        "codec": context.codec.canonical_name,
        "start_ms": round(float((stream.start_time or 0) * stream.time_base) * 1000),
        "duration_ms": None if length_s is None else round(length_s * 1000),
    }
    if stream.type == "audio":
        return {**fact, "channels": context.channels, "rate": context.rate}
    return {**fact, "width": context.width, "height": context.height}


def _created_at(container: InputContainer) -> datetime | None:
    """The instant in the file's metadata; one without a zone or from before this century says nothing."""
    for metadata in (container.metadata, *(stream.metadata for stream in container.streams)):
        for key in ("com.apple.quicktime.creationdate", "creation_time"):
            try:
                instant = datetime.fromisoformat(metadata.get(key, ""))
            except ValueError:
                continue
            if instant.tzinfo and instant.year >= 2000:
                return instant.astimezone(UTC)
    return None
