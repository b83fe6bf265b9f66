"""The table of formats: a new format is a file of its own and a line here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

from storage.exports.contents import Contents
from storage.exports.document import Document
from storage.exports.docx import write_docx
from storage.exports.interviews_csv import write_interviews_csv
from storage.exports.qdc import why_no_codes, write_qdc
from storage.exports.qdpx import write_qdpx
from storage.exports.srt import write_srt
from storage.exports.txt import write_txt
from storage.exports.vtt import write_vtt


@dataclass(frozen=True, slots=True)
class InterviewFormat:
    """A file for each transcript: the ending of its name, its writer, and what it is."""

    ending: str
    write: Callable[[Document, IO[bytes]], None]
    about: str


@dataclass(frozen=True, slots=True)
class StudyFormat:
    """A file for the whole delivery: its name, its writer, and what it is.

    `has_text`: everything that was said is in it. `why_empty` tells why there is nothing to write, or ''.
    """

    file_name: str
    write: Callable[[Contents, IO[bytes]], None]
    about: str
    has_text: bool = False
    why_empty: Callable[[Contents], str] = lambda _: ""


FORMATS: dict[str, InterviewFormat | StudyFormat] = {
    "docx": InterviewFormat(
        ".docx", write_docx, "for reading, checking and coding: Word, LibreOffice, and every program for coding"
    ),
    "txt": InterviewFormat(".txt", write_txt, "plain text with times and speakers: any editor; Taguette, QualCoder"),
    "vtt": InterviewFormat(".vtt", write_vtt, "captions with speakers (WebVTT): any video player"),
    "srt": InterviewFormat(".srt", write_srt, "captions (SubRip): any video player; QualCoder"),
    "qdpx": StudyFormat(
        "study.qdpx",
        write_qdpx,
        "recordings, transcripts linked to them in time, a case per participant, in the open standard REFI-QDA 1.5: "
        "import it as a REFI-QDA project",
        has_text=True,
    ),
    "qdc": StudyFormat(
        "codebook.qdc",
        write_qdc,
        "the codes alone, in the open standard REFI-QDA 1.5: import it as a REFI-QDA codebook",
        why_empty=why_no_codes,
    ),
    "csv": StudyFormat(
        "interviews.csv", write_interviews_csv, "the list of interviews: any spreadsheet or statistics program"
    ),
}


def handed_over(contents: Contents, formats: Iterable[str]) -> set[str]:
    """GUIDs of the interviews whose text is in files of these formats."""
    kinds = [FORMATS[name] for name in formats]
    if any(isinstance(kind, InterviewFormat) or kind.has_text for kind in kinds):
        return {document.transcript.interview_guid for document in contents.documents}
    return set()


def why_empty(name: str, contents: Contents) -> str:
    """Why a format has nothing to write, or ''."""
    kind = FORMATS[name]
    return kind.why_empty(contents) if isinstance(kind, StudyFormat) else ""


def name_of(name: str) -> str:
    """The name of a format's file, or what the names of its files are like."""
    kind = FORMATS[name]
    return kind.file_name if isinstance(kind, StudyFormat) else f"*{kind.ending}"
