"""Where the words of a coding stand in a version's text: as the file says, where they are found, or not for sure.

Pure. A coding is never moved on a guess: its words are found in one place that can be meant, or it is flagged.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from storage.codes.texts import Passage, StudyText
from storage.imports.coded_project import ProjectCoding
from storage.tables import MatchedBy, Standing

LONG_ENOUGH = 20  # code points of a quote that are not found twice by chance
NEAR = 200  # code points within which a shorter one, or one of several, is looked for
NEAR_MS = 2_000
CONTEXT = (30, 20)  # code points before and after a quote by which it is told from others: both, never one

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """The text that a project's text is, and how that is known; `offset` is where it begins in the project's text."""

    text: StudyText
    matched_by: MatchedBy
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a coding stands in a text and its recording, what it says, and whether that is sure."""

    start: int | None
    end: int | None
    start_ms: int | None
    end_ms: int | None
    quote: str
    matched_by: MatchedBy
    reason: str = ""  # why it is flagged

    @property
    def standing(self) -> Standing:
        return Standing.FLAGGED if self.reason else Standing.KEPT


def anchored(coding: ProjectCoding, quote: str, place: Place, read_in: str = "") -> Anchor | str:
    """The coding in the text of its place, or why it cannot stand anywhere.

    `quote` is what was coded, `read_in` the text of the file that it was coded in. Positions in the same text are
    right. In a text that reads otherwise the quote is looked for: between the same words, else the only place of a
    long one, or the only one of its time. Else it keeps the positions of its file, and is flagged. Where the file
    does not hold its text, the only place near the position is right too.
    """
    time = _whole(coding.start_ms, coding.end_ms)
    words = _whole(coding.start, coding.end)
    if words is None:
        return _in_time(time, place) if time else "it has no words and no length"
    text, here = place.text, (words[0] - place.offset, words[1] - place.offset)
    if not quote:
        return _anchor(words, time, text, place.matched_by, "", "the file does not hold its words")
    is_same = not read_in or read_in.startswith(text.text, place.offset)
    if is_same and (here[0] < 0 or here[1] > len(text.text)):
        return "it is outside of what was said"
    if is_same and text.text[slice(*here)] == quote:
        return _anchor(here, time, text, place.matched_by, quote)
    found = occurrences(quote, text.text)
    near = None if read_in else here[0]  # the positions of a text that reads otherwise say nothing
    likely = _in_context(quote, words, read_in, text.text) or _likely(found, near, time, text.passages)
    if likely:
        return _anchor(likely, time, text, MatchedBy.QUOTE, text.text[slice(*likely)])
    how_often = f"stand {len(found)} times" if found else "do not stand"
    reason = f"its words {how_often} in {text.version.name}, and not surely where the file says"
    return _anchor(words, time, text, place.matched_by, quote, reason)


def occurrences(quote: str, text: str) -> list[Span]:
    """Where the words of a quote stand in a text, whatever space is between them; places may overlap."""
    words = quote.split()
    if not words or words[0] not in text:
        return []
    return _places("", quote.strip(), "", text)


def _likely(found: Sequence[Span], start: int | None, time: Span | None, passages: Sequence[Passage]) -> Span | None:
    if len(found) == 1 and found[0][1] - found[0][0] >= LONG_ENOUGH:
        return found[0]
    by_position = [span for span in found if start is not None and abs(span[0] - start) <= NEAR]
    by_time = [span for span in found if time and _said_then(span, time, passages)]
    near = [span for span in by_time if span in by_position] if len(by_time) > 1 else by_time or by_position
    return near[0] if len(near) == 1 else None


def _in_context(quote: str, words: Span, read_in: str, text: str) -> Span | None:
    """Where the quote stands between the same words as in the file, if there is one such place."""
    if read_in[slice(*words)] != quote:
        return None
    for length in CONTEXT:
        before, after = read_in[max(words[0] - length, 0) : words[0]], read_in[words[1] : words[1] + length]
        found = _places(before, quote, after, text)
        if len(before) == len(after) == length and len(found) == 1:
            return found[0]
    return None


def _places(left: str, quote: str, right: str, text: str) -> list[Span]:
    """Where a quote stands between two others. Looking ahead finds places that overlap: 'no no' twice in 'no no no'."""
    left, quote, right = (r"\s+".join(map(re.escape, re.split(r"\s+", piece))) for piece in (left, quote, right))
    return [match.span(1) for match in re.finditer(f"(?={left}({quote}){right})", text)]


def _said_then(span: Span, time: Span, passages: Sequence[Passage]) -> bool:
    said = time_of(span, passages)
    return said is not None and said[0] < time[1] + NEAR_MS and time[0] - NEAR_MS < said[1]


def time_of(span: Span, passages: Sequence[Passage]) -> Span | None:
    """When the utterances that a span of the text touches were said."""
    touched = [p for p in passages if p.start < span[1] and span[0] < p.end]
    if not touched:
        return None
    return _whole(min(p.start_ms for p in touched), max(p.end_ms for p in touched))


def _anchor(
    span: Span, time: Span | None, text: StudyText, matched_by: MatchedBy, quote: str, reason: str = ""
) -> Anchor:
    """Where only words were coded and where they stand is sure, the time is that of their utterances."""
    when = time or (None if reason else time_of(span, text.passages))
    start_ms, end_ms = when or (None, None)
    return Anchor(span[0], span[1], start_ms, end_ms, quote, matched_by, reason)


def _in_time(time: Span, place: Place) -> Anchor:
    version = place.text.version
    beyond = time[0] >= version.duration_ms
    reason = f"it begins after the end of the recording of {version.label}" if beyond else ""
    return Anchor(None, None, time[0], time[1], "", place.matched_by, reason)


def _whole(start: int | None, end: int | None) -> Span | None:
    """A span with both ends, in order and not empty."""
    return (start, end) if start is not None and end is not None and 0 <= start < end else None
