"""From stored utterances to what every format shares: clean lines, turns for reading, the plain text.

Positions are Unicode code points, half-open; media times integer milliseconds. The plain text has LF line
ends, no byte order mark, and its characters as they are stored (no normalisation).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from storage.lengths import clock
from storage.transcripts import InterviewTranscript

UNKNOWN_SPEAKER = "Speaker"
LONGEST_TURN_MS = 60_000  # a long turn is broken here, so that a page always shows where in the recording one is

_BREAKS = re.compile("[ \t]*[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+[ \t]*")
_UNCARRIED = re.compile("[\x00-\x08\x0e-\x1b\ud800-\udfff\ufffe\uffff]")  # not allowed in XML, or not in UTF-8


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance as it goes out: one line of text that is not empty."""

    guid: str
    speaker: str
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Consecutive lines of one speaker, at least one."""

    lines: tuple[Line, ...]

    @property
    def speaker(self) -> str:
        return self.lines[0].speaker

    @property
    def start_ms(self) -> int:
        return self.lines[0].start_ms

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True)
class PlainText:
    """The text of a transcript and, line by line as `lines_of` gives them, where each line's words stand in it."""

    text: str
    positions: tuple[tuple[int, int], ...]


def clean(text: str) -> str:
    """`text` as one line that every format can carry: line breaks and tabs become a space, what neither XML
    nor UTF-8 allows becomes U+FFFD; everything else stays."""
    return _UNCARRIED.sub("\ufffd", _BREAKS.sub(" ", text)).strip()


def lines_of(transcript: InterviewTranscript) -> tuple[Line, ...]:
    """The utterances that have text, by start; a speaker who is not known is called 'Speaker'."""
    spoken = sorted(transcript.utterances, key=lambda utterance: utterance.start_ms)
    lines = (
        Line(s.guid, clean(s.speaker) or UNKNOWN_SPEAKER, max(s.start_ms, 0), max(s.end_ms, 0), clean(s.text))
        for s in spoken
    )
    return tuple(line for line in lines if line.text)


def turns_of(lines: Iterable[Line]) -> tuple[Turn, ...]:
    """Lines joined while one speaker talks on, for at most about `LONGEST_TURN_MS`."""
    groups: list[list[Line]] = []
    for line in lines:
        if (
            groups
            and line.speaker == groups[-1][0].speaker
            and line.start_ms < groups[-1][0].start_ms + LONGEST_TURN_MS
        ):
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(Turn(tuple(group)) for group in groups)


def plain_text(transcript: InterviewTranscript) -> PlainText:
    """The canonical text: a paragraph `[00:01:23] C_031: words` per turn, an empty line between turns."""
    pieces: list[str] = []
    positions: list[tuple[int, int]] = []
    length = 0
    for turn in turns_of(lines_of(transcript)):
        lead = f"[{clock(turn.start_ms)}] {turn.speaker}: "
        for line in turn.lines:
            start = length + len(lead)
            length = start + len(line.text)
            positions.append((start, length))
            pieces += lead, line.text
            lead = " "
        pieces.append("\n\n")
        length += 2
    return PlainText("".join(pieces)[:-1], tuple(positions))
