"""Words without their hesitations and restarts, as intelligent verbatim wants them.

Only what is safe goes, and nothing is reworded. A word said twice goes where nobody says it twice on purpose
("I, I think"), never where it may be meant ("very very", "no, no") or good grammar ("I told you you could"). A language
without a line in `HABITS` loses only words broken off before they are said whole ("th- the").
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from storage.transcripts.words import UNCLEAR, StoredWord

LONGEST_RESTART = 4  # words

_PARTS = re.compile(r"(\W*)(.*?)(\W*)", re.DOTALL)
_STOP = re.compile(r"(?<!\.)\.(?!\.)\W*$|[?!。？！]\W*$")  # the end of a sentence; an ellipsis is none
_QUOTES = "\"'”’»)"


@dataclass(frozen=True, slots=True)
class Habits:
    """How people hesitate in a language, all in small letters.

    `fillers` match whole words; `doubled` are words that are said twice only by accident; with one of `openers` begins
    a phrase that is.
    """

    fillers: re.Pattern[str]
    doubled: frozenset[str] = frozenset()
    openers: frozenset[str] = frozenset()


def _habits(fillers: str, doubled: str = "", openers: str = "") -> Habits:
    return Habits(re.compile(fillers), frozenset(doubled.split()), frozenset(openers.split()))


HABITS = {
    "en": _habits(
        r"u+h+m*|u+m+|er+m*|eh+m+|m{2,}|h+m+",
        "i i'm i've i'd i'll we we're we've he he's she she's they they're they've it's the a an my our their "
        "and but or if because of for with from to at was were",
        "i i'm i've i'd i'll you you're we we're we've he he's she she's they they're they've it it's there there's "
        "that's if because when what the a my our their in of for with from to at",
    ),
    "de": _habits(r"[äö]+h+m*|e+h+m+|h+m+|m{2,}", "ich wir er und aber weil ein eine", "ich wir er es"),
    "fr": _habits(r"e+u+h+|h+e+u+|h+u*m+|m{2,}", "je j'ai il on c'est et mais un une", "je j'ai il on c'est"),
    "nl": _habits(r"u+h+m*|e+h+m*|h+m+|m{2,}", "ik wij we en maar een", "ik wij we het"),
    "es": _habits(r"e+h+m*|e+m+|h+m+|m{2,}", "yo y pero un una", "yo"),
}
_NONE = _habits(r"(?!)")


def without_hesitations(words: Sequence[StoredWord], language: str) -> tuple[StoredWord, ...]:
    """The words of an utterance that say something, capitals and punctuation mended where one was cut.

    An utterance that is nothing but hesitation answers someone, as "Mm." does, and stays.
    """
    habits = HABITS.get(language, _NONE)
    fillers = {number for number, word in enumerate(words) if _is_filler(word, habits)}
    if not any(_plain(word) for number, word in enumerate(words) if number not in fillers):
        return tuple(words)
    said = _cut(words, fillers)
    return _cut(said, _restarts(said, habits))


def _is_filler(word: StoredWord, habits: Habits) -> bool:
    """'Um' and 'um', but neither the question 'Mm?' nor the abbreviation 'ER'."""
    _, core, closing = _parts(word.text)
    small = core[:1].lower() + core[1:]
    return habits.fillers.fullmatch(small) is not None and not set("?!") & set(closing)


def _restarts(words: Sequence[StoredWord], habits: Habits) -> set[int]:
    """Numbers of the words that are said again at once, or broken off and then said whole."""
    plain = [_plain(word) for word in words]
    cut: set[int] = set()
    for start in range(len(words) - 1):
        if _is_broken_off(words[start], plain[start : start + 2]):
            cut.add(start)
        for length in range(1, LONGEST_RESTART + 1):
            middle, end = start + length, start + 2 * length
            known = habits.doubled if length == 1 else habits.openers
            is_again = plain[start] in known and plain[start:middle] == plain[middle:end] and end < len(words)
            if is_again and _goes_on(words[start:middle], words[middle:end]):
                cut.update(range(start, middle))
    return cut


def _goes_on(first: Sequence[StoredWord], second: Sequence[StoredWord]) -> bool:
    """Whether no sentence ends in the first, and nothing stops after the second, as where both are meant."""
    return not any(_STOP.search(word.text) for word in first) and not any(_parts(word.text)[2] for word in second)


def _is_broken_off(word: StoredWord, plain: Sequence[str]) -> bool:
    """Whether a word is the beginning of the next; both in `plain`."""
    return word.text[-1:] in ("-", "–", "—") and bool(plain[0]) and plain[1].startswith(plain[0])


def _cut(words: Sequence[StoredWord], cut: Collection[int]) -> tuple[StoredWord, ...]:
    """The other words. What the cut ones began or ended passes to their neighbours: a capital, a stop, a quotation."""
    kept: list[StoredWord] = []
    opening, is_capital = "", False
    for number, word in enumerate(words):
        if number not in cut:
            kept.append(_opened(word, opening, is_capital))
            opening, is_capital = "", False
            continue
        opened, core, closing = _parts(word.text)
        at_start = not kept or _STOP.search(kept[-1].text) is not None
        is_capital |= at_start and core[:1].isupper()
        if opened and set(closing) & set(_QUOTES):
            continue  # it alone was quoted
        opening += opened
        if kept:
            kept[-1] = _closed(kept[-1], closing, is_last=number == len(words) - 1)
    return tuple(kept)


def _opened(word: StoredWord, opening: str, is_capital: bool) -> StoredWord:
    if UNCLEAR in word.marks or not (opening or is_capital):
        return word
    opened, core, closing = _parts(word.text)
    if is_capital:
        core = core[:1].upper() + core[1:]
    return replace(word, text=opening + opened + core + closing)


def _closed(word: StoredWord, closing: str, *, is_last: bool) -> StoredWord:
    """The word with the end of a sentence or a quotation that stood behind a word cut after it."""
    closing = re.sub(r"[,;:–—-]", "", closing)
    if not is_last:
        closing = re.sub(r"\.{2,}|…", "", closing)
    if not closing or UNCLEAR in word.marks:
        return word
    text = word.text
    if closing[0] not in _QUOTES:
        text = text.rstrip(",;:")
        if _STOP.search(text):
            closing = closing.lstrip(".…")
    return replace(word, text=text + closing)


def _plain(word: StoredWord) -> str:
    return _parts(word.text)[1].lower().replace("’", "'")


def _parts(text: str) -> tuple[str, str, str]:
    """Punctuation before the word, the word, punctuation behind it."""
    match = _PARTS.fullmatch(text)
    assert match, "the pattern matches every text"
    return match[1], match[2], match[3]
