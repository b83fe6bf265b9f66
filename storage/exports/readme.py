"""The README.txt of a delivery: what each file is and what opens it."""

from collections.abc import Iterable
from textwrap import fill
from typing import IO

from storage.exports.clean import clean
from storage.exports.contents import Contents
from storage.exports.formats import FORMATS, StudyFormat
from storage.exports.styles import ABOUT, ABOUT_MARKS, Style

_LEFT_OUT = "  All but the tables of words leave out what was set aside and the times of single words. Besides:"
WRITTEN = "text that a person has written or changed stands as they wrote it"
_ADVICE = """\
Before you code
  The list of transcripts says whether a person has checked each text. Machine transcripts have mistakes and
  leave out most hesitations ("um", "er"): listen to the recording where the words matter.
  Files for one program follow what its makers publish. They have NOT been tried in NVivo, ATLAS.ti, MAXQDA,
  f4 or InqScribe, for want of licences, nor in QualCoder, ELAN and Praat: look at one before you import all.

How the text is written
{style}

Opening study.qdpx
  It follows the REFI-QDA 1.5 standard and was written as software for transcribing is asked to: it is made to
  be imported, not to be changed and sent back. Each utterance has a sync point, so a program that keeps them
  plays the recording from the words.
    NVivo, ATLAS.ti, MAXQDA   import as a REFI-QDA project. Importing into these has NOT been tested by us, for
                              want of licences; whether they keep the times is not known.
    QualCoder                 imports recordings, transcripts and cases, and drops the sync points' times (so
                              its source code says; not tested).
    Taguette                  does not read .qdpx: use the .docx or .txt files.

These files hold what people said in confidence. Keep them where the study's data plan says.
"""


def write_readme(contents: Contents, formats: Iterable[str], file: IO[bytes]) -> None:
    """Write what the delivery holds, how to open it and what each file leaves out; no date, no name."""
    files = [(_name(name), FORMATS[name]) for name in formats]
    count = len(contents.documents)
    head = f"{clean(contents.title)}\n{count} {'transcript' if count == 1 else 'transcripts'} for coding"
    sections = {
        "Files": _table((name, kind.about) for name, kind in files),
        "Transcripts": _table((document.name, document.status) for document in contents.documents),
        "What a file leaves out": f"{_LEFT_OUT}\n{_table((name, '; '.join(kind.loses)) for name, kind in files)}",
    }
    told = "\n\n".join(f"{title}\n{text}" for title, text in sections.items())
    file.write(f"{head}\n\n{told}\n\n{_ADVICE.format(style=_style(contents))}".encode())


def _table(rows: Iterable[tuple[str, str]]) -> str:
    """Two columns, the second one on as many lines as it needs."""
    pairs = list(rows)
    width = max(len(name) for name, _ in pairs) + 4
    return "\n".join(
        fill(text, 110, initial_indent=f"  {name}".ljust(width), subsequent_indent=" " * width) for name, text in pairs
    )


def _style(contents: Contents) -> str:
    """The styles of the transcripts, and what is marked in all of them."""
    styles = sorted({document.transcript.style for document in contents.documents})
    told = (*(ABOUT[Style(style)] for style in styles), ABOUT_MARKS, WRITTEN)
    sentences = (f"{about[0].upper()}{about[1:]}." for about in told)
    return "\n".join(fill(each, 110, initial_indent="  ", subsequent_indent="  ") for each in sentences)


def _name(name: str) -> str:
    kind = FORMATS[name]
    return kind.file_name if isinstance(kind, StudyFormat) else f"*{kind.ending}"
