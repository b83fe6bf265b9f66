"""Web addresses and names on social media, written and said."""

import re
from collections.abc import Iterator

from storage.pseudonyms.finding.findings import Finding, Kind
from storage.pseudonyms.finding.heard import Heard
from storage.pseudonyms.finding.word_lists import cue_words

_ENDING = r"(?:co\.uk|org\.uk|ac\.uk|me\.uk|com|net|org|info|uk|io|eu|blog|online)"
_WRITTEN = re.compile(
    rf"(?:https?://\S+|(?<![\w@.])(?:www\.)[\w-]+(?:\.[\w-]+)+(?:/\S*)?|(?<![\w@.])(?:[\w-]+\.)+{_ENDING}(?![\w@])(?:/\S*)?)",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"\b(?:www dot |w w w dot |triple w dot )?(?:[\w-]+ (?:dot|dash|hyphen|underscore) )*[\w-]+ dot "
    r"(?:co dot uk|org dot uk|ac dot uk|com|net|org|uk)\b(?: (?:forward )?slash [\w-]+)*",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"(?<![\w@.])@\w{3,30}")
_CALLED = re.compile(
    r"\b(?:twitter|instagram|insta|tik\s?tok|snapchat|facebook|youtube|skype)"
    r"(?: (?:handle|name|account|page|channel|profile|id))?(?: is| as|'s|:| under)"
    r" (?P<name>[\w.]*[\d_.][\w.]*\w|[A-Z]\w+)",
    re.IGNORECASE,
)
_PUBLIC = re.compile(
    r"\b(?:nhs(?:\.| dot )uk|gov(?:\.| dot )uk|bbc|amazon|google|facebook|youtube|twitter|zoom|netflix|ebay|gmail"
    r"|hotmail|outlook|yahoo|icloud|booking|autotrader|rightmove|gumtree)\b",
    re.IGNORECASE,
)
_WORDS_BEFORE = 2
_STOPS = ".,;:!?)”’\"'"


def find_web_addresses(heard: Heard) -> Iterator[Finding]:
    """Addresses on the web that are not everybody's, and names on social media."""
    for match in _WRITTEN.finditer(heard.text):
        if not _PUBLIC.search(match[0]):
            end = match.start() + len(match[0].rstrip(_STOPS))
            yield Finding(match.start(), end, Kind.WEB, "a written web address")
    for match in _SAID.finditer(heard.text):
        if not _PUBLIC.search(match[0]):
            yield Finding(_first_word(heard, match.start()), match.end(), Kind.WEB, "a web address said aloud")
    for match in _HANDLE.finditer(heard.text):
        yield Finding(*match.span(), Kind.WEB, "a name on social media")
    for match in _CALLED.finditer(heard.text):
        yield Finding(*match.span("name"), Kind.WEB, "called a name on social media", is_certain=False)


def _first_word(heard: Heard, start: int) -> int:
    """Where an address said aloud begins: 'joes plumbing dot com' has two words before its dot."""
    number = next(number for number, token in enumerate(heard.tokens) if token.end > start)
    for _ in range(_WORDS_BEFORE):
        if number == 0 or heard.tokens[number].gap.strip() or heard.word(number - 1) in cue_words("address starts"):
            break
        number -= 1
    return heard.tokens[number].start
