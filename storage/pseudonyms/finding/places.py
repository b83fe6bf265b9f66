"""Places by name: those on the study's roster and in the list of places, with Whisper's spellings of them."""

from collections.abc import Iterator
from functools import cache

from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard
from storage.pseudonyms.finding.known import Roster, place_key
from storage.pseudonyms.finding.likeness import is_alike
from storage.pseudonyms.finding.word_lists import (
    Phrase,
    by_first_word,
    capitals,
    cue_words,
    first_names,
    name_words,
    ordinary_words,
    phrase,
    places,
)

_SHORTEST_ALIKE = 5  # letters of a place's name that may be misspelt


def find_places(heard: Heard, roster: Roster) -> Iterator[Finding]:
    """Places, the longest name first at each word, each with the key of the one that is meant."""
    number = 0
    while number < len(heard.tokens):
        found = _at(heard, roster, number)
        if found:
            finding, number = found
            yield finding
        else:
            number += 1


def _at(heard: Heard, roster: Roster, number: int) -> tuple[Finding, int] | None:
    own, listed = by_first_word(tuple(roster.place_phrases)), _listed()
    word = heard.tokens[number].stem
    for names, rule in ((own, "a place that the study knows"), (listed, "a place")):
        for name in names.get(word, ()):
            last = number + len(name) - 1
            if _stands(heard, number, name) and _reads_as_place(heard, number, name):
                key = roster.place_phrases.get(name) or place_key(" ".join(name))
                return _finding(heard, number, last, rule, key), last + 1
    alike = _sounds_like(heard, roster, number)
    return (_finding(heard, number, number, "sounds like a place", alike), number + 1) if alike else None


def _finding(heard: Heard, first: int, last: int, rule: str, key: str) -> Finding:
    start, end = heard.tokens[first].start, heard.tokens[last].stem_end
    return Finding(start, end, Kind.PLACE, rule, True, key, "Place")


def _stands(heard: Heard, number: int, name: Phrase) -> bool:
    """Whether a name's words stand at a token, hyphens or none between."""
    tokens = heard.tokens[number : number + len(name)]
    if len(tokens) < len(name) or any(token.gap not in (" ", "-", ". ") for token in tokens[1:]):
        return False
    return all(said in (token.lower, token.stem) for token, said in zip(tokens, name, strict=True))


def _reads_as_place(heard: Heard, number: int, name: Phrase) -> bool:
    """Whether words that may be ordinary ones, or somebody's name, are a place here."""
    token = heard.tokens[number]
    if len(name) > 1:
        return token.has_capital or not any(word in ordinary_words() for word in name)
    word = name[0]
    if not token.has_capital:
        return word not in ordinary_words() and word not in first_names()
    if word in name_words() or word in first_names():
        return token.tells_capital and _is_where(heard, number)
    return token.tells_capital or word not in ordinary_words()


def _is_where(heard: Heard, number: int) -> bool:
    """Whether a word before tells a place: 'in Walker', 'to North Walker'."""
    return heard.word(number - 1) in cue_words("where") or (
        heard.word(number - 1) in ("north", "south", "east", "west", "central", "upper", "lower")
        and heard.word(number - 2) in cue_words("where")
    )


def _sounds_like(heard: Heard, roster: Roster, number: int) -> str:
    """The key of a place that a word with a capital sounds like where a place is told, or ''."""
    token = heard.tokens[number]
    word = token.stem
    if len(word) < _SHORTEST_ALIKE or not token.tells_capital or heard.word(number - 1) not in cue_words("where"):
        return ""
    if word in capitals() or word in first_names() or word in ordinary_words() or word in roster.forms:
        return ""
    name = _alike(word, tuple(name[0] for name in roster.place_phrases if len(name) == 1))
    return (roster.place_phrases.get((name,)) or place_key(name)) if name else ""


@cache
def _alike(word: str, own: tuple[str, ...]) -> str:
    names = (*own, *(name for name, phrases in _listed().items() if (name,) in phrases))
    return next((name for name in names if len(name) >= _SHORTEST_ALIKE and is_alike(word, name)), "")


@cache
def _listed() -> dict[str, tuple[Phrase, ...]]:
    return by_first_word(tuple(phrase(name) for name in places()))


def is_named_as_place(heard: Heard, number: int) -> bool:
    """Whether a word that may be a person's name is a place here: 'in Stanley', 'from Dudley'."""
    word = heard.tokens[number].stem
    return (word,) in _listed().get(word, ()) and _is_where(heard, number)
