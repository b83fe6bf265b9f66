"""Rich text for the UK Data Service: a heading, speaker tags, an empty line between turns, numbers on pages and lines.

What its guidance asks of a transcript (ukdataservice.ac.uk, Transcription): an identifier, one layout throughout, a
header with the interview's details, speaker tags, breaks between turns, numbered pages.
"""

from datetime import UTC
from typing import IO

from storage.exports.document import Document, heading
from storage.exports.rich_text import in_rtf, write_rich_text
from storage.exports.turns import Turn, turns_of
from storage.lengths import clock

_COUNT_LINES = r"\linemod5\linex283\linecont"  # every fifth, on from page to page
_PLAIN = r"\pard\plain\f0\fs21"


def write_rtf(document: Document, file: IO[bytes]) -> None:
    """Write the document in ASCII; the same transcript gives the same bytes."""
    facts = (rf"{_PLAIN}\sa20\li2041\fi-2041\tx2041 {_fact(*fact)}" for fact in heading(document))
    turns = (rf"{_PLAIN}\sa160\sl276\slmult1 {_turn(turn)}" for turn in turns_of(document.lines))
    title = rf"{_PLAIN}\sa160\b\fs36 {in_rtf(document.transcript.label)}"
    write_rich_text(file, (title, *facts, _PLAIN, *turns), _beginning(document))


def _beginning(document: Document) -> str:
    """Properties without a clock or a person; label and status above, page numbers below, on every page."""
    label, status = in_rtf(document.transcript.label), in_rtf(document.status)
    made = document.transcript.made_at.astimezone(UTC)
    when = rf"\yr{made.year}\mo{made.month}\dy{made.day}\hr{made.hour}\min{made.minute}"
    made_at = rf"{{\creatim{when}}}" if document.with_day else ""  # it is often the day after the interview
    numbers = r"Page {\field{\*\fldinst PAGE}{\fldrslt 1}} of {\field{\*\fldinst NUMPAGES}{\fldrslt 1}}"
    return (
        rf"{{\info{{\title {label}}}{{\subject {status}}}{{\author Fieldcall}}{made_at}}}"
        f"\n{_COUNT_LINES}\n"
        rf"{{\header\pard\plain\f0\fs18 {label} \u183? {status}\par}}"
        "\n"
        rf"{{\footer\pard\plain\qc\f0\fs18 {numbers}\par}}"
        "\n"
    )


def _fact(name: str, value: str) -> str:
    return rf"{{\b {in_rtf(name)}}}\tab {in_rtf(value)}"


def _turn(turn: Turn) -> str:
    return rf"{{\cf1\fs18 [{clock(turn.start_ms)}]}} {{\b {in_rtf(turn.speaker)}:}} {in_rtf(turn.text)}"
