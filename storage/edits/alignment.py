"""Which words of a text are certainly still there in an edited one.

Words are compared without the punctuation around them and without case, so that a full stop or a capital makes no word
look like another. A pair of words counts only where every longest common subsequence of both texts holds it: "I, I
think" made "I think" has lost one of two words, and nobody can tell which.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LARGEST = 1_000_000  # pairs of words to compare; beyond that nothing is held to be certain

# what stands in brackets is one word, such as [unclear 00:01:03-00:01:05] or a pseudonym, but not a doubt: [went home?]
WORD = re.compile(r"(?:\[[^\[\]\n]*[^\[\]\n?]\]|\S)+")
_PUNCTUATION = re.escape(".,;:!?…\"'“”‘’„‚«»‹›()[]{}/–—-*¿¡。、？！،؟")
_CORE = re.compile(rf"[^\s{_PUNCTUATION}](?:.*[^\s{_PUNCTUATION}])?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """A word with its punctuation, and the core without it: half-open positions; `key` is what is compared."""

    start: int
    end: int
    core_start: int
    core_end: int
    key: str


def tokens_of(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The words of part of a text, at their positions in the whole."""
    return [_token(text, *found.span()) for found in WORD.finditer(text, start, len(text) if end is None else end)]


def key_of(text: str) -> str:
    """What a word is compared by: its core in small letters; all of it where it is punctuation only."""
    core = _CORE.search(text)
    return (core[0] if core else text).casefold()


def certain_pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Numbers of the keys that every longest common subsequence matches with each other, in order.

    A key has such a partner when each best alignment matches it and always with the same one: checked over all
    of them at once from the lengths for every prefix and every suffix.
    """
    if len(old) * len(new) > LARGEST:
        return []
    before, behind = _lengths(old, new), _lengths(old[::-1], new[::-1])
    rows, columns, longest = len(old), len(new), before[-1][-1]
    pairs = []
    for row, key in enumerate(old):
        above, below = before[row], behind[rows - row - 1]
        if any(above[column] + below[columns - column] == longest for column in range(columns + 1)):
            continue  # a best alignment leaves it out
        partners = [
            column
            for column in range(columns)
            if key == new[column] and above[column] + 1 + below[columns - column - 1] == longest
        ]
        if len(partners) == 1:
            pairs.append((row, partners[0]))
    return pairs


def _token(text: str, start: int, end: int) -> Token:
    core = _CORE.search(text, start, end)
    core_start, core_end = core.span() if core else (start, end)
    return Token(start, end, core_start, core_end, text[core_start:core_end].casefold())


def _lengths(old: Sequence[str], new: Sequence[str]) -> list[list[int]]:
    """Lengths of the longest common subsequence of every two prefixes."""
    table = [[0] * (len(new) + 1)]
    for key in old:
        above, row = table[-1], [0]
        for column, other in enumerate(new):
            row.append(above[column] + 1 if key == other else max(above[column + 1], row[column]))
        table.append(row)
    return table
