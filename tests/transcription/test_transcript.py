"""Words into utterances: one speaker's run of words, in the order of the conversation."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from transcription.transcript import Pauses, Transcript, Utterance, Word, utterances_of, words_from_json, words_to_json


def said(text: str, start_ms: int, each_ms: int = 300) -> list[Word]:
    return [
        Word(word, start_ms + number * each_ms, start_ms + (number + 1) * each_ms, 0.9)
        for number, word in enumerate(text.split())
    ]


def texts(utterances: tuple[Utterance, ...]) -> list[tuple[str, str]]:
    return [(utterance.speaker, utterance.text) for utterance in utterances]


NAMES = {0: "Interviewer", 1: "C_031"}


def test_turns_alternate() -> None:
    asked, answered = said("How are you today?", 0), said("Fine, thank you.", 1_300)
    again = said("Good.", 2_500)
    assert texts(utterances_of({0: asked + again, 1: answered}, NAMES)) == [
        ("Interviewer", "How are you today?"),
        ("C_031", "Fine, thank you."),
        ("Interviewer", "Good."),
    ]


def test_the_other_speaker_takes_the_turn_in_a_pause_and_not_between_words_that_run_on() -> None:
    began, answered = said("I went", 0), said("Mm.", 650)
    went_on, ran_on = said("to the garden", 1_000), said("to the garden", 800)
    assert [u.text for u in utterances_of({0: began + went_on, 1: answered}, NAMES)] == [
        "I went",
        "Mm.",
        "to the garden",
    ]
    assert [u.text for u in utterances_of({0: began + ran_on, 1: answered}, NAMES)] == ["I went to the garden", "Mm."]
    assert [u.text for u in utterances_of({0: began + went_on}, NAMES)] == ["I went to the garden"]


def test_overlap_stays_overlap() -> None:
    talk, mm = said("and then I went to the garden again", 0), said("Mm.", 900)
    first, second = utterances_of({0: talk, 1: mm}, NAMES)
    assert (first.channel, second.channel) == (0, 1)
    assert first.start_ms < second.start_ms < second.end_ms < first.end_ms


def test_a_long_pause_ends_an_utterance_and_a_short_one_does_not() -> None:
    words = said("I was", 0) + said("at home", 1_500) + said("alone", 3_200)
    assert [u.text for u in utterances_of({0: words}, {})] == ["I was at home", "alone"]


def test_the_end_of_a_sentence_needs_less() -> None:
    words = said("It helped.", 0) + said("It did.", 1_200) + said("Really.", 1_900)
    assert [u.text for u in utterances_of({0: words}, {})] == ["It helped.", "It did. Really."]


def test_a_monologue_without_pauses_is_cut_at_sentences() -> None:
    words = said("So it goes on. " * 60, 0)
    runs = utterances_of({0: words}, {})
    assert len(runs) > 1
    assert all(run.text.endswith("on.") for run in runs)
    assert all(run.end_ms - run.start_ms < 35_000 for run in runs)


def test_labels() -> None:
    words = said("Hello.", 0)
    assert [u.speaker for u in utterances_of({0: words}, {})] == ["Speaker"]
    assert [u.speaker for u in utterances_of({0: words, 1: words}, {})] == ["Speaker 1", "Speaker 2"]
    assert [u.speaker for u in utterances_of({0: words, 1: words}, {1: "C_031"})] == ["Speaker 1", "C_031"]


def test_nobody_spoke() -> None:
    assert utterances_of({}, {}) == ()
    assert utterances_of({0: [], 1: []}, NAMES) == ()


def test_a_transcript_reads_as_its_utterances() -> None:
    transcript = Transcript(utterances_of({0: said("Good morning.", 0), 1: said("Hello.", 1_000)}, NAMES))
    assert transcript.text == "Good morning.\nHello."
    assert [word.text for word in transcript.words] == ["Good", "morning.", "Hello."]


@st.composite
def channel(draw: st.DrawFn) -> list[Word]:
    at, words = 0, []
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 2_000)), max_size=40)):
        text = draw(st.sampled_from(["yes", "no.", "well?", "é", "“so”"]))
        words.append(Word(text, at + gap, at + gap + length, draw(st.floats(0, 1))))
        at += gap + length
    return words


@given(channel(), channel())
def test_every_word_is_in_one_utterance_in_its_order(first: list[Word], second: list[Word]) -> None:
    utterances = utterances_of({0: first, 1: second}, NAMES)
    for number, words in enumerate((first, second)):
        kept = [word for u in utterances if u.channel == number for word in u.words]
        assert kept == words
    starts = [utterance.start_ms for utterance in utterances]
    assert starts == sorted(starts)
    assert all(
        after.start_ms - before.end_ms <= Pauses().any_ms
        for utterance in utterances
        for before, after in pairwise(utterance.words)
    )


@given(channel())
def test_json_gives_back_the_very_same_words(words: list[Word]) -> None:
    assert words_from_json(json.loads(json.dumps(words_to_json(words)))) == tuple(words)
