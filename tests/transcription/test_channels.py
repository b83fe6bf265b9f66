"""Which channels speak: a stereo file is two people on a line, or one sound stored twice."""

from pathlib import Path

import numpy as np
import pytest
from sound_files import Sound, heard, noise, write

from transcription.channels import Layout, Levels, at_most_two, speaking_channels
from transcription.speech import Span

FIRST_SPEAKS = [Span(0, 4000), Span(9000, 12000)]
SECOND_SPEAKS = [Span(4500, 8500)]
VOICE, OTHER = noise(12, 0.1, seed=1), noise(12, 0.1, seed=2)


def decide(first: Sound, second: Sound, first_speech: list[Span], second_speech: list[Span]) -> Layout:
    levels = Levels()
    for start in range(0, len(first), 5000):  # gathered block by block
        levels.add(np.stack([first[start : start + 5000], second[start : start + 5000]]))
    return speaking_channels(levels, [first_speech, second_speech])


def test_one_channel_is_mono() -> None:
    assert speaking_channels(Levels(), [FIRST_SPEAKS]) == Layout("mono", (0,))


def test_two_different_voices_are_two_parties() -> None:
    assert decide(VOICE, OTHER, FIRST_SPEAKS, SECOND_SPEAKS) == Layout("two-party", (0, 1))


def test_a_quiet_party_is_a_party() -> None:
    quiet = (OTHER * 10 ** (-40 / 20)).astype(np.float32)
    assert decide(VOICE, quiet, FIRST_SPEAKS, SECOND_SPEAKS).kind == "two-party"


def test_two_people_who_talk_all_the_time_are_two_parties() -> None:
    assert decide(VOICE, OTHER, FIRST_SPEAKS, FIRST_SPEAKS).kind == "two-party"


@pytest.mark.parametrize(
    "copy", [VOICE, -VOICE, VOICE * 0.5, VOICE + 0.02 * OTHER], ids=["same", "inverted", "half", "noisy"]
)
def test_the_same_sound_twice_is_mono(copy: Sound) -> None:
    layout = decide(VOICE, copy.astype(np.float32), FIRST_SPEAKS, FIRST_SPEAKS[:1])
    assert (layout.kind, len(layout.channels)) == ("mono", 1)


def test_the_same_sound_twice_is_mono_after_lossy_coding(tmp_path: Path) -> None:
    path = write(tmp_path / "dual.mp3", np.stack([VOICE, VOICE]), codec="libmp3lame")
    first, second = heard(path)
    assert decide(first, second, FIRST_SPEAKS, FIRST_SPEAKS).kind == "mono"


@pytest.mark.parametrize(
    "dead", [np.zeros_like(VOICE), OTHER * 1e-4, np.full_like(VOICE, 0.1)], ids=["zero", "hiss", "offset"]
)
def test_a_dead_channel_is_left_out(dead: Sound) -> None:
    dead = dead.astype(np.float32)
    assert decide(dead, VOICE, [], FIRST_SPEAKS) == Layout("mono", (1,))
    assert decide(VOICE, dead, FIRST_SPEAKS, []) == Layout("mono", (0,))


def test_a_room_in_stereo_is_mono() -> None:
    left, right = VOICE + 0.8 * OTHER, VOICE * 0.7 - 0.8 * OTHER
    right = (right + 0.9 * VOICE).astype(np.float32)
    assert decide(left.astype(np.float32), right, FIRST_SPEAKS, FIRST_SPEAKS).kind == "mono"


def test_silence_on_both_channels_is_mono() -> None:
    nothing = np.zeros(16_000, np.float32)
    assert decide(nothing, nothing, [], []).kind == "mono"


def test_more_than_two_channels_become_one_mix() -> None:
    six = np.stack([np.full(8, value, np.float32) for value in range(6)])
    assert at_most_two(six).tolist() == [[2.5] * 8]
    assert at_most_two(six[:2]).shape == (2, 8)
