"""Hospitals, surgeries, schools, churches and streets by the word that says what they are: 'St Anthony's Surgery'."""

import re
from collections.abc import Iterator

from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard, Token
from storage.pseudonyms.finding.known import place_key
from storage.pseudonyms.finding.word_lists import capitals, name_words, ordinary_words

_WORD = r"[A-Z][\w]*(?:['’][A-Za-z]+)*"
_SAINT = r"(?:St\.?|Saint)"
# what an institution is, and the label of its pseudonym; the longer before the shorter
_KINDS = {
    r"(?:Primary|Infant|Infants|Junior|High|Secondary|Comprehensive|Grammar|Nursery|Middle|First)(?: School)": "School",
    r"School|Academy|Sixth Form|Nursery": "School",
    r"College|University": "College",
    r"(?:General |Memorial |Community |Children's |Infirmary |University )?Hospital|Infirmary": "Hospital",
    r"Hospice": "Hospice",
    r"(?:Medical |Health |Family |Doctors'? |GP )(?:Centre|Practice|Group|Surgery)|Surgery|Practice": "Surgery",
    r"Pharmacy|Chemists?": "Pharmacy",
    r"(?:Care |Nursing |Residential )Home": "Care home",
    r"(?:Parish |Methodist |Baptist |Catholic |United Reformed )?Church|Chapel|Cathedral": "Church",
    r"Mosque|Synagogue|Gurdwara": "Place of worship",
    r"(?:Community |Leisure |Sports |Day |Family |Resource |Carers'? |Shopping )Centre|Library"
    r"|(?:Community|Village) Hall|Allotments?|Working Men's Club|Social Club": "Centre",
    r"Road|Street|Avenue|Terrace|Crescent|Drive|Lane|Close|Gardens|Grove|Mews|Parade|Square|Court": "Street",
}
_SMALL = {"hospital", "surgery", "infirmary", "hospice", "church", "school", "library", "academy", "pharmacy"}
_STREETS = "Street"
_OF_PLACES = frozenset({"north", "south", "east", "west", "queen", "king"})
_BEFORE = rf"(?:{_SAINT} )?{_WORD}(?:[ -](?:of |the )?{_WORD}){{0,3}}"
_PATTERNS = tuple((re.compile(rf"(?P<name>{_BEFORE}) (?P<what>{what})\b"), label) for what, label in _KINDS.items())
_SMALL_PATTERN = re.compile(
    rf"(?P<name>{_BEFORE}) (?P<what>(?:{'|'.join(sorted(_SMALL))}|road|street|avenue|terrace))\b"
)
_SAINT_ALONE = re.compile(rf"\b{_SAINT} (?P<name>[A-Z][a-z]+['’]?s)\b(?! (?:Day|wort))")
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_NUMBER = re.compile(
    rf"(?:(?:[Ff]lat|[Nn]umber|[Nn]o\.?) )?(?:\d{{1,4}}[A-Za-z]?|(?:{_TENS})(?:[- ](?:{_ONES}))?|{_ONES}|ten|eleven"
    r"|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen),? $"
)
# what has such a word and is everybody's
_EVERYBODYS = re.compile(
    r"(?:Coronation|High|Sesame|Downing|Wall|Harley|Fleet|Front|Main|The|Open|Primary|Secondary|High|Middle|Junior|Sunday"
    r"|Medical|Health|Community|Leisure|Day|Care|Nursing|Job|Test|Vaccination|Catholic|Methodist|Baptist|Anglican|Local|New|Old"
    r"|General|University|Nightingale|Boots|Lloyds|GP|NHS|Village|Working|Social|Food|Civil|English|Christian|Music|Art)",
)


def find_institutions(heard: Heard) -> Iterator[Finding]:
    """Places called by what they are, with the number of the house before a street."""
    for pattern, label in _PATTERNS:
        for match in pattern.finditer(heard.text):
            yield from _finding(heard, match, label)
    for match in _SMALL_PATTERN.finditer(heard.text):
        small = match["what"]
        yield from _finding(heard, match, small.capitalize() if small in _SMALL else _STREETS)
    for match in _SAINT_ALONE.finditer(heard.text):
        yield Finding(*match.span(), Kind.PLACE, "called after a saint", True, place_key(match[0]), "Place")


def _finding(heard: Heard, match: re.Match[str], label: str) -> Iterator[Finding]:
    start = _first_word(heard, match)
    if start is None:
        return
    name = heard.text[start : match.end()]
    key = place_key(re.sub(r"\bSaint\b|\bSt\.", "St", name))
    if label == _STREETS and (number := _NUMBER.search(heard.text[:start])):
        start = number.start()
    yield Finding(start, match.end(), Kind.PLACE, f"called a {label.lower()}", True, key, label)


def _first_word(heard: Heard, match: re.Match[str]) -> int | None:
    """Where the name begins without words that only have a capital because of where they stand; None: it has none."""
    tokens = [token for token in heard.tokens if match.start("name") <= token.start and token.end <= match.end("name")]
    while tokens and _is_only_before(tokens[0], is_last=len(tokens) == 1):
        tokens = tokens[1:]
    if not tokens or (tokens[0].opens_sentence and tokens[0].lower in ordinary_words()):
        return None
    if all(_EVERYBODYS.fullmatch(token.text) for token in tokens):
        return None
    return tokens[0].start


def _is_only_before(token: Token, *, is_last: bool) -> bool:
    """Whether a word with a capital is no part of the name behind it, such as 'So' or 'Monday'."""
    word = token.lower
    if token.opens_sentence and word in ordinary_words() and not is_last:
        return True
    return word in capitals() and word not in _OF_PLACES and not (is_last and word in name_words())
