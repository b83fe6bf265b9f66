"""ATLAS.ti: paragraphs `#00:03:40.5# C_031: words`, a line empty between them.

ATLAS.ti publishes no list of the marks that it reads; this is the form that makers of transcripts for it use.
"""

from typing import IO

from storage.exports.document import Document
from storage.exports.marks import said
from storage.lengths import tenth_clock


def write_atlas(document: Document, file: IO[bytes]) -> None:
    """Write a paragraph per utterance in UTF-8, by start."""
    paragraphs = (f"#{tenth_clock(line.start_ms, '.')}# {said(line)}\n" for line in document.lines)
    file.write("\n".join(paragraphs).encode())
