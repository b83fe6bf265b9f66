"""Digits as they are written and as they are said: '0191 498', 'oh one nine one', 'double two', 'triple seven'."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.pseudonyms.finding.findings import Finding
from storage.pseudonyms.finding.heard import Heard

_ONES = {
    "zero": "0", "nought": "0", "naught": "0", "oh": "0", "o": "0", "nil": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8",
    "ninety": "9",
}  # fmt: skip
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_SOUNDS_LIKE = {"to": "2", "too": "2", "for": "4", "fore": "4", "ate": "8", "won": "1", "owe": "0"}  # between digits
_FILLERS = frozenset({"um", "uh", "er", "erm", "uhm", "eh"})
_GAP = re.compile(r"[\s,.\-–—/()+:;…‑]{1,4}")


@dataclass(frozen=True, slots=True)
class Item:
    """Digits (or letters) that are written or said in one: their position in the text and the tokens they take."""

    start: int
    end: int
    signs: str
    is_said: bool  # in words
    last_token: int


@dataclass(frozen=True, slots=True)
class Run:
    """Items one after the other with nothing of weight between."""

    items: tuple[Item, ...]

    @property
    def signs(self) -> str:
        return "".join(item.signs for item in self.items)

    @property
    def start(self) -> int:
        return self.items[0].start

    @property
    def end(self) -> int:
        return self.items[-1].end

    @property
    def is_said(self) -> bool:
        """Whether any of it is in words."""
        return any(item.is_said for item in self.items)

    def parts(self) -> Iterator["Run"]:
        """All stretches of whole items, the longer before the shorter, earlier before later."""
        count = len(self.items)
        for length in range(count, 0, -1):
            for first in range(count - length + 1):
                yield Run(self.items[first : first + length])


Find = Callable[[Run], tuple[Run, Finding] | None]


def each_in(run: Run, find: Find) -> Iterator[Finding]:
    """What `find` finds in a run, with the stretch that it takes, and then in what is left on either side of it."""
    found = find(run)
    if found is None:
        return
    part, finding = found
    for rest in (
        tuple(item for item in run.items if item.end <= part.start),
        tuple(item for item in run.items if item.start >= part.end),
    ):
        if rest:
            yield from each_in(Run(rest), find)
    yield finding


def digit_runs(heard: Heard) -> tuple[Run, ...]:
    """The runs of digits in a text."""
    runs: list[Run] = []
    number = 0
    while number < len(heard.tokens):
        items = _items_from(heard, number)
        if items:
            runs.append(Run(tuple(items)))
            number = items[-1].last_token + 1
        else:
            number += 1
    return tuple(runs)


def _items_from(heard: Heard, number: int) -> list[Item]:
    items: list[Item] = []
    while (item := digits_at(heard, number, goes_on=bool(items))) is not None:
        items.append(item)
        number = item.last_token + 1
        if heard.word(number) in _FILLERS and digits_at(heard, number + 1, goes_on=False) and are_close(heard, number):
            number += 1
        if not are_close(heard, number):
            break
    return items


def digits_at(heard: Heard, number: int, *, goes_on: bool) -> Item | None:
    """The digits that begin with a token, or None; what only sounds like a digit counts within a run alone."""
    word = heard.word(number)
    if word.isdecimal() and word.isascii():
        return _item(heard, number, number, word, is_said=False)
    following = heard.word(number + 1)
    if word in _TIMES and (signs := _digit(following)) and are_close(heard, number + 1):
        return _item(heard, number, number + 1, signs * _TIMES[word], is_said=not following.isdecimal())
    if word in _ONES:
        if following == "hundred" and word not in ("oh", "o"):
            return _item(heard, number, number + 1, f"{_ONES[word]}00", is_said=True)
        return _item(heard, number, number, _ONES[word], is_said=True)
    if word in _TEENS:
        return _item(heard, number, number, _TEENS[word], is_said=True)
    if word in _TENS:
        if following in _ONES and _ONES[following] != "0" and are_close(heard, number + 1):
            return _item(heard, number, number + 1, _TENS[word] + _ONES[following], is_said=True)
        return _item(heard, number, number, f"{_TENS[word]}0", is_said=True)
    if goes_on and word in _SOUNDS_LIKE and _digit(following) and are_close(heard, number + 1):
        return _item(heard, number, number, _SOUNDS_LIKE[word], is_said=True)
    return None


def _digit(word: str) -> str:
    return _ONES.get(word) or (word if len(word) == 1 and word in "0123456789" else "")


def are_close(heard: Heard, number: int) -> bool:
    """Whether a token follows the one before it with nothing of weight between."""
    return 0 < number < len(heard.tokens) and _GAP.fullmatch(heard.tokens[number].gap) is not None


def _item(heard: Heard, first: int, last: int, signs: str, *, is_said: bool) -> Item:
    return Item(heard.tokens[first].start, heard.tokens[last].end, signs, is_said, last)


def is_counting(signs: Sequence[str]) -> bool:
    """Whether items only count up or down: 'one, two, three, four'."""
    values = [int(sign) for sign in signs if sign.isdecimal()]
    steps = {second - first for first, second in pairwise(values)}
    return len(values) == len(signs) > 2 and len(steps) == 1 and steps <= {1, -1}
