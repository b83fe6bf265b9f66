"""Loudspeaker bleed: the other speaker's words are set aside, one's own are not."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from call_scenes import Call, amplitude, bled, delayed, heard_in, hiss, in_room, shared_ms, with_backchannels
from hypothesis import given
from hypothesis import strategies as st
from sound_files import DEMO, RATE, Sound, heard

from transcription.bleed import echoes, marked
from transcription.envelopes import Envelopes
from transcription.speech import Span
from transcription.transcript import Mark, Word

HIDDEN = 0.25  # of an echoed word under an own one: what then stands in the text is the own word


def words(spans: list[Span]) -> list[Word]:
    return [Word("word", span.start_ms, span.end_ms, 0.9) for span in spans]


def clipped(span: Span, speech: list[Span]) -> list[Span]:
    """The word as it is written: inside the speech that was heard; none where none was."""
    home = max(speech, key=lambda each: shared_ms(span, each))
    if not shared_ms(span, home):
        return []
    return [Span(max(span.start_ms, home.start_ms), min(span.end_ms, home.end_ms))]


def lost(spans: list[Span], echo: tuple[Span, ...]) -> int:
    return sum(word.is_set_aside for word in marked(words(spans), echo))


def outcome(sound: Sound, call: Call, target: int, lag_ms: int) -> dict[str, tuple[int, int]]:
    """Echoed words left over, own words set aside and backchannels set aside on one channel, each with how many."""
    envelopes, speech = heard_in(sound)
    echo = echoes(envelopes, speech)[target]
    said = call.said[target]
    echoed = [
        span
        for word in call.said[1 - target]
        for late in [Span(word.span.start_ms + lag_ms, word.span.end_ms + lag_ms)]
        if sum(shared_ms(late, own.span) for own in said) < HIDDEN * late.length_ms
        for span in clipped(late, speech[target])
    ]
    own = [word.span for word in said if not word.backchannel]
    backchannels = [word.span for word in said if word.backchannel]
    return {
        "duplicates": (len(echoed) - lost(echoed, echo), len(echoed)),
        "own lost": (lost(own, echo), len(own)),
        "backchannels lost": (lost(backchannels, echo), len(backchannels)),
    }


@pytest.mark.parametrize(
    ("decibels", "lag_ms", "room"),
    [(-3, 0, None), (-3, 100, 3), (-6, 200, 3), (-10, 50, 3), (-15, 100, None), (-20, 200, 3)],
)
def test_the_other_speakers_words_are_set_aside_and_no_own_ones(
    phone_call: Sound, decibels: float, lag_ms: int, room: int | None
) -> None:
    call = with_backchannels(phone_call)
    found = outcome(bled(call.sound, 0, decibels, lag_ms, room), call, 1, lag_ms)
    left, echoed = found["duplicates"]
    assert echoed > 100
    assert left <= 0.015 * echoed  # the whole grid together stays below 0.5 %; 2 words are the resolution of one point
    assert found["own lost"] == (0, 153)
    assert found["backchannels lost"] == (0, 18)


def test_soft_backchannels_are_kept(phone_call: Sound) -> None:
    call = with_backchannels(phone_call, decibels=-6)
    assert outcome(bled(call.sound, 0, -15, 100, 3), call, 1, 100)["backchannels lost"] == (0, 18)


@pytest.mark.parametrize("side", [0, 1])
def test_two_loudspeakers_that_hear_each_other(phone_call: Sound, side: int) -> None:
    call = with_backchannels(phone_call)
    both = bled(call.sound, 0, -10, 60, 3) + bled(call.sound, 1, -10, 60, 3) - call.sound
    found = outcome(both, call, side, 60)
    left, echoed = found["duplicates"]
    assert left <= 0.02 * echoed
    assert found["own lost"][0] == 0
    assert found["backchannels lost"][0] == 0


def test_an_echo_that_grows_louder_midway_is_still_one(phone_call: Sound) -> None:
    call = with_backchannels(phone_call)
    samples = call.sound.shape[1]
    volume = np.linspace(amplitude(-14), amplitude(-6), samples).astype(np.float32)
    sound = call.sound.copy()
    sound[1] += volume * delayed(in_room(call.sound[0], 4), 100) + hiss(samples, -60)
    found = outcome(sound, call, 1, 100)
    assert found["duplicates"][0] <= 0.05 * found["duplicates"][1]
    assert found["own lost"][0] == 0


def test_a_quiet_persons_own_words_stay_beside_an_echo_as_quiet(phone_call: Sound) -> None:
    call = with_backchannels(phone_call)
    sound = call.sound.copy()
    sound[1] = amplitude(-10) * sound[1] + amplitude(-20) * delayed(in_room(sound[0], 4), 100)
    found = outcome(sound, call, 1, 100)
    assert [found[what][0] for what in ("duplicates", "own lost", "backchannels lost")] == [0, 0, 0]


def test_a_clean_call_has_no_echo(phone_call: Sound) -> None:
    assert echoes(*heard_in(with_backchannels(phone_call).sound)) == ((), ())


def test_two_people_who_talk_all_the_time_are_no_echo_of_each_other() -> None:
    alone = [heard(DEMO / "recordings" / name)[:1] for name in ("client_garden_phone.wav", "link_worker_m4a.m4a")]
    samples = min(sound.shape[1] for sound in alone)
    for pair in permutations(alone):
        assert echoes(*heard_in(np.concatenate([sound[:, :samples] for sound in pair]))) == ((), ())


def test_of_three_the_two_that_hear_the_third_are_marked(phone_call: Sound) -> None:
    call = with_backchannels(phone_call)
    third = np.roll(call.sound[1], RATE * 60)
    echo = amplitude(-10) * delayed(in_room(call.sound[0], 6), 80)
    envelopes, speech = heard_in(np.stack([call.sound[0], call.sound[1] + echo, third + echo]))
    first, second, last = echoes(envelopes, speech)
    assert first == ()
    own = [word.span for word in call.said[1]]
    moved = [Span(span.start_ms + 60_000, span.end_ms + 60_000) for span in own if span.end_ms < 60_000]
    assert lost(own, second) == 0
    assert lost(moved, last) <= 1
    echoed = [Span(word.span.start_ms + 80, word.span.end_ms + 80) for word in call.said[0]]
    for spans, covered in ((second, own), (last, moved)):
        free = [late for late in echoed if not any(shared_ms(late, span) for span in covered) and late.end_ms > 60_000]
        assert lost(free, spans) >= 0.9 * len(free)


def test_less_than_three_windows_tell_nothing(phone_call: Sound) -> None:
    assert echoes(*heard_in(bled(phone_call, 0, -6, 100)[:, : 20 * RATE])) == ((), ())


def test_a_channel_that_is_not_transcribed_has_no_echo_and_makes_none(phone_call: Sound) -> None:
    envelopes, speech = heard_in(bled(phone_call, 0, -6, 100))
    assert echoes(envelopes, [[], speech[1]]) == ((), ())
    assert echoes(envelopes, [speech[0], []]) == ((), ())


def test_echo_is_in_order_and_no_stretch_longer_than_30_s(phone_call: Sound) -> None:
    everyone = phone_call.sum(axis=0)
    listener = amplitude(-10) * delayed(in_room(everyone, 6), 80) + hiss(len(everyone), -75)
    envelopes, speech = heard_in(np.stack([everyone, listener]))
    spans = echoes(envelopes, [speech[0], [Span(0, len(everyone) * 1000 // RATE)]])[1]
    assert sum(span.length_ms for span in spans) > 110_000  # of 121 s: the listener says nothing
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(spans))
    assert all(0 < span.length_ms <= 30_000 for span in spans)


def test_a_recording_without_sound_has_none() -> None:
    silence = Envelopes()
    silence.add(np.zeros((2, RATE), np.float32))
    assert echoes(silence, [[Span(0, 1000)], [Span(0, 1000)]]) == ((), ())
    assert echoes(silence, [[], []]) == ((), ())


TIMES = st.lists(st.integers(0, 5_000), min_size=2, max_size=20, unique=True).map(sorted)


@given(TIMES, TIMES)
def test_a_word_is_marked_where_its_larger_part_is_echo_and_nothing_else_changes(
    said: list[int], echo: list[int]
) -> None:
    spoken = [Word("w", start, end, 0.5) for start, end in pairwise(said)]
    spans = [Span(start, end) for start, end in zip(echo[::2], echo[1::2], strict=False)]
    moments = {moment for span in spans for moment in range(span.start_ms, span.end_ms)}
    for before, after in zip(spoken, marked(spoken, spans), strict=True):
        inside = len(moments & set(range(before.start_ms, before.end_ms)))
        assert after.marks == ((Mark.BLEED,) if inside * 2 > before.end_ms - before.start_ms else ())
        assert (after.text, after.start_ms, after.end_ms) == (before.text, before.start_ms, before.end_ms)
