"""Sound out of files: every channel, at its time, whatever the container."""

import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from sound_files import RATE, bursts_s, garbled, heard, marked, noise, pitch, tone, write

from transcription.audio import BLOCK_SAMPLES, AudioReader, describe

FORMATS = [
    ("call.wav", "pcm_s16le", 16_000, 2),
    ("call.wav", "pcm_mulaw", 8_000, 2),
    ("call.wav", "pcm_f32le", 44_100, 2),
    ("call.mp3", "libmp3lame", 44_100, 2),
    ("call.m4a", "aac", 48_000, 2),
    ("call.mp4", "aac", 44_100, 2),
    ("call.ogg", "libopus", 48_000, 2),
    ("call.webm", "libopus", 48_000, 2),
    ("call.mkv", "flac", 22_050, 2),
    ("call.amr", "libopencore_amrnb", 8_000, 1),
    ("call.3gp", "libopencore_amrnb", 8_000, 1),
]


@pytest.mark.parametrize(("name", "codec", "rate", "channels"), FORMATS)
def test_channels_stay_apart_and_keep_their_length(
    tmp_path: Path, name: str, codec: str, rate: int, channels: int
) -> None:
    sound = np.stack([tone(400, 12, rate), tone(900, 12, rate)])[:channels]
    path = write(tmp_path / name, sound, codec=codec, rate=rate, video=name.endswith(".mp4"))

    out = heard(path)

    assert out.dtype == np.float32
    assert [round(pitch(channel), -1) for channel in out] == [400, 900][:channels]
    # AMR comes in frames of 20 ms, and coders begin with some milliseconds of their own
    assert out.shape[1] / RATE == pytest.approx(12, abs=0.06)


@pytest.mark.parametrize(("name", "codec", "rate", "channels"), FORMATS)
def test_a_moment_in_the_file_is_the_same_moment_in_the_sound(
    tmp_path: Path, name: str, codec: str, rate: int, channels: int
) -> None:
    moments = [1.0, 5.5, 10.25]
    path = write(tmp_path / name, marked(12, moments, rate), codec=codec, rate=rate)

    assert bursts_s(heard(path)[0], threshold=0.2) == pytest.approx(moments, abs=0.03)


def test_blocks_are_of_one_size(tmp_path: Path) -> None:
    path = write(tmp_path / "long.wav", noise(25)[None])

    sizes = [block.shape for block in AudioReader(path)]

    assert sizes == [(1, BLOCK_SAMPLES), (1, BLOCK_SAMPLES), (1, 25 * RATE - 2 * BLOCK_SAMPLES)]


def test_a_reader_can_be_read_again(tmp_path: Path) -> None:
    reader = AudioReader(write(tmp_path / "twice.mp3", noise(3)[None], codec="libmp3lame"))

    assert [block.tobytes() for block in reader] == [block.tobytes() for block in reader]


def test_several_streams_are_further_channels(tmp_path: Path) -> None:
    path = write(tmp_path / "tracks.mkv", tone(300, 4)[None], tone(700, 6)[None], codec="flac")

    assert describe(path).channels == 2
    first, second = heard(path)
    assert round(pitch(first[: 4 * RATE]), -1) == 300
    assert round(pitch(second), -1) == 700
    assert np.abs(first[4 * RATE + 800 :]).max() < 0.01, "a stream that has ended is silent"
    assert len(second) == 6 * RATE


def test_six_channels_are_six(tmp_path: Path) -> None:
    sound = np.stack([tone(200 + 100 * number, 3) for number in range(6)])

    assert heard(write(tmp_path / "room.wav", sound)).shape[0] == 6


def test_a_damaged_packet_is_silent_for_its_time(tmp_path: Path) -> None:
    moments = [1.0, 9.0]
    path = write(
        tmp_path / "damaged.mkv",
        marked(12, moments),
        codec="flac",
        spoil=lambda number, packet: garbled(packet) if 30 <= number < 40 else packet,
    )
    reader = AudioReader(path)

    sound = np.concatenate(list(reader), axis=1)

    assert reader.damaged == 10
    assert bursts_s(sound[0]) == pytest.approx(moments, abs=0.02)
    assert sound.shape[1] / RATE == pytest.approx(12, abs=0.02)


def test_a_gap_in_the_clock_becomes_silence(tmp_path: Path) -> None:
    path = write(
        tmp_path / "paused.mkv",
        marked(12, [1.0, 9.0]),
        codec="flac",
        spoil=lambda _, packet: None if 3 < packet.pts * packet.time_base < 6 else packet,
    )

    assert bursts_s(heard(path)[0]) == pytest.approx([1.0, 9.0], abs=0.02)


def test_sound_that_starts_after_the_picture_starts_late(tmp_path: Path) -> None:
    path = write(
        tmp_path / "late.mkv",
        marked(8, [6.0]),
        codec="flac",
        video=True,
        spoil=lambda _, packet: packet if packet.pts * packet.time_base > 4 else None,
    )

    assert bursts_s(heard(path)[0]) == pytest.approx([6.0], abs=0.02)


def test_a_clock_that_starts_again_goes_on(tmp_path: Path) -> None:
    """Two transport streams joined end to end, as some recorders write them."""
    part = write(tmp_path / "part.ts", marked(5, [2.0], 48_000), codec="aac", rate=48_000).read_bytes()
    paused = write(
        tmp_path / "paused.ts",
        marked(5, [4.0], 48_000),
        codec="aac",
        rate=48_000,
        spoil=lambda _, packet: None if 1 < packet.pts * packet.time_base < 3 else packet,
    ).read_bytes()
    joined = tmp_path / "joined.ts"
    joined.write_bytes(part + part + paused)

    found = bursts_s(heard(joined)[0])

    assert found == pytest.approx([2.0, 7.0, 14.0], abs=0.1)


def test_the_sample_rate_and_the_channels_may_change_midway(tmp_path: Path) -> None:
    first = write(tmp_path / "first.aac", tone(500, 4, 44_100)[None], codec="aac", rate=44_100)
    stereo = np.stack([tone(800, 4, 16_000)] * 2)
    second = write(tmp_path / "second.aac", stereo, codec="aac", rate=16_000)
    joined = tmp_path / "joined.aac"
    joined.write_bytes(first.read_bytes() + second.read_bytes())

    (sound,) = heard(joined)

    assert len(sound) / RATE == pytest.approx(8, abs=0.3)
    assert pitch(sound[: 3 * RATE]) == pytest.approx(500, abs=5)
    assert pitch(sound[5 * RATE : 7 * RATE]) == pytest.approx(800, abs=5)


def test_what_is_left_of_a_cut_off_file_is_heard(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.wav", marked(20, [2.0, 15.0])).read_bytes()
    cut = tmp_path / "cut.wav"
    cut.write_bytes(whole[: len(whole) // 2])

    sound = heard(cut)

    assert bursts_s(sound[0]) == pytest.approx([2.0], abs=0.02)
    assert sound.shape[1] / RATE == pytest.approx(10, abs=0.1)


def test_the_ending_of_the_name_does_not_matter(tmp_path: Path) -> None:
    path = write(tmp_path / "call.mp3", tone(500, 2)[None], codec="libmp3lame").rename(tmp_path / "call.txt")

    assert pitch(heard(path)[0]) == pytest.approx(500, abs=5)


def test_what_is_no_number_is_silence(tmp_path: Path) -> None:
    samples = tone(500, 1)
    samples[4000:4100] = np.nan
    samples[5000:5100] = np.inf
    path = tmp_path / "broken.wav"
    data = samples.tobytes()
    form = struct.pack("<4sI4s4sIHHIIHH", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 3, 1, RATE, RATE * 4, 4, 32)
    path.write_bytes(form + b"data" + struct.pack("<I", len(data)) + data)

    sound = heard(path)

    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    def peak(seconds: int) -> int:
        path = write(tmp_path / f"{seconds}.wav", noise(seconds)[None], codec="pcm_mulaw")
        tracemalloc.start()
        for _ in AudioReader(path):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(240) < peak(40) * 1.1
