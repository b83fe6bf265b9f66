"""QualCoder: paragraphs `#00:03:40.512# C_031: words`, a line empty between them.

Of the marks that its source looks for (`code_av.py`, `get_timestamps_from_transcription`), this is the one with
milliseconds; it has two digits for the hours, so marks from 100 hours on are not found.
"""

from typing import IO

from storage.exports.document import Document
from storage.exports.marks import said
from storage.lengths import exact_clock


def write_qualcoder(document: Document, file: IO[bytes]) -> None:
    """Write a paragraph per utterance in UTF-8, by start, with times exact to the millisecond."""
    paragraphs = (f"#{exact_clock(line.start_ms, '.')}# {said(line)}\n" for line in document.lines)
    file.write("\n".join(paragraphs).encode())
