"""Pseudonyms in the place of words: the text is exact, the words keep their times, and nothing of the names stays."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.pseudonyms.finding.findings import Finding, Kind, settled
from storage.pseudonyms.finding.known import Known, Roster
from storage.pseudonyms.finding.recognise import findings_in
from storage.pseudonyms.rewriting import Replacement, moved, replaced, rewritten
from storage.transcripts.transcript import Spoken
from storage.transcripts.words import text_of

ROWS = [
    [" Ask", 0, 300, 0.9],
    [" Margaret", 300, 800, 0.5, ["disputed"]],
    [" Margaret", 800, 1200, 0.2, ["loop"]],
    [" Tolley's", 1200, 1900, 0.7],
    [" sister,", 1900, 2400, 0.8],
    [" then", 2500, 2700, 0.9],
]
SPOKEN = Spoken(
    "INT_01", 0, 0, 2700, "Ask Margaret Tolley's sister, then", ROWS, "00000000-0000-4000-8000-000000000101"
)


def test_the_words_of_a_name_become_one_that_lasts_as_long_and_the_others_stay() -> None:
    new = rewritten(SPOKEN, [Replacement(4, 19, "[C_003]")])
    assert new.text == "Ask [C_003]'s sister, then" == text_of(new.words)
    assert new.words == [ROWS[0], ["[C_003]'s", 300, 1900, 0.5, ["disputed"]], ROWS[4], ROWS[5]]
    assert (new.guid, new.start_ms, new.end_ms, new.speaker) == ("", 0, 2700, "INT_01")


def test_what_was_set_aside_is_not_in_the_new_version_even_where_nothing_is_replaced() -> None:
    new = rewritten(SPOKEN, [])
    assert new.text == SPOKEN.text
    assert [row[0] for row in new.words] == [" Ask", " Margaret", " Tolley's", " sister,", " then"]


def test_two_names_in_one_word_are_replaced_both() -> None:
    spoken = Spoken("", 0, 0, 500, "Tom/Ann came", [["Tom/Ann", 0, 300, 0.9], ["came", 300, 500, 0.9]])
    new = rewritten(spoken, [Replacement(0, 3, "[Person 1]"), Replacement(4, 7, "[Person 2]")])
    assert new.words == [["[Person 1]/[Person 2]", 0, 300, 0.9], ["came", 300, 500, 0.9]]


def test_a_text_that_a_person_wrote_goes_on_without_the_machines_words() -> None:
    spoken = Spoken("", 0, 0, 500, "Ask Margaret.", [["Ask", 0, 200, 0.9], ["market.", 200, 500, 0.9]])
    new = rewritten(spoken, [Replacement(4, 12, "[C_003]")])
    assert (new.text, new.words) == ("Ask [C_003].", [])


@st.composite
def cut_texts(draw: st.DrawFn) -> tuple[str, list[Replacement]]:
    """A text of words with replacements that do not overlap, each of whole characters anywhere in it."""
    text = " ".join(draw(st.lists(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1), min_size=1)))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    return text, [Replacement(start, end, f"[Person {number}]") for number, (start, end) in enumerate(pairs)]


@given(cut_texts())
def test_text_and_words_of_an_utterance_agree_whatever_is_replaced(made: tuple[str, list[Replacement]]) -> None:
    text, replacements = made
    words = text.split(" ")
    spoken = Spoken("", 0, 0, len(words) * 10, text, [[word, n * 10, n * 10 + 9, 0.5] for n, word in enumerate(words)])
    new = rewritten(spoken, replacements)
    assert new.text == text_of(new.words) == replaced(text, replacements)
    times = [time for row in new.words for time in row[1:3]]
    assert times == sorted(times)
    assert (times[0], times[-1]) == (0, len(words) * 10 - 1)
    touched = {
        number
        for number, row in enumerate(spoken.words)
        if any(
            each.start <= len(" ".join(words[: number + 1])) and each.end >= len(" ".join(words[:number]))
            for each in replacements
        )
    }
    assert all(row in new.words for number, row in enumerate(spoken.words) if number not in touched)


@given(cut_texts())
def test_a_position_outside_is_found_again_at_the_same_character(made: tuple[str, list[Replacement]]) -> None:
    text, replacements = made
    new = replaced(text, replacements)
    for position, character in enumerate(text):
        if not any(each.start <= position < each.end for each in replacements):
            assert new[moved(position, replacements)] == character


spans = st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))
some_findings = st.lists(
    st.builds(
        lambda span, kind, sure: Finding(*span, kind, "a rule", sure), spans, st.sampled_from(Kind), st.booleans()
    )
)
eighty_characters = st.text(st.sampled_from("ab 1,."), min_size=80, max_size=80)


@given(some_findings, eighty_characters)
def test_settled_findings_do_not_overlap_and_no_letter_that_was_found_is_lost(
    findings: list[Finding], text: str
) -> None:
    kept = settled(text, findings)
    assert all(first.end <= second.start for first, second in pairwise(kept))
    for finding in findings:
        for position in range(finding.start, finding.end):
            if text[position].isalnum():
                covering = [other for other in kept if other.start <= position < other.end]
                assert covering
                assert covering[0].is_certain or not finding.is_certain


NAMES = [
    "Margaret",
    "Margaret Tolley",
    "Margret",
    "Doreen Pattison",
    "Mrs Quimby",
    "Xanthippe",
    "Jesmond",
    "St Oswald's Hospice",
]
STRUCTURED = [
    "0191 498 0855",
    "oh one nine one, four nine eight, oh eight double five",
    "jo.smith@example.org",
    "NE4 7RU",
]
FILLERS = [
    "and then",
    "said to",
    "so",
    "Well, I",
    "was it",
    "£20 –",
    "“no”",
    "🙂",
    "e\u0301",
    "مرحبا",
    "\n",
    "[unclear 00:00:01-00:00:02]",
]
ROSTER = Roster((Known("C_003", Kind.PERSON, "Margaret Tolley", True), Known("name:x", Kind.PERSON, "Xanthippe", True)))


@given(st.lists(st.sampled_from([*NAMES, *STRUCTURED, *FILLERS]), min_size=1, max_size=8))
def test_findings_lie_in_the_text_and_no_known_name_or_number_is_left(pieces: list[str]) -> None:
    text = " ".join(pieces)
    [findings] = findings_in([text], ROSTER)
    assert all(0 <= f.start < f.end <= len(text) for f in findings)
    assert findings == settled(text, findings)
    new = replaced(text, [Replacement(f.start, f.end, "[Person 1]") for f in findings if f.is_certain])
    for word in ("Margaret", "Tolley", "Margret", "Doreen", "Xanthippe", "Jesmond", "0855", "example.org", "7RU"):
        assert not re.search(rf"\b{word}\b", new), new


@given(st.text(max_size=200))
def test_any_text_at_all_can_be_read(text: str) -> None:
    [findings] = findings_in([text], ROSTER)
    assert all(0 <= f.start < f.end <= len(text) for f in findings)


@pytest.mark.parametrize("text", ["", " ", "…", "[", "]", "@", "at", "dot", "double", "oh", "St", "Mr", "for", "N for"])
def test_fragments_break_nothing(text: str) -> None:
    assert findings_in([text], ROSTER) == ((),)
