"""From what was heard to words that can be kept: in their place, doubted where there is reason, and nothing missing."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sound_files import RATE, Sound, noise

from transcription.coverage import completeness, divided, unclear, without_words
from transcription.listening import listened, settled, sound_of
from transcription.recognizers.base import JSON, Heard
from transcription.speech import Span
from transcription.transcript import Mark, Word
from transcription.windows import Window

WINDOW = Window(0, (Span(10_000, 14_000), Span(16_000, 20_000)))


def word(start_ms: int, end_ms: int, *marks: Mark, text: str = "word", probability: float = 0.9) -> Word:
    return Word(text, start_ms, end_ms, probability, marks)


class Told:
    """A recognizer that hears a word every half second, except where it is told what to make of a sound of a length."""

    name = "told"
    model_sha256 = "0" * 64
    at_once = 2
    parameters: Mapping[str, JSON] = {}

    def __init__(self, told: Mapping[int, Sequence[Word]] | None = None) -> None:
        self.told = dict(told or {})
        self.given_ms: list[int] = []

    def recognize(self, sounds: Sequence[Sound]) -> list[Heard]:
        return [self._heard(len(sound) * 1000 // RATE) for sound in sounds]

    def _heard(self, length_ms: int) -> Heard:
        self.given_ms.append(length_ms)
        said = self.told.get(length_ms, [word(at, at + 400, text=f"at-{at}") for at in range(0, length_ms - 300, 500)])
        return Heard(tuple(said))


def test_a_word_after_a_cut_has_its_time_in_the_recording() -> None:
    assert settled([word(3_000, 3_400), word(4_500, 4_800)], WINDOW) == (word(13_000, 13_400), word(16_500, 16_800))


def test_a_word_over_a_cut_belongs_to_the_span_that_holds_most_of_it() -> None:
    assert settled([word(3_900, 4_800)], WINDOW) == (word(16_000, 16_800),)
    assert settled([word(3_300, 4_200)], WINDOW) == (word(13_300, 14_000),)


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
    aside = [one.with_mark(Mark.LOOP) for one in words]
    assert without_words(WINDOW.speech, aside) == list(WINDOW.speech), "words that are set aside cover nothing"


def test_what_stays_without_words_is_written_as_unclear_and_counted() -> None:
    words = unclear([word(10_200, 11_900), word(16_000, 20_000)], WINDOW.speech)
    assert words == (
        word(10_200, 11_900),
        Word("[unclear 00:00:11-00:00:14]", 11_900, 14_000, 0.0, (Mark.UNCLEAR,)),
        word(16_000, 20_000),
    )
    assert completeness(8_000, words) == 1 - 2_100 / 8_000
    assert completeness(0, ()) == 1.0


@given(st.integers(10_000, 19_999), st.integers(1, 9_000))
def test_a_divided_window_holds_the_same_speech(start_ms: int, length_ms: int) -> None:
    parts = divided(WINDOW, Span(start_ms, min(20_000, start_ms + length_ms)))
    moments = {moment for part in parts for span in part.speech for moment in range(span.start_ms, span.end_ms, 250)}
    assert sum(part.length_ms for part in parts) == 8_000
    assert all(10_000 <= moment < 20_000 for moment in moments)
    assert all(before.end_ms <= after.start_ms for before, after in pairwise(parts))


@given(st.integers(10_000, 19_999), st.integers(1, 9_000))
def test_the_parts_of_a_window_have_its_sound_between_them(start_ms: int, length_ms: int) -> None:
    sound = np.arange(8_000 * 16, dtype=np.float32)
    parts = divided(WINDOW, Span(start_ms, min(20_000, start_ms + length_ms)))
    assert np.array_equal(np.concatenate([sound_of(part, WINDOW, sound) for part in parts]), sound)


def test_speech_that_was_passed_over_is_heard_again() -> None:
    window = Window(0, (Span(0, 10_000),))
    passed_over = Heard((word(0, 900), word(1_000, 2_000), word(5_000, 7_000), word(7_000, 8_900), word(9_000, 9_900)))
    recognizer = Told()
    words = listened(recognizer, window, noise(10), passed_over)
    assert without_words(window.speech, words) == []
    assert recognizer.given_ms == [8_000], "from where the words were missing"
    assert words[:2] == passed_over.words[:2], "what was heard before is not heard again"
    assert [one.start_ms for one in words] == sorted({one.start_ms for one in words})
    assert not any(one.marks for one in words)


def test_speech_that_was_passed_over_at_the_start_and_later_is_heard_again_both_times() -> None:
    window = Window(0, (Span(0, 10_000),))
    loop = word(2_500, 2_900, Mark.LOOP, text="set aside")
    heard = (loop, *(word(at, at + 500, text=f"first-{at}") for at in (3_000, 3_500, 4_000, 8_000, 8_500, 9_000)))
    recognizer = Told()
    words = listened(recognizer, window, noise(10), Heard(heard))
    assert without_words(window.speech, words) == []
    assert recognizer.given_ms[:2] == [3_000, 5_500], "the start, then all from the second place on"
    assert [one.text for one in words if one.text.startswith("first")] == ["first-3000", "first-3500", "first-4000"]
    assert loop in words, "what is set aside is kept"
    assert [one.start_ms for one in words] == sorted(one.start_ms for one in words)


def test_speech_that_nobody_can_write_down_is_marked() -> None:
    window = Window(0, (Span(0, 10_000),))
    first = [word(0, 1_900), word(2_000, 3_900)]
    recognizer = Told({4_000: first, 3_900: first, 6_100: [], 6_000: []})
    words = listened(recognizer, window, noise(10), Heard(tuple(first)))
    assert [one.text for one in words] == ["word", "word", "[unclear 00:00:03-00:00:10]"]


def test_what_the_recognizer_does_not_believe_is_heard_again_half_a_second_later() -> None:
    window = Window(0, (Span(0, 4_000),))
    first = tuple(
        word(at, at + 400, text=text) for at, text in ((0, "one"), (1_000, "two"), (2_000, "three"), (3_000, "four"))
    )
    shifted = [
        word(at + 500, at + 900, text=text)
        for at, text in ((0, "one"), (1_000, "who"), (2_000, "three"), (3_000, "four"))
    ]
    recognizer = Told({4_500: shifted})
    words = listened(recognizer, window, noise(4), Heard(first, is_sure=False))
    assert recognizer.given_ms[-1] == 4_500
    assert [(one.text, one.start_ms) for one in words] == [
        ("one", 0),
        ("two", 1_000),
        ("three", 2_000),
        ("four", 3_000),
    ]
    assert [one.text for one in words if Mark.DISPUTED in one.marks] == ["two"]


def test_a_full_window_is_heard_again_in_two_halves() -> None:
    window = Window(0, (Span(0, 14_000), Span(20_000, 36_000)))
    first = tuple(word(at, at + 450, text=f"at-{at}") for at in range(0, 30_000, 500))
    recognizer = Told()
    listened(recognizer, window, noise(30), Heard(first, is_sure=False))
    assert recognizer.given_ms == [14_500, 16_500]
