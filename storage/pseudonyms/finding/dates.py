"""Days: '3rd of June 2020', 'June the third', '03/06/1952', 'the third of the sixth, fifty-two'; and years of birth.

A month, a year or a day of the week by itself stays in the text: it places what was told and tells nobody.
"""

import re
from collections.abc import Iterator

from storage.pseudonyms.finding.cues import BIRTH, is_near
from storage.pseudonyms.finding.digits import digit_runs
from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard

_ONES = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth"
_ORDINAL = (
    rf"(?:{_ONES}|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth"
    rf"|twentieth|twenty[- ](?:{_ONES})|thirtieth|thirty[- ]first)"
)
_IN_DIGITS = r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?"
_DAY = rf"(?:{_IN_DIGITS}|{_ORDINAL})"
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
)
_NUMBER = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six"
    r"|seven|eight|nine))?)"
)
_FULL_YEAR = (
    rf"(?:(?:18|19|20)\d\d|(?:eighteen|nineteen|twenty)[- ](?:hundred|(?:oh |o )?{_NUMBER})"
    rf"|two thousand(?: and)?(?: {_NUMBER})?)"
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_YEAR = rf"(?:{_FULL_YEAR}|['’]?\d\d(?!\d|:)|(?:oh |o ){_NUMBER}|(?:{_TENS})(?:[- ]{_NUMBER})?)"
_NTH = r"\d{1,2}(?:st|nd|rd|th)"
_ANY_CASE = "(?i:"

_PATTERNS = (
    # 3rd of June (2020) · third of June, nineteen fifty-two
    re.compile(rf"(?<![\w/.-])(?:{_ANY_CASE}{_DAY}) of |{_IN_DIGITS} ){_MONTH}(?:,? {_ANY_CASE}{_YEAR}\b))?"),
    # June 3rd (2020) · June the third
    re.compile(rf"\b{_MONTH} (?:the )?{_ANY_CASE}{_DAY})(?![\w/:]|[.]\d)(?:,? {_ANY_CASE}{_YEAR}\b))?"),
    # the third of the sixth (fifty-two)
    re.compile(rf"\b{_ANY_CASE}(?:{_ORDINAL}|{_NTH}) of the (?:{_ORDINAL}|{_NTH}),? {_YEAR}\b)"),
    re.compile(r"(?<![\w/.-])(?:0?[1-9]|[12]\d|3[01])([/.-])(?:0?[1-9]|1[0-2])\1(?:(?:19|20)\d\d|\d\d)(?![\w/-]|\.\d)"),
    re.compile(r"(?<![\w/.-])(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?![\w-])"),
)
_BORN = re.compile(
    rf"\b(?:born|birth)\b[^.?!]{{0,30}}?\b(?P<year>{_ANY_CASE}{_FULL_YEAR}|['’]\d\d)(?!\w))", re.IGNORECASE
)
_BORN_IN_MONTH = re.compile(rf"(?P<date>{_MONTH} {_ANY_CASE}{_YEAR})\b)")
_BIRTH_DIGITS = re.compile(r"(?:0?[1-9]|[12]\d|3[01])(?:0?[1-9]|1[0-2])(?:19\d\d|20[012]\d|\d\d)")


def find_dates(heard: Heard) -> Iterator[Finding]:
    """Whole days, as dates or, where the words around say so, as dates of birth; and what tells a year of birth."""
    for pattern in _PATTERNS:
        for match in pattern.finditer(heard.text):
            yield _date(heard, *match.span())
    for match in _BORN.finditer(heard.text):
        yield Finding(*match.span("year"), Kind.BIRTH, "a year of birth")
    for match in _BORN_IN_MONTH.finditer(heard.text):
        if is_near(heard, *match.span(), BIRTH):
            yield Finding(*match.span("date"), Kind.BIRTH, "a month of birth")
    for run in digit_runs(heard):
        if _BIRTH_DIGITS.fullmatch(run.signs) and is_near(heard, run.start, run.end, BIRTH):
            yield Finding(run.start, run.end, Kind.BIRTH, "digits called a date of birth")


def _date(heard: Heard, start: int, end: int) -> Finding:
    if is_near(heard, start, end, BIRTH):
        return Finding(start, end, Kind.BIRTH, "a day, and words about birth")
    return Finding(start, end, Kind.DATE, "a day")
