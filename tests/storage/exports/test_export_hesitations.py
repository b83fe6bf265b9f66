"""Intelligent verbatim: what goes, what stays because it may be meant, and what is mended where words were cut."""

import pytest

from storage.exports.hesitations import without_hesitations
from storage.transcripts.words import StoredWord


def tidied(text: str, language: str = "en") -> str:
    words = [StoredWord(word, 0, 0) for word in text.split()]
    return " ".join(word.text for word in without_hesitations(words, language))


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ("I um went er home", "I went home"),
        ("Um, it was good.", "It was good."),
        ("Uh, erm, we tried.", "We tried."),
        ("It was good, um. Then we left.", "It was good. Then we left."),
        ("It was good. Um, then we left.", "It was good. Then we left."),
        ("It was good, hmm.", "It was good."),
        ("it was um... good", "it was good"),
        ("I was going to, uhm…", "I was going to…"),
        ("She said, “Um, I went home.”", "She said, “I went home.”"),
        ("She said “um” twice.", "She said twice."),
        ("Uhhh well Mmm yes", "Well yes"),
    ],
)
def test_hesitations_go_and_the_rest_is_mended(said: str, reads: str) -> None:
    assert tidied(said) == reads


@pytest.mark.parametrize(
    ("said", "reads"),
    [
        ("I I think", "I think"),
        ("I, I think", "I think"),
        ("I... I think", "I think"),
        ("And and and we went", "And we went"),
        ("The the house", "The house"),
        ("I’m I'm fine", "I'm fine"),
        ("I was I was I was going", "I was going"),
        ("It was, it was raining", "It was raining"),
        ("we went to the to the doctor", "we went to the doctor"),
        ("I um I think", "I think"),
        ("th- the house", "the house"),
        ("Th- the house", "The house"),
        ("I- I think", "I think"),
    ],
)
def test_restarts_are_told_once(said: str, reads: str) -> None:
    assert tidied(said) == reads


@pytest.mark.parametrize(
    "said",
    [
        "Mm.",
        "Mm, hmm.",
        "Um, um.",
        "Um, …",
        "Mm? What was that?",
        "Uh-huh, that is right.",
        "Mhm, yes.",
        "In the ER they helped.",
        "No, no, no.",
        "very very good",
        "I know, I know.",
        "I do, I do",
        "He had had enough.",
        "I told you you could.",
        "I think that that is so.",
        "It was so so good",
        "singing and singing and singing",
        "again and again and again we went",
        "That is what I did. I did it twice.",
        "It was he. He left.",
        "bye bye",
        "one- two",
        "a well-to-do woman",
        "I gave I",
    ],
)
def test_what_may_be_meant_stays(said: str) -> None:
    assert tidied(said) == said


def test_an_unclear_passage_is_not_rewritten() -> None:
    unclear = StoredWord("[unclear 00:00:01-00:00:03]", 1000, 3000, frozenset({"unclear"}))
    words = [StoredWord("Um,", 0, 500), unclear, StoredWord("um.", 3000, 3100), StoredWord("“Um,", 3100, 3200), unclear]
    assert without_hesitations(words, "en") == (unclear, unclear)


@pytest.mark.parametrize(
    ("language", "said", "reads"),
    [
        ("de", "Ähm, ich ich glaube, äh, ja", "Ich glaube, ja"),
        ("fr", "Euh, je je pense", "Je pense"),
        ("xx", "Um, I I w- went", "Um, I I went"),
    ],
)
def test_each_language_has_its_own(language: str, said: str, reads: str) -> None:
    assert tidied(said, language) == reads


def test_words_that_stay_keep_their_times_and_marks() -> None:
    um, went = StoredWord("Um,", 0, 300), StoredWord("went", 400, 700, frozenset({"disputed"}))
    assert without_hesitations([um, went], "en") == (StoredWord("Went", 400, 700, frozenset({"disputed"})),)
