"""Utterances with pseudonyms in the place of what was found: the text, and its words with their times."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from storage.transcripts.transcript import Spoken
from storage.transcripts.words import text_of, words_of


@dataclass(frozen=True, slots=True)
class Replacement:
    """A half-open stretch of a text, in code points, and what takes its place."""

    start: int
    end: int
    pseudonym: str


def replaced(text: str, replacements: Iterable[Replacement]) -> str:
    """The text with its replacements, none of which overlap."""
    pieces: list[str] = []
    end = 0
    for each in sorted(replacements, key=lambda replacement: replacement.start):
        pieces += text[end : each.start], each.pseudonym
        end = each.end
    return "".join([*pieces, text[end:]])


def moved(position: int, replacements: Iterable[Replacement]) -> int:
    """Where a position that lies in none of the replacements is after them."""
    return position + sum(
        len(each.pseudonym) - (each.end - each.start) for each in replacements if each.end <= position
    )


def rewritten(spoken: Spoken, replacements: Sequence[Replacement]) -> Spoken:
    """The utterance with its replacements, without a GUID and without what was set aside.

    Words keep their times; the words of a replaced stretch become one, from the start of the first to the end of the
    last. A text that a person wrote has no words of its own: those beside it are the machine's, which nobody has read
    for names, and they are left out.
    """
    text = replaced(spoken.text, replacements)
    if text_of(spoken.words) != spoken.text:
        return replace(spoken, text=text, words=[], guid="")
    return replace(spoken, text=text, words=_rewritten_rows(spoken, replacements), guid="")


def _rewritten_rows(spoken: Spoken, replacements: Sequence[Replacement]) -> list[list[Any]]:
    rows: list[list[Any]] = []
    group: list[tuple[int, int, list[Any]]] = []  # words with their positions that replacements hold together
    at = 0
    for word, row in zip(words_of(spoken.words), spoken.words, strict=True):
        if not word.text or word.is_set_aside:
            continue
        start, at = at, at + len(word.text) + 1
        if group and not any(each.start < start and group[-1][1] < each.end for each in replacements):
            rows.append(_one_row(spoken.text, group, replacements))
            group = []
        group.append((start, at - 1, row))
    if group:
        rows.append(_one_row(spoken.text, group, replacements))
    return rows


def _one_row(text: str, group: list[tuple[int, int, list[Any]]], replacements: Iterable[Replacement]) -> list[Any]:
    start, end = group[0][0], group[-1][1]
    inside = [
        Replacement(each.start - start, each.end - start, each.pseudonym)
        for each in replacements
        if start <= each.start and each.end <= end
    ]
    if not inside:
        return group[0][2]
    rows = [row for _, _, row in group]
    marks = sorted({mark for row in rows if len(row) > 4 for mark in row[4]})
    word = [
        replaced(text[start:end], inside),
        min(row[1] for row in rows),
        max(row[2] for row in rows),
        min(row[3] for row in rows),
    ]
    return [*word, marks] if marks else word
