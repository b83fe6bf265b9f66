"""Numbers that are told in pieces, the other speaker's 'yeah' between: 'oh one nine one' – 'yes' – 'four nine eight'.

Utterances that end and begin with digits are read as one text, short ones without digits between them left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from storage.pseudonyms.finding.digits import digit_runs
from storage.pseudonyms.finding.findings import Finding
from storage.pseudonyms.finding.heard import Heard, hear
from storage.pseudonyms.finding.long_numbers import find_long_numbers
from storage.pseudonyms.finding.nhs_numbers import find_nhs_numbers
from storage.pseudonyms.finding.phones import find_phones

_MOST_PIECES = 8
_REPLY_WORDS = 3  # of what the other speaker says between two pieces
_BETWEEN = ", "
_FIND: tuple[Callable[[Heard], Iterator[Finding]], ...] = (find_phones, find_nhs_numbers, find_long_numbers)


@dataclass(frozen=True, slots=True)
class _Ends:
    """What is at both ends of a text: digits, or no digits at all in few words."""

    begins: bool
    ends: bool
    is_reply: bool


def find_pieces(texts: Sequence[str], before: Callable[[int], str]) -> Iterator[tuple[int, Finding]]:
    """Parts of numbers that go over several texts, each with the number of its text.

    `before` gives what was said before a text, by its number.
    """
    ends = [_ends(hear(text)) for text in texts]
    number = 0
    while number < len(texts):
        chain = _chain(ends, number)
        if len(chain) > 1:
            yield from _in_chain(texts, chain, before(number))
        number = chain[-1] + 1 if len(chain) > 1 else number + 1


def _chain(ends: Sequence[_Ends], first: int) -> list[int]:
    chain = [first]
    if not ends[first].ends:
        return chain
    for number in range(first + 1, min(first + 2 * _MOST_PIECES, len(ends))):
        if ends[number].begins:
            chain.append(number)
            if not ends[number].ends:
                break
        elif not ends[number].is_reply:
            break
    return chain


def _in_chain(texts: Sequence[str], chain: Sequence[int], before: str) -> Iterator[tuple[int, Finding]]:
    """What is found in the texts of a chain as one, where it goes over more than one of them."""
    starts, at = [], 0
    for number in chain:
        starts.append(at)
        at += len(texts[number]) + len(_BETWEEN)
    heard = hear(_BETWEEN.join(texts[number] for number in chain), before)
    for find in _FIND:
        for finding in find(heard):
            parts = [
                (number, place)
                for number, start in zip(chain, starts, strict=True)
                if (place := _inside(texts[number], finding.start - start, finding.end - start))
            ]
            for number, (start, end) in parts if len(parts) > 1 else ():
                yield number, replace(finding, start=start, end=end, rule=f"{finding.rule}, told in pieces")


def _inside(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The part of a stretch that lies in a text, from its first letter or digit to its last, if any."""
    places = [place for place in range(max(start, 0), min(end, len(text))) if text[place].isalnum()]
    return (places[0], places[-1] + 1) if places else None


def _ends(heard: Heard) -> _Ends:
    runs = digit_runs(heard)
    tokens = heard.tokens
    if not runs or not tokens:
        return _Ends(False, False, len(tokens) <= _REPLY_WORDS)
    return _Ends(runs[0].start == tokens[0].start, runs[-1].end == tokens[-1].end, False)
