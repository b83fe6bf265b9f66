"""Telephone numbers: as written in the United Kingdom and abroad, and as they are said aloud.

Which numbers can be is asked of `phonenumbers` (Google's libphonenumber) with the region GB.
"""

import re
from collections.abc import Iterator
from functools import partial

import phonenumbers

from storage.pseudonyms.finding.cues import NUMBER, PHONE, is_near
from storage.pseudonyms.finding.digits import Run, digit_runs, each_in, is_counting
from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard

_NATIONAL = re.compile(r"0[1235789]\d{8,9}")
_WITH_COUNTRY = re.compile(r"(?:00)?44(?:0)?[1235789]\d{8,9}")
_PLUS = re.compile(r"(?:\+|(?<!\w)plus)\s?$", re.IGNORECASE)
_LOCAL = range(6, 9)  # digits of a number without its area code
_PARTIAL = range(6, 15)  # digits of what somebody calls a telephone number


def find_phones(heard: Heard) -> Iterator[Finding]:
    """Telephone numbers, the longest that fits in each run of digits; without its area code only where one is told."""
    for run in digit_runs(heard):
        yield from each_in(run, partial(_in_run, heard))


def _in_run(heard: Heard, run: Run) -> tuple[Run, Finding] | None:
    for part in run.parts():
        if found := _whole(heard, part):
            return part, found
    found = _part(heard, run)
    return (run, found) if found else None


def _whole(heard: Heard, part: Run) -> Finding | None:
    plus = _PLUS.search(heard.text[: part.start])
    start = plus.start() if plus else part.start
    signs = part.signs
    if plus and _is_possible(f"+{signs}"):
        return Finding(start, part.end, Kind.PHONE, "a number with the code of its country")
    if _WITH_COUNTRY.fullmatch(signs):
        return Finding(start, part.end, Kind.PHONE, "a UK number with 44 before it")
    if not _NATIONAL.fullmatch(signs):
        return None
    is_sure = len(signs) == 11 or _is_valid(signs) or is_near(heard, part.start, part.end, PHONE)
    return Finding(part.start, part.end, Kind.PHONE, "a UK number with its area code", is_sure)


def _part(heard: Heard, run: Run) -> Finding | None:
    """What is called a telephone number and lacks its area code, or has too many or too few digits."""
    signs = run.signs
    if len(signs) not in _PARTIAL or is_counting([item.signs for item in run.items]):
        return None
    if not is_near(heard, run.start, run.end, PHONE) or is_near(heard, run.start, run.end, NUMBER):
        return None
    is_sure = len(signs) in _LOCAL or signs.startswith("0")
    return Finding(run.start, run.end, Kind.PHONE, "digits called a telephone number", is_sure)


def _is_possible(number: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return False


def _is_valid(number: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(number, "GB"))
    except phonenumbers.NumberParseException:
        return False
