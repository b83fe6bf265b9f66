"""NHS numbers: ten digits whose last is the check digit, in words about the NHS.

The check digit is that of the NHS Data Dictionary (NHS NUMBER): the first nine digits weighted 10 to 2, their sum
modulo 11 taken from 11; 11 is 0, and 10 is none. One in eleven numbers passes it, so it is never enough by itself. Ten
digits that somebody calls an NHS number and that do not pass were misheard or misread: they are taken out as a number.
"""

from collections.abc import Iterator
from functools import partial

from storage.pseudonyms.finding.cues import NHS, is_near
from storage.pseudonyms.finding.digits import Run, digit_runs, each_in
from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard

_DIGITS = 10


def find_nhs_numbers(heard: Heard) -> Iterator[Finding]:
    """Numbers of ten digits that are said to be of the NHS."""
    for run in digit_runs(heard):
        yield from each_in(run, partial(_in_run, heard))


def _in_run(heard: Heard, run: Run) -> tuple[Run, Finding] | None:
    parts = [part for part in run.parts() if len(part.signs) == _DIGITS and not part.signs.startswith("0")]
    if not parts or not is_near(heard, parts[0].start, parts[0].end, NHS):
        return None
    part = next((part for part in parts if is_nhs_number(part.signs)), parts[0])
    if is_nhs_number(part.signs):
        return part, Finding(part.start, part.end, Kind.NHS, "check digit and words about the NHS")
    rule = "ten digits and words about the NHS, but another check digit"
    return part, Finding(part.start, part.end, Kind.NUMBER, rule)


def is_nhs_number(digits: str) -> bool:
    """Whether ten digits end with the check digit of the other nine; ten that are all the same never do."""
    if len(digits) != _DIGITS or len(set(digits)) == 1:
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(digits[-1]) if check != 10 else False
