"""An utterance's words as a person edits them: written with their doubts, and read back as words with times.

`[went home?]` are words that read otherwise at a second hearing, and `[speaker?]` before them says that who speaks is
doubtful; without the brackets they are not doubted any more. What is set aside is not written, and stays in its place.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from typing import Any

from storage.edits.alignment import WORD, certain_pairs, key_of
from storage.exports.clean import clean
from storage.exports.styles import questioned
from storage.transcripts.words import DISPUTED, SPEAKER, UNCLEAR, shown_words, words_of

DOUBTFUL_SPEAKER = "[speaker?]"

_UNCLEAR = re.compile(r"\[unclear [^\]]*\]")
_DOUBTED = re.compile(r"(?<!\S)\[(?!unclear )((?:[^\[\]]|\[[^\[\]]*\])+)\?\](\S*)")

Rows = list[list[Any]]


@dataclass(frozen=True, slots=True)
class WrittenWord:
    """A word as a person left it, and its mark: `disputed`, `unclear` or ''."""

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The words of an utterance, or of a part that was split off it."""

    words: tuple[WrittenWord, ...]
    is_speaker_doubtful: bool = False


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as a person left it, and the number of the part in which it stands."""

    text: str
    marks: frozenset[str]
    part: int


@dataclass(frozen=True, slots=True)
class _Made:
    """A row, and the part that it belongs to; None is that of the row before it."""

    row: list[Any]
    part: int | None = None


def written(rows: Sequence[Sequence[Any]]) -> str:
    """The words that are shown, on one line, as a person edits them."""
    words = [word for word in shown_words(rows) if clean(word.text)]
    pieces = [DOUBTFUL_SPEAKER] if any(SPEAKER in word.marks for word in words) else []
    for is_disputed, run in groupby(words, key=lambda word: DISPUTED in word.marks):
        text = " ".join(clean(word.text) for word in run)
        pieces.append(questioned(text) if is_disputed else text)
    return " ".join(pieces)


def read_part(text: str) -> Part:
    """The words of a line as a person left it."""
    is_doubtful = text.startswith(DOUBTFUL_SPEAKER)
    return Part(tuple(_words(text.removeprefix(DOUBTFUL_SPEAKER))), is_doubtful)


def rows_of(rows: Rows, parts: Sequence[Part], start_ms: int, end_ms: int) -> list[Rows]:
    """Word rows for each part of an edited utterance, from the rows that it had.

    A word that certainly stayed keeps its times. Words in the place of others share their time, and words put in
    share the pause in which they stand, each by its length; their probability is None, for no model gave them. What
    is set aside stays at its time. Times are monotonic and within the utterance where they were before.
    """
    words = [
        _Word(word.text, frozenset({word.mark, SPEAKER if part.is_speaker_doubtful else ""} - {""}), number)
        for number, part in enumerate(parts)
        for word in part.words
    ]
    shown = [number for number, word in enumerate(words_of(rows)) if word.text and not word.is_set_aside]
    keys = [key_of(str(rows[number][0]).strip()) for number in shown]
    stayed = [(shown[old], new) for old, new in certain_pairs(keys, [key_of(word.text) for word in words])]
    made: list[_Made] = []
    for (row, word), (next_row, next_word) in pairwise([(-1, -1), *stayed, (len(rows), len(words))]):
        if word >= 0:
            made.append(_Made(_kept(rows[row], words[word]), words[word].part))
        before = [rows[number] for number in shown if number <= row]
        replaced = [rows[number] for number in shown if row < number < next_row]
        behind = [rows[number] for number in shown if number >= next_row]
        hidden = [_Made(rows[number]) for number in range(row + 1, next_row) if number not in shown]
        time = _shared(before, replaced, behind, (start_ms, end_ms))
        new = _spread(words[word + 1 : next_word], *time)
        made += sorted([*hidden, *new], key=lambda each: int(each.row[1])) if new else hidden
    return _by_part(made, len(parts))


def _words(text: str) -> Iterator[WrittenWord]:
    at = 0
    for found in _DOUBTED.finditer(text):
        yield from _plain(text[at : found.start()])
        yield from (WrittenWord(word, DISPUTED) for word in (found[1] + found[2]).split())
        at = found.end()
    yield from _plain(text[at:])


def _plain(text: str) -> Iterator[WrittenWord]:
    for word in WORD.findall(text):
        yield WrittenWord(word, UNCLEAR if _UNCLEAR.fullmatch(word) else "")


def _kept(row: list[Any], word: _Word) -> list[Any]:
    """The row of a word that stayed: as it was, or spelt and marked as a person left it."""
    had = frozenset(row[4]) if len(row) > 4 else frozenset()
    marks = (had - {DISPUTED, UNCLEAR, SPEAKER}) | word.marks
    if clean(str(row[0])) != word.text:
        return _row(word.text, row[1], row[2], None, marks)
    return row if marks == had else _row(row[0], row[1], row[2], row[3], marks)


def _row(text: str, start_ms: int, end_ms: int, probability: float | None, marks: Collection[str]) -> list[Any]:
    row: list[Any] = [text, start_ms, end_ms, probability]
    return [*row, sorted(marks)] if marks else row


def _shared(before: Rows, replaced: Rows, behind: Rows, whole: tuple[int, int]) -> tuple[int, int]:
    """The time that new words have between them: of the words that they replace, or the pause between neighbours."""
    begin = replaced[0][1] if replaced else max((row[2] for row in before), default=whole[0])
    end = replaced[-1][2] if replaced else min((row[1] for row in behind), default=whole[1])
    begin = min(max(begin, whole[0]), whole[1])
    return begin, max(min(end, whole[1]), begin)


def _spread(words: Sequence[_Word], start_ms: int, end_ms: int) -> list[_Made]:
    """Words one after the other over a time, each by its length."""
    lengths = list(accumulate((len(word.text) for word in words), initial=0))
    edges = [start_ms + (end_ms - start_ms) * length // max(lengths[-1], 1) for length in lengths]
    return [
        _Made(_row(word.text, begin, end, None, word.marks), word.part)
        for word, (begin, end) in zip(words, pairwise(edges), strict=True)
    ]


def _by_part(made: Iterable[_Made], parts: int) -> list[Rows]:
    found: list[Rows] = [[] for _ in range(parts)]
    part = 0
    for each in made:
        part = part if each.part is None else each.part
        found[part].append(each.row)
    return found
