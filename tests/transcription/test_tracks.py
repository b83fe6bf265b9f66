"""Separate tracks of one conversation: where each begins, how fast its clock runs, and the recording made of them."""

from pathlib import Path

import numpy as np
import pytest
from call_scenes import amplitude, delayed, in_room
from sound_files import DEMO, RATE, Sound, bursts_s, heard, marked, pitch, tone, write

from transcription.errors import TranscriptionError
from transcription.joining import write_joined
from transcription.tracks import Placement, Track, UnplacedTrack, listened, placements

MINUTES = 10


@pytest.fixture(scope="module")
def conversation(phone_call: Sound) -> Sound:
    """(2, samples): ten minutes in which no two minutes are alike."""
    rng = np.random.default_rng(2)
    parts = [np.roll(phone_call, int(rng.integers(phone_call.shape[1])), axis=1) for _ in range(5)]
    return np.concatenate(parts, axis=1)[:, : MINUTES * 60 * RATE]


def recorded(sound: Sound, offset_s: float = 0.0, drift_ppm: float = 0.0) -> Sound:
    """What a recorder writes that is switched on later and whose seconds are longer by so much: (1, samples)."""
    rate = 1 + drift_ppm / 1e6
    moments = offset_s * RATE + np.arange(int((len(sound) - offset_s * RATE) / rate)) * rate
    return np.interp(moments, np.arange(len(sound)), sound)[None].astype(np.float32)


def track(folder: Path, name: str, sound: Sound, codec: str = "pcm_s16le") -> Track:
    return listened(write(folder / name, sound, codec=codec))


@pytest.fixture(scope="module")
def minutes(conversation: Sound) -> Sound:
    """The first three minutes of it, where clocks are not what matters."""
    return conversation[:, : 3 * 60 * RATE]


@pytest.fixture(scope="module")
def mix(conversation: Sound, tmp_path_factory: pytest.TempPathFactory) -> Track:
    """The mixed file, as a conference program codes it."""
    return track(tmp_path_factory.mktemp("mix"), "mix.ogg", conversation.sum(axis=0, keepdims=True), "libopus")


@pytest.fixture(scope="module")
def whole(conversation: Sound, tmp_path_factory: pytest.TempPathFactory) -> Track:
    """The first person's file, begun with the mix."""
    return track(tmp_path_factory.mktemp("whole"), "one.wav", recorded(conversation[0]))


def end_ms(placed: Placement, of: Track) -> float:
    return placed.offset_ms + of.duration_ms * (1 + placed.drift_ppm / 1e6)


@pytest.mark.parametrize(
    ("offset_s", "drift_ppm"), [(0.0, 0.0), (0.5, 50.0), (0.5, -200.0), (12.3, -50.0), (12.3, 200.0)]
)
def test_a_track_is_found_in_the_mix_with_its_clock(
    conversation: Sound, mix: Track, whole: Track, tmp_path: Path, offset_s: float, drift_ppm: float
) -> None:
    later = track(tmp_path, "two.wav", recorded(conversation[1], offset_s, drift_ppm))
    first, second = placements([whole, later], mix)
    assert first.offset_ms == pytest.approx(0, abs=3)
    assert second.offset_ms == pytest.approx(offset_s * 1000, abs=3)
    assert second.drift_ppm == pytest.approx(drift_ppm, abs=5)
    assert end_ms(second, later) == pytest.approx(MINUTES * 60_000, abs=3)  # 20 ms are allowed
    assert (first.found, second.found) == ("heard", "heard")
    assert min(first.confidence, second.confidence) > 0.9


def test_the_earliest_track_begins_the_recording_whatever_the_mix_does(minutes: Sound, tmp_path: Path) -> None:
    late_mix = track(tmp_path, "mix.wav", recorded(minutes.sum(axis=0), 5.0, 30))
    one = track(tmp_path, "one.wav", recorded(minutes[0], 2.0))
    two = track(tmp_path, "two.wav", recorded(minutes[1], 9.25))
    first, second = placements([one, two], late_mix)
    assert first.offset_ms == 0
    # the mix's clock is what all is told in: its seconds are longer by 30 ppm, so others come out shorter
    assert second.offset_ms == pytest.approx(7_250, abs=3)
    assert first.drift_ppm == pytest.approx(-30, abs=10)


def test_a_microphone_that_hears_the_other_person_is_reference_enough(
    conversation: Sound, whole: Track, tmp_path: Path
) -> None:
    echo = amplitude(-20) * delayed(in_room(conversation[0], 4), 150)
    hears = track(tmp_path, "hears.wav", recorded(conversation[1] + echo, 3.0, 80))
    first, second = placements([hears, whole])
    assert (first.found, second.found) == ("reference", "heard")
    assert 2_800 < first.offset_ms < 3_000  # the loudspeaker's 150 ms cannot be told from a later beginning
    assert second.drift_ppm == pytest.approx(-80, abs=5)


def test_where_each_hears_the_other_the_way_there_and_back_cancels(minutes: Sound, tmp_path: Path) -> None:
    echoes = [amplitude(-20) * delayed(in_room(minutes[side], 4), 150) for side in (0, 1)]
    one = track(tmp_path, "one.wav", (minutes[0] + echoes[1])[None])
    two = track(tmp_path, "two.wav", recorded(minutes[1] + echoes[0], 3.0, 80))
    _, second = placements([one, two])
    assert second.offset_ms == pytest.approx(3_000, abs=10)


def test_three_tracks_are_placed_through_each_other(minutes: Sound, tmp_path: Path) -> None:
    third = heard(DEMO / "recordings" / "client_garden_phone.wav")[0]
    first, second = minutes[:, : len(third)]
    hears_second = track(tmp_path, "one.wav", (first + amplitude(-20) * second)[None])
    hears_third = track(tmp_path, "two.wav", recorded(second + amplitude(-20) * third, 1.5))
    alone = track(tmp_path, "three.wav", recorded(third, 4.0))
    placed = placements([hears_second, hears_third, alone])
    assert [placement.offset_ms for placement in placed] == pytest.approx([0, 1_500, 4_000], abs=5)


def test_tracks_that_share_no_sound_are_laid_side_by_side_if_they_are_equally_long(
    minutes: Sound, tmp_path: Path
) -> None:
    sides = [track(tmp_path, f"{side}.wav", minutes[side : side + 1, : 90 * RATE]) for side in (0, 1)]
    first, second = placements(sides)
    assert (second.offset_ms, second.drift_ppm, second.confidence, second.found) == (0, 0, 0, "length")
    assert first.found == "reference"


def test_tracks_that_share_no_sound_and_differ_in_length_are_refused(minutes: Sound, tmp_path: Path) -> None:
    one = track(tmp_path, "one.wav", minutes[:1, : 90 * RATE])
    two = track(tmp_path, "two.wav", minutes[1:, 5 * RATE : 90 * RATE])
    with pytest.raises(UnplacedTrack, match=r"track 2 belongs.*5\.0 s.*--mix"):
        placements([one, two])


def test_the_mix_of_another_conversation_is_no_place_for_a_track(whole: Track, tmp_path: Path) -> None:
    once = heard(DEMO / "recordings" / "client_garden_phone.wav")
    other = track(tmp_path, "other.wav", np.tile(once, 4))
    with pytest.raises(UnplacedTrack, match="track 1 belongs"):
        placements([whole, whole], other)


def test_a_track_on_which_nobody_speaks_is_placed_by_its_length(minutes: Sound, tmp_path: Path) -> None:
    speaks = track(tmp_path, "one.wav", minutes[:1, : 60 * RATE])
    silent = track(tmp_path, "two.wav", np.zeros((1, 60 * RATE), np.float32))
    assert [placement.found for placement in placements([speaks, silent])] == ["reference", "length"]


def test_a_file_with_two_peoples_channels_is_no_track(phone_call: Sound, tmp_path: Path) -> None:
    with pytest.raises(UnplacedTrack, match="no track of one person"):
        track(tmp_path, "call.wav", phone_call[:, : 45 * RATE])


@pytest.mark.parametrize("number", [1, 9])
def test_from_two_to_eight_tracks_can_be_joined(number: int, tmp_path: Path) -> None:
    silent = track(tmp_path, "silent.wav", np.zeros((1, RATE), np.float32))
    with pytest.raises(TranscriptionError, match=f"There are {number} tracks"):
        placements([silent] * number)


def joined(folder: Path, tracks: list[Track], placed: list[Placement]) -> Sound:
    with (folder / "joined.flac").open("wb") as file:
        write_joined(tracks, placed, file)
    return heard(folder / "joined.flac")


def at(offset_ms: float, drift_ppm: float = 0.0) -> Placement:
    return Placement(offset_ms, drift_ppm, 1.0, "heard")


def test_tracks_are_written_where_they_belong_at_the_speed_of_one_clock(tmp_path: Path) -> None:
    one = track(tmp_path, "one.wav", marked(60, [1.0, 59.0]))
    two = track(tmp_path, "two.wav", marked(30, [0.5, 29.0]))
    sound = joined(tmp_path, [one, two], [at(0, -200), at(12_300, 200)])
    assert bursts_s(sound[0]) == pytest.approx([1.0 * 0.9998, 59.0 * 0.9998], abs=0.001)
    assert bursts_s(sound[1]) == pytest.approx([12.3 + 0.5 * 1.0002, 12.3 + 29.0 * 1.0002], abs=0.001)
    assert sound.shape[1] == pytest.approx(60 * 0.9998 * RATE, abs=2)


def test_a_track_that_is_not_moved_is_written_as_it_was(phone_call: Sound, tmp_path: Path) -> None:
    sides = [track(tmp_path, f"{side}.wav", phone_call[side : side + 1, : 25 * RATE]) for side in (0, 1)]
    sound = joined(tmp_path, sides, [at(0), at(250)])
    assert np.abs(sound[0, : 25 * RATE] - phone_call[0, : 25 * RATE]).max() < 1e-4
    assert np.abs(sound[1, 4_000:] - phone_call[1, : 25 * RATE]).max() < 1e-4
    assert not sound[1, :4_000].any()


def test_reading_between_samples_keeps_a_tone_clean(tmp_path: Path) -> None:
    whistle = track(tmp_path, "tone.wav", tone(5_000, 20)[None])
    sound = joined(tmp_path, [whistle, whistle], [at(0.03, 170), at(0)])[0, RATE : 15 * RATE]
    assert pitch(sound) == pytest.approx(5_000 / 1.00017, abs=0.1)
    window = np.hanning(len(sound))
    spectrum = np.abs(np.fft.rfft(sound * window)) ** 2
    peak = int(np.argmax(spectrum))
    beside = spectrum[: peak - 20].sum() + spectrum[peak + 20 :].sum()
    assert 10 * np.log10(beside / spectrum[peak - 20 : peak + 20].sum()) < -50


@pytest.mark.parametrize("number", range(2, 9))
def test_as_many_channels_as_tracks_in_their_order(number: int, tmp_path: Path) -> None:
    tracks = [track(tmp_path, f"{step}.wav", tone(300 + 100 * step, 1.0)[None]) for step in range(number)]
    sound = joined(tmp_path, tracks, [at(0)] * number)
    assert [round(pitch(channel)) for channel in sound] == [300 + 100 * step for step in range(number)]
