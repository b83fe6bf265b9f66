"""How a program has counted the positions in a text, and what they are in Unicode code points.

The standard counts code points from 0, and leaves open whether a byte order mark and the CR of a CRLF count. Some
programs count UTF-16 units or UTF-8 bytes. Which it was is decided by evidence: the quotes that programs keep
with their selections, positions that would lie outside the text, and stretches that end where the text ends;
else by what is known of the program, else as the standard reads on a text with LF line ends.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate, product

from storage.imports.texts import StoredText

TELLING = 3  # letters: a shorter quote stands anywhere by chance
_TRUNCATED = 8  # letters that the beginning of a quote must have to be one
_NUMBERING = re.compile(r"\d+:\d+\s+")  # before the quote in the names that ATLAS.ti gives
CODE_POINTS = "code points"
# by unit, the characters that may count more than one, and how much each counts
_UNITS: dict[str, tuple[str, Callable[[str], int]]] = {
    CODE_POINTS: ("\n", len),
    "UTF-16 units": ("[\n\U00010000-\U0010ffff]", lambda sign: len(sign.encode("utf-16-le")) // 2),
    "UTF-8 bytes": ("[\n\x80-\U0010ffff]", lambda sign: len(sign.encode())),
}
# Of a CRLF: as QualCoder's importer found by trial, ATLAS.ti counts 1 and Windows programs 2.
_CRLF_BY_ORIGIN = (("atlas", 1), ("nvivo", 2), ("maxqda", 2))


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch as a program gave it: two positions, and what it kept that can be the quote."""

    start: int
    end: int
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counting:
    """One way to count the positions in a text.

    `stops` are the positions, counted so, right after each character that counts more than 1; `extra` how much
    more all up to there count together.
    """

    text: str
    unit: str  # 'code points', 'UTF-16 units' or 'UTF-8 bytes'
    line_end: int  # what a line end counts: 1 or 2
    mark: int  # what a byte order mark at the beginning counts: 0 or 1
    stops: tuple[int, ...]
    extra: tuple[int, ...]

    @property
    def length(self) -> int:
        return len(self.text) + (self.extra[-1] if self.extra else 0) + self.mark

    def read(self, position: int) -> int:
        """The position in code points; from within a character, that before it. May lie outside the text."""
        inner = max(position - self.mark, 0) if position >= 0 else position
        passed = bisect_right(self.stops, inner)
        before = self.extra[passed - 1] if passed else 0
        if passed < len(self.stops):
            width = self.extra[passed] - before + 1
            return min(inner - before, self.stops[passed] - width - before)
        return inner - before

    def holds(self, span: Span) -> bool:
        """Whether a stretch lies in the text."""
        return all(0 <= position <= self.length for position in (span.start, span.end))

    def slice(self, span: Span) -> str:
        """The text of a stretch, or '' where it lies outside."""
        return self.text[self.read(span.start) : self.read(span.end)] if self.holds(span) else ""


@dataclass(frozen=True, slots=True)
class Decision:
    """How the positions were counted, whether that is more than a guess, and what to tell about it or ''."""

    counting: Counting
    is_sure: bool
    remark: str = ""


def decide(stored: StoredText, spans: Iterable[Span], positions: Iterable[int], origin: str) -> Decision:
    """The way of counting that the spans and the other positions in the text (those of sync points) speak for.

    A way that the standard does not leave open must be shown by quotes: a position beyond the end is more often a
    fault of its own.
    """
    spans = list(spans)
    everything = [*spans, *(Span(position, position) for position in positions)]
    has_quotes = any(span.quotes for span in spans)
    scored = [(way, _score(way, stored, spans, everything)) for way in _ways(stored, origin, has_quotes=has_quotes)]
    chosen, best = max(scored, key=lambda each: each[1])  # the first, so the most likely, of those that are alike
    rivals = [way for way, score in scored if score[:3] == best[:3]]
    is_sure = all(_same(chosen, rival, everything) for rival in rivals)
    return Decision(chosen, is_sure, _remark(chosen, stored, is_sure))


def is_quote(name: str, text: str) -> bool:
    """Whether a name that a program keeps is the quote or its beginning."""
    return likeness(name, text) > 0


def likeness(name: str, text: str) -> int:
    """2 where a name is the quote or its beginning to the letter, 1 but for blanks and line ends, else 0."""
    if name == text:
        return 2
    for candidate in (name, _NUMBERING.sub("", name, count=1)):
        bare = candidate.removesuffix("…").removesuffix("...").rstrip()
        if len(bare) >= _TRUNCATED and text.startswith(bare):
            return 2
    for candidate in (name, _NUMBERING.sub("", name, count=1)):
        bare, found = _plain(candidate.removesuffix("…").removesuffix("...")), _plain(text)
        if bare == found or (len(bare) >= _TRUNCATED and found.startswith(bare)):
            return 1
    return 0


def _ways(stored: StoredText, origin: str, *, has_quotes: bool) -> Iterator[Counting]:
    """All ways to count that differ in this text and that something can show, the most likely one first."""
    usual = next((width for name, width in _CRLF_BY_ORIGIN if name in origin.lower()), 1) if stored.crlf else 1
    has_units = has_quotes and (stored.had_mark or not stored.text.isascii())
    marks = (0, 1) if stored.had_mark else (0,)
    line_ends = (usual, 3 - usual) if stored.crlf or (has_quotes and "\n" in stored.text) else (usual,)
    for unit, mark, line_end in product(_UNITS if has_units else [CODE_POINTS], marks, line_ends):
        yield _counting(stored, unit, line_end, mark)


def _counting(stored: StoredText, unit: str, line_end: int, mark: int) -> Counting:
    pattern, width = _UNITS[unit]
    wide = []
    for found in re.finditer(pattern, stored.text):
        at, sign = found.start(), found[0]
        counts = width(sign) if sign != "\n" else line_end if not stored.crlf or at in stored.crlf else 1
        if counts > 1:
            wide.append((at, counts))
    extra = tuple(accumulate(counts - 1 for _, counts in wide))
    stops = tuple(at + 1 + more for (at, _), more in zip(wide, extra, strict=True))
    return Counting(stored.text, unit, line_end, mark * width("\ufeff"), stops, extra)


def _score(
    way: Counting, stored: StoredText, spans: list[Span], everything: list[Span]
) -> tuple[int, bool, bool, int, int]:
    """How much speaks for a way: quotes in their place, the standard, an exact fit, few positions outside, ends."""
    quotes = sum(
        max((likeness(quote, way.slice(span)) for quote in span.quotes if len(quote) >= TELLING), default=0)
        for span in spans
    )
    outside = sum(not way.holds(span) for span in everything)
    ends = sum(span.end == way.length for span in everything)
    return quotes, _is_open(way, stored), bool(ends and not outside), -outside, ends


def _is_open(way: Counting, stored: StoredText) -> bool:
    """Whether the standard leaves it open to count so."""
    return way.unit == CODE_POINTS and (way.line_end == 1 or bool(stored.crlf))


def _same(one: Counting, other: Counting, spans: list[Span]) -> bool:
    return all(one.read(p) == other.read(p) for span in spans for p in (span.start, span.end))


def _remark(way: Counting, stored: StoredText, is_sure: bool) -> str:
    """What a person should know of how positions were read."""
    told = [f"in {way.unit}"] if way.unit != CODE_POINTS else []
    if stored.crlf or way.line_end == 2:
        told.append(f"with {way.line_end} for a line end")
    if stored.had_mark:
        told.append(f"{'with' if way.mark else 'without'} the byte order mark")
    if not is_sure:
        return f"it is not certain how its positions are counted; they were read as counted {' and '.join(told)}"
    if way.unit != CODE_POINTS or way.mark or (way.line_end == 2 and not stored.crlf):
        return f"its positions are counted {' and '.join(told)}, as its quotes or ends show; they were converted"
    return ""


def _plain(text: str) -> str:
    return " ".join(text.split())
