"""Words under the turns of those who speak them."""

from hypothesis import given
from hypothesis import strategies as st

from transcription.speakers.base import DOUBTFUL, Turn
from transcription.speakers.words import spoken_by
from transcription.transcript import Mark, Word


def said(text: str, start_ms: int = 0, each_ms: int = 300) -> list[Word]:
    """The words of a text, one after the other without pause."""
    return [
        Word(word, start_ms + place * each_ms, start_ms + (place + 1) * each_ms, 0.9)
        for place, word in enumerate(text.split())
    ]


def text_of(words: tuple[Word, ...]) -> str:
    return " ".join(f"{word.text}*" if Mark.SPEAKER in word.marks else word.text for word in words)


def test_a_word_goes_to_the_turn_that_holds_most_of_it() -> None:
    words = [*said("How are you?"), *said("Well, thanks.", 900)]
    found = spoken_by(words, [Turn(0, 1000, 0, 1.0), Turn(1000, 2000, 1, 1.0)])
    assert {speaker: [word.text for word in theirs] for speaker, theirs in found.items()} == {
        0: ["How", "are", "you?"],
        1: ["Well,", "thanks."],
    }


def test_words_of_a_doubtful_turn_are_kept_and_marked() -> None:
    words = said("Yes. I was glad.")
    found = spoken_by(words, [Turn(0, 300, 0, DOUBTFUL / 2), Turn(300, 1200, 1, 1.0)])
    assert text_of(found[0]) == "Yes.*"
    assert text_of(found[1]) == "I was glad."


def test_a_word_that_two_turns_share_is_marked() -> None:
    found = spoken_by(said("Yes."), [Turn(0, 160, 0, 1.0), Turn(160, 300, 1, 1.0)])
    assert text_of(found[0]) == "Yes.*"


def test_the_first_words_of_a_sentence_go_with_the_rest_of_it() -> None:
    """A boundary that comes two words late is the fault of every tool that labels words by turns alone."""
    words = [*said("We met in March."), *said("When did the support start?", 1200)]
    found = spoken_by(words, [Turn(0, 1800, 0, 1.0), Turn(1800, 2700, 1, 1.0)])
    assert text_of(found[0]) == "We met in March."
    assert text_of(found[1]) == "When* did* the support start?"


def test_the_last_word_of_a_sentence_goes_with_the_rest_of_it() -> None:
    found = spoken_by(said("It was hard at home."), [Turn(0, 1200, 0, 1.0), Turn(1200, 1500, 1, 1.0)])
    assert text_of(found[0]) == "It was hard at home.*"
    assert 1 not in found


def test_a_word_said_into_a_sentence_stays_with_its_voice_where_that_is_certain() -> None:
    words = said("I went there yes every week.")
    certain = [Turn(0, 900, 0, 1.0), Turn(900, 1200, 1, 1.0), Turn(1200, 1800, 0, 1.0)]
    assert text_of(spoken_by(words, certain)[1]) == "yes"
    uncertain = [certain[0], Turn(900, 1200, 1, 0.6), certain[2]]
    assert text_of(spoken_by(words, uncertain)[0]) == "I went there yes* every week."


def test_three_words_are_no_island() -> None:
    words = said("I went there oh did you every week with my neighbour.")
    turns = [Turn(0, 900, 0, 1.0), Turn(900, 1800, 1, 0.5), Turn(1800, 3300, 0, 1.0)]
    assert text_of(spoken_by(words, turns)[1]) == "oh did you"


def test_a_sentence_that_two_share_evenly_is_left_as_it_was_heard() -> None:
    found = spoken_by(said("Yes yes no no"), [Turn(0, 600, 0, 1.0), Turn(600, 1200, 1, 1.0)])
    assert text_of(found[0]) == "Yes yes"
    assert text_of(found[1]) == "no no"


def test_a_pause_ends_a_sentence_that_has_no_full_stop() -> None:
    words = [*said("I live in Leeds"), *said("okay", 2300)]
    found = spoken_by(words, [Turn(0, 1200, 0, 1.0), Turn(2300, 2600, 1, 1.0)])
    assert text_of(found[1]) == "okay"


def test_a_word_beside_all_turns_goes_to_the_nearest_and_far_from_all_is_marked() -> None:
    turns = [Turn(0, 1000, 0, 1.0), Turn(5000, 6000, 1, 1.0)]
    assert text_of(spoken_by(said("Yes.", 4600), turns)[1]) == "Yes."
    assert text_of(spoken_by(said("Yes.", 2000), turns)[0]) == "Yes.*"


def test_without_turns_every_word_is_kept_and_marked() -> None:
    assert text_of(spoken_by(said("Yes. Of course."), [])[0]) == "Yes.* Of* course.*"
    assert spoken_by([], []) == {}


def test_marks_that_a_word_has_stay() -> None:
    word = Word("Yes.", 0, 300, 0.9, (Mark.DISPUTED,))
    assert spoken_by([word], [])[0][0].marks == (Mark.DISPUTED, Mark.SPEAKER)


@st.composite
def talks(draw: st.DrawFn) -> tuple[list[Word], list[Turn]]:
    words, turns, at_ms = [], [], 0
    for text in draw(st.lists(st.sampled_from(["yes", "no.", "well", "you?"]), max_size=30)):
        at_ms += draw(st.sampled_from([0, 50, 1200]))
        length_ms = draw(st.integers(0, 900))
        words.append(Word(text, at_ms, at_ms + length_ms, 0.5))
        at_ms += length_ms
    at_ms = 0
    for speaker in draw(st.lists(st.integers(0, 2), max_size=12)):
        at_ms += draw(st.integers(0, 600))
        length_ms = draw(st.integers(1, 2500))
        turns.append(Turn(at_ms, at_ms + length_ms, speaker, draw(st.floats(0, 1))))
        at_ms += length_ms
    return words, turns


@given(talks())
def test_no_word_is_lost_doubled_or_changed_but_for_its_mark(talk: tuple[list[Word], list[Turn]]) -> None:
    words, turns = talk
    found = spoken_by(words, turns)
    assert all(theirs == tuple(sorted(theirs, key=lambda word: word.start_ms)) for theirs in found.values())
    unmarked = [(word.text, word.start_ms, word.end_ms) for theirs in found.values() for word in theirs]
    assert sorted(unmarked) == sorted((word.text, word.start_ms, word.end_ms) for word in words)
    assert set(found) <= {turn.speaker for turn in turns} | {0}
