"""MAXQDA: paragraphs `00:03:40.5C_031: words`, the time to one decimal right before the speaker, a line empty between.

The form is that of wiki.e-curators.org/index.php/Transcription: no bracket, no # and no space around the time.
"""

from typing import IO

from storage.exports.document import Document
from storage.exports.marks import said
from storage.lengths import tenth_clock


def write_maxqda(document: Document, file: IO[bytes]) -> None:
    """Write a paragraph per utterance in UTF-8, by start."""
    paragraphs = (f"{tenth_clock(line.start_ms, '.')}{said(line)}\n" for line in document.lines)
    file.write("\n".join(paragraphs).encode())
