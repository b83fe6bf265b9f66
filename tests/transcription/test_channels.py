"""Which channels are transcribed: each person's once, and no sound twice however often it was stored."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from call_scenes import amplitude, bled, delayed, heard_in, hiss, hum, in_room
from sound_files import DEMO, RATE, Sound, heard, noise, write

from transcription.channels import Layout, at_most_eight, layout_of
from transcription.speech import Span

Build = Callable[[Sound, Sound], list[Sound]]
"""From the two clean voices of a call, (samples,) each, the channels of a recording."""

SECONDS = 45


def decibels(value: float, sound: Sound) -> Sound:
    return (amplitude(value) * sound).astype(np.float32)


def only(sound: Sound, *spans_s: tuple[float, float]) -> Sound:
    """Silent outside of the times."""
    kept = np.zeros_like(sound)
    for start, end in spans_s:
        kept[round(start * RATE) : round(end * RATE)] = sound[round(start * RATE) : round(end * RATE)]
    return kept + hiss(len(sound), -75)


def once_more(a: Sound, b: Sound, change: Callable[[Sound], Sound]) -> list[Sound]:
    return [a + b, change(a + b)]


def loudspeaker(gain: float, lag_ms: float, room: int | None = None) -> Build:
    return lambda a, b: list(bled(np.stack([a, b]), 0, gain, lag_ms, room))


def two_loudspeakers(gain: float, lag_ms: float, room: int | None = None) -> Build:
    def build(a: Sound, b: Sound) -> list[Sound]:
        call = np.stack([a, b])
        return list(bled(call, 0, gain, lag_ms, room) + bled(call, 1, gain, lag_ms, room) - call)

    return build


def seats(seed: int) -> Build:
    """A room in stereo, the two people at places of their own, each a little nearer to one microphone."""

    def build(a: Sound, b: Sound) -> list[Sound]:
        rooms = [in_room(voice, seed + place) for place, voice in enumerate((a, a, b, b))]
        return [rooms[0] + 0.8 * rooms[2], 0.8 * rooms[1] + rooms[3]]

    return build


def stereo_room(seed: int, late: float, lag_ms: float) -> Build:
    def build(a: Sound, b: Sound) -> list[Sound]:
        left, right = (in_room(a + b, seed + side, 0.3 + 0.1 * late, late) for side in (0, 1))
        return [left, 0.7 * delayed(right, lag_ms)]

    return build


ONE_SOUND: dict[str, Build] = {
    "stored twice": lambda a, b: once_more(a, b, lambda sound: sound),
    "stored twice, one with hiss": lambda a, b: once_more(a, b, lambda sound: sound + hiss(len(sound), -65)),
    "stored twice, hiss on both": lambda a, b: [a + b + hiss(len(a), -55, seed) for seed in (1, 2)],
    "one half as loud": lambda a, b: once_more(a, b, lambda sound: decibels(-6, sound)),
    "one at -20 dB": lambda a, b: once_more(a, b, lambda sound: decibels(-20, sound)),
    "one at -40 dB": lambda a, b: once_more(a, b, lambda sound: decibels(-40, sound)),
    "polarity flipped": lambda a, b: once_more(a, b, lambda sound: -sound),
    "some samples later": lambda a, b: once_more(a, b, lambda sound: delayed(sound, 0.3)),
    "20 ms later": lambda a, b: once_more(a, b, lambda sound: delayed(sound, 20)),
    "40 ms later": lambda a, b: once_more(a, b, lambda sound: delayed(sound, 40)),
    "offset on one": lambda a, b: once_more(a, b, lambda sound: sound + np.float32(0.1)),
    "hum on one": lambda a, b: once_more(a, b, lambda sound: sound + hum(len(sound), -40)),
    "three copies": lambda a, b: [a + b, -(a + b), 0.5 * (a + b)],
    "other channel zero": lambda a, b: [a + b, 0 * a],
    "other channel hiss": lambda a, b: [a + b, hiss(len(a), -70)],
    "other channel an offset": lambda a, b: [a + b, 0 * a + np.float32(0.1)],
    "other channel hum": lambda a, b: [a + b, hum(len(a), -35)],
    "other channel crosstalk": lambda a, b: [a + b, decibels(-60, a + b) + hiss(len(a), -85)],
    "room, near": stereo_room(1, 0.5, 0),
    "room, at a distance": stereo_room(3, 0.9, 0.5),
    "room, far away": stereo_room(5, 1.2, 1),
    "room, two seats": seats(11),
    "room, two other seats": seats(21),
    "5.1, centre only": lambda a, b: [0 * a, 0 * a, a + b, 0 * a, 0 * a, 0 * a],
    "5.1, centre with hiss around": lambda a, b: [*(hiss(len(a), -80, seed) for seed in (1, 2)), a + b, 0 * a, 0 * a],
    "5.1, spread": lambda a, b: [
        *(0.3 * in_room(a + b, seed) for seed in (1, 2)),
        a + b,
        0 * a,
        *(0.1 * in_room(a + b, seed) for seed in (3, 4)),
    ],
    "one stream silent beside mix and voice": lambda a, b: [a, a, 0 * a],
}

PARTIES: dict[str, tuple[Build, tuple[int, ...]]] = {
    "clean": (lambda a, b: [a, b], (0, 1)),
    "sides swapped": (lambda a, b: [b, a], (0, 1)),
    "quiet at -30 dB": (lambda a, b: [a, decibels(-30, b)], (0, 1)),
    "quiet at -30 dB with hiss": (lambda a, b: [decibels(-30, a) + hiss(len(a), -80), b], (0, 1)),
    "hiss on both": (lambda a, b: [a + hiss(len(a), -55), b + hiss(len(a), -60, 2)], (0, 1)),
    "the same hum on both": (lambda a, b: [a + hum(len(a), -45), b + hum(len(a), -45)], (0, 1)),
    "offset on one": (lambda a, b: [a + np.float32(0.05), b], (0, 1)),
    "bleed at -3 dB": (loudspeaker(-3, 80, 31), (0, 1)),
    "bleed at -3 dB without lag": (loudspeaker(-3, 0), (0, 1)),
    "bleed at -10 dB": (loudspeaker(-10, 150, 31), (0, 1)),
    "bleed at -20 dB": (loudspeaker(-20, 40), (0, 1)),
    "bleed both ways at -3 dB": (two_loudspeakers(-3, 60, 31), (0, 1)),
    "bleed both ways at -3 dB without lag": (two_loudspeakers(-3, 0), (0, 1)),
    "bleed both ways at -6 dB without lag": (two_loudspeakers(-6, 0), (0, 1)),
    "bleed both ways at -20 dB": (two_loudspeakers(-20, 100), (0, 1)),
    "says two sentences": (lambda a, b: [a, only(b, (4, 5.4), (8.8, 10.4))], (0, 1)),
    "says yes once": (lambda a, b: [a, only(b, (8.86, 9.35))], (0, 1)),
    "says yes once over an echo": (lambda a, b: [a, only(b, (8.86, 9.35)) + decibels(-10, delayed(a, 80))], (0, 1)),
    "three people": (lambda a, b: [a, b, np.roll(a, 20 * RATE)], (0, 1, 2)),
    "a dead channel between": (lambda a, b: [a, 0 * a, b], (0, 2)),
    "5.1, one voice left, one right": (lambda a, b: [a, b, 0 * a, 0 * a, 0 * a, 0 * a], (0, 1)),
    "mix first": (lambda a, b: [a + b, a, b], (1, 2)),
    "mix last": (lambda a, b: [a, b, a + b], (0, 1)),
    "mix at other gains": (lambda a, b: [0.3 * a + 1.2 * b, a, decibels(-15, b)], (1, 2)),
    "mix, and a microphone that hears the call": (
        lambda a, b: [a + decibels(-10, delayed(b, 60)) + b, a + decibels(-10, delayed(b, 60)), b],
        (1, 2),
    ),
    "everything in stereo": (lambda a, b: [a + b, a + b, a, a, b, b], (2, 4)),
}


@pytest.fixture(scope="module")
def voices(phone_call: Sound) -> Sound:
    return phone_call[:, : SECONDS * RATE]


def decided(channels: list[Sound]) -> Layout:
    return layout_of(*heard_in(np.stack(channels).astype(np.float32)))


@pytest.mark.parametrize("name", ONE_SOUND)
def test_one_sound_is_transcribed_once(name: str, voices: Sound) -> None:
    layout = decided(ONE_SOUND[name](*voices))
    assert (layout.kind, len(layout.channels)) == ("mono", 1)


@pytest.mark.parametrize(
    "name", ["other channel zero", "other channel hum", "other channel crosstalk", "one at -40 dB"]
)
def test_it_is_the_channel_that_can_be_heard(name: str, voices: Sound) -> None:
    heard_on, *others = ONE_SOUND[name](*voices)
    assert decided([heard_on, *others]) == Layout("mono", (0,))
    assert decided([*others, heard_on]) == Layout("mono", (1,))


@pytest.mark.parametrize("name", PARTIES)
def test_each_persons_channel_is_transcribed_once(name: str, voices: Sound) -> None:
    build, channels = PARTIES[name]
    assert decided(build(*voices)) == Layout("parties", channels)


def test_of_two_copies_the_whole_one_is_kept_however_quiet(voices: Sound) -> None:
    mix = voices.sum(axis=0)
    broken = mix.copy()
    broken[9 * RATE : 10 * RATE] = 0
    assert decided([broken, decibels(-10, mix)]) == Layout("mono", (1,))
    assert decided([decibels(-10, mix), broken]) == Layout("mono", (0,))


def test_two_people_who_talk_all_the_time_are_two_parties() -> None:
    pair = [heard(DEMO / "recordings" / name)[0] for name in ("client_garden_phone.wav", "link_worker_m4a.m4a")]
    assert decided([sound[: SECONDS * RATE] for sound in pair]) == Layout("parties", (0, 1))


def test_the_same_sound_twice_is_mono_after_lossy_coding(voices: Sound, tmp_path: Path) -> None:
    mix = voices.sum(axis=0, keepdims=True)
    low = write(tmp_path / "low.ogg", mix, codec="libopus")
    coded, plain = heard(low)[0], mix[0]
    samples = min(len(coded), len(plain))
    assert decided([plain[:samples], coded[:samples]]).kind == "mono"
    stereo = write(tmp_path / "dual.mp3", np.concatenate((mix, mix)), codec="libmp3lame")
    assert decided(list(heard(stereo))).kind == "mono"


def test_a_file_with_the_mix_and_each_voice_as_streams_gives_the_voices(voices: Sound, tmp_path: Path) -> None:
    first, second = voices[:1], voices[1:]
    path = write(tmp_path / "call.mkv", first + second, first, second, codec="aac")
    assert decided(list(heard(path))) == Layout("parties", (1, 2))


def test_two_streams_of_one_voice_each_are_two_parties(voices: Sound, tmp_path: Path) -> None:
    path = write(tmp_path / "call.mkv", voices[:1], voices[1:], codec="aac", video=True)
    assert decided(list(heard(path))) == Layout("parties", (0, 1))


def test_one_channel_is_mono(voices: Sound) -> None:
    assert decided([voices[0]]) == Layout("mono", (0,))


def test_where_nobody_speaks_the_loudest_channel_is_taken() -> None:
    quiet = [hiss(5 * RATE, -80), hiss(5 * RATE, -60, 2), np.zeros(5 * RATE, np.float32)]
    assert decided(quiet) == Layout("mono", (1,))


def test_a_recording_shorter_than_a_word_is_decided_too() -> None:
    envelopes, _ = heard_in(np.stack([noise(0.1), noise(0.1, seed=2)]))
    assert layout_of(envelopes, [[Span(0, 100)], []]) == Layout("mono", (0,))
    assert layout_of(envelopes, [[], []]).kind == "mono"
    assert layout_of(envelopes, [[Span(0, 100)], [Span(0, 100)]]).channels


def test_up_to_eight_channels_are_heard_as_they_are_and_more_are_mixed_with_their_neighbours() -> None:
    block = np.stack([np.full(4, value, np.float32) for value in range(20)])
    assert at_most_eight(block[:8]).tolist() == block[:8].tolist()
    assert at_most_eight(block[:9])[:, 0].tolist() == [0.5, 2.5, 4.5, 6.5, 8]
    assert at_most_eight(block[:16])[:, 0].tolist() == [0.5, 2.5, 4.5, 6.5, 8.5, 10.5, 12.5, 14.5]
    assert at_most_eight(block)[:, 0].tolist() == [1, 4, 7, 10, 13, 16, 18.5]
