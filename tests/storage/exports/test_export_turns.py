"""What every format shares: clean lines, turns, the plain text with its positions, times."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.exports.clean import clean
from storage.exports.turns import LONGEST_TURN_MS, lines_of, plain_text, turns_of
from storage.lengths import clock, exact_clock, length, read_clock
from storage.transcripts.transcript import InterviewTranscript, Spoken

Make = Callable[..., InterviewTranscript]


@given(data=st.data())
def test_a_slice_of_the_plain_text_is_the_utterance(
    data: st.DataObject, transcript: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = transcript(utterances=data.draw(anything_said))
    plain = plain_text(made)
    lines = lines_of(made)
    assert [plain.text[start:end] for start, end in plain.positions] == [line.text for line in lines]
    assert [line.text for line in lines] == [
        text for s in sorted(made.utterances, key=lambda s: s.start_ms) if (text := clean(s.text))
    ]
    assert plain.text.encode().decode("utf-8") == plain.text
    assert not set(plain.text) & set("\r\x00\x1b\u2028")
    assert not plain.text.startswith("\ufeff")


@given(st.text())
def test_cleaning_keeps_every_printable_character(text: str) -> None:
    printable = [c for c in text if c.isprintable() and c not in " \ufffd"]
    assert [c for c in clean(text) if c.isprintable() and c not in " \ufffd"] == printable
    assert len(clean(text).splitlines()) <= 1
    assert clean(clean(text)) == clean(text)


def test_combining_marks_stay_as_they_are_stored() -> None:
    assert clean("e\u0301") == "e\u0301" != unicodedata.normalize("NFC", "e\u0301")


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("one\r\ntwo", "one two"),
        ("one \n\n two", "one two"),
        ("one\ttwo", "one two"),
        ("one\u2028two\x85three", "one two three"),
        ("a\x00b\ud800c\uffffd", "a\ufffdb\ufffdc\ufffdd"),
        ("  £20  each ", "£20  each"),
        (" \n ", ""),
    ],
)
def test_a_line_is_one_line(said: str, line: str) -> None:
    assert clean(said) == line


def test_consecutive_utterances_of_a_speaker_are_one_turn(transcript: Make) -> None:
    turns = turns_of(lines_of(transcript()))
    assert [(turn.speaker, turn.start_ms, len(turn.lines)) for turn in turns] == [
        ("INT_01", 0, 1),
        ("C_031", 2_260, 2),
        ("Speaker", 3_600_000, 1),
    ]


def test_a_monologue_is_broken_so_that_times_show(transcript: Make) -> None:
    monologue = tuple(Spoken("", 0, n * 10_000, n * 10_000 + 9_000, f"Part {n}.", [], f"g{n}") for n in range(30))
    turns = turns_of(lines_of(transcript(utterances=monologue)))
    assert [turn.start_ms for turn in turns] == list(range(0, 300_000, LONGEST_TURN_MS))


def test_overlapping_speakers_come_in_order_of_time(transcript: Make) -> None:
    crossed = (Spoken("C_031", 1, 5_000, 9_000, "Second.", []), Spoken("INT_01", 0, 4_000, 9_500, "First.", []))
    assert [line.text for line in lines_of(transcript(utterances=crossed))] == ["First.", "Second."]


def test_a_transcript_without_words_has_an_empty_text(transcript: Make) -> None:
    plain = plain_text(transcript(utterances=(Spoken("C_031", 0, 0, 5, " \r\n", []),)))
    assert (plain.text, plain.positions) == ("", ())


@given(st.integers(0, 10**9))
def test_times_are_exact_and_never_carry_into_a_thousand(ms: int) -> None:
    hours, minutes, rest = exact_clock(ms, ",").split(":")
    seconds, thousandths = rest.split(",")
    assert len(thousandths) == 3
    assert int(minutes) < 60 > int(seconds)
    assert ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(thousandths) == ms


def test_hours_go_on_beyond_a_hundred() -> None:
    assert clock(123 * 3_600_000 + 59_999) == "123:00:59"


@pytest.mark.parametrize(("ms", "text"), [(0, "0:00"), (59_499, "0:59"), (59_500, "1:00"), (3_723_000, "1:02:03")])
def test_a_length_in_a_table(ms: int, text: str) -> None:
    assert length(ms) == text


@given(st.integers(0, 10**6))
def test_a_clock_is_read_as_it_is_written(seconds: int) -> None:
    assert read_clock(clock(seconds * 1000)) == seconds * 1000


@pytest.mark.parametrize(("text", "ms"), [("12:31", 751_000), (" 1:00:00 ", 3_600_000), ("75:00", 4_500_000)])
def test_a_clock_may_be_written_short(text: str, ms: int) -> None:
    assert read_clock(text) == ms


@pytest.mark.parametrize("text", ["", "12", "12:60", "1:60:00", "12.31", "-1:00", "noon"])
def test_what_is_no_clock_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="allowed: for example 00:12:31 or 12:31"):
        read_clock(text)
