"""What a media file is, found by decoding it, and what is wrong with one that cannot be used."""

import struct
import tracemalloc
import wave
from pathlib import Path

import av
import intake_media as media
import numpy as np
import pytest

from storage.errors import IntakeError
from storage.intake.probe import probe

DEMO = Path(__file__).parents[3] / "demo" / "recordings"


@pytest.mark.parametrize("suffix", media.FORMATS)
def test_every_format_gives_its_length_streams_and_level(tmp_path: Path, suffix: str) -> None:
    facts = probe(media.write(tmp_path / f"a{suffix}", 3.0))
    assert facts.duration_ms == pytest.approx(3000, abs=80)
    (stream,) = facts.streams
    assert (stream["type"], stream["channels"]) == ("audio", 1)
    assert stream["rate"] == media.FORMATS[suffix][2]
    assert stream["duration_ms"] == facts.duration_ms
    assert facts.peak_dbfs == pytest.approx(-10.5, abs=3)
    assert (facts.damaged, facts.remark) == (0, "")


def test_mu_law_is_known_as_such(tmp_path: Path) -> None:
    facts = probe(media.write(tmp_path / "a.wav", codec="pcm_mulaw", channels=2))
    (stream,) = facts.streams
    assert (stream["codec"], stream["channels"], stream["rate"]) == ("pcm_mulaw", 2, 8000)


def test_narrowband_speech_in_3gp(tmp_path: Path) -> None:
    facts = probe(media.write(tmp_path / "a.3gp", codec="libopencore_amrnb", rate=8000))
    assert [stream["codec"] for stream in facts.streams] == ["amr_nb"]
    assert facts.duration_ms == pytest.approx(2000, abs=80)


@pytest.mark.parametrize(("dtype", "width"), [("uint8", 1), ("int16", 2), ("int32", 4)])
def test_the_peak_is_that_of_full_scale_whatever_the_sample_size(tmp_path: Path, dtype: str, width: int) -> None:
    half = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000) / 2
    samples = (
        (half * 127 + 128).astype(np.uint8) if dtype == "uint8" else (half * (2 ** (8 * width - 1) - 1)).astype(dtype)
    )
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, width, 8000, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    assert probe(tmp_path / "a.wav").peak_dbfs == pytest.approx(-6.0, abs=0.1)


@pytest.mark.parametrize("channels", [1, 2])
def test_whole_numbers_of_64_bits_are_read_too(tmp_path: Path, channels: int) -> None:
    half = (np.sin(2 * np.pi * 440 * np.arange(8000) / 8000) / 2 * 2.0**63).astype("<i8")
    content = np.repeat(half, channels).tobytes()
    form = struct.pack("<HHIIHH", 1, channels, 8000, 64_000 * channels, 8 * channels, 64)
    chunks = b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(content)) + content
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    facts = probe(path)
    assert (facts.duration_ms, facts.remark) == (1000, "")
    assert facts.peak_dbfs == pytest.approx(-6.0, abs=0.1)


def test_all_streams_are_told_as_found(tmp_path: Path) -> None:
    facts = probe(media.write(tmp_path / "a.mkv", 2.0, tracks=2, channels=2, video=True))
    kinds = [(stream["type"], stream.get("channels"), stream.get("width")) for stream in facts.streams]
    assert sorted(kinds, key=str) == [("audio", 2, None), ("audio", 2, None), ("video", None, 64)]


def test_a_cover_picture_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    with av.open(path, "w", format="mp3") as output:
        sound = output.add_stream("libmp3lame", rate=16000, layout="mono")
        cover = output.add_stream("png", rate=1)
        cover.width, cover.height, cover.pix_fmt = 16, 16, "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        output.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8), format="rgb24")))
        frame = av.AudioFrame.from_ndarray(media.tone(1, 16000), format="s16", layout="mono")
        frame.sample_rate, frame.pts = 16000, 0
        output.mux(sound.encode(frame))
        output.mux(sound.encode(None))
    assert sorted(stream["type"] for stream in probe(path).streams) == ["audio", "picture"]


def test_the_time_of_making_is_read_from_the_metadata(tmp_path: Path) -> None:
    made = media.write(tmp_path / "a.m4a", metadata={"creation_time": "2020-05-12T09:02:31.000000Z"})
    facts = probe(made)
    assert facts.created_at is not None
    assert facts.created_at.isoformat() == "2020-05-12T09:02:31+00:00"


@pytest.mark.parametrize("value", ["1970-01-01T00:00:00Z", "yesterday"])
def test_a_time_of_making_that_cannot_be_is_none(tmp_path: Path, value: str) -> None:
    assert probe(media.write(tmp_path / "a.mkv", metadata={"creation_time": value})).created_at is None


def test_progress_reaches_the_end_of_a_large_file(tmp_path: Path) -> None:
    path = media.write(tmp_path / "a.wav", 60.0)
    told: list[int] = []
    probe(path, told.append)
    assert told == sorted(told)
    assert told[-1] >= path.stat().st_size // 2
    assert len(told) < 100


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    def peak_bytes(seconds: float) -> int:
        path = media.write(tmp_path / f"{seconds:.0f}.wav", seconds)
        tracemalloc.start()
        probe(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(1)
    assert peak_bytes(300) < peak_bytes(10) + 500_000, "300 s are 4.8 MB of samples"


class TestKeptWithARemark:
    @pytest.mark.parametrize("suffix", [".wav", ".mp3", ".mkv", ".webm", ".ogg", ".flac"])
    def test_a_file_that_was_cut_off_ends_early(self, tmp_path: Path, suffix: str) -> None:
        facts = probe(media.cut(media.write(tmp_path / f"a{suffix}", 10.0)))
        assert "ends early" in facts.remark
        assert 2000 < facts.duration_ms < 8000

    def test_a_wav_that_was_cut_off_between_two_samples(self, tmp_path: Path) -> None:
        path = media.write(tmp_path / "a.wav", 10.0)
        path.write_bytes(path.read_bytes()[:-4096])
        facts = probe(path)
        assert "ends early" in facts.remark
        assert facts.duration_ms == pytest.approx(10_000 - 256, abs=5)

    def test_an_ogg_that_was_cut_off_between_two_pages(self, tmp_path: Path) -> None:
        path = media.write(tmp_path / "a.ogg", 10.0)
        assert probe(path).remark == ""
        content = path.read_bytes()
        path.write_bytes(content[: content.rindex(b"OggS")])
        assert "ends early" in probe(path).remark

    def test_an_mp4_with_its_index_in_front(self, tmp_path: Path) -> None:
        path = media.write(tmp_path / "a.m4a", 10.0, options={"movflags": "faststart"})
        assert "ends early" in probe(media.cut(path)).remark

    def test_a_wav_written_to_a_pipe_does_not_know_its_length_and_is_whole(self, tmp_path: Path) -> None:
        path = media.write(tmp_path / "a.wav", 2.0)
        content = bytearray(path.read_bytes())
        at = content.index(b"data") + 4
        content[at : at + 4] = struct.pack("<I", 0xFFFFFFFF)
        path.write_bytes(content)
        assert probe(path).remark == ""

    def test_digital_silence(self, tmp_path: Path) -> None:
        facts = probe(media.write(tmp_path / "a.wav", level=0))
        assert facts.peak_dbfs is None
        assert facts.remark.startswith("silent")

    def test_less_than_the_noise_of_a_line(self, tmp_path: Path) -> None:
        facts = probe(media.write(tmp_path / "a.wav", level=0.0005))
        assert facts.peak_dbfs == pytest.approx(-66, abs=1)
        assert facts.remark.startswith("silent")
        assert probe(media.write(tmp_path / "b.wav", level=0.002)).remark == ""

    def test_damage_in_the_middle_is_counted_and_passed_over(self, tmp_path: Path) -> None:
        path = media.write(tmp_path / "a.amr", 4.0)
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 64] = b"\x7c" * 64  # frames of a type that does not exist
        path.write_bytes(content)
        facts = probe(path)
        assert facts.damaged > 0
        assert "damaged packet" in facts.remark
        assert facts.duration_ms > 1000


class TestRefused:
    def refusal(self, path: Path) -> str:
        with pytest.raises(IntakeError) as caught:
            probe(path)
        message = str(caught.value)
        assert path.name not in message
        assert caught.value.__cause__ is None, "the cause would carry the file's name"
        return message

    def test_an_empty_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.wav").touch()
        assert self.refusal(tmp_path / "a.wav") == "It is empty (0 bytes). Copy it again from where it was recorded."

    def test_a_file_of_zero_bytes_only(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp3").write_bytes(bytes(100_000))
        assert self.refusal(tmp_path / "a.mp3").startswith("It begins with zeros only")

    @pytest.mark.parametrize("suffix", [".wav", ".mp3", ".amr", ".mp4"])
    def test_a_text_that_calls_itself_a_recording(self, tmp_path: Path, suffix: str) -> None:
        path = tmp_path / f"a{suffix}"
        path.write_text("Interviewer: how are you?\n" * 200)
        assert "not a sound or video file" in self.refusal(path)

    def test_a_header_with_nothing_behind_it(self, tmp_path: Path) -> None:
        path = media.write(tmp_path / "a.wav")
        path.write_bytes(path.read_bytes()[: path.read_bytes().index(b"data") + 8])
        assert "cannot be decoded" in self.refusal(path)

    @pytest.mark.parametrize("suffix", [".mp4", ".m4a", ".3gp"])
    def test_an_mp4_that_was_cut_before_its_index(self, tmp_path: Path, suffix: str) -> None:
        path = media.cut(media.write(tmp_path / f"a{suffix}", 5.0))
        assert self.refusal(path).startswith("It is unfinished: the index of the recording is missing")

    @pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
    def test_a_video_without_sound(self, tmp_path: Path, suffix: str) -> None:
        path = media.write(tmp_path / f"a{suffix}", tracks=0, video=True)
        assert self.refusal(path).startswith("It is a video without sound.")

    @pytest.mark.parametrize(
        "playlist",
        [
            "ffconcat version 1.0\nfile secret.wav\n",
            "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nsecret.ts\n#EXT-X-ENDLIST\n",
        ],
    )
    def test_a_playlist_opens_no_other_file(self, tmp_path: Path, playlist: str) -> None:
        media.write(tmp_path / "secret.wav")
        path = tmp_path / "a.wav"
        path.write_text(playlist)
        assert "not a sound or video file" in self.refusal(path)

    def test_noise_never_brings_it_down(self, tmp_path: Path) -> None:
        random = np.random.default_rng(7)
        for number, head in enumerate(
            (b"RIFF\0\0\0\0WAVE", b"OggS", b"#!AMR\n", b"\x1aE\xdf\xa3", b"ID3\4", b"\0\0\0\x18ftypisom")
        ):
            path = tmp_path / f"{number}.bin"
            path.write_bytes(head + random.bytes(5000))
            try:
                probe(path)
            except IntakeError as error:
                assert str(error)


@pytest.mark.parametrize("path", sorted(DEMO.glob("*.*")), ids=lambda path: path.name)
def test_the_demo_recordings_are_sound(path: Path) -> None:
    facts = probe(path)
    assert 120_000 < facts.duration_ms < 240_000
    assert facts.remark == ""
    assert facts.peak_dbfs is not None
    assert facts.peak_dbfs > -20
