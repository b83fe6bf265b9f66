"""Words into utterances: one speaker's run of words, in the order of the conversation."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from transcription.transcript import (
    Mark,
    Pauses,
    Transcript,
    Utterance,
    Voice,
    Word,
    utterances_of,
    words_from_json,
    words_to_json,
)


def said(text: str, start_ms: int, each_ms: int = 300) -> list[Word]:
    return [
        Word(word, start_ms + number * each_ms, start_ms + (number + 1) * each_ms, 0.9)
        for number, word in enumerate(text.split())
    ]


def texts(utterances: tuple[Utterance, ...]) -> list[tuple[str, str]]:
    return [(utterance.speaker, utterance.text) for utterance in utterances]


INTERVIEWER, CLIENT = Voice(0, "Interviewer"), Voice(1, "C_031")
ALONE = Voice(0, "Speaker")


def test_turns_alternate() -> None:
    asked, answered = said("How are you today?", 0), said("Fine, thank you.", 1_300)
    again = said("Good.", 2_500)
    assert texts(utterances_of({INTERVIEWER: asked + again, CLIENT: answered})) == [
        ("Interviewer", "How are you today?"),
        ("C_031", "Fine, thank you."),
        ("Interviewer", "Good."),
    ]


def test_the_other_speaker_takes_the_turn_in_a_pause_and_not_between_words_that_run_on() -> None:
    began, answered = said("I went", 0), said("Mm.", 650)
    went_on, ran_on = said("to the garden", 1_000), said("to the garden", 800)
    assert [u.text for u in utterances_of({INTERVIEWER: began + went_on, CLIENT: answered})] == [
        "I went",
        "Mm.",
        "to the garden",
    ]
    assert [u.text for u in utterances_of({INTERVIEWER: began + ran_on, CLIENT: answered})] == [
        "I went to the garden",
        "Mm.",
    ]
    assert [u.text for u in utterances_of({ALONE: began + went_on})] == ["I went to the garden"]


def test_overlap_stays_overlap() -> None:
    talk, mm = said("and then I went to the garden again", 0), said("Mm.", 900)
    first, second = utterances_of({INTERVIEWER: talk, CLIENT: mm})
    assert (first.channel, second.channel) == (0, 1)
    assert first.start_ms < second.start_ms < second.end_ms < first.end_ms


def test_a_long_pause_ends_an_utterance_and_a_short_one_does_not() -> None:
    words = said("I was", 0) + said("at home", 1_500) + said("alone", 3_200)
    assert [u.text for u in utterances_of({ALONE: words})] == ["I was at home", "alone"]


def test_the_end_of_a_sentence_needs_less() -> None:
    words = said("It helped.", 0) + said("It did.", 1_200) + said("Really.", 1_900)
    assert [u.text for u in utterances_of({ALONE: words})] == ["It helped.", "It did. Really."]


def test_a_monologue_without_pauses_is_cut_at_sentences() -> None:
    words = said("So it goes on. " * 60, 0)
    runs = utterances_of({ALONE: words})
    assert len(runs) > 1
    assert all(run.text.endswith("on.") for run in runs)
    assert all(run.end_ms - run.start_ms < 35_000 for run in runs)


def test_two_voices_of_one_channel_take_turns() -> None:
    first, second = Voice(0, "Speaker 1"), Voice(0, "Speaker 2")
    utterances = utterances_of({first: said("How are you?", 0), second: said("Fine.", 1_200)})
    assert [(u.speaker, u.channel) for u in utterances] == [("Speaker 1", 0), ("Speaker 2", 0)]


def test_words_that_are_set_aside_stay_in_the_stream_and_out_of_the_text() -> None:
    echo = [word.with_mark(Mark.BLEED) for word in said("garden again", 900)]
    theirs, ours = said("I went to the garden again.", 0), said("Lovely.", 2_000)
    shown = utterances_of({CLIENT: theirs, INTERVIEWER: [*echo, *ours]})
    assert [(u.speaker, u.text) for u in shown] == [
        ("C_031", "I went to the garden again."),
        ("Interviewer", ""),
        ("Interviewer", "Lovely."),
    ]
    assert shown[1].words == tuple(echo)
    assert Transcript(shown).text == "I went to the garden again.\nLovely."


def test_what_is_set_aside_takes_no_turn() -> None:
    echo = [word.with_mark(Mark.BLEED) for word in said("mm", 650)]
    began, went_on = said("I went", 0), said("to the garden", 1_000)
    assert [u.text for u in utterances_of({INTERVIEWER: began + went_on, CLIENT: echo}) if u.text] == [
        "I went to the garden"
    ]


def test_nobody_spoke() -> None:
    assert utterances_of({}) == ()
    assert utterances_of({INTERVIEWER: [], CLIENT: []}) == ()


def test_a_transcript_reads_as_its_utterances() -> None:
    transcript = Transcript(utterances_of({INTERVIEWER: said("Good morning.", 0), CLIENT: said("Hello.", 1_000)}))
    assert transcript.text == "Good morning.\nHello."
    assert [word.text for word in transcript.words] == ["Good", "morning.", "Hello."]


@st.composite
def channel(draw: st.DrawFn) -> list[Word]:
    at, words = 0, []
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 3_000), st.integers(0, 2_000)), max_size=40)):
        text = draw(st.sampled_from(["yes", "no.", "well?", "é", "“so”"]))
        marks = draw(st.sampled_from([(), (), (Mark.LOOP,), (Mark.DISPUTED, Mark.SPEAKER)]))
        words.append(Word(text, at + gap, at + gap + length, draw(st.floats(0, 1)), marks))
        at += gap + length
    return words


@given(channel(), channel())
def test_every_word_is_in_one_utterance_in_its_order(first: list[Word], second: list[Word]) -> None:
    utterances = utterances_of({INTERVIEWER: first, CLIENT: second})
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
