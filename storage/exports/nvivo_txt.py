"""NVivo, tab-delimited: timespan, content, speaker, with a header row (NVivo 12 help, Import transcripts)."""

from typing import IO

from storage.exports.document import Document
from storage.exports.turns import Line
from storage.lengths import tenth_clock

FIELDS = ("Timespan", "Content", "Speaker")


def write_nvivo_txt(document: Document, file: IO[bytes]) -> None:
    """Write a row per utterance in UTF-8, in order of time, each with the same number of tabs."""
    rows = (FIELDS, *(fields(line) for line in document.lines))
    file.write("".join("\t".join(row) + "\n" for row in rows).encode())


def fields(line: Line) -> tuple[str, str, str]:
    """The `FIELDS` of an utterance; a timespan is `00:00:02.3-00:00:04.4`, for NVivo measures tenths of a second."""
    start, end = (tenth_clock(ms, ".") for ms in (line.start_ms, max(line.start_ms, line.end_ms)))
    return f"{start}-{end}", line.text, line.speaker
