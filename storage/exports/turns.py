"""From stored utterances to what every format shares: clean lines, turns for reading, the plain text.

Positions are Unicode code points, half-open; media times integer milliseconds. The plain text has LF line
ends, no byte order mark, and its characters as they are stored (no normalisation).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from storage.exports.clean import clean
from storage.exports.styles import Style, rendered
from storage.lengths import clock
from storage.transcripts.transcript import Spoken

UNKNOWN_SPEAKER = "Speaker"
LONGEST_TURN_MS = 60_000  # a long turn is broken here, so that a page always shows where in the recording one is


class Readable(Protocol):
    """What has utterances to read, the style in which they are, and their language: any version of a transcript."""

    @property
    def utterances(self) -> tuple[Spoken, ...]: ...
    @property
    def style(self) -> str: ...
    @property
    def language(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One utterance as it goes out: one line of text that is not empty.

    `pause` is how long its speaker, who goes on, was silent before it, such as '(1.4)', or ''; `doubts` are the
    positions in the text of what a person should listen to; `number` is its place in the stored version, from 0.
    """

    guid: str
    speaker: str
    start_ms: int
    end_ms: int
    text: str
    pause: str = ""
    doubts: tuple[tuple[int, int], ...] = ()
    channel: int = 0
    number: int = 0

    @property
    def text_after_pause(self) -> str:
        """The text with the pause before it, as it reads in running text."""
        return f"{self.pause} {self.text}" if self.pause else self.text


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
        return " ".join(line.text_after_pause for line in self.lines)

    @property
    def doubts(self) -> tuple[tuple[int, int], ...]:
        """Positions in the turn's text of what a person should listen to."""
        found, at = [], 0
        for line in self.lines:
            at += len(line.pause) + 1 if line.pause else 0
            found += [(at + start, at + end) for start, end in line.doubts]
            at += len(line.text) + 1
        return tuple(found)


@dataclass(frozen=True, slots=True)
class PlainText:
    """The text of a transcript and, line by line as `lines_of` gives them, where each line's words stand in it."""

    text: str
    positions: tuple[tuple[int, int], ...]


def lines_of(transcript: Readable) -> tuple[Line, ...]:
    """The utterances that have text, by start, in the transcript's style; an unknown speaker is called 'Speaker'."""
    spoken = sorted(enumerate(transcript.utterances), key=lambda placed: placed[1].start_ms)
    reads = rendered([each for _, each in spoken], Style(transcript.style), transcript.language)
    return tuple(
        Line(
            guid=each.guid,
            speaker=clean(each.speaker) or UNKNOWN_SPEAKER,
            start_ms=max(each.start_ms, 0),
            end_ms=max(each.end_ms, 0),
            text=one.text,
            pause=one.pause,
            doubts=one.doubts,
            channel=each.channel,
            number=number,
        )
        for (number, each), one in zip(spoken, reads, strict=True)
        if one.text
    )


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


def plain_text(transcript: Readable) -> PlainText:
    """The canonical text of a transcript: see `text_of_lines`."""
    return text_of_lines(lines_of(transcript))


def text_of_lines(lines: Iterable[Line]) -> PlainText:
    """The canonical text: a paragraph `[00:01:23] C_031: words` per turn, an empty line between turns."""
    pieces: list[str] = []
    positions: list[tuple[int, int]] = []
    length = 0
    for turn in turns_of(lines):
        lead = f"[{clock(turn.start_ms)}] {turn.speaker}: "
        for line in turn.lines:
            lead += f"{line.pause} " if line.pause else ""
            start = length + len(lead)
            length = start + len(line.text)
            positions.append((start, length))
            pieces += lead, line.text
            lead = " "
        pieces.append("\n\n")
        length += 2
    return PlainText("".join(pieces)[:-1], tuple(positions))
