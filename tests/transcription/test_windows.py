"""Packing: no speech lost, none twice, nothing longer than Whisper hears."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from transcription.speech import FRAME_MS, Span
from transcription.windows import PackingOptions, Window, in_order, pack

OPTIONS = PackingOptions()


def flat(duration_ms: int) -> NDArray[np.float32]:
    return np.ones(duration_ms // FRAME_MS + 1, np.float32)


@st.composite
def speech(draw: st.DrawFn) -> tuple[list[Span], NDArray[np.float32]]:
    spans, at = [], 0
    for gap, length in draw(st.lists(st.tuples(st.integers(1, 20_000), st.integers(1, 100_000)), max_size=30)):
        spans.append(Span(at + gap, at + gap + length))
        at += gap + length
    seed = draw(st.integers(0, 1000))
    return spans, np.random.default_rng(seed).random(at // FRAME_MS + 1, np.float32)


@given(speech())
def test_every_moment_of_speech_is_in_exactly_one_window(
    case: tuple[list[Span], NDArray[np.float32]],
) -> None:
    spans, probabilities = case
    windows = pack(0, spans, probabilities, OPTIONS)

    pieces = [span for window in windows for span in window.speech]
    joined: list[Span] = []
    for piece in pieces:
        if joined and joined[-1].end_ms == piece.start_ms:
            joined[-1] = Span(joined[-1].start_ms, piece.end_ms)
        else:
            joined.append(piece)
    assert joined == spans


@given(speech())
def test_windows_are_short_enough_and_do_not_overlap(case: tuple[list[Span], NDArray[np.float32]]) -> None:
    windows = pack(0, *case, OPTIONS)

    assert all(0 < window.length_ms <= 30_000 for window in windows)
    edges = [edge for window in windows for edge in (window.start_ms, window.end_ms)]
    assert edges == sorted(edges)


@given(speech())
def test_packing_is_tight(case: tuple[list[Span], NDArray[np.float32]]) -> None:
    windows = pack(0, *case, OPTIONS)
    for window, after in pairwise(windows):
        assert window.length_ms + after.speech[0].length_ms > OPTIONS.longest_ms


@given(speech())
def test_a_place_in_the_sound_is_one_time_in_the_recording(case: tuple[list[Span], NDArray[np.float32]]) -> None:
    for window in pack(0, *case, OPTIONS):
        offsets = window.offsets_ms()
        assert offsets[-1] == window.length_ms
        for span, offset in zip(window.speech, offsets, strict=False):
            assert window.start_at(offset) == span.start_ms
            assert window.end_at(offset + span.length_ms) == span.end_ms
            middle = span.length_ms // 2
            if middle:
                assert window.start_at(offset + middle) == window.end_at(offset + middle) == span.start_ms + middle


def test_a_place_outside_the_sound_is_the_nearest_edge() -> None:
    window = Window(0, (Span(1_000, 2_000), Span(9_000, 9_500)))
    assert [window.start_at(place) for place in (-5, 0, 999, 1_000, 1_499, 1_700)] == [
        1_000, 1_000, 1_999, 9_000, 9_499, 9_500,
    ]  # fmt: skip
    assert [window.end_at(place) for place in (-5, 0, 1_000, 1_001, 1_500, 1_700)] == [
        1_000, 1_000, 2_000, 9_001, 9_500, 9_500,
    ]  # fmt: skip


def test_short_turns_share_a_window_however_far_apart() -> None:
    spans = [Span(0, 4_000), Span(5_000, 9_000), Span(600_000, 622_000), Span(700_000, 701_000)]
    assert pack(1, spans, flat(701_000), OPTIONS) == [Window(1, tuple(spans[:3])), Window(1, (spans[3],))]


def test_long_speech_is_cut_where_it_is_quietest() -> None:
    probabilities = flat(50_000)
    probabilities[[10, 790, 791, 792, 1100]] = [0.0, 0.3, 0.1, 0.3, 0.0]
    first, second = pack(0, [Span(0, 50_000)], probabilities, OPTIONS)
    cut = 791 * FRAME_MS + FRAME_MS // 2
    assert (first.end_ms, second.start_ms) == (cut, cut)


def test_long_speech_without_a_quiet_moment_is_cut_late() -> None:
    first, *_ = pack(0, [Span(0, 50_000)], flat(50_000), OPTIONS)
    assert 29_900 <= first.end_ms <= 30_000


def test_windows_of_two_channels_come_in_the_order_in_which_they_end() -> None:
    ours, theirs = Window(0, (Span(0, 20_000),)), Window(1, (Span(2_000, 9_000),))
    later = Window(0, (Span(21_000, 30_000),))
    same = Window(1, (Span(25_000, 30_000),))
    assert in_order([ours, later, theirs, same]) == (theirs, ours, later, same)
