"""What may never have been said: loops found, rhetoric left alone, inventions heard again, nothing deleted."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sound_files import DEMO

from transcription.doubts import anomaly, compared, looks_invented, loops, set_aside
from transcription.speech import Span
from transcription.transcript import Mark, Word

MINUTE = [Span(0, 60_000)]


def said(text: str, each_ms: int = 300, probability: float = 0.9) -> list[Word]:
    return [
        Word(word, number * each_ms, (number + 1) * each_ms, probability) for number, word in enumerate(text.split())
    ]


def kept(text: str) -> str:
    return " ".join(word.text for word in set_aside(said(text)) if not word.is_set_aside)


BEFORE, AFTER = "I told her that it was fine and then", "so we left it there in the end."


@given(st.integers(1, 8), st.integers(6, 30), st.integers(0, 7), st.randoms(use_true_random=False))
def test_a_loop_is_found_inside_other_speech(cycle: int, rounds: int, more: int, chance: random.Random) -> None:
    phrase = [f"word{number}" for number in range(cycle)]
    spelled = [
        chance.choice([str.upper, str.title, str])(word) + chance.choice(["", "", ",", "."])
        for word in phrase * rounds + phrase[: more % cycle]
    ]
    words = said(" ".join([BEFORE, *spelled, AFTER]))
    before = len(BEFORE.split())
    assert loops(words) == ((before + cycle, before + len(spelled)),)


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no, no, no, I did not.",
        "It was very very very very hard.",
        "We were singing and singing and singing and singing all day.",
        "One two three four five six seven eight nine ten.",
        "I went to the garden, I went to the choir, I went to the gym, I went to the cafe, I went to the library.",
        "Yes. Yes. Yes. Yes. Thank you. Thank you. Thank you.",
        "Bye. Bye. Bye bye. Bye. See you. Bye.",
    ],
)
def test_rhetoric_is_no_loop(text: str) -> None:
    assert kept(text) == text


def test_no_demo_recording_has_a_loop() -> None:
    for script in (DEMO / "scripts").glob("*.json"):
        turns = json.loads(script.read_text())["turns"]
        assert loops([Word(text, start, end, 1.0) for turn in turns for text, start, end in turn["words"]]) == ()


def test_a_sentence_four_times_over_is_a_loop() -> None:
    sentence = "I could not leave the house."
    assert kept(" ".join([sentence] * 4)) == sentence
    assert kept(" ".join([sentence] * 3)) == " ".join([sentence] * 3)


@given(st.lists(st.sampled_from(["yes", "No.", "and", "well,", "…"]), max_size=60))
def test_nothing_is_deleted_and_every_loop_leaves_its_first_round(texts: list[str]) -> None:
    words = said(" ".join(texts))
    marked = set_aside(words)
    assert [word.text for word in marked] == texts
    for first, last in loops(words):
        assert 0 < first < last <= len(words)
        assert not marked[first - 1].is_set_aside
    assert set_aside(marked) == marked


def test_usual_speech_does_not_look_invented() -> None:
    assert not looks_invented(said(f"{BEFORE} {AFTER}"), MINUTE)
    assert not looks_invented([], MINUTE)
    assert not looks_invented(said("Mm."), [Span(0, 700)])


def test_improbable_or_misshapen_words_look_invented() -> None:
    assert looks_invented(said("thanks for watching the video", probability=0.1), MINUTE)
    assert looks_invented(said(f"{BEFORE} {AFTER}", each_ms=40), MINUTE)
    assert looks_invented(said("Thank you.", probability=0.25), MINUTE)


def test_more_words_than_fit_into_the_speech_look_invented() -> None:
    words = said(f"{BEFORE} {AFTER}", each_ms=150)
    assert looks_invented(words, [Span(0, 1_500)])
    assert not looks_invented(words, [Span(0, 3_000)])


def test_what_loops_were_taken_from_is_listened_to_again() -> None:
    assert looks_invented(set_aside(said("yes " * 20)), MINUTE)


def test_the_anomaly_is_whispers() -> None:
    assert anomaly(Word("fine", 0, 300, 0.9)) == 0
    assert anomaly(Word("guess", 0, 300, 0.1)) == 1
    assert anomaly(Word("short", 0, 33, 0.9)) == pytest.approx(1.5)
    assert anomaly(Word("long", 0, 3_000, 0.9)) == pytest.approx(1.0)


def test_where_two_hearings_differ_the_first_is_kept_and_marked() -> None:
    words = compared(said("I went to the garden on Monday."), said("I went to her garden Monday"))
    assert [word.text for word in words if Mark.DISPUTED in word.marks] == ["the", "on"]
    assert [word.text for word in words] == ["I", "went", "to", "the", "garden", "on", "Monday."]


def test_where_the_second_hears_nothing_the_first_is_set_aside() -> None:
    words = compared(said("Thanks for watching."), [])
    assert all(word.marks == (Mark.INVENTED,) for word in words)


def test_guesses_that_the_second_hearing_does_not_share_are_set_aside() -> None:
    guesses = said("Right, because of, but because,", probability=0.2)
    assert all(word.marks == (Mark.INVENTED,) for word in compared(guesses, said("Right, exactly, and a")))
    certain = said("Right, because of, but because,", probability=0.9)
    assert {word.marks for word in compared(certain, said("Right, exactly, and a"))} == {(), (Mark.DISPUTED,)}
    shared = compared(guesses, said("Right, because of, but then,"))
    assert [word.text for word in shared if not word.is_set_aside] == [word.text for word in guesses]


def test_what_is_set_aside_already_is_left_as_it_is() -> None:
    looping = set_aside(said("yes " * 10))
    words = compared(looping, said("yes"))
    assert words == looping
