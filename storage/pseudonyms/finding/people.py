"""Names of people: those known from the booking and the roster, common first names, and what the words around tell.

A word is a part of a name; parts that stand together are one name. Of a name only what is certain to be one is certain:
an ordinary word ('Will', 'Grace', 'May') is one inside a sentence, with its capital, or with a cue.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard
from storage.pseudonyms.finding.known import Form, Roster, name_key
from storage.pseudonyms.finding.name_or_word import MONTHS, is_called, is_unknown_too, reads_as_name
from storage.pseudonyms.finding.people_cues import does_something, is_behind_mrs, is_plain_word, may_be_name, person_cue
from storage.pseudonyms.finding.places import is_named_as_place
from storage.pseudonyms.finding.word_lists import capitals, cue_words, first_names, name_words, sounds_like_first_name

_SHORTEST_PLURAL = 5


@dataclass(frozen=True, slots=True)
class _Part:
    """One word of a name: the word that is meant in small letters, who may be meant, and why it is a name."""

    number: int
    word: str
    forms: tuple[Form, ...]
    rule: str
    is_certain: bool = True


def find_people(heard: Heard, roster: Roster) -> Iterator[Finding]:
    """Names of people, each with the key of whom it means."""
    parts = {number: part for number in range(len(heard.tokens)) if (part := _part(heard, roster, number))}
    number = 0
    while number < len(heard.tokens):
        if number not in parts:
            number += 1
            continue
        name = [*_first_before(heard, roster, parts[number]), parts[number]]
        while (following := _goes_on(heard, roster, name, parts)) is not None:
            name.append(following)
        yield _finding(heard, name)
        number = name[-1].number + 1


def _first_before(heard: Heard, roster: Roster, part: _Part) -> list[_Part]:
    """The first name before a last name, where Whisper wrote a word of English: 'Gram' for Graham."""
    number = part.number - 1
    if number < 0 or heard.tokens[part.number].gap != " " or not may_be_name(heard, number):
        return []
    keys = {form.key for form in part.forms if form.is_last}
    forms = tuple(form for form in roster.alike(heard.tokens[number].stem) if form.key in keys and not form.is_last)
    return [_Part(number, forms[0].word, forms, "sounds like a name that the study knows")] if forms else []


def _finding(heard: Heard, name: list[_Part]) -> Finding:
    best = max(name, key=lambda part: part.is_certain)
    return Finding(
        heard.tokens[name[0].number].start,
        heard.tokens[name[-1].number].stem_end,
        Kind.PERSON,
        best.rule,
        best.is_certain,
        _meant(name),
        "Person",
    )


def _meant(name: list[_Part]) -> str:
    """Whose name it is: the one person who has all of its words, or the one who has its only word to themselves."""
    keys = [{form.key for form in part.forms} for part in name if part.forms]
    if len(name) > 1 and len(keys) > 1:
        everybody = set.intersection(*keys)
    else:
        everybody = {form.key for part in name for form in part.forms if form.is_alone_enough and len(name) == 1}
    return everybody.pop() if len(everybody) == 1 else name_key(" ".join(part.word for part in name))


def _part(heard: Heard, roster: Roster, number: int) -> _Part | None:
    token = heard.tokens[number]
    word = token.stem
    if len(word) < 2 or not word[0].isalpha() or word in cue_words("titles") or is_named_as_place(heard, number):
        return None
    singular = word[:-1] if len(word) >= _SHORTEST_PLURAL and word.endswith("s") else ""
    for called in (word, singular):
        if called in roster.forms:
            return _known(heard, roster, number, called)
        if called in first_names() and (called == word or not is_plain_word(word)):
            return _listed(heard, number, called)
    return _sounds_like(heard, roster, number) or _unknown(heard, number)


def _known(heard: Heard, roster: Roster, number: int, word: str) -> _Part | None:
    """A name of somebody known; an ordinary word that may be one is for a person to see where it says what they are."""
    forms = roster.forms[word]
    cue = person_cue(heard, number)
    has_more = _is_of_same(roster, forms, heard, number + 1)
    is_here = any(form.is_alone_enough for form in forms) and is_called(heard, number)
    if reads_as_name(heard, number, word, cue) or is_here or has_more:
        is_first = word in first_names() and word not in MONTHS
        is_only_last = not is_first and all(form.is_last for form in forms)
        # 'Marsh' or 'Kettle' alone, with neither title nor first name, may be a marsh or a kettle
        is_sure = bool(cue) or has_more or not (is_plain_word(word) and is_only_last)
        return _Part(number, word, forms, cue or "a name that the study knows", is_sure)
    is_told = heard.word(number + 1) in cue_words("states") and word not in capitals()
    if heard.tokens[number].has_capital and is_told:
        return _Part(number, word, forms, "a name that the study knows", is_certain=False)
    return None


def _is_of_same(roster: Roster, forms: tuple[Form, ...], heard: Heard, number: int) -> bool:
    """Whether the next word is another name of the same person, with or without a capital."""
    if number >= len(heard.tokens) or heard.tokens[number].gap not in (" ", "-"):
        return False
    others = {form.key for form in roster.forms.get(heard.tokens[number].stem, ()) if form.is_last}
    return any(form.key in others and not form.is_last for form in forms)


def _listed(heard: Heard, number: int, word: str) -> _Part | None:
    cue = person_cue(heard, number) if heard.tokens[number].has_capital else ""
    return _Part(number, word, (), cue or "a first name") if reads_as_name(heard, number, word, cue) else None


def _unknown(heard: Heard, number: int) -> _Part | None:
    """A word that is on no list: a name by the words around it or by its sound, or, with a capital, to be seen."""
    token = heard.tokens[number]
    word = token.stem
    cue = person_cue(heard, number) if token.has_capital else ""
    if not token.has_capital and is_behind_mrs(heard, number):
        return _Part(number, word, (), "after a title")
    if cue and (may_be_name(heard, number) or (cue == "after a title" and word in name_words())):
        return _Part(number, word, (), cue, cue != "introduced" or not is_plain_word(word))
    if not may_be_name(heard, number) or is_plain_word(word) or token.text.isupper():
        return None
    if is_unknown_too(heard, number + 1) and not token.is_possessive:
        return _Part(number, word, (), "two words that nobody knows")
    if does_something(heard, number):
        return _Part(number, word, (), "does what people do")
    if not token.tells_capital:
        return None
    if sounds_like_first_name(word):
        return _Part(number, word, (), "sounds like a first name")
    return _Part(number, word, (), "a capital, and no word of English", is_certain=False)


def _sounds_like(heard: Heard, roster: Roster, number: int) -> _Part | None:
    """A capital word that may be a known name as Whisper spelt it; sure where it is no word of English."""
    token = heard.tokens[number]
    word = token.stem
    if not may_be_name(heard, number):
        return None
    cue = person_cue(heard, number)
    if is_plain_word(word) and not (token.tells_capital or cue):
        return None
    found = roster.alike(word)
    if not found:
        return None
    rule = cue or "sounds like a name that the study knows"
    return _Part(number, found[0].word, found, rule, bool(cue) or not is_plain_word(word))


def _goes_on(heard: Heard, roster: Roster, name: list[_Part], parts: dict[int, _Part]) -> _Part | None:
    """The next part of a name: one that is a name itself, or a last name that nobody knows."""
    last = heard.tokens[name[-1].number]
    number = name[-1].number + 1
    if number >= len(heard.tokens) or last.is_possessive or heard.tokens[number].gap not in (" ", "-"):
        return None
    token = heard.tokens[number]
    if _is_of_same(roster, name[-1].forms, heard, number):
        return _Part(number, token.stem, roster.forms[token.stem], "a last name")
    if number in parts:
        return parts[number] if token.has_capital or token.gap == "-" else None
    if token.opens_sentence or not last.has_capital or not (may_be_name(heard, number) or token.stem in name_words()):
        return None
    if name[-1].rule == "a last name" and token.gap != "-":
        return None
    if token.stem in cue_words("parts of places"):
        return None
    forms = roster.forms.get(token.stem) or roster.alike(token.stem)
    return _Part(number, forms[0].word if forms else token.stem, forms, "a last name", name[-1].is_certain)
