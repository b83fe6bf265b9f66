"""Files that are no recording: a named reason and a next step, never a traceback, and never the file's name."""

from pathlib import Path

import av
import pytest
from sound_files import garbled, noise, write

from transcription.audio import AudioReader, describe
from transcription.errors import AudioError, NoSound, NotAudio, NothingDecodable


def _read(path: Path) -> None:
    for _ in AudioReader(path):
        pass


def _assert_helps(error: pytest.ExceptionInfo[AudioError]) -> None:
    message = str(error.value)
    assert "Margaret" not in message
    assert message.endswith(".")
    assert message.count(". ") >= 1, "a cause and a next step"


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 5000, b"Dear diary, nothing was recorded today.\n" * 100, b"RIFF\x00\x00\x00\x00WAVE"],
    ids=["empty", "zeros", "text", "first bytes of a WAV"],
)
def test_what_is_no_recording(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "Margaret.wav"
    path.write_bytes(content)
    with pytest.raises(AudioError) as error:
        _read(path)
    _assert_helps(error)


def test_an_m4a_cut_off_before_its_index(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.m4a", noise(5)[None], codec="aac").read_bytes()
    path = tmp_path / "Margaret.m4a"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NotAudio) as error:
        describe(path)
    _assert_helps(error)


def test_a_video_without_sound(tmp_path: Path) -> None:
    with pytest.raises(NoSound) as error:
        describe(write(tmp_path / "Margaret.mp4", video=True))
    _assert_helps(error)


def test_a_header_with_nothing_behind_it(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.wav", noise(1)[None]).read_bytes()
    path = tmp_path / "Margaret.wav"
    path.write_bytes(whole[: whole.index(b"data") + 8])
    with pytest.raises(NothingDecodable) as error:
        _read(path)
    _assert_helps(error)


def test_a_stream_damaged_from_end_to_end(tmp_path: Path) -> None:
    path = write(tmp_path / "Margaret.mkv", noise(2)[None], codec="flac", spoil=lambda _, packet: garbled(packet))
    with pytest.raises(NothingDecodable) as error:
        _read(path)
    _assert_helps(error)


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile secret.ts\n",
    ],
    ids=["hls", "concat"],
)
def test_a_playlist_opens_no_other_file(tmp_path: Path, playlist: str) -> None:
    write(tmp_path / "secret.ts", noise(2)[None], codec="aac")
    path = tmp_path / "Margaret.m3u8"
    path.write_text(playlist)
    with av.open(str(path)) as container:
        assert container.streams.audio, "it would, if it were let"
    with pytest.raises(NotAudio):
        describe(path)


def test_a_missing_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        describe(tmp_path / "gone.wav")
