"""National Insurance numbers: two letters, six digits, a letter from A to D.

HMRC (National Insurance Manual NIM39110) allows fewer letters at the beginning; all are taken, for Whisper mishears.
"""

import re
from collections.abc import Iterator
from functools import partial

from storage.pseudonyms.finding.cues import is_near
from storage.pseudonyms.finding.digits import Run, each_in
from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard
from storage.pseudonyms.finding.spelling import spelt_runs, whole_items

_NUMBER = re.compile(r"[A-Z]{2}\d{6}[A-D]")
_ALMOST = re.compile(r"[A-Z]{2}\d{5,7}[A-Z]?|\d{6}[A-D]")
_CUE = r"national insurance|n\.?i\.? number|insurance number|\bnino\b"


def find_national_insurance_numbers(heard: Heard) -> Iterator[Finding]:
    """National Insurance numbers, written or spelt; where one is called so, also what has almost their form."""
    is_told = is_near(heard, len(heard.text), len(heard.text), _CUE)
    for run in spelt_runs(heard, is_spelling=is_told):
        yield from each_in(run, partial(_in_run, heard))


def _in_run(heard: Heard, run: Run) -> tuple[Run, Finding] | None:
    found = whole_items(run, _NUMBER, lambda _: True)
    if found:
        return found, Finding(found.start, found.end, Kind.NATIONAL_INSURANCE, "a National Insurance number")
    almost = whole_items(run, _ALMOST, lambda _: True)
    if almost and is_near(heard, almost.start, almost.end, _CUE):
        return almost, Finding(almost.start, almost.end, Kind.NATIONAL_INSURANCE, "called a National Insurance number")
    return None
