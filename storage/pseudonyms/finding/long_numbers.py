"""Other long numbers: of accounts, cards, cases and passports, where they are called so, or are long."""

import re
from collections.abc import Iterator

from storage.pseudonyms.finding.cues import ANY_NUMBER, is_near
from storage.pseudonyms.finding.digits import Run, digit_runs, is_counting
from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard

_FEWEST_CALLED = 5  # digits of what is called a number
_FEWEST = 7  # digits of what is not
_AMOUNT_BEFORE = re.compile(r"[£$€]\s?$")
_AMOUNT_BEHIND = re.compile(r"\s?(?:%|p\b|pounds?|quid|per ?cent|thousand|million|billion|people|times|percent)", re.I)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+")
_YEARS = re.compile(r"(?:(?:19|20)\d\d){2,}")


def find_long_numbers(heard: Heard) -> Iterator[Finding]:
    """Runs of digits that are no amount, no years and no counting: certain where they are called one."""
    for run in digit_runs(heard):
        count = len(run.signs)
        if count < _FEWEST_CALLED or _is_harmless(heard, run):
            continue
        if is_near(heard, run.start, run.end, ANY_NUMBER):
            yield Finding(run.start, run.end, Kind.NUMBER, "digits called a number")
        elif count >= _FEWEST:
            yield Finding(run.start, run.end, Kind.NUMBER, "many digits", is_certain=False)


def _is_harmless(heard: Heard, run: Run) -> bool:
    text = heard.text
    return (
        is_counting([item.signs for item in run.items])
        or _YEARS.fullmatch(run.signs) is not None
        or _AMOUNT_BEFORE.search(text[: run.start]) is not None
        or _AMOUNT_BEHIND.match(text[run.end :]) is not None
        or _THOUSANDS.fullmatch(text[run.start : run.end]) is not None
    )
