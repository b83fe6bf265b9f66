"""What was found in a transcript, with its place and its pseudonym, and what a person decides on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from storage.pseudonyms.finding.findings import NUMBERED, Finding, Kind
from storage.pseudonyms.finding.heard import hear
from storage.pseudonyms.finding.recognise import Findings
from storage.pseudonyms.log import Decision, Logged
from storage.pseudonyms.rewriting import Replacement, moved

BY_HAND = "by hand"
_CONTEXT = 40  # characters shown on either side

Place = tuple[int, int, int]  # number of the text, start, end


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something found, or named by a person, in one of the texts of a transcript (utterances, then notes)."""

    place: Place
    kind: Kind
    original: str
    pseudonym: str
    rule: str
    is_certain: bool
    context: str
    meant: str = ""


def wanted_pseudonyms(found: Findings) -> list[tuple[str, str]]:
    """Whom the findings mean and the word of a new pseudonym for each, in the order in which they are met."""
    seen: dict[str, str] = {}
    for findings in found:
        for finding in findings:
            if finding.kind in NUMBERED:
                seen.setdefault(finding.meant, finding.label)
    return list(seen.items())


def candidates_of(texts: Sequence[str], found: Findings, pseudonyms: Mapping[str, str]) -> tuple[Candidate, ...]:
    """What was found, in order, with the pseudonym of each."""
    return tuple(
        _candidate(text, number, finding, pseudonyms)
        for number, (text, findings) in enumerate(zip(texts, found, strict=True))
        for finding in findings
    )


def without_kept(candidates: Iterable[Candidate], logged: Iterable[Logged]) -> tuple[Candidate, ...]:
    """The candidates without those that a person has decided to keep in this very version."""
    kept = {(each.place, each.new_start, each.new_end) for each in logged if each.decision == Decision.KEEP}
    return tuple(candidate for candidate in candidates if candidate.place not in kept)


def named_by_hand(texts: Sequence[str], original: str, kind: Kind, pseudonym: str) -> tuple[Candidate, ...]:
    """Every place of a transcript where words stand that a person wants replaced, capitals as they wrote them."""
    words = tuple(token.text for token in hear(original).tokens)
    return tuple(
        Candidate((number, start, end), kind, text[start:end], pseudonym, BY_HAND, True, context_of(text, start, end))
        for number, text in enumerate(texts)
        for start, end in (_stretches(text, words) if words else ())
    )


def taking_over(candidates: Iterable[Candidate], by_hand: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Candidates with those named by hand in the place of what they overlap."""
    return tuple(sorted((*apart_from(candidates, by_hand), *by_hand), key=lambda candidate: candidate.place))


def apart_from(candidates: Iterable[Candidate], others: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates that none of the others overlaps."""
    return tuple(each for each in candidates if not any(_overlap(each.place, other.place) for other in others))


def replacements_of(candidates: Iterable[Candidate]) -> dict[int, tuple[Replacement, ...]]:
    """What is to be replaced in each text, by its number."""
    found: dict[int, list[Replacement]] = {}
    for candidate in candidates:
        number, start, end = candidate.place
        found.setdefault(number, []).append(Replacement(start, end, candidate.pseudonym))
    return {number: tuple(replacements) for number, replacements in found.items()}


def logged_of(
    source_guid: str, replace_: Sequence[Candidate], keep: Sequence[Candidate], actor: str, at: str
) -> tuple[Logged, ...]:
    """What is to be logged of the decisions on a version, by place."""
    replacements = replacements_of(replace_)
    decided = [(each, Decision.REPLACE) for each in replace_] + [(each, Decision.KEEP) for each in keep]
    logged = []
    for each, decision in sorted(decided, key=lambda pair: pair[0].place):
        number, start, end = each.place
        new_start = moved(start, replacements.get(number, ()))
        is_replaced = decision == Decision.REPLACE
        new_end = new_start + (len(each.pseudonym) if is_replaced else end - start)
        pseudonym = each.pseudonym if is_replaced else ""
        where = (number, start, end, new_start, new_end)
        logged.append(Logged(source_guid, *where, decision, each.kind, each.original, pseudonym, each.rule, actor, at))
    return tuple(logged)


def context_of(text: str, start: int, end: int) -> str:
    """The text around a stretch, the stretch itself between two bars."""
    before = ("…" if start > _CONTEXT else "") + text[max(0, start - _CONTEXT) : start]
    behind = text[end : end + _CONTEXT] + ("…" if len(text) > end + _CONTEXT else "")
    return f"{before}|{text[start:end]}|{behind}"


def _candidate(text: str, number: int, finding: Finding, pseudonyms: Mapping[str, str]) -> Candidate:
    return Candidate(
        place=(number, finding.start, finding.end),
        kind=finding.kind,
        original=text[finding.start : finding.end],
        pseudonym=pseudonyms[finding.meant] if finding.kind in NUMBERED else finding.kind.pseudonym,
        rule=finding.rule,
        is_certain=finding.is_certain,
        context=context_of(text, finding.start, finding.end),
        meant=finding.meant,
    )


def _stretches(text: str, words: tuple[str, ...]) -> Iterable[tuple[int, int]]:
    tokens = hear(text).tokens
    number = 0
    while number + len(words) <= len(tokens):
        stretch = tokens[number : number + len(words)]
        plain = tuple(token.text[: token.stem_end - token.start] for token in stretch[-1:])
        if tuple(token.text for token in stretch[:-1]) == words[:-1] and words[-1] in (stretch[-1].text, *plain):
            end = stretch[-1].end if stretch[-1].text == words[-1] else stretch[-1].stem_end
            yield stretch[0].start, end
            number += len(words)
        else:
            number += 1


def _overlap(first: Place, second: Place) -> bool:
    return first[0] == second[0] and first[1] < second[2] and second[1] < first[2]


def with_pseudonym(candidate: Candidate, pseudonym: str) -> Candidate:
    """The candidate with another pseudonym, as a person has decided."""
    return replace(candidate, pseudonym=pseudonym)
