"""Everything that may tell who somebody is, in the utterances of a transcript: all recognisers, and one answer.

Findings are positions in the utterances' texts. Whom a name means is settled over the whole transcript: 'Doreen' is
Doreen Pattison where no other Doreen is named in full.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial

from storage.pseudonyms.finding.dates import find_dates
from storage.pseudonyms.finding.emails import find_emails
from storage.pseudonyms.finding.findings import Finding, Kind, settled
from storage.pseudonyms.finding.heard import Heard, hear
from storage.pseudonyms.finding.institutions import find_institutions
from storage.pseudonyms.finding.known import Roster
from storage.pseudonyms.finding.long_numbers import find_long_numbers
from storage.pseudonyms.finding.national_insurance import find_national_insurance_numbers
from storage.pseudonyms.finding.nhs_numbers import find_nhs_numbers
from storage.pseudonyms.finding.people import find_people
from storage.pseudonyms.finding.phones import find_phones
from storage.pseudonyms.finding.pieces import find_pieces
from storage.pseudonyms.finding.places import find_places
from storage.pseudonyms.finding.postcodes import find_postcodes
from storage.pseudonyms.finding.web_addresses import find_web_addresses
from storage.pseudonyms.finding.word_lists import no_names, phrase

NUMBERS = (
    find_phones,
    find_nhs_numbers,
    find_national_insurance_numbers,
    find_long_numbers,
    find_postcodes,
    find_emails,
    find_web_addresses,
    find_dates,
)
_BEFORE = 120  # characters of what was said before, by which an answer is understood
_TEXTS_BEFORE = 4  # in at most so many utterances

Findings = tuple[tuple[Finding, ...], ...]  # of each utterance


def findings_in(texts: Sequence[str], roster: Roster, pseudonyms: Collection[str] = ()) -> Findings:
    """What is found in each text of a transcript; `pseudonyms`, in their brackets, are left alone."""
    heard = [hear(text, _before(texts, number), pseudonyms) for number, text in enumerate(texts)]
    found = [list(_findings(each, roster)) for each in heard]
    for number, finding in find_pieces(texts, partial(_before, texts)):
        found[number].append(finding)
    return _one_name_each(texts, tuple(map(settled, texts, found)), roster)


def _before(texts: Sequence[str], number: int) -> str:
    """What was said just before a text."""
    return " ".join(texts[max(0, number - _TEXTS_BEFORE) : number])[-_BEFORE:]


def _findings(heard: Heard, roster: Roster) -> Iterator[Finding]:
    for find in NUMBERS:
        yield from find(heard)
    nobody = tuple(_nobodys(heard))
    known = {known.key for known in roster.known}
    for finding in (*find_people(heard, roster), *find_places(heard, roster), *find_institutions(heard)):
        is_nobody = any(start < finding.end and finding.start < end for start, end in nobody)
        if not is_nobody or finding.meant in known:
            yield finding


def _nobodys(heard: Heard) -> Iterator[tuple[int, int]]:
    """Where phrases stand that hold a name and mean nobody: 'John Lewis', 'Parkinson's'."""
    words = tuple(token.lower for token in heard.tokens)
    for number, word in enumerate(words):
        for nobody in no_names().get(word, ()):
            if words[number : number + len(nobody)] == nobody:
                yield heard.tokens[number].start, heard.tokens[number + len(nobody) - 1].end


def _one_name_each(texts: Sequence[str], found: Findings, roster: Roster) -> Findings:
    """The same with a part of a name taken for the only one whom the transcript names in full and so."""
    in_full: dict[str, set[str]] = {}
    parts: set[str] = set()
    for text, findings in zip(texts, found, strict=True):
        for finding in findings:
            if finding.kind == Kind.PERSON and len(phrase(text[finding.start : finding.end])) > 1:
                in_full[finding.meant] = _called(finding.meant, roster)
            elif finding.kind == Kind.PERSON and finding.meant.startswith("name:"):
                parts.add(finding.meant)
    meant = {}
    for part in parts - in_full.keys():
        owners = [who for who, words in in_full.items() if part.removeprefix("name:") in words]
        meant[part] = owners[0] if len(owners) == 1 else part
    return tuple(tuple(replace(f, meant=meant.get(f.meant, f.meant)) for f in findings) for findings in found)


def _called(meant: str, roster: Roster) -> set[str]:
    """The words by which somebody who is named in full may be meant later: first name, short forms, last name."""
    known = {word for word, forms in roster.forms.items() if any(form.key == meant for form in forms)}
    words = meant.removeprefix("name:").split()
    return known or {words[0], words[-1]}
