"""Words around a word with a capital that say it is somebody's name: 'Mrs', 'my sister', 'a lady called'."""

import re

from storage.pseudonyms.finding.heard import Heard
from storage.pseudonyms.finding.word_lists import capitals, cue_words, ordinary_words

_DIGIT = re.compile(r"\d")
_CALLED = frozenset({"called", "named", "nicknamed"})
_INTRODUCED = tuple(
    tuple(words.split())
    for words in (
        *("i'm", "i am", "name is", "name's", "name was", "this is", "speaking to", "talking to", "known as"),
        *("married to", "hello", "hi", "dear", "poor"),
    )
)


def person_cue(heard: Heard, number: int) -> str:
    """Why the word with a capital at a token is somebody's name, in a few words, or ''."""
    token = heard.tokens[number]
    if number == 0 or token.opens_sentence:
        return ""
    before = heard.word(number - 1)
    gap = token.gap.strip()
    if before in cue_words("titles") and gap in ("", ".") and _is_no_reply(heard, number):
        return "after a title"
    if before in _CALLED and not gap and _person_before(heard, number - 1):
        return "after 'called'"
    if not gap and any(_stands_before(heard, number, words) for words in _INTRODUCED):
        return "introduced"
    relation = number - 2 if before in ("is", "was", "called", "named") and not gap else number - 1
    if gap in ("", ",") and _is_relation(heard, relation):
        return "after a relation"
    return ""


def is_behind_mrs(heard: Heard, number: int) -> bool:
    """Whether a word in small letters is a name all the same, for nothing else stands behind 'Mrs' or 'Mr'."""
    gap = heard.tokens[number].gap
    return heard.word(number - 1) in ("mr", "mrs", "ms") and gap in (" ", ". ") and len(heard.word(number)) > 1


def does_something(heard: Heard, number: int) -> bool:
    """Whether the words after a token say what a person does or is, as in 'Will rang' or 'Grace is my neighbour'."""
    following = heard.word(number + 1)
    if number + 1 >= len(heard.tokens) or heard.tokens[number + 1].gap != " ":
        return False
    return following in cue_words("does") or (
        following in ("is", "was") and heard.word(number + 2) in cue_words("whose")
    )


def may_be_name(heard: Heard, number: int) -> bool:
    """Whether a token could be a name at all: a capital, and none of the words that have one anyway."""
    token = heard.tokens[number]
    return token.has_capital and token.stem not in capitals() and len(token.stem) > 1 and not _DIGIT.search(token.text)


def _is_no_reply(heard: Heard, number: int) -> bool:
    """'Sister Ann' but not 'my sister Then …': title and name have a capital both, or the title is never less."""
    title = heard.tokens[number - 1]
    return title.has_capital or title.lower in cue_words("titles without a capital")


def _person_before(heard: Heard, called: int) -> bool:
    """Whether it is a person who is called so: 'a lady called', 'his name … called', 'she's called'."""
    return any(
        heard.word(number) in cue_words("persons") | cue_words("relations")
        for number in range(max(0, called - 3), called)
    )


def _stands_before(heard: Heard, number: int, words: tuple[str, ...]) -> bool:
    return tuple(heard.word(number - len(words) + place) for place in range(len(words))) == words


def _is_relation(heard: Heard, number: int) -> bool:
    """A relation with whose it is: 'my sister', 'the link worker's'; never at the end of a sentence."""
    word = heard.word(number).removesuffix("'s")
    if word not in cue_words("relations") or number < 1:
        return False
    return any(heard.word(number - back) in cue_words("possessors") for back in (1, 2, 3) if number - back >= 0)


def is_plain_word(word: str) -> bool:
    """Whether a word in small letters is English, so that a small letter makes it no name."""
    return word in ordinary_words()
