"""Whether a recording is in another language than the one it is to be written in.

Told to write English, Whisper writes English of whatever it hears: of a Welsh interview it makes a translation that
nobody spoke. Before the first word of a window it says what language it hears; that is taken here, not one window's
word for it but most of the speech's.
"""

from __future__ import annotations

from collections.abc import Iterable

_SURE = 0.5  # a window that is less sure of its language tells nothing
_MOST = 0.8  # of the speech that tells something
_LEAST_MS = 60_000  # of such speech, unless the recording is shorter


def other_language(heard: Iterable[tuple[str, float, int]], expected: str, *, complete: bool) -> str:
    """The language that nearly all of the speech is in where it is not the expected one, else ''.

    `heard` has language, probability and milliseconds of speech of each window so far, `complete` says that there are
    no more. A language of '' is one that the model did not tell, an expected one of '' is any.
    """
    telling = [(language, ms) for language, probability, ms in heard if language and probability >= _SURE]
    total_ms = sum(ms for _, ms in telling)
    if not telling or (total_ms < _LEAST_MS and not complete):
        return ""
    shares = {language: sum(ms for other, ms in telling if other == language) for language, _ in telling}
    most = max(sorted(shares), key=lambda language: shares[language])
    return most if expected and most != expected and shares[most] >= _MOST * total_ms else ""


def name_of(language: str) -> str:
    """'Welsh' for 'cy'; the code itself where Whisper has no name for it."""
    from whisper.tokenizer import LANGUAGES

    return str(LANGUAGES.get(language, language)).title()
