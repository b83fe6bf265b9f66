"""What was found in a text that may tell who somebody is, and which finding counts where two overlap."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
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

    @property
    def pseudonym(self) -> str:
        """What stands for it where it does not matter which one is meant: '[Phone number]'."""
        return f"[{self.value[0].upper()}{self.value[1:]}]"


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


def settled(text: str, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings in a text by position, none overlapping.

    Where two overlap, what is certain goes before what is not, numbers and addresses before names, the longer before
    the shorter, and the kind that `Kind` names first before another. Of the other one the rest stays, so that nothing
    that was found is lost.
    """
    order = {kind: number for number, kind in enumerate(Kind)}

    def rank(f: Finding) -> tuple[bool, bool, int, int, int]:
        return not f.is_certain, f.kind in NUMBERED, f.start - f.end, order[f.kind], f.start

    kept: list[Finding] = []
    for finding in sorted(findings, key=rank):
        kept += _free_parts(text, finding, kept)
    return tuple(sorted(kept, key=lambda finding: finding.start))


def _free_parts(text: str, finding: Finding, kept: Iterable[Finding]) -> Iterable[Finding]:
    """The parts of a finding that no kept one covers, without what is neither letter nor digit at their ends."""
    taken = sorted(
        (other.start, other.end) for other in kept if other.start < finding.end and finding.start < other.end
    )
    if not taken:
        return (finding,)
    bounds = [finding.start, *(position for span in taken for position in span), finding.end]
    parts = []
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        inside = [position for position in range(start, end) if text[position].isalnum()]
        if inside:
            parts.append(replace(finding, start=inside[0], end=inside[-1] + 1))
    return parts
