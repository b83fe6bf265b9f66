"""A transcript as plain text with numbered lines, as an archive keeps it.

What the UK Data Service asks of a transcript (its guidance on transcription): an identifier, one layout throughout, a
header with the interview's details, speaker tags, a break between turns. Lines are numbered so that they can be cited.
"""

from collections.abc import Iterator
from textwrap import wrap
from typing import IO

from storage.exports.document import Document, heading
from storage.exports.turns import Turn, turns_of

WIDTH = 88  # characters of text in a line
RULE = "-" * 8


def numbered_lines(document: Document) -> list[str]:
    """The lines of the text without their numbers, '' between two turns; no word is lost, broken or moved."""
    return [line for turn in turns_of(document.lines) for line in (*_lines_of(turn), "")][:-1]


def write_numbered(document: Document, file: IO[bytes]) -> None:
    """Write the header, a rule and the numbered text: UTF-8, LF line ends, no byte order mark."""
    head = [f"{name}: {value}" for name, value in heading(document)]
    text = [f"{number:>5}  {line}".rstrip() for number, line in enumerate(numbered_lines(document), 1)]
    file.write("".join(f"{line}\n" for line in (*head, RULE, *text)).encode())


def _lines_of(turn: Turn) -> Iterator[str]:
    """A turn begins with its speaker; the lines that follow are set in."""
    yield from wrap(
        f"{turn.speaker}: {turn.text}",
        WIDTH,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
