"""InqScribe, tab-delimited: start, end, speaker, text (docs.inqscribe.com/2.2, Tab-delimited Text); no header row.

Times count frames, not decimals: `00:03:40.15` is half a second past at 30 frames a second.
"""

from typing import IO

from storage.exports.document import Document
from storage.exports.marks import without_marks
from storage.exports.turns import Line
from storage.lengths import frame_clock

FRAME_RATE = 30  # a second, none dropped: to be chosen as the frame rate of the import


def write_inqscribe(document: Document, file: IO[bytes]) -> None:
    """Write a record per utterance in UTF-8, by start."""
    file.write("".join(_record(line) for line in document.lines).encode())


def _record(line: Line) -> str:
    times = (frame_clock(ms, FRAME_RATE) for ms in (line.start_ms, max(line.start_ms, line.end_ms)))
    return "\t".join((*times, *(without_marks(text) for text in (line.speaker, line.text)))) + "\n"
