"""One stream of words, two styles of verbatim: what each shows, and that both come from the same words, unchanged."""

import copy
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.exports.hesitations import HABITS
from storage.exports.styles import Style, rendered
from storage.exports.turns import lines_of, plain_text, turns_of
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.transcripts.words import SET_ASIDE, shown_words, text_of, word_count
from transcription.transcript import SET_ASIDE as TRANSCRIPTION_SETS_ASIDE
from transcription.transcript import Mark, Word, words_to_json

Rows = list[list[Any]]


def row(text: str, start_ms: int, end_ms: int, *marks: str) -> list[Any]:
    return [text, start_ms, end_ms, 0.9, *([list(marks)] if marks else [])]


def spoken(rows: Rows, speaker: str = "C_031", channel: int = 1) -> Spoken:
    return Spoken(speaker, channel, rows[0][1], rows[-1][2], text_of(rows), rows)


def full(*utterances: Spoken) -> list[str]:
    return [each.text for each in rendered(utterances, Style.FULL, "en")]


def intelligent(*utterances: Spoken) -> list[str]:
    return [each.text for each in rendered(utterances, Style.INTELLIGENT, "en")]


TALK = [
    row("Um,", 0, 200),
    row("I", 900, 1000),
    row("I", 1100, 1200),
    row("went", 13_600, 13_900),
    row("home.", 14_000, 14_400),
]


def test_full_verbatim_shows_every_word_and_the_pauses_from_half_a_second() -> None:
    assert full(spoken(TALK)) == ["Um, (0.7) I I (12.4) went home."]


def test_intelligent_verbatim_leaves_out_hesitations_and_pauses() -> None:
    assert intelligent(spoken(TALK)) == ["I went home."]


@pytest.mark.parametrize(
    ("pause_ms", "shown"), [(499, ""), (500, "(0.5) "), (549, "(0.5) "), (550, "(0.6) "), (61_970, "(62.0) ")]
)
def test_a_pause_is_told_to_the_nearest_tenth(pause_ms: int, shown: str) -> None:
    assert full(spoken([row("a", 0, 100), row("b", 100 + pause_ms, 90_000)])) == [f"a {shown}b"]


def test_words_said_at_once_are_marked_and_both_kept() -> None:
    asks = spoken(
        [row("How", 0, 300), row("was", 350, 700), row("that", 800, 1200), row("then?", 1250, 1600)], "INT_01", 0
    )
    answers = spoken([row("Yes,", 700, 1150), row("good.", 1600, 2000)])
    assert full(asks, answers) == ["How was //that// then?", "//Yes,// good."]
    assert intelligent(asks, answers) == ["How was that then?", "Yes, good."]


def test_times_that_only_touch_are_no_overlap() -> None:
    asks = spoken([row("Well?", 0, 1000)], "INT_01", 0)
    assert full(asks, spoken([row("Yes.", 901, 1500)])) == ["Well?", "Yes."]
    assert full(asks, spoken([row("Yes.", 900, 1500)])) == ["//Well?//", "//Yes.//"]


def test_a_short_word_inside_a_long_one_is_an_overlap_and_one_without_length_is_none() -> None:
    says = spoken([row("Unfortunately", 0, 1000)], "INT_01", 0)
    assert full(says, spoken([row("Mm.", 400, 480)])) == ["//Unfortunately//", "//Mm.//"]
    assert full(says, spoken([row("Mm.", 400, 400)])) == ["Unfortunately", "Mm."]


def test_a_long_word_is_found_behind_shorter_ones_that_begin_later() -> None:
    unclear = row("[unclear 00:00:00-00:00:09]", 0, 9000, "unclear")
    asks = spoken([unclear, row("so", 1000, 1200)], "INT_01", 0)
    assert full(asks, spoken([row("Yes.", 5000, 5300)]))[1] == "//Yes.//"


def test_a_speaker_is_not_silent_while_someone_else_speaks() -> None:
    tells = spoken([row("So", 0, 300), row("well", 2000, 2300)])
    assert full(tells, spoken([row("Mm.", 1000, 1300)], "INT_01", 0)) == ["So well", "Mm."]
    assert full(tells, spoken([row("Mm.", 2300, 2500)], "INT_01", 0))[0] == "So (1.7) well"


def test_what_is_set_aside_is_neither_shown_nor_in_the_way() -> None:
    echo = spoken([row("How", 0, 300, "bleed"), row("are", 300, 600, "bleed")])
    asks = spoken([row("How", 0, 300), row("are", 300, 600)], "INT_01", 0)
    assert full(asks, echo) == ["How are", ""]
    loop = spoken([row("so", 0, 300), row("so", 300, 600, "loop"), row("then", 1200, 1500)])
    assert (full(loop), intelligent(loop), word_count(loop.text)) == (["so (0.9) then"], ["so then"], 2)


def test_unclear_and_disputed_words_and_doubtful_speakers_are_shown_in_both_styles() -> None:
    unclear = row("[unclear 00:12:31-00:12:38]", 751_000, 758_000, "unclear")
    said = spoken([
        row("I", 750_000, 750_200),
        row("went", 750_200, 750_500, "disputed"),
        row("home.", 750_500, 750_900, "disputed", "speaker"),
        unclear,
        row("really?", 758_000, 758_400, "disputed"),
    ])  # fmt: skip
    text = "[speaker?] I [went home?]. [unclear 00:12:31-00:12:38] [really?]?"
    assert full(said) == intelligent(said) == [text]
    (shown,) = rendered([said], Style.FULL, "en")
    assert [text[start:end] for start, end in shown.doubts] == [
        "[speaker?]",
        "[went home?].",
        "[unclear 00:12:31-00:12:38]",
        "[really?]?",
    ]
    assert word_count(said.text) == 4


def test_doubt_within_an_overlap_is_shown_inside_it() -> None:
    both = [row("one", 0, 500), row("two", 500, 1000, "disputed"), row("three", 1000, 1500, "disputed")]
    assert full(spoken(both), spoken([row("Mm", 0, 900)], "INT_01", 0))[0] == "//one [two?]// [three?]"


def test_text_that_a_person_wrote_stays_as_it_is() -> None:
    said = Spoken("C_031", 1, 0, 400, "Um, I I went to [unclear 00:00:01-00:00:02] (2.0)", TALK)
    assert full(said) == intelligent(said) == [said.text]
    (shown,) = rendered([said], Style.FULL, "en")
    assert [said.text[start:end] for start, end in shown.doubts] == ["[unclear 00:00:01-00:00:02]"]
    assert word_count(said.text) == 6


def test_a_pause_between_utterances_of_a_turn_stands_before_the_second(
    transcript: Callable[..., InterviewTranscript],
) -> None:
    first, second = spoken([row("One.", 0, 500)]), spoken([row("Two.", 1900, 2500)])
    aside = spoken([row("One.", 600, 700, "loop")])
    made = transcript(utterances=(first, aside, second))
    assert [(line.pause, line.text) for line in lines_of(made)] == [("", "One."), ("(1.4)", "Two.")]
    plain = plain_text(made)
    assert plain.text == "[00:00:00] C_031: One. (1.4) Two.\n"
    assert [plain.text[start:end] for start, end in plain.positions] == ["One.", "Two."]
    assert [line.pause for line in lines_of(transcript(utterances=(first, second), style="intelligent"))] == ["", ""]
    other = spoken([row("Mm.", 700, 800)], "INT_01", 0)
    assert [line.pause for line in lines_of(transcript(utterances=(first, other, second)))] == ["", "", ""]


def test_a_turn_knows_where_its_doubts_are(transcript: Callable[..., InterviewTranscript]) -> None:
    first = spoken([row("One", 0, 500, "disputed")])
    second = spoken([row("£2", 1900, 2500), row("🙂", 2500, 2600, "disputed")])
    (turn,) = turns_of(lines_of(transcript(utterances=(first, second))))
    assert turn.text == "[One?] (1.4) £2 [🙂?]"
    assert [turn.text[start:end] for start, end in turn.doubts] == ["[One?]", "[🙂?]"]


def test_words_are_marked_here_as_transcription_marks_them() -> None:
    assert set(SET_ASIDE) == {mark.value for mark in TRANSCRIPTION_SETS_ASIDE}
    words = [Word(mark, 0, 1, 0.5, (mark,)) for mark in Mark] + [Word("plain", 0, 1, 0.5)]
    shown = [word.text for word in words if not word.is_set_aside]
    assert [word.text for word in shown_words(words_to_json(words))] == shown
    assert text_of(words_to_json(words)) == " ".join(shown)


# the same again for any conversation: words that look like no mark, fillers and restarts among them
TEXTS = [
    "I",
    "i",
    "the",
    "went",
    "home.",
    "Um,",
    "er",
    "mm.",
    "So",
    "so,",
    "no",
    "£20",
    "“quite”",
    "well-",
    "🙂",
    "very",
    "…",
]
MARKS: list[tuple[str, ...]] = [
    (),
    (),
    (),
    (),
    ("disputed",),
    ("loop",),
    ("bleed", "loop"),
    ("invented",),
    ("speaker",),
]


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Spoken, ...]:
    utterances = []
    for channel, speaker in ((0, "INT_01"), (1, "C_031")):
        at = draw(st.integers(0, 2000))
        for _ in range(draw(st.integers(1, 3))):
            rows = []
            for _ in range(draw(st.integers(1, 8))):
                at += draw(st.sampled_from([0, 0, 30, 120, 480, 499, 500, 730, 2_050, 12_349]))
                length = draw(st.integers(0, 700))
                rows.append(row(draw(st.sampled_from(TEXTS)), at, at + length, *draw(st.sampled_from(MARKS))))
                at += length
            utterances.append(spoken(rows, speaker, channel))
    return tuple(sorted(utterances, key=lambda each: each.start_ms))


def without_marks(text: str) -> str:
    """The text of full verbatim with its marks taken away, by what the heading says of them."""
    text = re.sub(r"\[speaker\?\] |\(\d+\.\d\) ", "", text)
    text = re.sub(r"\[([^\[\]]*)\?\]", r"\1", text)
    return text.replace("//", "")


@given(conversations())
def test_full_verbatim_without_its_marks_is_exactly_the_plain_words(said: tuple[Spoken, ...]) -> None:
    assert [without_marks(text) for text in full(*said)] == [each.text for each in said]


@given(conversations())
def test_every_word_that_says_something_is_in_both_styles_in_order(said: tuple[Spoken, ...]) -> None:
    for text, each in zip(intelligent(*said), said, strict=True):
        plain, shown = bare(each.text), bare(without_marks(text))
        is_only_hesitation = all(is_hesitation(word) for word in plain)
        kept = [word for word in plain if is_only_hesitation or not is_hesitation(word)]
        assert told_once(shown) == told_once(kept)
        assert set(shown) == set(kept)
        rest = iter(plain)
        assert all(word in rest for word in shown)


def bare(text: str) -> list[str]:
    """The words in small letters without punctuation, but for a hyphen that breaks one off."""
    return [found for word in text.lower().split() if (found := re.sub(r"^[^\w£]+|[^\w-]+$", "", word))]


def is_hesitation(word: str) -> bool:
    return HABITS["en"].fillers.fullmatch(word) is not None


def told_once(words: list[str]) -> list[str]:
    """Without words and phrases that are said again at once; the shortest first, as often as there are any."""
    for length in range(1, 5):
        for start in range(len(words) - 2 * length + 1):
            if words[start : start + length] == words[start + length : start + 2 * length]:
                return told_once(words[:start] + words[start + length :])
    return words


@given(conversations())
def test_a_pause_is_shown_wherever_nobody_speaks_and_is_within_a_twentieth(said: tuple[Spoken, ...]) -> None:
    spans = [(w.start_ms, w.end_ms) for each in said for w in shown_words(each.words) if w.end_ms > w.start_ms]
    for text, each in zip(full(*said), said, strict=True):
        words = shown_words(each.words)
        gaps = [(a.end_ms, b.start_ms) for a, b in pairwise(words) if b.start_ms - a.end_ms >= 500]
        silent = [b - a for a, b in gaps if not any(start < b and a < end for start, end in spans)]
        told = [float(found) * 1000 for found in re.findall(r"\((\d+\.\d)\)", text)]
        assert all(any(abs(pause - (b - a)) <= 50 for a, b in gaps) for pause in told)
        assert len(silent) <= len(told) <= len(gaps)


@given(conversations(), st.sampled_from(list(Style)))
def test_rendering_changes_nothing_and_always_gives_the_same(said: tuple[Spoken, ...], style: Style) -> None:
    before = copy.deepcopy(said)
    assert rendered(said, style, "en") == rendered(said, style, "en")
    assert said == before


@given(conversations(), st.sampled_from(list(Style)))
def test_doubts_are_the_places_in_brackets(said: tuple[Spoken, ...], style: Style) -> None:
    for shown in rendered(said, style, "en"):
        inside = "".join(shown.text[start:end] for start, end in shown.doubts)
        assert inside.count("?]") == shown.text.count("?]") == shown.text.count("[") == inside.count("[")
        assert all(shown.text[start:end].strip("/").startswith("[") for start, end in shown.doubts)


def test_marks_are_not_counted_as_words() -> None:
    said = spoken([*TALK, row("[unclear 00:00:15-00:00:17]", 15_000, 17_000, "unclear")])
    assert word_count(said.text) == len(TALK)
