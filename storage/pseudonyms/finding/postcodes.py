"""Postcodes: whole, their first half where it is called one, and as they are spelt aloud.

The form is that of Royal Mail's Programmer's Guide to PAF: an area of one or two letters that exists, a district, then
a digit and two letters without C, I, K, M, O and V.
"""

import re
from collections.abc import Iterator
from functools import partial

from storage.pseudonyms.finding.cues import POSTCODE, is_near
from storage.pseudonyms.finding.digits import Run, each_in
from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard
from storage.pseudonyms.finding.spelling import spelt_runs, whole_items
from storage.pseudonyms.finding.word_lists import postcode_areas

_INWARD = r"\d[ABD-HJLNP-UW-Z]{2}"
_OUTWARD = r"([A-Z]{1,2})(\d[\dA-Z]?)"
_WHOLE = re.compile(_OUTWARD + _INWARD)
_FIRST_HALF = re.compile(_OUTWARD)
_SECOND_HALF = re.compile(_INWARD)
_AROUND = rf"{POSTCODE}|live|lives|lived|living|moved|area|district|estate"
_NO_POSTCODES = frozenset({"CO2", "SO2", "PE1", "SE2", "HD1"})  # gas, lessons and screens


def find_postcodes(heard: Heard) -> Iterator[Finding]:
    """Whole postcodes; halves of one where the words around say so."""
    is_told = is_near(heard, len(heard.text), len(heard.text), POSTCODE)
    for run in spelt_runs(heard, is_spelling=is_told):
        yield from each_in(run, partial(_in_run, heard))


def _in_run(heard: Heard, run: Run) -> tuple[Run, Finding] | None:
    whole = whole_items(run, _WHOLE, _has_area)
    if whole:
        return whole, Finding(whole.start, whole.end, Kind.POSTCODE, "a whole postcode")
    first = whole_items(run, _FIRST_HALF, _has_area)
    if first and first.signs not in _NO_POSTCODES:
        if is_near(heard, first.start, first.end, _AROUND) and _is_written_so(first):
            return first, Finding(first.start, first.end, Kind.POSTCODE, "the first half of a postcode")
        if len(first.items) == 1 and first.signs[:2].isalpha() and heard.text[first.start].isupper():
            return first, Finding(first.start, first.end, Kind.POSTCODE, "like the first half of a postcode", False)
    second = whole_items(run, _SECOND_HALF, lambda _: True)
    if second and is_near(heard, second.start, second.end, r"post\s?-?code"):
        return second, Finding(second.start, second.end, Kind.POSTCODE, "the second half of a postcode")
    return None


def _is_written_so(first: Run) -> bool:
    """Whether it is written as one, or has two letters: 'B 12' and 'M 1' may be anything."""
    return len(first.items) == 1 or first.signs[:2].isalpha()


def _has_area(match: re.Match[str]) -> bool:
    return match[1] in postcode_areas()
