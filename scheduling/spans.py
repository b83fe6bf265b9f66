"""Arithmetic on spans of time: sorted lists of half-open intervals of aware UTC instants.

Every function takes and returns spans that are sorted, apart from each other and not empty; `merged`
makes any spans so. Each is one sweep, so that it takes time in proportion to the number of spans.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple


class Span(NamedTuple):
    """From `start` up to but not including `end`."""

    start: datetime
    end: datetime


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same instants as sorted spans that neither overlap nor touch; empty spans vanish."""
    result: list[Span] = []
    for span in sorted(spans):
        if span.end <= span.start:
            continue
        if result and span.start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def intersection(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """The instants that are in both."""
    result: list[Span] = []
    i = j = 0
    while i < len(first) and j < len(second):
        start, end = max(first[i].start, second[j].start), min(first[i].end, second[j].end)
        if start < end:
            result.append(Span(start, end))
        if first[i].end < second[j].end:
            i += 1
        else:
            j += 1
    return result


def difference(spans: Sequence[Span], removed: Sequence[Span]) -> list[Span]:
    """The instants that are in `spans` and not in `removed`."""
    result: list[Span] = []
    j = 0
    for start, end in spans:
        while j < len(removed) and removed[j].end <= start:
            j += 1
        k = j
        while k < len(removed) and removed[k].start < end:
            if start < removed[k].start:
                result.append(Span(start, removed[k].start))
            start = max(start, removed[k].end)
            k += 1
        if start < end:
            result.append(Span(start, end))
    return result
