"""Utterances as they read in a style of verbatim, from the words as they are stored: nothing stored is changed.

Full verbatim shows everything that was recognised, with pauses and with what was said at once; intelligent verbatim
leaves out hesitations. Both show what is doubtful, and neither shows what was set aside.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from storage.exports.clean import clean
from storage.exports.hesitations import without_hesitations
from storage.exports.overlap import Talk, Voice, talk_of
from storage.transcripts.transcript import Spoken
from storage.transcripts.words import DISPUTED, SPEAKER, UNCLEAR, UNCLEAR_TEXT, StoredWord, shown_words

SHORTEST_PAUSE_MS = 500

_CLOSING = re.compile(r"[.,;:!?…]*[\"”’)]*$")


class Style(StrEnum):
    """The styles that a study can choose."""

    FULL = "full"
    INTELLIGENT = "intelligent"


ABOUT = {
    Style.FULL: "full verbatim: hesitations, restarts and repeated words as they were recognised; (0.8) is a pause in "
    "seconds, //words// were said while someone else spoke",
    Style.INTELLIGENT: "intelligent verbatim: hesitations and restarts left out, nothing reworded",
}
ABOUT_MARKS = (
    "[unclear from-to] is speech that could not be written down; [words?] read otherwise at a second hearing; "
    "[speaker?] says that who speaks is doubtful"
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """An utterance as it reads: its text, the pause of its speaker before it such as '(1.4)', and what to listen to.

    `doubts` are half-open positions in the text, in code points.
    """

    text: str
    pause: str = ""
    doubts: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """The words of an utterance that are shown, clean; none where a person wrote its text."""

    voice: Voice
    words: tuple[StoredWord, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Part of a text between two spaces."""

    text: str
    is_doubtful: bool = False


def rendered(utterances: Sequence[Spoken], style: str, language: str) -> tuple[Rendered, ...]:
    """The utterances in the order in which they are read, each as it reads in the style; an empty text is not shown.

    An utterance whose text is not what its words say was written by a person and stays as it is.
    """
    said = [_said(spoken) for spoken in utterances]
    talk = talk_of((each.voice, each.words) for each in said)
    made: list[Rendered] = []
    before: _Said | None = None
    for spoken, each in zip(utterances, said, strict=True):
        if not each.words:
            one = _as_written(spoken)
        elif style == Style.INTELLIGENT:
            one = _joined(_intelligent(each, language))
        else:
            one = replace(_joined(_full(each, talk)), pause=_pause_between(before, each, talk))
        made.append(one)
        before = each if one.text else before
    return tuple(made)


def _said(spoken: Spoken) -> _Said:
    words = tuple(clean_word for word in shown_words(spoken.words) if (clean_word := _clean(word)).text)
    is_by_machine = " ".join(word.text for word in words) == clean(spoken.text)
    return _Said((spoken.channel, spoken.speaker), words if is_by_machine else ())


def _clean(word: StoredWord) -> StoredWord:
    text = clean(word.text)
    return word if text == word.text else replace(word, text=text)


def _as_written(spoken: Spoken) -> Rendered:
    text = clean(spoken.text)
    return Rendered(text, doubts=tuple(found.span() for found in UNCLEAR_TEXT.finditer(text)))


def _full(said: _Said, talk: Talk) -> Iterator[_Piece]:
    """A pause ends a run of doubtful words, or of words said while someone else speaks."""
    yield from _speaker_doubt(said.words)
    run: list[StoredWord] = []
    for word in said.words:
        if run and (pause := _pause(run[-1], word, said.voice, talk)):
            yield from _spoken_over(run, said.voice, talk)
            yield _Piece(pause)
            run = []
        run.append(word)
    yield from _spoken_over(run, said.voice, talk)


def _intelligent(said: _Said, language: str) -> Iterator[_Piece]:
    yield from _speaker_doubt(said.words)
    yield from _doubted(without_hesitations(said.words, language))


def _speaker_doubt(words: Iterable[StoredWord]) -> Iterator[_Piece]:
    if any(SPEAKER in word.marks for word in words):
        yield _Piece("[speaker?]", is_doubtful=True)


def _spoken_over(words: Iterable[StoredWord], voice: Voice, talk: Talk) -> Iterator[_Piece]:
    for is_over, run in groupby(words, key=lambda word: talk.others_speak(voice, word.start_ms, word.end_ms)):
        pieces = list(_doubted(run))
        if is_over:
            pieces[0] = replace(pieces[0], text=f"//{pieces[0].text}")
            pieces[-1] = replace(pieces[-1], text=f"{pieces[-1].text}//")
        yield from pieces


def _doubted(words: Iterable[StoredWord]) -> Iterator[_Piece]:
    for mark, run in groupby(words, key=_doubt):
        texts = [word.text for word in run]
        if mark == UNCLEAR:
            yield from (_Piece(text, is_doubtful=True) for text in texts)
        elif mark == DISPUTED:
            yield _Piece(questioned(" ".join(texts)), is_doubtful=True)
        else:
            yield _Piece(" ".join(texts))


def _doubt(word: StoredWord) -> str:
    return next((mark for mark in (UNCLEAR, DISPUTED) if mark in word.marks), "")


def questioned(text: str) -> str:
    """`went home.` as `[went home?].`"""
    closing = _CLOSING.search(text)
    end = closing.start() if closing and closing.start() else len(text)
    return f"[{text[:end]}?]{text[end:]}"


def _pause_between(before: _Said | None, said: _Said, talk: Talk) -> str:
    """The pause of a speaker who goes on speaking, nobody else's utterance between."""
    if before is None or before.voice != said.voice or not before.words:
        return ""
    return _pause(before.words[-1], said.words[0], said.voice, talk)


def _pause(before: StoredWord, word: StoredWord, voice: Voice, talk: Talk) -> str:
    """`(0.8)` where nobody speaks between two words, to the nearest tenth of a second; else nothing."""
    pause_ms = word.start_ms - before.end_ms
    if pause_ms < SHORTEST_PAUSE_MS or talk.others_speak(voice, before.end_ms, word.start_ms):
        return ""
    tenths = (pause_ms + 50) // 100
    return f"({tenths // 10}.{tenths % 10})"


def _joined(pieces: Iterable[_Piece]) -> Rendered:
    text, doubts = "", []
    for piece in pieces:
        start = len(text) + 1 if text else 0
        text = f"{text} {piece.text}" if text else piece.text
        if piece.is_doubtful:
            doubts.append((start, len(text)))
    return Rendered(text, doubts=tuple(doubts))
