"""The sentences of the demo stay within the words that its model knows."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.model import grammar

Kind = Callable[[Random], str]


def test_the_vocabulary_has_528_words() -> None:
    assert len(grammar.VOCAB) == 528


def test_names_keep_their_capital_and_other_words_lose_it() -> None:
    assert grammar.words_of("Today, Margaret and I'm in Leeds. Don't!") == [
        *("today", "Margaret", "and", "I'm", "in", "Leeds", "don't")
    ]


@pytest.mark.parametrize("kind", [grammar.grammar_sentence, grammar.mixed_sentence, grammar.word_sentence])
@given(seed=st.integers(0, 2**32))
def test_every_sentence_is_within_the_vocabulary_and_ends_like_one(kind: Kind, seed: int) -> None:
    text = kind(Random(seed))
    assert set(grammar.words_of(text)) <= set(grammar.VOCAB)
    assert text[0].isupper()
    assert text[-1] in ".?"
    assert "{" not in text


def test_the_same_seed_gives_the_same_sentences() -> None:
    first, second = Random(7), Random(7)
    assert [grammar.sentence(first) for _ in range(50)] == [grammar.sentence(second) for _ in range(50)]
