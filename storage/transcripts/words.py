"""Words as they are stored: rows `[text, start_ms, end_ms, probability]`, with a list of marks as a fifth.

The probability is None where a person wrote the word. What is shown leaves out the words that are set aside; they
stay in their place, so that they can be brought back.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

DISPUTED, UNCLEAR, SPEAKER = "disputed", "unclear", "speaker"
SET_ASIDE = {"loop": "repetition", "invented": "invented", "bleed": "echo of the other speaker"}  # a mark, its reason

UNCLEAR_TEXT = re.compile(r"\[unclear [^\]]*\]")  # speech that nobody could write down, in a text

Row = Sequence[Any]
_UNMARKED: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StoredWord:
    """A word with its punctuation and no surrounding space; its span in milliseconds; its marks."""

    text: str
    start_ms: int
    end_ms: int
    marks: frozenset[str] = _UNMARKED

    @property
    def is_set_aside(self) -> bool:
        return not self.marks.isdisjoint(SET_ASIDE)

    @property
    def reason(self) -> str:
        """Why it is set aside, or ''."""
        return next((reason for mark, reason in SET_ASIDE.items() if mark in self.marks), "")


def words_of(rows: Iterable[Row]) -> tuple[StoredWord, ...]:
    """All words of an utterance, those that are set aside too."""
    return tuple(
        StoredWord(row[0].strip(), row[1], row[2], frozenset(row[4]) if len(row) > 4 else _UNMARKED) for row in rows
    )


def shown_words(rows: Iterable[Row]) -> tuple[StoredWord, ...]:
    """The words that are neither set aside nor empty."""
    return tuple(word for word in words_of(rows) if word.text and not word.is_set_aside)


def text_of(rows: Iterable[Row]) -> str:
    """The words that are shown, as plain text."""
    return shown_text(words_of(rows))


def shown_text(words: Iterable[StoredWord]) -> str:
    """Those of the words that are shown, as plain text."""
    return " ".join(word.text for word in words if word.text and not word.is_set_aside)


def brought_back(row: Row) -> list[Any]:
    """A row whose word is no longer set aside; its other marks stay."""
    *word, marks = row if len(row) > 4 else (*row, ())
    kept = [mark for mark in marks if mark not in SET_ASIDE]
    return [*word, kept] if kept else word


def word_count(text: str) -> int:
    """How many words a text has; speech that could not be written down is none."""
    return len(UNCLEAR_TEXT.sub(" ", text).split())


def unclear_count(text: str) -> int:
    """How many passages of a text are marked as unclear."""
    return len(UNCLEAR_TEXT.findall(text))
