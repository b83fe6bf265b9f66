"""`fieldcall recordings join`: files of one person each become one recording in the inbox."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage.intake.settling import files_in
from storage.study import Study
from transcription.audio import RATE, AudioReader

CALL = Path(__file__).parents[2] / "demo" / "recordings" / "client_choir_two_channel_phone.wav"


def write(path: Path, sound: np.ndarray[Any, Any]) -> Path:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, len(sound), "NONE", ""))
        file.writeframes(np.rint(sound * 32767).astype("<i2").tobytes())
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The interviewer's track, the client's that begins 3.2 s later, and the mix."""
    folder = tmp_path_factory.mktemp("tracks")
    interviewer, client = np.concatenate(list(AudioReader(CALL)), axis=1)
    sounds = {
        "Interviewer.wav": interviewer,
        "Ann Example.wav": client[round(3.2 * RATE) :],
        "all.wav": interviewer + client,
    }
    return [write(folder / name, sound) for name, sound in sounds.items()]


@pytest.fixture
def inbox(study: Study) -> Path:
    return study.place(study.capture.inbox)


def test_tracks_become_one_recording_in_the_inbox(files: list[Path], inbox: Path, at: Any) -> None:
    before = [path.read_bytes() for path in files]
    os.utime(files[0], (1_590_000_000, 1_590_000_000))
    said = at("recordings", "join", *files[:2], "--mix", files[2], "--name", "C_031", "--json")
    assert said.status == 0, said.err
    rows = said.json
    assert [row["file"] for row in rows] == ["Interviewer.wav", "Ann Example.wav"]
    assert [row["begins_s"] for row in rows] == pytest.approx([0, 3.2], abs=0.005)
    assert [row["drift_ppm"] for row in rows] == pytest.approx([0, 0], abs=20)
    assert all(row["confidence_%"] > 80 for row in rows)

    assert [found.shown for found in files_in(inbox)] == ["C_031.flac"]
    assert sorted(path.name for path in inbox.iterdir()) == ["C_031.flac"]  # nothing unfinished beside it
    joined = np.concatenate(list(AudioReader(inbox / "C_031.flac")), axis=1)
    call = np.concatenate(list(AudioReader(CALL)), axis=1)
    assert joined.shape[0] == 2
    assert joined.shape[1] == pytest.approx(call.shape[1], abs=RATE // 20)
    for own, heard in zip(call, joined, strict=True):
        loudness = [
            np.abs(sound[10 * RATE : 110 * RATE]).reshape(-1, RATE // 20).mean(axis=1) for sound in (own, heard)
        ]
        assert np.corrcoef(*loudness)[0, 1] > 0.98
    assert (inbox / "C_031.flac").stat().st_mtime == 1_590_000_000  # the date tells capture when it was
    assert [path.read_bytes() for path in files] == before


def test_the_table_tells_how_each_track_was_placed(files: list[Path], at: Any) -> None:
    said = at("recordings", "join", *files[:2], "--mix", files[2], "--name", "C_031")
    assert said.status == 0, said.err
    for part in ("Joined into C_031.flac", "Ann Example.wav", "3.2", "begins s", "drift ppm", "what is heard"):
        assert part in said.out


def test_tracks_without_common_sound_are_laid_side_by_side_and_it_says_so(
    files: list[Path], tmp_path: Path, at: Any
) -> None:
    client = write(tmp_path / "client.wav", np.concatenate(list(AudioReader(CALL)), axis=1)[1])
    said = at("recordings", "join", files[0], client, "--name", "C_031")
    assert said.status == 0, said.err
    assert "its length only" in said.out
    assert "Listen to a moment" in said.out


def test_what_cannot_be_placed_leaves_nothing_in_the_inbox(files: list[Path], inbox: Path, at: Any) -> None:
    said = at("recordings", "join", *files[:2], "--name", "C_031")
    assert said.status == 1
    assert "track 2 belongs" in said.err
    assert "--mix" in said.err
    assert not inbox.exists() or list(inbox.iterdir()) == []


def test_a_file_that_is_no_sound_is_named(files: list[Path], tmp_path: Path, at: Any) -> None:
    text = tmp_path / "notes.wav"
    text.write_text("no sound")
    said = at("recordings", "join", files[0], text, "--name", "C_031")
    assert said.status == 1
    assert said.err.startswith("notes.wav: ")


@pytest.mark.parametrize("name", ["", "../C_031", ".C_031", "C_031/x", "C_031.flac"])
def test_a_name_that_is_no_plain_name_is_refused(name: str, files: list[Path], inbox: Path, at: Any) -> None:
    said = at("recordings", "join", *files[:2], "--name", name)
    assert said.status == 2
    assert "such as C_031" in said.err.replace("\n", " ")
    assert not inbox.exists() or list(inbox.iterdir()) == []


def test_a_recording_in_the_inbox_is_not_overwritten(files: list[Path], inbox: Path, at: Any) -> None:
    inbox.mkdir(exist_ok=True)
    (inbox / "C_031.flac").write_bytes(b"there already")
    said = at("recordings", "join", *files[:2], "--mix", files[2], "--name", "C_031")
    assert said.status == 2
    assert (inbox / "C_031.flac").read_bytes() == b"there already"


def test_recordings_are_listed_as_before(at: Any) -> None:
    assert at("recordings", "--json").json == []
    assert "no recordings yet" in at("recordings").out
    assert at("recordings", "--review").out.strip() == "Nothing needs a person."
