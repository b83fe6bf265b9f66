"""The two passes: a plan that can be kept, and windows that give the same words in whatever runs they are done."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sound_files import DEMO, RATE, Sound, heard, noise, write

from demo.measure import word_error_rate
from transcription.channels import Layout
from transcription.coverage import completeness
from transcription.decode import Done, batches_of, decode, words_by_channel
from transcription.plan import Plan, make_plan
from transcription.recognizers.base import JSON, Heard
from transcription.recognizers.loading import load_recognizer
from transcription.transcript import Voice, Word, utterances_of

CALL = DEMO / "recordings" / "client_choir_two_channel_phone.wav"


class Echo:
    """A recognizer that fills a window with words of half a second and remembers what it was given."""

    name = "echo"
    model_sha256 = "0" * 64
    at_once = 2
    parameters: Mapping[str, JSON] = {}

    def __init__(self) -> None:
        self.given: list[Sound] = []

    def recognize(self, sounds: Sequence[Sound]) -> list[Heard]:
        self.given += sounds
        return [self._words(sound, len(sounds)) for sound in sounds]

    @staticmethod
    def _words(sound: Sound, together: int) -> Heard:
        print_of_sound = f"{np.abs(sound).sum():.3f}/{together}"
        starts = range(0, len(sound) * 1000 // RATE, 500)
        return Heard(tuple(Word(f"{print_of_sound}-{at}", at, at + 400, 1.0) for at in starts))


def decoded(path: Path, plan: Plan, recognizer: Any, done: set[int] = frozenset()) -> dict[int, tuple[Word, ...]]:  # type: ignore[assignment]
    results: dict[int, tuple[Word, ...]] = {}

    def keep(batch: Sequence[Done]) -> None:
        results.update({one.index: one.words for one in batch})

    decode(path, plan, recognizer, done=done, on_windows=keep)
    return results


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(CALL)


def test_a_call_is_planned_by_channel(plan: Plan) -> None:
    assert plan.layout == Layout("parties", (0, 1))
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


def test_each_window_is_given_its_own_sound_with_the_pauses_cut_out(plan: Plan) -> None:
    recognizer = Echo()
    decoded(CALL, plan, recognizer)
    whole = heard(CALL)
    assert len(recognizer.given) == len(plan.windows)
    for window, given_sound in zip(plan.windows, recognizer.given, strict=True):
        spans = [whole[window.channel, span.start_ms * 16 : span.end_ms * 16] for span in window.speech]
        assert np.array_equal(given_sound, np.concatenate(spans))
        assert len(given_sound) <= 30 * RATE


def test_two_channels_cost_little_more_than_one(plan: Plan, phone_call: Sound, tmp_path: Path) -> None:
    mixed = make_plan(write(tmp_path / "mono.wav", phone_call.mean(axis=0, keepdims=True, dtype=np.float32)))
    assert len(plan.windows) <= 1.25 * len(mixed.windows)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batches=st.sets(st.integers(0, 3)))
def test_any_split_into_runs_gives_the_same_words(plan: Plan, batches: set[int]) -> None:
    whole = decoded(CALL, plan, Echo())
    done = {index for number, batch in enumerate(batches_of(plan, 2)) if number in batches for index in batch}
    first = {index: words for index, words in whole.items() if index in done}
    rest = decoded(CALL, plan, Echo(), set(first))
    assert set(first) & set(rest) == set()
    assert first | rest == whole


def test_a_batch_half_done_is_decoded_whole_and_only_the_rest_is_told(plan: Plan) -> None:
    recognizer = Echo()
    whole = decoded(CALL, plan, Echo())
    rest = decoded(CALL, plan, recognizer, {0})
    assert rest == {index: words for index, words in whole.items() if index != 0}
    assert len(recognizer.given) == len(plan.windows)


def test_nothing_is_read_when_all_is_done(plan: Plan, tmp_path: Path) -> None:
    assert decoded(tmp_path / "gone.wav", plan, Echo(), set(range(len(plan.windows)))) == {}


def test_words_come_in_times_of_the_recording(plan: Plan) -> None:
    channels = words_by_channel(plan, decoded(CALL, plan, Echo()))
    assert set(channels) == {0, 1}
    for number, words in channels.items():
        times = [time for word in words for time in (word.start_ms, word.end_ms)]
        assert times == sorted(times)
        assert times[0] >= min(window.start_ms for window in plan.windows if window.channel == number)
        assert times[-1] <= plan.duration_ms


def test_progress_reaches_the_end(plan: Plan) -> None:
    planned: list[tuple[int, int]] = []
    make_plan(CALL, progress=lambda done, total: planned.append((done, total)))
    assert planned == sorted(planned)
    assert planned[-1][0] == plan.duration_ms
    assert planned[-1][1] == pytest.approx(plan.duration_ms, abs=20)

    steps: list[tuple[int, int]] = []
    decode(CALL, plan, Echo(), on_windows=lambda _: None, progress=lambda done, total: steps.append((done, total)))
    assert len(steps) == len(batches_of(plan, 2))
    assert steps == sorted(steps)
    assert steps[-1] == (plan.speech_ms, plan.speech_ms)


def test_what_the_caller_raises_stops_the_pass_there(plan: Plan) -> None:
    recognizer = Echo()

    def stop(batch: Sequence[Done]) -> None:
        if batch[0].index == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decode(CALL, plan, recognizer, on_windows=stop)
    assert len(recognizer.given) == 4


def test_a_recording_that_has_become_shorter_gives_what_is_left(plan: Plan, tmp_path: Path, phone_call: Sound) -> None:
    shorter = write(tmp_path / "short.wav", phone_call[:, : 20 * RATE])
    recognizer = Echo()
    assert set(decoded(shorter, plan, recognizer)) == set(range(len(plan.windows)))
    assert len(recognizer.given[-1]) == 0


@pytest.fixture(scope="module")
def whisper(demo_model: Path) -> Any:
    torch.set_num_threads(1)
    return load_recognizer(demo_model)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # Whisper's table of spellings
def test_a_two_channel_call_is_written_down_by_its_speakers(whisper: Any, plan: Plan) -> None:
    script = json.loads((DEMO / "scripts" / "client_choir_two_channel_phone.json").read_text())
    channels = words_by_channel(plan, decoded(CALL, plan, whisper))
    utterances = utterances_of({Voice(channel, script["channels"][channel]): w for channel, w in channels.items()})

    near = timed = 0
    for party in script["channels"]:
        turns = [turn for turn in script["turns"] if turn["speaker"] == party]
        written = " ".join(u.text for u in utterances if u.speaker == party)
        assert word_error_rate(" ".join(turn["text"] for turn in turns), written) < 0.05
        starts = {text: start for turn in turns for text, start, _ in turn["words"]}
        for word in (word for u in utterances if u.speaker == party for word in u.words):
            assert word.end_ms - word.start_ms <= 2_000
            if sum(other[0] == word.text for turn in turns for other in turn["words"]) == 1:
                timed += 1
                near += abs(starts[word.text] - word.start_ms) <= 200
    assert timed > 30
    assert near / timed >= 0.95
    for words in channels.values():
        assert all(before.end_ms <= after.start_ms for before, after in pairwise(words))
        assert completeness(plan.speech_ms, words) > 0.995
    assert len(utterances) >= len(script["turns"])
