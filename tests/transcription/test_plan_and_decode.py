"""The two passes: a plan that can be kept, and windows that give the same words in whatever runs they are done."""

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sound_files import DEMO, RATE, Sound, heard, noise, write

from transcription.channels import Layout
from transcription.coverage import divided, without_words
from transcription.decode import decode, settled, words_by_channel
from transcription.plan import Plan, make_plan
from transcription.recognizers.base import JSON
from transcription.speech import Span
from transcription.transcript import Word
from transcription.windows import Window

CALL = DEMO / "recordings" / "client_choir_two_channel_phone.wav"


class Echo:
    """A recognizer that fills a window with words of half a second and remembers what it was given."""

    name = "echo"
    model_sha256 = "0" * 64
    parameters: Mapping[str, JSON] = {}

    def __init__(self) -> None:
        self.given: list[Sound] = []

    def recognize(self, audio: Sound) -> tuple[Word, ...]:
        self.given.append(audio)
        length_ms = len(audio) * 1000 // RATE
        print_of_sound = f"{np.abs(audio).sum():.3f}"
        return tuple(Word(print_of_sound, at, at + 400, 1.0) for at in range(0, length_ms, 500))


def decoded(path: Path, plan: Plan, recognizer: Echo, done: set[int] = frozenset()) -> dict[int, tuple[Word, ...]]:  # type: ignore[assignment]
    results: dict[int, tuple[Word, ...]] = {}
    decode(path, plan, recognizer, done=done, on_window=lambda index, words, _: results.__setitem__(index, words))
    return results


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(CALL)


def test_a_call_is_planned_by_channel(plan: Plan) -> None:
    assert plan.layout == Layout("two-party", (0, 1))
    assert plan.file_channels == 2
    assert plan.damaged_packets == 0
    assert {window.channel for window in plan.windows} == {0, 1}
    assert 0 < plan.speech_ms < 2 * plan.duration_ms
    assert plan.duration_ms == heard(CALL).shape[1] * 1000 // RATE


def test_a_plan_is_the_same_every_time_and_through_json(plan: Plan) -> None:
    assert make_plan(CALL) == plan
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_a_silent_recording_has_a_plan_without_windows(tmp_path: Path) -> None:
    path = write(tmp_path / "silent.wav", np.zeros((1, 5 * RATE), np.float32))
    plan = make_plan(path)
    assert (plan.windows, plan.duration_ms, plan.speech_ms) == ((), 5000, 0)
    assert decoded(path, plan, Echo()) == {}
    assert words_by_channel(plan, {}) == {0: ()}


def test_noise_is_no_speech(tmp_path: Path) -> None:
    assert make_plan(write(tmp_path / "noise.wav", noise(30)[None])).windows == ()


def test_a_call_stored_twice_is_transcribed_once(tmp_path: Path, phone_call: Sound) -> None:
    mixed = phone_call.mean(axis=0, dtype=np.float32)
    plan = make_plan(write(tmp_path / "dual.ogg", np.stack([mixed, mixed]), codec="libopus", rate=16_000))
    assert plan.layout.kind == "mono"
    assert {window.channel for window in plan.windows} == set(plan.layout.channels)


def test_each_window_is_given_its_own_sound(plan: Plan) -> None:
    recognizer = Echo()
    decoded(CALL, plan, recognizer)
    whole = heard(CALL)
    assert len(recognizer.given) == len(plan.windows)
    for window, given_sound in zip(plan.windows, recognizer.given, strict=True):
        expected = whole[window.channel, window.start_ms * 16 : window.end_ms * 16]
        assert np.array_equal(given_sound, expected)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(done=st.sets(st.integers(0, 7)))
def test_any_split_into_runs_gives_the_same_words(plan: Plan, done: set[int]) -> None:
    whole = decoded(CALL, plan, Echo())
    first = {index: words for index, words in whole.items() if index in done}
    rest = decoded(CALL, plan, Echo(), set(first))
    assert set(first) & set(rest) == set()
    assert first | rest == whole


def test_nothing_is_read_when_all_is_done(plan: Plan, tmp_path: Path) -> None:
    assert decoded(tmp_path / "gone.wav", plan, Echo(), set(range(len(plan.windows)))) == {}


def test_words_come_in_times_of_the_recording(plan: Plan) -> None:
    channels = words_by_channel(plan, decoded(CALL, plan, Echo()))
    assert set(channels) == {0, 1}
    for number, words in channels.items():
        times = [time for word in words for time in (word.start_ms, word.end_ms)]
        assert times == sorted(times)
        assert times[0] >= plan.windows[number].start_ms or number == 1
        assert times[-1] <= plan.duration_ms


def test_progress_reaches_the_end(plan: Plan) -> None:
    planned: list[tuple[int, int]] = []
    make_plan(CALL, progress=lambda done, total: planned.append((done, total)))
    assert planned == sorted(planned)
    assert planned[-1][0] == plan.duration_ms
    assert planned[-1][1] == pytest.approx(plan.duration_ms, abs=20)

    steps: list[tuple[int, int]] = []
    decode(CALL, plan, Echo(), on_window=lambda *_: None, progress=lambda done, total: steps.append((done, total)))
    assert len(steps) == len(plan.windows)
    assert steps == sorted(steps)
    assert {total for _, total in steps} == {plan.duration_ms}


def test_what_the_caller_raises_stops_the_pass_there(plan: Plan) -> None:
    recognizer = Echo()

    def stop(index: int, *_: object) -> None:
        if index == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode(CALL, plan, recognizer, on_window=stop)
    assert len(recognizer.given) == 3


WINDOW = Window(0, (Span(10_000, 14_000), Span(16_000, 20_000)))


def word(start_ms: int, end_ms: int) -> Word:
    return Word("word", start_ms, end_ms, 0.9)


def test_a_word_that_reaches_into_a_pause_is_cut_back_to_its_speech() -> None:
    early, late = word(4_500, 6_800), word(3_700, 4_700)
    assert settled([early], WINDOW) == (word(16_000, 16_800),)
    assert settled([late], WINDOW) == (word(13_700, 14_000),)


def test_a_word_in_a_pause_stays() -> None:
    assert settled([word(4_600, 4_900)], WINDOW) == (word(14_600, 14_900),)


@given(st.lists(st.tuples(st.integers(-500, 12_000), st.integers(-100, 9_000)), max_size=30))
def test_words_are_in_order_inside_their_window_and_at_most_two_seconds(times: list[tuple[int, int]]) -> None:
    words = settled([word(start, start + length) for start, length in times], WINDOW)
    assert len(words) == len(times)
    edges = [edge for one in words for edge in (one.start_ms, one.end_ms)]
    assert edges == sorted(edges)
    assert all(10_000 <= edge <= 20_000 for edge in edges)
    assert all(one.end_ms - one.start_ms <= 2_000 for one in words)


def test_speech_without_words_is_found() -> None:
    words = [word(10_200, 11_000), word(11_100, 11_900), word(16_200, 17_000)]
    assert without_words(WINDOW.speech, words) == [Span(11_900, 14_000), Span(17_000, 20_000)]
    assert without_words(WINDOW.speech, []) == list(WINDOW.speech)


@given(st.integers(10_000, 19_999), st.integers(1, 9_000))
def test_a_divided_window_holds_the_same_speech(start_ms: int, length_ms: int) -> None:
    parts = divided(WINDOW, Span(start_ms, min(20_000, start_ms + length_ms)))
    moments = {moment for part in parts for span in part.speech for moment in range(span.start_ms, span.end_ms, 250)}
    assert sum(span.length_ms for part in parts for span in part.speech) == 8_000
    assert all(10_000 <= moment < 20_000 for moment in moments)
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(parts))


class Forgetful(Echo):
    """Passes over three seconds of anything longer than nine."""

    def recognize(self, audio: Sound) -> tuple[Word, ...]:
        words = super().recognize(audio)
        if len(audio) > 9 * RATE:
            return tuple(one for one in words if not 2_000 <= one.start_ms < 5_000)
        return words


def test_speech_that_was_passed_over_is_heard_again(tmp_path: Path) -> None:
    path = write(tmp_path / "long.wav", noise(10)[None])
    window = Window(0, (Span(0, 10_000),))
    plan = Plan(Layout("mono", (0,)), 1, 10_000, 0, (window,))

    words = decoded(path, plan, Forgetful())[0]

    assert without_words(window.speech, words) == []
    assert len(words) >= 18
    assert [one.start_ms for one in words] == sorted({one.start_ms for one in words})
