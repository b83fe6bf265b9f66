"""pyannote's pipeline as a speaker step: what is said where it is missing, and turns out of what it tells.

The pipeline itself is not run: nobody may fetch it but those who accepted its conditions.
"""

from pathlib import Path
from types import SimpleNamespace

import pytest

from transcription.errors import ModelError
from transcription.speakers.base import Turn
from transcription.speakers.pyannote import FOLDER_VARIABLE, Pyannote, Said, folder_sha256, said_in, turns_told
from transcription.speech import Span

SPEECH = [Span(0, 10_000)]


def test_without_its_folder_the_message_names_the_variable_and_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    with pytest.raises(ModelError, match=f"{FOLDER_VARIABLE} is not set.*HF_TOKEN"):
        Pyannote()


def test_a_folder_without_the_pipeline_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(ModelError, match=f"no config.yaml in {tmp_path}"):
        Pyannote()


def test_without_the_package_the_message_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.yaml").write_text("pipeline: {}\n")
    monkeypatch.setattr("transcription.speakers.pyannote.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"fieldcall\[pyannote\]"):
        Pyannote(tmp_path)


def test_an_annotation_is_read_in_order_of_time() -> None:
    part = SimpleNamespace
    tracks = [(part(start=4.0004, end=6.5), "A", "SPEAKER_00"), (part(start=0.25, end=3.9), "B", "SPEAKER_01")]
    annotation = SimpleNamespace(itertracks=lambda yield_label: iter(tracks))
    assert said_in(annotation) == [Said(250, 3900, "SPEAKER_01"), Said(4000, 6500, "SPEAKER_00")]


def test_speakers_are_counted_as_they_first_speak() -> None:
    said = [Said(0, 4000, "SPEAKER_01"), Said(4000, 9000, "SPEAKER_00")]
    assert turns_told(said, said, SPEECH, 2) == (Turn(0, 4000, 0, 1.0), Turn(4000, 9000, 1, 1.0))


def test_where_two_are_heard_at_once_the_margin_is_none() -> None:
    exclusive = [Said(0, 5000, "A"), Said(5000, 9000, "B")]
    everyone = [Said(0, 5000, "A"), Said(4000, 9000, "B")]
    assert turns_told(exclusive, everyone, SPEECH, 2) == (
        Turn(0, 4000, 0, 1.0),
        Turn(4000, 5000, 0, 0.0),
        Turn(5000, 9000, 1, 1.0),
    )


def test_turns_stay_within_speech() -> None:
    said = [Said(0, 5000, "A"), Said(6000, 9000, "B")]
    assert turns_told(said, said, [Span(1000, 2000), Span(4500, 7000)], 2) == (
        Turn(1000, 2000, 0, 1.0),
        Turn(4500, 5000, 0, 1.0),
        Turn(6000, 7000, 1, 1.0),
    )


def test_one_voice_where_two_were_booked_has_no_margin() -> None:
    said = [Said(0, 5000, "A")]
    assert turns_told(said, said, SPEECH, 2) == (Turn(0, 5000, 0, 0.0),)
    assert turns_told(said, said, SPEECH, None) == (Turn(0, 5000, 0, 1.0),)


def test_the_sum_of_a_folder_tells_contents_and_names(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    sums = [folder_sha256(tmp_path)]
    (tmp_path / "a").write_text("2")
    sums.append(folder_sha256(tmp_path))
    (tmp_path / "a").rename(tmp_path / "b")
    sums.append(folder_sha256(tmp_path))
    assert len(set(sums)) == 3
