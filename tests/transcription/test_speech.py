"""Where speech is: Silero's answer, and the spans made from it."""

import json

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sound_files import DEMO, RATE, Sound, noise, tone

from transcription.speech import FRAME_MS, FRAME_SAMPLES, Span, SpeechDetector, SpeechOptions, spans_of

OPTIONS = SpeechOptions()


def probabilities_of(*blocks: Sound) -> NDArray[np.float32]:
    detector = SpeechDetector()
    return np.concatenate([detector.feed(block) for block in blocks], axis=1)


def spans_in(channel: Sound) -> list[Span]:
    return spans_of(probabilities_of(channel[None])[0], len(channel) * 1000 // RATE, OPTIONS)


def test_the_probabilities_are_those_of_the_package(phone_call: Sound) -> None:
    threads = torch.get_num_threads()
    from silero_vad import load_silero_vad

    theirs = load_silero_vad()
    torch.set_num_threads(threads)
    frames = phone_call[1, : 60 * FRAME_SAMPLES * 5].reshape(-1, FRAME_SAMPLES)
    expected = [theirs(torch.from_numpy(frame), RATE).item() for frame in frames]

    found = probabilities_of(frames.reshape(1, -1))[0]

    assert max(expected) > 0.9
    assert found == pytest.approx(expected, abs=1e-4)


def test_importing_it_leaves_torch_its_threads() -> None:
    before = torch.get_num_threads()
    SpeechDetector()
    assert torch.get_num_threads() == before


def test_blocks_make_no_difference(phone_call: Sound) -> None:
    sound = phone_call[:, : 400 * FRAME_SAMPLES]
    whole = probabilities_of(sound)
    parts = probabilities_of(*np.split(sound, [FRAME_SAMPLES * at for at in (1, 37, 40, 399)], axis=1))
    assert parts == pytest.approx(whole, abs=1e-5)


def test_channels_do_not_hear_each_other(phone_call: Sound) -> None:
    sound = phone_call[:, : 200 * FRAME_SAMPLES]
    assert probabilities_of(sound)[1] == pytest.approx(probabilities_of(sound[1:])[0], abs=1e-5)


@pytest.mark.parametrize(
    "sound",
    [np.zeros(20 * RATE, np.float32), noise(20, 0.003), noise(20, 0.05), tone(50, 20), tone(425, 20)],
    ids=["silence", "room", "noise", "hum", "ring tone"],
)
def test_what_is_no_speech(sound: Sound) -> None:
    assert spans_in(sound) == []


def test_every_word_of_a_call_is_in_a_span(phone_call: Sound) -> None:
    script = json.loads((DEMO / "scripts" / "client_choir_two_channel_phone.json").read_text())
    for number, party in enumerate(script["channels"]):
        spans = spans_in(phone_call[number])
        words = [word for turn in script["turns"] if turn["speaker"] == party for word in turn["words"]]
        inside = [any(span.start_ms <= start and end <= span.end_ms + 100 for span in spans) for _, start, end in words]
        assert np.mean(inside) >= 0.98
        spoken_ms = sum(end - start for _, start, end in words)
        assert sum(span.length_ms for span in spans) < 2.2 * spoken_ms, "and not everything is speech"


def frames(*runs: tuple[int, float]) -> NDArray[np.float32]:
    """(how many frames, their probability) one after the other"""
    return np.repeat([value for _, value in runs], [count for count, _ in runs]).astype(np.float32)


def test_a_span_is_padded_within_the_recording() -> None:
    options = SpeechOptions(pad_ms=100)
    found = spans_of(frames((10, 0.0), (10, 0.9), (10, 0.0)), 30 * FRAME_MS, options)
    assert found == [Span(320 - 100, 640 + 100)]
    assert spans_of(frames((10, 0.9)), 10 * FRAME_MS, options) == [Span(0, 320)]


def test_a_weak_moment_does_not_end_a_span() -> None:
    weak = frames((10, 0.0), (5, 0.9), (20, 0.4), (5, 0.9), (10, 0.0))
    assert len(spans_of(weak, 50 * FRAME_MS, SpeechOptions(pad_ms=0))) == 1


@pytest.mark.parametrize(("count", "likely", "found"), [(2, 0.74, 0), (2, 0.76, 1), (7, 0.6, 0), (8, 0.6, 1)])
def test_what_is_brief_has_to_be_likely(count: int, likely: float, found: int) -> None:
    assert len(spans_of(frames((10, 0.0), (count, likely), (10, 0.0)), 30 * FRAME_MS, OPTIONS)) == found


def test_a_click_is_no_speech() -> None:
    assert spans_of(frames((10, 0.0), (1, 0.99), (10, 0.0)), 21 * FRAME_MS, OPTIONS) == []


@given(
    st.lists(st.floats(0, 1, width=32), max_size=300),
    st.integers(0, 500),
    st.integers(0, 31),
)
def test_spans_are_in_order_apart_and_cover_all_that_is_loud(values: list[float], pad_ms: int, missing_ms: int) -> None:
    duration_ms = max(0, len(values) * FRAME_MS - missing_ms)
    options = SpeechOptions(pad_ms=pad_ms, least_ms=0, brief_ms=0)
    found = spans_of(np.array(values, np.float32), duration_ms, options)

    edges = [edge for span in found for edge in (span.start_ms, span.end_ms)]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= duration_ms for edge in edges)
    for number, value in enumerate(values):
        middle_ms = number * FRAME_MS + 1
        if value >= options.enter and middle_ms < duration_ms:
            assert any(span.start_ms <= middle_ms < span.end_ms for span in found)
