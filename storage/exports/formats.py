"""The table of formats: a new format is a file of its own and a line here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

from storage.exports.contents import Contents
from storage.exports.document import Document
from storage.exports.docx import write_docx
from storage.exports.interviews_csv import write_interviews_csv
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
    """A file for the whole delivery: its name, its writer, and what it is."""

    file_name: str
    write: Callable[[Contents, IO[bytes]], None]
    about: str


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
    ),
    "csv": StudyFormat(
        "interviews.csv", write_interviews_csv, "the list of interviews: any spreadsheet or statistics program"
    ),
}


def handed_over(contents: Contents, formats: Iterable[str]) -> set[str]:
    """GUIDs of the interviews all of whose text is in files of these formats.

    The list of interviews has no text, and a project has that of the recordings in it alone.
    """
    kinds = [FORMATS[name] for name in formats]
    every = {d.transcript.interview_guid for d in contents.documents}
    if any(isinstance(kind, InterviewFormat) for kind in kinds):
        return every
    if FORMATS["qdpx"] not in kinds:
        return set()
    return every - {
        d.transcript.interview_guid for d in contents.documents if d.transcript.recording_guid not in contents.sounds
    }
