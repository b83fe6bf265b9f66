"""A word counts as still there only where every best alignment says so."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.edits import alignment
from storage.edits.alignment import certain_pairs, key_of, tokens_of

KEYS = st.lists(st.sampled_from("abc"), max_size=6)


def best_alignments(old: list[str], new: list[str]) -> list[set[tuple[int, int]]]:
    """Every longest common subsequence as pairs of places, found by trying them all."""
    for length in range(min(len(old), len(new)), -1, -1):
        found = [
            set(zip(these, those, strict=True))
            for these in combinations(range(len(old)), length)
            for those in combinations(range(len(new)), length)
            if [old[n] for n in these] == [new[n] for n in those]
        ]
        if found:
            return found
    return []


@given(KEYS, KEYS)
def test_certain_are_exactly_the_pairs_that_every_best_alignment_has(old: list[str], new: list[str]) -> None:
    assert set(certain_pairs(old, new)) == set.intersection(*best_alignments(old, new))


def test_of_two_words_that_are_alike_nobody_knows_which_is_gone() -> None:
    assert certain_pairs(["i", "i", "think"], ["i", "think"]) == [(2, 1)]


def test_a_text_too_long_to_compare_has_no_certain_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "LARGEST", 8)
    assert certain_pairs(["a", "b", "c"], ["a", "b"]) == [(0, 0), (1, 1)]
    assert certain_pairs(["a", "b", "c"], ["a", "b", "c"]) == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Went.", "went"),
        ("“don’t", "don’t"),
        ("[home?]", "home"),
        ("//so//", "so"),
        ("£20,", "£20"),
        ("🙂.", "🙂"),
        ("cafe\u0301.", "cafe\u0301"),
        ("–", "–"),
    ],
)
def test_words_are_compared_without_punctuation_and_case(text: str, key: str) -> None:
    assert key_of(text) == key
    [token] = tokens_of(f"a {text} b", 2, 2 + len(text))
    assert (token.key, f"a {text} b"[token.start : token.end]) == (key, text)
    assert f"a {text} b"[token.core_start : token.core_end].casefold() == key


def test_what_stands_in_brackets_is_one_word_but_a_doubt_is_not() -> None:
    text = "I [unclear 00:01:03-00:01:05] saw [Mr. Hall], [went home?] [ and"
    assert [text[t.start : t.end] for t in tokens_of(text)] == [
        "I",
        "[unclear 00:01:03-00:01:05]",
        "saw",
        "[Mr. Hall],",
        "[went",
        "home?]",
        "[",
        "and",
    ]
