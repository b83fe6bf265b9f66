"""The edit map from a version's delivered text to another's: what is still the same, and where it stands now.

A coding follows through the map. In text that nobody edited it keeps its quote; anything else is flagged for a person,
with the place to look at. It is never moved in silence: words that could as well be others count as edited. The time
and the speaker before a turn are no words, so changing them touches only what reaches across them.

Positions are Unicode code points, half-open, in the plain text that goes out (`storage.exports.turns`) in one style.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from storage.edits.alignment import Token, certain_pairs, tokens_of
from storage.edits.line_matching import matched
from storage.exports.turns import Line, PlainText, lines_of, text_of_lines
from storage.transcripts.transcript import InterviewTranscript


class Fate(StrEnum):
    """What became of a stretch of text."""

    KEPT = "kept"  # nobody edited it: the same quote
    TOUCHED = "touched"  # edited within, or replaced: a person decides
    GONE = "gone"  # no word of it is left, and none stands in its place


@dataclass(frozen=True, slots=True)
class Carried:
    """Where a stretch of the old text is in the new one. Where it was not kept, the nearest place to look at."""

    fate: Fate
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A stretch that is the same in both texts."""

    old_start: int
    new_start: int
    length: int

    @property
    def old_end(self) -> int:
        return self.old_start + self.length

    @property
    def new_end(self) -> int:
        return self.new_start + self.length


@dataclass(frozen=True, slots=True)
class EditMap:
    """Two texts and what of the old one is kept in the new one, by place in the old one.

    Between two kept stretches something was edited, even where nothing lies between them: words were put in there, or
    were put in and taken out again. In the new text kept stretches may stand in another order, because a part of an
    utterance that was split comes after what was said meanwhile.
    """

    old: PlainText
    new: PlainText
    kept: tuple[Kept, ...]

    @property
    def touched(self) -> tuple[tuple[int, int], ...]:
        """What of the old text was edited; empty stretches are places where something was put in."""
        ends = Kept(0, 0, 0), Kept(len(self.old.text), len(self.new.text), 0)
        return tuple(
            (one.old_end, other.old_start)
            for one, other in pairwise((ends[0], *self.kept, ends[1]))
            if (one.old_end, one.new_end) != (other.old_start, other.new_start) or (one.length and other.length)
        )


def edit_map(old: InterviewTranscript, new: InterviewTranscript, style: str) -> EditMap:
    """The map between two versions of a transcript as they are delivered in a style."""
    old_lines, new_lines = lines_of(replace(old, style=style)), lines_of(replace(new, style=style))
    old_text, new_text = text_of_lines(old_lines), text_of_lines(new_lines)
    same = sorted(_same(old_text, old_lines, new_text, new_lines), key=lambda one: one.old_start)
    kept = _fused(same, old_text.text, new_text.text)
    return EditMap(old_text, new_text, tuple(_widened(kept, old_text.text, new_text.text)))


def carried(edits: EditMap, start: int, end: int) -> Carried:
    """What became of a stretch of the old text. Raises ValueError where it is none.

    Words put in at its edge leave it whole; words put in within it do not.
    """
    if not 0 <= start <= end <= len(edits.old.text):
        raise ValueError(f"{start} to {end} is no stretch of a text of {len(edits.old.text)} characters")
    around = [one for one in _near(edits, start, end) if one.old_start <= start and end <= one.old_end]
    if len(around) == 1:
        shift = around[0].new_start - around[0].old_start
        return Carried(Fate.KEPT, start + shift, end + shift)
    return _flagged(edits, start, end)


def then(first: EditMap, second: EditMap) -> EditMap:
    """The map over both edits; what either touched stays touched. Raises ValueError where they do not follow."""
    if first.new != second.old:
        raise ValueError("the second map does not begin with the text that the first one ends with")
    starts = [one.old_start for one in second.kept]
    kept = []
    for one in first.kept:
        for other in second.kept[max(bisect_right(starts, one.new_start) - 1, 0) :]:
            begin, end = max(one.new_start, other.old_start), min(one.new_end, other.old_end)
            if begin < end:
                shift = one.old_start - one.new_start
                kept.append(Kept(begin + shift, other.new_start + begin - other.old_start, end - begin))
            if other.old_end >= one.new_end:
                break
    return EditMap(first.old, second.new, tuple(kept))


def _same(old: PlainText, old_lines: Sequence[Line], new: PlainText, new_lines: Sequence[Line]) -> Iterator[Kept]:
    """Whole utterances that nobody edited, and the words of the others that are certainly still there."""
    for number, others in matched(old_lines, new_lines).items():
        start, end = old.positions[number]
        places = [new.positions[other] for other in others]
        if old_lines[number].text == new_lines[others[0]].text:
            yield Kept(start, places[0][0], end - start)
            continue
        said = tokens_of(old.text, start, end)
        now = [token for place in places for token in tokens_of(new.text, *place)]
        for this, that in certain_pairs([t.key for t in said], [t.key for t in now]):
            yield from _same_word(old.text, said[this], new.text, now[that])


def _same_word(old: str, this: Token, new: str, that: Token) -> Iterator[Kept]:
    """The word with as much of its punctuation as was not edited; nothing where letters or case were."""
    if old[this.core_start : this.core_end] == new[that.core_start : that.core_end]:
        before = _alike(old[this.start : this.core_start][::-1], new[that.start : that.core_start][::-1])
        behind = _alike(old[this.core_end : this.end], new[that.core_end : that.end])
        length = before + this.core_end - this.core_start + behind
        yield Kept(this.core_start - before, that.core_start - before, length)


def _fused(same: Iterable[Kept], old: str, new: str) -> list[Kept]:
    """Neighbours in both texts joined where what stands between them is the same too, leads of turns included."""
    joined = [Kept(0, 0, 0)]
    for one in (*same, Kept(len(old), len(new), 0)):
        last = joined[-1]
        if old[last.old_end : one.old_start] == new[last.new_end : one.new_start]:
            joined[-1] = Kept(last.old_start, last.new_start, one.old_end - last.old_start)
        else:
            joined.append(one)
    return [one for one in joined if one.length]


def _widened(kept: Sequence[Kept], old: str, new: str) -> Iterator[Kept]:
    """Each stretch with the space around it that is the same, for a selection often takes one along."""
    done = 0
    for number, one in enumerate(kept):
        limit = kept[number + 1].old_start if number + 1 < len(kept) else len(old)
        space = _space(old[done : one.old_start][::-1])
        before = _alike(space, new[max(one.new_start - len(space), 0) : one.new_start][::-1])
        space = _space(old[one.old_end : limit])
        behind = _alike(space, new[one.new_end : one.new_end + len(space)])
        done = one.old_end + behind
        yield Kept(one.old_start - before, one.new_start - before, before + one.length + behind)


def _space(text: str) -> str:
    """The space that a text begins with."""
    return text[: len(text) - len(text.lstrip())]


def _alike(old: str, new: str) -> int:
    """How many characters both begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))


def _near(edits: EditMap, start: int, end: int) -> Sequence[Kept]:
    """The kept stretches that touch a stretch of the old text, if only at an edge."""
    first = bisect_left(edits.kept, start, key=lambda one: one.old_end)
    last = bisect_right(edits.kept, end, key=lambda one: one.old_start)
    return edits.kept[first:last]


def _flagged(edits: EditMap, start: int, end: int) -> Carried:
    """The hull of the words that are kept of it, and of those that now stand where it begins and ends in an edit."""
    spans = list(_left_of(edits, start, end))
    for place in {start, max(end - 1, start)}:
        before, behind = _around(edits, place)
        if start == end or behind.old_start > place:
            spans += _put_in(edits, before, behind)
    if not spans:
        place = _around(edits, start)[0].new_end
        return Carried(Fate.GONE, place, place)
    return Carried(Fate.TOUCHED, min(span[0] for span in spans), max(span[1] for span in spans))


def _left_of(edits: EditMap, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where what is kept of a stretch stands now, without space around it."""
    for one in _near(edits, start, end):
        begin = max(one.old_start, start)
        part = edits.old.text[begin : min(one.old_end, end)]
        if part.strip():
            place = one.new_start + begin - one.old_start
            yield place + len(part) - len(part.lstrip()), place + len(part.rstrip())


def _around(edits: EditMap, place: int) -> tuple[Kept, Kept]:
    """The kept stretches before a place in the old text, and at or behind it; empty ones at the ends of the text."""
    number = bisect_right(edits.kept, place, key=lambda one: one.old_end)
    before = edits.kept[number - 1] if number else Kept(0, 0, 0)
    behind = edits.kept[number] if number < len(edits.kept) else Kept(len(edits.old.text), len(edits.new.text), 0)
    return before, behind


def _put_in(edits: EditMap, before: Kept, behind: Kept) -> Iterator[tuple[int, int]]:
    """The words of the new text that come after one kept stretch, and before another.

    That is the same place, but where a part of an utterance that was split comes after what was said meanwhile.
    """
    text, order = edits.new.text, sorted((one.new_start, one.new_end) for one in edits.kept)
    following = bisect_right(order, (before.new_start, before.new_end))
    preceding = bisect_left(order, (behind.new_start, behind.new_end))
    until = order[following][0] if following < len(order) else len(text)
    since = order[preceding - 1][1] if preceding else 0
    for begin, stop in {(before.new_end, until), (since, behind.new_start)}:
        for line in edits.new.positions:
            if line[0] < stop and begin < line[1]:
                yield from _words_within(text, line, begin, stop)


def _words_within(text: str, line: tuple[int, int], begin: int, stop: int) -> Iterator[tuple[int, int]]:
    """The words of a line that lie in a stretch, as far as they do; punctuation left of a word is none."""
    for token in tokens_of(text, *line):
        if max(token.core_start, begin) < min(token.core_end, stop):
            yield max(token.start, begin), min(token.end, stop)
