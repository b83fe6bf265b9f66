"""WebVTT (w3.org/TR/webvtt1): one cue per utterance, the speaker as its voice."""

from typing import IO

from storage.exports.document import Document, heading
from storage.exports.turns import Line
from storage.lengths import exact_clock


def write_vtt(document: Document, file: IO[bytes]) -> None:
    """Write a caption file whose times are exact to the millisecond, in UTF-8 with a byte order mark, as for `.srt`."""
    facts = dict(heading(document))
    told = [f"NOTE {document.transcript.label}, {document.status}"]  # Taguette refuses a NOTE alone on its line
    told += [f"{name}: {facts[name]}" for name in ("Style", "Completeness", "Marks", "Set aside") if name in facts]
    note = "\n".join(map(_escaped, told))
    cues = (_cue(line) for line in document.lines)
    file.write(("\n\n".join(["WEBVTT", note, *cues]) + "\n").encode("utf-8-sig"))


def _cue(line: Line) -> str:
    end_ms = max(line.end_ms, line.start_ms + 1)  # a cue must end after it starts
    span = f"{exact_clock(line.start_ms, '.')} --> {exact_clock(end_ms, '.')}"
    return f"{span}\n<v {_escaped(line.speaker)}>{_escaped(line.text)}"


def _escaped(text: str) -> str:
    """`text` without a character that begins a tag or an entity, nor an arrow that would read as a time."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
