"""Sound and files made for a test: tones, clicks, and any container and codec that PyAV can write."""

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from transcription.audio import AudioReader

Sound = NDArray[np.float32]
Spoil = Callable[[int, av.Packet], av.Packet | None]

RATE = 16_000
DEMO = Path(__file__).parents[2] / "demo"
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}


def tone(hertz: float, seconds: float, rate: int = RATE, loudness: float = 0.3) -> Sound:
    """(samples,)"""
    return (loudness * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def noise(seconds: float, loudness: float = 0.1, seed: int = 1) -> Sound:
    return (np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * loudness).astype(np.float32)


def marked(seconds: float, at_s: Iterable[float], rate: int = RATE) -> Sound:
    """(1, samples) silence with a 50 ms burst of tone at each of the times."""
    sound = np.zeros((1, round(seconds * rate)), np.float32)
    for moment in at_s:
        burst = tone(1000, 0.05, rate, 0.8)
        sound[0, round(moment * rate) :][: len(burst)] = burst
    return sound


def bursts_s(channel: Sound, threshold: float = 0.3) -> list[float]:
    """Times at which a burst begins."""
    loud = np.flatnonzero(np.abs(channel) > threshold)
    starts = loud[np.diff(loud, prepend=-RATE) > RATE // 10]
    return [float(start) / RATE for start in starts]


def pitch(channel: Sound) -> float:
    """The strongest frequency, in hertz."""
    spectrum = np.abs(np.fft.rfft(channel * np.hanning(len(channel))))
    return float(np.argmax(spectrum)) * RATE / len(channel)


def heard(path: Path) -> Sound:
    """The whole of a recording, (channels, samples)."""
    return np.concatenate(list(AudioReader(path)), axis=1)


def write(
    path: Path,
    *streams: Sound,
    codec: str = "pcm_s16le",
    rate: int = RATE,
    video: bool = False,
    spoil: Spoil = lambda _, packet: packet,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode streams of (channels, samples) sampled at `rate`. `spoil` may change or drop the packets as they go in."""
    with av.open(str(path), "w", options=options or {}) as container:
        picture = container.add_stream("mpeg4", rate=25) if video else None
        tracks = [container.add_stream(codec, rate=rate, layout=_LAYOUTS[len(sound)]) for sound in streams]
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 64, 64, "yuv420p"
            _write_pictures(container, picture, streams[0].shape[1] / rate if streams else 2.0)
        for track, sound in zip(tracks, streams, strict=True):
            packets = [packet for frame in _frames(sound, rate) for packet in track.encode(frame)]
            for number, packet in enumerate([*packets, *track.encode(None)]):
                kept = spoil(number, packet)
                if kept is not None:
                    container.mux(kept)
    return path


def garbled(packet: av.Packet) -> av.Packet:
    """A packet of the same time and length whose bytes mean nothing."""
    broken = av.Packet(b"\x55" * packet.size)
    broken.pts, broken.dts, broken.time_base = packet.pts, packet.dts, packet.time_base
    broken.duration, broken.stream = packet.duration, packet.stream
    return broken


def _frames(sound: Sound, rate: int) -> Iterable[av.AudioFrame]:
    samples = np.clip(sound * 32767, -32768, 32767).astype(np.int16)
    for start in range(0, samples.shape[1], 1024):
        part = samples[:, start : start + 1024]
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(part.T.reshape(1, -1)), format="s16", layout=_LAYOUTS[len(sound)]
        )
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        yield frame


def _write_pictures(container: av.container.OutputContainer, track: av.VideoStream, seconds: float) -> None:
    for number in range(round(seconds * 25)):
        frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number % 255, np.uint8), format="rgb24")
        frame.pts = number
        container.mux(track.encode(frame))
    container.mux(track.encode(None))
