"""SubRip: one numbered caption per utterance, the speaker before the words."""

from typing import IO

from storage.exports.document import Document
from storage.exports.turns import Line
from storage.lengths import exact_clock


def write_srt(document: Document, file: IO[bytes]) -> None:
    """Write a caption file whose times are exact to the millisecond, in UTF-8 with a byte order mark.

    Without the mark Taguette guesses the encoding: the only pound sign of a text became `Â£`.
    """
    captions = (_caption(number, line) for number, line in enumerate(document.lines, start=1))
    file.write("\n".join(captions).encode("utf-8-sig"))


def _caption(number: int, line: Line) -> str:
    end_ms = max(line.end_ms, line.start_ms + 1)  # players drop a caption that ends when it starts
    span = f"{exact_clock(line.start_ms, ',')} --> {exact_clock(end_ms, ',')}"
    return f"{number}\n{span}\n{line.speaker}: {line.text}\n"
