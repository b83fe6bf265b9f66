"""Praat TextGrid (fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html): a tier of intervals per speaker, in UTF-8.

The intervals of a tier fill the recording without a gap, so silence is an interval without text.
"""

from collections.abc import Iterator
from typing import IO

from storage.exports.document import Document
from storage.exports.tiers import Span, Tier, tiers_of
from storage.exports.turns import UNKNOWN_SPEAKER


def write_praat(document: Document, file: IO[bytes]) -> None:
    """Write a text file in Praat's long form with times exact to the millisecond."""
    tiers = tiers_of(document.lines) or (Tier(UNKNOWN_SPEAKER, UNKNOWN_SPEAKER, ()),)
    end_ms = max([document.transcript.duration_ms, 1, *(tier.spans[-1].end_ms for tier in tiers if tier.spans)])
    head = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", *_bounds(0, end_ms)]
    head += ["tiers? <exists>", f"size = {len(tiers)}", "item []:"]
    body = (line for number, tier in enumerate(tiers, start=1) for line in _tier(number, tier, end_ms))
    file.write("".join(f"{line}\n" for line in (*head, *body)).encode())


def filled(tier: Tier, end_ms: int) -> Iterator[Span]:
    """The spans of a tier with the silence between them, from 0 to `end_ms`."""
    at = 0
    for span in tier.spans:
        if at < span.start_ms:
            yield Span(at, span.start_ms, "")
        yield span
        at = span.end_ms
    if at < end_ms:
        yield Span(at, end_ms, "")


def _tier(number: int, tier: Tier, end_ms: int) -> Iterator[str]:
    intervals = tuple(filled(tier, end_ms))
    yield f"    item [{number}]:"
    yield '        class = "IntervalTier"'
    yield f"        name = {_quoted(tier.name)}"
    yield from _bounds(0, end_ms, " " * 8)
    yield f"        intervals: size = {len(intervals)}"
    for place, interval in enumerate(intervals, start=1):
        yield f"        intervals [{place}]:"
        yield from _bounds(interval.start_ms, interval.end_ms, " " * 12)
        yield f"            text = {_quoted(interval.text)}"


def _bounds(start_ms: int, end_ms: int, indent: str = "") -> Iterator[str]:
    for name, ms in (("xmin", start_ms), ("xmax", end_ms)):
        yield f"{indent}{name} = {ms // 1000}.{ms % 1000:03}"


def _quoted(text: str) -> str:
    """As Praat writes text: a quotation mark inside it is doubled."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
