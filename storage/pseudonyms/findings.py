"""What was found in a text that may tell who somebody is, and which finding counts where two overlap."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is found; its words, in brackets and with a capital, are the pseudonym of what has no number of its own."""

    PERSON = "person"
    PLACE = "place"
    PHONE = "phone number"
    NHS = "NHS number"
    NATIONAL_INSURANCE = "National Insurance number"
    NUMBER = "number"
    POSTCODE = "postcode"
    EMAIL = "e-mail address"
    WEB = "web address"
    BIRTH = "date of birth"
    DATE = "date"


NUMBERED = (Kind.PERSON, Kind.PLACE)  # of these it matters which one is meant


@dataclass(frozen=True, slots=True)
class Finding:
    """Something at a half-open position of a text, in code points; `rule` says in a few words why it was found.

    What is certain is replaced without a person, what is not is put before one. `meant` is the key of who or what is
    meant, for people and places: the same key has the same pseudonym in the whole study. `label` is the word that a
    new pseudonym is made of, such as 'Person' or 'Hospital'.
    """

    start: int
    end: int
    kind: Kind
    rule: str
    is_certain: bool = True
    meant: str = ""
    label: str = ""


def settled(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings by position, none overlapping: what is certain goes before what is not, then the longer one.

    Of two as long the kind that `Kind` names first counts.
    """
    order = {kind: number for number, kind in enumerate(Kind)}
    ranked = sorted(findings, key=lambda f: (not f.is_certain, f.start - f.end, order[f.kind], f.start))
    kept: list[Finding] = []
    for finding in ranked:
        if all(finding.end <= other.start or other.end <= finding.start for other in kept):
            kept.append(finding)
    return tuple(sorted(kept, key=lambda finding: finding.start))
