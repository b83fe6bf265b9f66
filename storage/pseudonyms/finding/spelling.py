"""Letters and digits that are spelt out: 'NE4 7RU', 'N E four, seven R U', 'N for Norman', 'double R'.

A run is made of items, as those of digits are; the signs of an item are capital letters and digits.
"""

import re
from collections.abc import Callable

from storage.pseudonyms.finding.digits import Item, Run, are_close, digits_at
from storage.pseudonyms.finding.heard import Heard

_LETTERS_AND_DIGITS = re.compile(r"(?=.*\d)[A-Za-z0-9]{2,9}")
_CAPITALS = re.compile(r"[A-Z]{2,4}")
# letters that Whisper writes as words, where somebody spells
_SOUNDED = {
    "are": "R", "you": "U", "see": "C", "sea": "C", "tea": "T", "tee": "T", "bee": "B", "be": "B", "ex": "X",
    "why": "Y", "en": "N", "pea": "P", "pee": "P", "queue": "Q", "cue": "Q", "jay": "J", "kay": "K", "ell": "L",
    "gee": "G", "ess": "S", "aitch": "H", "eff": "F", "em": "M", "eye": "I",
}  # fmt: skip


def spelt_runs(heard: Heard, *, is_spelling: bool) -> tuple[Run, ...]:
    """The runs of letters and digits; `is_spelling` says that words may be letters that were said ('are' for R)."""
    runs: list[Run] = []
    number = 0
    while number < len(heard.tokens):
        items: list[Item] = []
        while (item := _at(heard, number, goes_on=bool(items), is_spelling=is_spelling)) is not None:
            items.append(item)
            number = item.last_token + 1
            if not are_close(heard, number):
                break
        if items:
            runs.append(Run(tuple(items)))
        else:
            number += 1
    return tuple(runs)


def whole_items(run: Run, pattern: re.Pattern[str], accepts: Callable[[re.Match[str]], bool]) -> Run | None:
    """The first stretch of whole items that a pattern matches and `accepts` takes."""
    starts = {0}
    ends: dict[int, int] = {}
    length = 0
    for number, item in enumerate(run.items):
        starts.add(length)
        length += len(item.signs)
        ends[length] = number
    first_item = {start: number for number, start in enumerate(sorted(starts - {length} | {0}))}
    for match in pattern.finditer(run.signs):
        if match.start() in first_item and match.end() in ends and accepts(match):
            return Run(run.items[first_item[match.start()] : ends[match.end()] + 1])
    return None


def _at(heard: Heard, number: int, *, goes_on: bool, is_spelling: bool) -> Item | None:
    if number >= len(heard.tokens):
        return None
    token = heard.tokens[number]
    word = token.text
    if len(word) == 1 and word.isascii() and word.isalpha():
        return _letter(heard, number)
    if word.lower() == "double" and len(following := heard.word(number + 1)) == 1 and following.isalpha():
        return Item(token.start, heard.tokens[number + 1].end, following.upper() * 2, True, number + 1)
    if _LETTERS_AND_DIGITS.fullmatch(word) or _CAPITALS.fullmatch(word):
        return Item(token.start, token.end, word.upper(), False, number)
    if is_spelling and goes_on and word.lower() in _SOUNDED:
        return Item(token.start, token.end, _SOUNDED[word.lower()], True, number)
    return digits_at(heard, number, goes_on=goes_on)


def _letter(heard: Heard, number: int) -> Item:
    """A single letter, with the word that tells which: 'N for Norman', 'S as in sugar'."""
    token = heard.tokens[number]
    letter = token.text.upper()
    for words in (("for",), ("as", "in"), ("like",)):
        last = number + len(words) + 1
        said = tuple(heard.word(number + 1 + place) for place in range(len(words)))
        if said == words and heard.word(last)[:1].upper() == letter and len(heard.word(last)) > 1:
            return Item(token.start, heard.tokens[last].end, letter, True, last)
    return Item(token.start, token.end, letter, False, number)
