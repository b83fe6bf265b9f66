"""f4 (audiotranskription.de): paragraphs `C_031: words #00:03:40-5#`, the mark at the end, in rich text.

f4 reads RTF and DOCX only, without tables (its online manual, 3.2). A mark at the end of a paragraph is where its
words end, as f4 itself sets it; so it may not lie behind the next paragraph's words, which may begin before.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import IO

from storage.exports.document import Document
from storage.exports.marks import said
from storage.exports.rich_text import in_rtf, write_rich_text
from storage.exports.turns import Line
from storage.lengths import tenth_clock


def write_f4(document: Document, file: IO[bytes]) -> None:
    """Write a paragraph per utterance, by start; the marks never go back."""
    lines = document.lines
    marked = (f"{said(line)} #{tenth_clock(ms, '-')}#" for line, ms in zip(lines, ends_in_order(lines), strict=True))
    write_rich_text(file, (rf"\pard\plain\f0\fs22\sa120 {in_rtf(paragraph)}" for paragraph in marked))


def ends_in_order(lines: Sequence[Line]) -> Iterator[int]:
    """When each line ends, or the next begins where that is earlier, in milliseconds."""
    for line, following in pairwise(lines):
        yield min(max(line.start_ms, line.end_ms), following.start_ms)
    yield from (max(line.start_ms, line.end_ms) for line in lines[-1:])
