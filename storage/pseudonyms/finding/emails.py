"""E-mail addresses, written ('jo.smith@gmail.com') and said ('jo dot smith at gmail dot com')."""

import re
from collections.abc import Iterator

from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard
from storage.pseudonyms.finding.word_lists import cue_words

_WRITTEN = re.compile(r"(?<![\w.])[\w.+-]*\w\s?@\s?[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_JOINED = re.compile(r"[\s,]{0,2}[._\-‑][\s,]{0,2}|(?<=\w)_(?=\w)")  # between two parts of an address, as written
_JOINS = frozenset({"dot", "underscore", "dash", "hyphen", "point", "stop"})
_MOST_WORDS = 5  # before the 'at' that nothing joins, such as 'jo smith sixty four'


def find_emails(heard: Heard) -> Iterator[Finding]:
    """E-mail addresses; what is said counts from the word after 'is', 'on' or the like, or from what joins it."""
    for match in _WRITTEN.finditer(heard.text):
        start = _local_start_of_written(heard, match)
        yield Finding(start, match.end(), Kind.EMAIL, "a written address")
    for number, token in enumerate(heard.tokens):
        if token.lower == "at" and (last := _domain_end(heard, number + 1)) is not None:
            first = _local_start(heard, number)
            if first is not None:
                yield Finding(heard.tokens[first].start, heard.tokens[last].end, Kind.EMAIL, "an address said aloud")


def _local_start_of_written(heard: Heard, match: re.Match[str]) -> int:
    """Also the words that 'dot' joins to a written address: 'jo dot smith@gmail.com'."""
    first = next(number for number, token in enumerate(heard.tokens) if token.end > match.start())
    while first >= 2 and heard.word(first - 1) in _JOINS:
        first -= 2
    return min(heard.tokens[first].start, match.start())


def _domain_end(heard: Heard, number: int) -> int | None:
    """The last token of a domain that begins with one: 'gmail dot com', 'gmail.com', 'Gmail'."""
    last = number
    if number >= len(heard.tokens) or not _is_spaced(heard.tokens[number].gap):
        return None
    for place in range(number, min(number + 4, len(heard.tokens))):
        if _joined_at(heard, place + 1):
            last = place
            break
    else:
        return number if heard.word(number) in cue_words("e-mail providers") else None
    ended = None
    while (step := _joined_at(heard, last + 1)) is not None and last + step < len(heard.tokens):
        last += step
        if heard.word(last) in cue_words("e-mail endings"):
            ended = last
    return ended


def _joined_at(heard: Heard, number: int) -> int | None:
    """How many tokens on the next part of a domain is, where a dot written or said comes first."""
    if number >= len(heard.tokens):
        return None
    if heard.word(number) in ("dot", "point") and number + 1 < len(heard.tokens):
        return 2
    return 1 if heard.tokens[number].gap in (".", " .") else None


def _local_start(heard: Heard, at: int) -> int | None:
    """The first token of what stands before the 'at', or None where nothing that could be an address does."""
    if heard.word(at - 1) in cue_words("address starts") | cue_words("e-mail looks"):
        return None
    first = at
    words = 0
    while first > 0 and words <= _MOST_WORDS:
        word = heard.word(first - 1)
        is_joined = word in _JOINS or (first < at and (heard.word(first) in _JOINS or _is_joined(heard, first)))
        if first < at and not is_joined and (_ends_before(heard, first) or word in cue_words("address starts")):
            break
        words += not is_joined
        first -= 1
    return first if first < at else None


def _is_joined(heard: Heard, number: int) -> bool:
    return _JOINED.fullmatch(heard.tokens[number].gap) is not None


def _ends_before(heard: Heard, number: int) -> bool:
    """Whether what stands before a token is said apart from it; 'jo smith, all one word, at gmail' is one address."""
    gap = heard.tokens[number].gap
    return gap != " " and not (heard.word(number) == "all" and _is_spaced(gap))


def _is_spaced(gap: str) -> bool:
    return gap.strip(" ,") == "" and bool(gap)
