"""What was said as tables, for statistics and programs of one's own: a row per utterance, a row per word."""

from collections.abc import Iterator
from typing import NamedTuple

from storage.exports.clean import clean
from storage.exports.document import Document
from storage.exports.turns import UNKNOWN_SPEAKER
from storage.tables import VersionKind
from storage.transcripts.transcript import Spoken
from storage.transcripts.words import DISPUTED, SPEAKER, UNCLEAR, shown_text, words_of

_MARKS = (DISPUTED, UNCLEAR, SPEAKER)


class UtteranceRow(NamedTuple):
    """An utterance with every id: `document` is the name of the interview's files, `utterance` counts from 1 in it.

    `text` is as the delivered text has it, empty where all of it was set aside; times are milliseconds.
    """

    document: str
    utterance: int
    interview: str
    code: str
    group: str
    speaker: str
    channel: int
    start_ms: int
    end_ms: int
    text: str
    version: int
    version_kind: str
    is_checked: bool
    interview_guid: str
    participant_guid: str
    recording_guid: str
    transcript_guid: str
    version_guid: str
    utterance_guid: str


class WordRow(NamedTuple):
    """A word: `document` and `utterance` are those of its `UtteranceRow`, `word` counts from 1 in the utterance.

    `text` is a word of the text, `set_aside` one that was set aside, with the reason: one of them is always empty, so
    that what was set aside is never read as text. `marks` are of what is doubtful. Times (milliseconds) and
    probability are None where they are not known, as in text that a person has written.
    """

    document: str
    utterance: int
    word: int
    interview: str
    code: str
    speaker: str
    start_ms: int | None
    end_ms: int | None
    text: str
    probability: float | None
    marks: str
    set_aside: str
    reason: str


def utterance_rows(document: Document) -> Iterator[UtteranceRow]:
    """A row for every stored utterance, in their stored order."""
    t = document.transcript
    texts = {line.number: line.text for line in document.lines}
    for number, spoken in enumerate(t.utterances):
        yield UtteranceRow(
            document=document.name,
            utterance=number + 1,
            interview=t.label,
            code=t.code,
            group=t.group,
            speaker=_speaker(spoken),
            channel=spoken.channel,
            start_ms=max(spoken.start_ms, 0),
            end_ms=max(spoken.end_ms, 0),
            text=texts.get(number, ""),
            version=t.version_number,
            version_kind=t.version_kind,
            is_checked=document.is_checked,
            interview_guid=t.interview_guid,
            participant_guid=t.participant_guid,
            recording_guid=t.recording_guid,
            transcript_guid=t.transcript_guid,
            version_guid=t.version_guid,
            utterance_guid=spoken.guid,
        )


def word_rows(document: Document) -> Iterator[WordRow]:
    """A row for every word as it was recognised, hesitations too, whatever the study's style of verbatim.

    Where a person has written the text, its words without times. Nothing that was set aside goes out of a
    pseudonymised version, for it may hold names.
    """
    t = document.transcript
    for number, spoken in enumerate(t.utterances):
        speaker = _speaker(spoken)
        for place, word in enumerate(_words(spoken, t.version_kind), start=1):
            text, start_ms, end_ms, probability, marks, reason = word
            shown, aside = ("", text) if reason else (text, "")
            ids = (document.name, number + 1, place, t.label, t.code, speaker)
            yield WordRow(*ids, start_ms, end_ms, shown, probability, marks, aside, reason)


_Word = tuple[str, int | None, int | None, float | None, str, str]


def _words(spoken: Spoken, kind: str) -> Iterator[_Word]:
    """Text, start, end, probability, marks and reason of each word that goes out."""
    words = words_of(spoken.words)
    if shown_text(words) != spoken.text:  # a person has written it: the words are those of another text
        yield from ((text, None, None, None, "", "") for text in clean(spoken.text).split())
        return
    for row, word in zip(spoken.words, words, strict=True):
        text, marks, reason = clean(word.text), "", ""
        if word.marks:  # few are
            marks, reason = " ".join(mark for mark in _MARKS if mark in word.marks), word.reason
        if text and not (reason and kind == VersionKind.PSEUDONYMISED):
            yield text, max(word.start_ms, 0), max(word.end_ms, 0), row[3], marks, reason


def _speaker(spoken: Spoken) -> str:
    return clean(spoken.speaker) or UNKNOWN_SPEAKER
