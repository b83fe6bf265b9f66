"""An utterance as the recognisers read it: its text in tokens, with what was said just before.

What stands in brackets as a pseudonym, a code or `[unclear …]` has no tokens, so nothing is ever found in it.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field

_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_CLOSED = re.compile(r"\[(?:unclear [^\]]*|[A-Z]{1,8}_\d{1,6})\]")
_SENTENCE_END = re.compile(r"[.?!…:“”\"]|(?<!\w)['‘]")
_ABBREVIATED = frozenset({"mr", "mrs", "ms", "dr", "prof", "rev", "st"})  # a stop behind them ends no sentence
_POSSESSIVE = re.compile(r"['’](?:s|S)?$")
_FEWEST_WORDS = 4  # of a text all in capitals, to say that it is one


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a number at a half-open position; `gap` is what stands between the token before and this one.

    `lower` is the word in small letters, `stem` the same without a possessive 's, which ends at `stem_end`.
    """

    start: int
    end: int
    text: str
    gap: str
    opens_sentence: bool
    tells_capital: bool  # whether it has a capital that no start of a sentence explains
    lower: str
    stem: str
    stem_end: int

    @property
    def is_possessive(self) -> bool:
        return self.stem_end < self.end

    @property
    def has_capital(self) -> bool:
        return self.text[0].isupper()


@dataclass(frozen=True, slots=True)
class Heard:
    """A text with its tokens; `before` is the text of what was said just before it, perhaps by somebody else."""

    text: str
    before: str = ""
    tokens: tuple[Token, ...] = field(default=())

    def word(self, number: int) -> str:
        """The token in small letters, '' where there is none."""
        return self.tokens[number].lower if 0 <= number < len(self.tokens) else ""


def hear(text: str, before: str = "", pseudonyms: Collection[str] = ()) -> Heard:
    """Split a text into tokens; `pseudonyms`, in their brackets, are left alone."""
    closed = [match.span() for match in _CLOSED.finditer(text)]
    for pseudonym in pseudonyms if "[" in text else ():
        at = text.find(pseudonym)
        while at >= 0:
            closed.append((at, at + len(pseudonym)))
            at = text.find(pseudonym, at + len(pseudonym))
    matches = [
        match
        for match in _TOKEN.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in closed)
    ]
    is_shouted = _is_shouted([match[0] for match in matches])
    tokens: list[Token] = []
    end = 0
    for match in matches:
        gap = text[end : match.start()]
        tokens.append(_token(match, gap, _opens(gap, tokens), is_shouted=is_shouted))
        end = match.end()
    return Heard(text, before, tuple(tokens))


def _token(match: re.Match[str], gap: str, opens: bool, *, is_shouted: bool) -> Token:
    start, end = match.span()
    text = match[0]
    stem = _POSSESSIVE.sub("", text)
    return Token(
        start=start,
        end=end,
        text=text,
        gap=gap,
        opens_sentence=opens,
        tells_capital=text[0].isupper() and not opens and not is_shouted,
        lower=text.lower().replace("’", "'"),
        stem=stem.lower().replace("’", "'"),
        stem_end=start + len(stem),
    )


def _opens(gap: str, before: list[Token]) -> bool:
    if not before:
        return True
    if before[-1].lower in _ABBREVIATED:
        gap = gap.removeprefix(".")
    return _SENTENCE_END.search(gap) is not None


def _is_shouted(words: list[str]) -> bool:
    """Whether all words have capitals, as in 'Thank You For Watching', so that a capital tells nothing."""
    letters = [word for word in words if word[0].isalpha()]
    return len(letters) >= _FEWEST_WORDS and all(word[0].isupper() for word in letters)
