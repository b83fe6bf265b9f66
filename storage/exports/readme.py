"""The README.txt of a delivery: what each file is, what is not in it and why, and what each program makes of it."""

from collections.abc import Iterable, Sequence
from textwrap import fill
from typing import IO

from storage.exports.clean import clean
from storage.exports.contents import Contents
from storage.exports.formats import FORMATS, name_of
from storage.exports.programs import about_programs
from storage.exports.styles import ABOUT, ABOUT_MARKS, Style
from storage.tables import VersionKind

_LEFT_OUT = "  All but the tables of words leave out what was set aside and the times of single words. Besides:"
WRITTEN = "text that a person has written or changed stands as they wrote it"
_BEFORE = """\
The list of transcripts says whether a person has checked each text. Machine transcripts have mistakes and leave out \
most hesitations ("um", "er"): listen to the recording where the words matter.
"""
_NOT_TRIED = """\
Files for one program follow what its makers publish. They have NOT been tried in NVivo, ATLAS.ti, MAXQDA, f4 or \
InqScribe, for want of licences, nor in QualCoder and ELAN: look at one before you import all.
"""
OF_PROGRAMS = {"nvivo", "nvivo-txt", "maxqda", "atlas", "f4", "qualcoder", "inqscribe", "elan"}
_CONSENT = """\
Each case, and each source, carries what its participant agreed to: "consent to quotation", "consent to archive", \
"consent to re-contact". Look there before you quote, archive or write to anyone; it is how things stood when this \
was delivered.
"""
_VOICES = """\
Names were taken out of texts, not out of recordings: they are still heard there. Keep the recordings as closely as \
you keep the key to the pseudonyms.
"""
_CONFIDENCE = "These files hold what people said in confidence. Keep them where the study's data plan says.\n"
_WIDTH = 110


def write_readme(contents: Contents, formats: Iterable[str], file: IO[bytes]) -> None:
    """Write what the delivery holds, what it lacks and how to open it; no date, no name."""
    named = tuple(formats)
    files = [(name_of(name), FORMATS[name]) for name in named]
    count = len(contents.documents)
    head = f"{clean(contents.title)}\n{count} {'transcript' if count == 1 else 'transcripts'} for coding\n"
    sections = {
        "Files": _table((name, kind.about) for name, kind in files),
        "Left out, or not where you would look for it": _itemised(contents),
        "Transcripts": _table((document.name, document.status) for document in contents.documents),
        "What a file leaves out": f"{_LEFT_OUT}\n{_table((name, '; '.join(kind.loses)) for name, kind in files)}",
        "Before you code": _before(contents, named),
        "How the text is written": _style(contents),
        **about_programs(named),
    }
    told = (f"{title}\n{text}\n" for title, text in sections.items() if text)
    file.write("\n".join([head, *told, _CONFIDENCE]).encode())


def _table(rows: Iterable[tuple[str, str]]) -> str:
    """Two columns, the second one on as many lines as it needs."""
    pairs = list(rows)
    width = max(len(name) for name, _ in pairs)
    return "\n".join(_wrapped(text, f"  {name:<{width}}  ", " " * (width + 4)) for name, text in pairs)


def _itemised(contents: Contents) -> str:
    """Everything that a reader may miss, with its reason; codes only."""
    return _paragraphs(f"{item}: {clean(reason)}" for item, reason in (*contents.left_out, *contents.remarks))


def _before(contents: Contents, formats: Sequence[str]) -> str:
    told = [_BEFORE]
    told += [_NOT_TRIED] if OF_PROGRAMS & set(formats) else []
    if "qdpx" in formats:
        told.append(_CONSENT)
        kinds = {document.transcript.version_kind for document in contents.documents}
        heard = any(sound.path for sound in contents.sounds.values())
        told += [_VOICES] if VersionKind.PSEUDONYMISED in kinds and heard else []
    return _paragraphs(told)


def _style(contents: Contents) -> str:
    """The styles of the transcripts, and what is marked in all of them."""
    styles = sorted({document.transcript.style for document in contents.documents})
    told = (*(ABOUT[Style(style)] for style in styles), ABOUT_MARKS, WRITTEN)
    return _paragraphs(f"{about[0].upper()}{about[1:]}." for about in told)


def _paragraphs(texts: Iterable[str]) -> str:
    return "\n".join(_wrapped(text, "  ", "  ") for text in texts)


def _wrapped(text: str, first: str, others: str) -> str:
    """Lines of a readable width; a name is never broken."""
    return fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )
