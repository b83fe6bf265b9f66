"""The demo's files agree with each other and with what they promise."""

import csv
import hashlib
import lzma
import re
import tomllib
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from demo.inbox import ARRIVALS, Arrival
from demo.model.grammar import VOCAB, words_of
from demo.script import Script, read_script

DEMO = Path(__file__).parents[2] / "demo"
RECORDINGS = sorted((DEMO / "recordings").iterdir())
PEOPLE = list(csv.DictReader((DEMO / "participants.csv").read_text(encoding="utf-8").splitlines()))


def script_of(recording: Path) -> Script:
    return read_script(DEMO / "scripts" / f"{recording.stem}.json")


def decoded_ms(recording: Path) -> float:
    with av.open(str(recording)) as container:
        samples = {frame.pts: (frame.samples, frame.sample_rate) for frame in container.decode(audio=0)}
    return sum(count * 1000 / rate for count, rate in samples.values())


def sums() -> dict[str, str]:
    lines = (DEMO / "model" / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def test_the_packed_and_the_unpacked_model_have_the_recorded_sums() -> None:
    packed = (DEMO / "model" / "whisper-demo.pt.xz").read_bytes()
    assert hashlib.sha256(packed).hexdigest() == sums()["whisper-demo.pt.xz"]
    assert hashlib.sha256(lzma.decompress(packed)).hexdigest() == sums()["whisper-demo.pt"]


def test_all_recordings_together_are_under_four_megabytes() -> None:
    assert sum(path.stat().st_size for path in RECORDINGS) < 4_000_000


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_a_recording_is_as_long_as_its_script_says_and_two_to_four_minutes(recording: Path) -> None:
    script = script_of(recording)
    assert 120_000 <= script.duration_ms <= 240_000
    assert decoded_ms(recording) == pytest.approx(script.duration_ms, abs=150)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_a_script_names_its_recording_and_keeps_its_words_in_order_and_inside(recording: Path) -> None:
    script = script_of(recording)
    assert script.recording == recording.name
    for turn in script.turns:
        times = [time for _, start, end in turn.words for time in (start, end)]
        assert times == sorted(times)
        assert 0 <= turn.start_ms < turn.end_ms <= script.duration_ms
    assert [turn.start_ms for turn in script.turns] == sorted(turn.start_ms for turn in script.turns)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.name)
def test_a_script_is_a_talk_of_two_within_the_vocabulary_of_the_model(recording: Path) -> None:
    script = script_of(recording)
    speakers = [turn.speaker for turn in script.turns]
    assert speakers == [("interviewer", "participant")[number % 2] for number in range(len(speakers))]
    said = {word for turn in script.turns for word in words_of(turn.text)}
    assert said <= set(VOCAB)


def test_every_kind_of_recorder_is_among_the_recordings() -> None:
    found = set()
    for recording in RECORDINGS:
        with av.open(str(recording)) as container:
            sound = container.streams.audio[0]
            found.add((recording.suffix, sound.codec_context.name, sound.rate, sound.codec_context.channels))
            assert bool(container.streams.video) == (recording.suffix == ".mp4")
    assert found == {
        (".wav", "pcm_mulaw", 8_000, 2),
        (".wav", "pcm_mulaw", 8_000, 1),
        (".amr", "amrnb", 8_000, 1),
        (".m4a", "aac", 16_000, 1),
        (".mp4", "aac", 16_000, 1),
        (".ogg", "opus", 48_000, 1),
    }


def test_on_two_channels_each_speaker_is_on_one_channel_and_turns_overlap_a_little() -> None:
    recording = DEMO / "recordings" / "client_choir_two_channel_phone.wav"
    script = script_of(recording)
    with av.open(str(recording)) as container:
        planar = av.AudioResampler(format="fltp")
        sound = np.concatenate([part.to_ndarray() for f in container.decode(audio=0) for part in planar.resample(f)], 1)
    turns = list(pairwise(script.turns))
    for turn, following in turns:
        own = script.channels.index(turn.speaker)
        alone = sound[:, turn.start_ms * 8 + 3200 : min(turn.end_ms, following.start_ms) * 8]
        loudness = np.abs(alone).mean(axis=1)
        assert loudness[own] > 5 * loudness[1 - own]
    overlaps = [following.start_ms < turn.end_ms for turn, following in turns]
    assert 0 < sum(overlaps) < len(overlaps) / 3


def test_every_recording_arrives_for_a_participant_who_agreed_to_be_recorded() -> None:
    assert sorted(arrival.recording for arrival in ARRIVALS) == RECORDINGS
    assert all(arrival.script.is_file() for arrival in ARRIVALS)
    agreed = {row["code"] for row in PEOPLE if row["consent_recording"] == "yes"}
    codes = [arrival.code for arrival in ARRIVALS]
    assert set(codes) <= agreed
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("arrival", ARRIVALS, ids=lambda arrival: arrival.code)
def test_a_file_in_the_inbox_carries_its_code_or_the_time_it_began(arrival: Arrival) -> None:
    other_codes = [row["code"] for row in PEOPLE if row["code"] != arrival.code]
    assert (arrival.code in arrival.name) != ("%H" in arrival.name)
    assert not any(code in arrival.name for code in other_codes)
    assert Path(arrival.name).suffix == arrival.recording.suffix
    assert 0 < arrival.late_s < 300


def test_the_demo_study_has_44_clients_5_link_workers_and_8_managers() -> None:
    groups = [row["group"] for row in PEOPLE]
    study = tomllib.loads((DEMO / "study.toml").read_text(encoding="utf-8"))
    targets = {name: group["target"] for name, group in study["groups"].items()}
    assert targets == {"client": 44, "link_worker": 5, "manager": 8}
    assert {name: groups.count(name) for name in targets} == targets
    assert len({row["code"] for row in PEOPLE}) == len({row["name"] for row in PEOPLE}) == 57


def test_telephone_numbers_and_addresses_are_those_set_aside_for_fiction() -> None:
    for row in PEOPLE:
        assert re.fullmatch(r"07700 900\d{3}|0191 498 0\d{3}", row["phone"])
        assert row["email"].endswith("@example.org")
