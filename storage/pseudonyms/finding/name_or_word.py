"""Whether a word that may be somebody's name is one where it stands: 'Will', 'May' and 'Rose' are words as well."""

from storage.pseudonyms.finding.heard import Heard
from storage.pseudonyms.finding.people_cues import does_something, is_plain_word, may_be_name
from storage.pseudonyms.finding.word_lists import capitals, cue_words, first_names, name_words

MONTHS = frozenset({"april", "may", "june", "august"})
_HOLIDAYS = frozenset({"day", "bank", "holiday", "fool", "fools", "fair"})


def reads_as_name(heard: Heard, number: int, word: str, cue: str) -> bool:
    """Whether it does by its capital, by what stands around it, or because it is no word of English."""
    token = heard.tokens[number]
    if not token.has_capital:
        return bool(cue) or not is_plain_word(word)
    if word in MONTHS:
        does = does_something(heard, number) and not _is_time(heard, number)
        return bool(cue) or does or _has_last_name(heard, number)
    if word in capitals():
        return bool(cue) or (word in first_names() and _has_last_name(heard, number))
    if word in name_words() and heard.word(number - 1) in cue_words("articles"):
        return False
    return token.tells_capital or word not in name_words() or bool(cue) or does_something(heard, number)


def is_called(heard: Heard, number: int) -> bool:
    """Whether the name of somebody who belongs here is one: it has a capital, or they are spoken to: 'So, june, …'"""
    token = heard.tokens[number]
    if _is_time(heard, number) or heard.word(number - 1) in cue_words("articles"):
        return False
    behind = heard.text[token.end : token.end + 1]
    is_addressed = (token.opens_sentence and behind == "," and heard.word(number + 1) in cue_words("addressing")) or (
        token.gap == ", " and behind in (",", ".", "?", "!")
    )
    return token.tells_capital or is_addressed


def is_unknown_too(heard: Heard, number: int) -> bool:
    """Whether a token may be a last name behind a word that nobody knows."""
    if number >= len(heard.tokens) or heard.tokens[number].gap != " " or not may_be_name(heard, number):
        return False
    word = heard.tokens[number].stem
    if word in cue_words("parts of places"):
        return False
    return not is_plain_word(word) or word in name_words()


def _is_time(heard: Heard, number: int) -> bool:
    return heard.word(number - 1) in cue_words("times") or heard.word(number + 1).isdecimal()


def _has_last_name(heard: Heard, number: int) -> bool:
    """Whether a word such as 'June' or 'Christian' is a first name because of the name behind it."""
    return is_unknown_too(heard, number + 1) and heard.word(number + 1) not in _HOLIDAYS
