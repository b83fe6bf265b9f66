"""The method note of a deposit: how the texts came to be, what they are not, and what is not among them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from textwrap import fill
from typing import IO

from storage.exports.clean import clean
from storage.exports.contents import Contents
from storage.exports.document import completeness_of
from storage.exports.styles import ABOUT, ABOUT_MARKS, Style
from storage.tables import VersionKind
from storage.transcripts.transcript import InterviewTranscript

_FORMATS = (
    "Each transcript is there twice: as plain text (UTF-8) in which every line has a number to cite it by, and as rich "
    "text (RTF) with numbered pages and lines. Both have the same words. Every turn begins with its speaker's code, "
    "and turns are apart. data_list.csv has a row for each transcript, SHA256SUMS the sum of every file."
)
_MACHINE = (
    "Whisper leaves out most hesitations and some false starts by the way it was trained, whatever the level of "
    "verbatim that is declared above. What it seems to have made up was set aside and is not in these texts."
)
_NAMES = (
    "Names of people and places, addresses, numbers and dates that tell who somebody is were replaced by pseudonyms in "
    "square brackets, the same all through the study. What they stand for is kept by the study, apart from these files."
)


def write_method_note(contents: Contents, file: IO[bytes]) -> None:
    """Write UTF-8 text with LF line ends; codes only, no date of the day, no name."""
    sections = {
        "Level of verbatim": _verbatim(contents),
        "Transcription": _transcription(contents),
        "Checking": _checking(contents),
        "Pseudonyms": _pseudonyms(contents),
        "Files": [_FORMATS],
        "Not among them": _left_out(contents),
    }
    told = (f"{title}\n{_paragraphs(texts)}\n" for title, texts in sections.items())
    file.write("\n".join([f"{clean(contents.title)}\nHow these transcripts were made\n", *told]).encode())


def _verbatim(contents: Contents) -> Iterator[str]:
    for style, count in _counted(document.transcript.style for document in contents.documents):
        yield f"{_transcripts(count)}: {ABOUT[Style(style)]}."
    yield f"{ABOUT_MARKS[0].upper()}{ABOUT_MARKS[1:]}."


def _transcription(contents: Contents) -> Iterator[str]:
    made = (f"{t.engine}, model {t.model}, SHA-256 {t.model_sha256}" for t in _of(contents))
    for what, count in _counted(made):
        yield f"{_transcripts(count)} written by {what}."
    yield _MACHINE
    for document in contents.documents:
        if told := completeness_of(document.transcript, document.lines):
            yield f"{document.name}: {told}."


def _checking(contents: Contents) -> Iterator[str]:
    for who, count in _counted(t.approved_by for t in _of(contents)):
        yield f"{_transcripts(count)} {f'read and approved by {who}' if who else 'approved by nobody'}."


def _pseudonyms(contents: Contents) -> Iterator[str]:
    without = [d.name for d in contents.documents if d.transcript.version_kind != VersionKind.PSEUDONYMISED]
    if len(without) < len(contents.documents):
        yield _NAMES
    if without:
        yield f"Not pseudonymised, at the depositor's word: {', '.join(without)}."


def _left_out(contents: Contents) -> list[str]:
    """Why each is missing, without what somebody of the study might do about it."""
    causes = [f"{code}: {clean(reason).partition(';')[0]}." for code, reason in contents.left_out]
    return causes or ["Nothing: every transcript is here."]


def _of(contents: Contents) -> Iterator[InterviewTranscript]:
    yield from (document.transcript for document in contents.documents)


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    return sorted(Counter(values).items())


def _transcripts(count: int) -> str:
    return f"{count} {'transcript' if count == 1 else 'transcripts'}"


def _paragraphs(texts: Iterable[str]) -> str:
    return "\n".join(
        fill(text, 110, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
        for text in texts
    )
