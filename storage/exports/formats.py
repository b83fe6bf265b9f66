"""The table of formats: a new format is a file of its own and a line here."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import IO

from storage.errors import ExportError
from storage.exports.atlas import write_atlas
from storage.exports.contents import Contents
from storage.exports.document import Document
from storage.exports.docx import write_docx
from storage.exports.elan import write_elan
from storage.exports.f4 import write_f4
from storage.exports.inqscribe import FRAME_RATE, write_inqscribe
from storage.exports.interviews_csv import write_interviews_csv
from storage.exports.maxqda import write_maxqda
from storage.exports.nvivo_docx import write_nvivo_docx
from storage.exports.nvivo_txt import write_nvivo_txt
from storage.exports.praat import write_praat
from storage.exports.qdc import why_no_codes, write_qdc
from storage.exports.qdpx import write_qdpx
from storage.exports.qualcoder import write_qualcoder
from storage.exports.rtf import write_rtf
from storage.exports.speech_csv import write_utterances_csv, write_words_csv
from storage.exports.speech_parquet import write_utterances_parquet, write_words_parquet
from storage.exports.srt import write_srt
from storage.exports.txt import write_txt
from storage.exports.vtt import write_vtt

ALL = "all"  # instead of the names of all formats

_HEADING = "the heading (how far each text can be trusted is listed above)"
_TURNS = "times within a turn and finer than a second"
_TENTHS = "times finer than a tenth of a second"
_ENDS = "ends of utterances"
_PAUSES = "pauses between utterances, except by their times"
_OVERLAP = "talk at once: one utterance follows the other"
_MARKS = "the look of words like a time mark, such as [12:30], which is written [ 12:30]"
_FORMULAS = (
    "the look of text that begins with =, +, - or @: an apostrophe before it keeps spreadsheets from computing it"
)
_REWRITTEN = "times of the words of an utterance that a person has written, and what was set aside in it"
_SET_ASIDE = "what was set aside in a pseudonymised version"


@dataclass(frozen=True, slots=True)
class InterviewFormat:
    """A file for each transcript: the ending of its name, its writer, what it is, and what it does not carry."""

    ending: str
    write: Callable[[Document, IO[bytes]], None]
    about: str
    loses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StudyFormat:
    """A file for the whole delivery: its name, its writer, what it is, and what it does not carry.

    `has_text`: everything that was said is in it. `why_empty` tells why there is nothing to write, or ''.
    """

    file_name: str
    write: Callable[[Contents, IO[bytes]], None]
    about: str
    loses: tuple[str, ...]
    has_text: bool = False
    why_empty: Callable[[Contents], str] = lambda _: ""


FORMATS: dict[str, InterviewFormat | StudyFormat] = {
    "docx": InterviewFormat(
        ".docx",
        write_docx,
        "for reading, checking and coding: Word, LibreOffice, and every program for coding",
        (_TURNS, _OVERLAP),
    ),
    "txt": InterviewFormat(
        ".txt",
        write_txt,
        "plain text with times and speakers: any editor; Taguette, QualCoder",
        (_TURNS, _OVERLAP),
    ),
    "vtt": InterviewFormat(".vtt", write_vtt, "captions with speakers (WebVTT): any video player", (_PAUSES,)),
    "srt": InterviewFormat(
        ".srt", write_srt, "captions (SubRip): any video player; QualCoder, MAXQDA", (_HEADING, _PAUSES)
    ),
    "qdpx": StudyFormat(
        "study.qdpx",
        write_qdpx,
        "recordings, transcripts linked to them in time, a case per participant, in the open standard REFI-QDA 1.5: "
        "import it as a REFI-QDA project",
        (_ENDS,),
        has_text=True,
    ),
    "qdc": StudyFormat(
        "codebook.qdc",
        write_qdc,
        "the codes alone, in the open standard REFI-QDA 1.5: import it as a REFI-QDA codebook",
        ("all text",),
        why_empty=why_no_codes,
    ),
    "csv": StudyFormat(
        "interviews.csv",
        write_interviews_csv,
        "the list of interviews: any spreadsheet or statistics program",
        ("all text",),
    ),
    "rtf": InterviewFormat(
        ".rtf",
        write_rtf,
        "rich text with numbered pages and lines, as the UK Data Service asks for: any word processor",
        (_TURNS, _OVERLAP, "yellow on what is doubtful (its brackets stay)"),
    ),
    "nvivo": InterviewFormat(
        ".nvivo.docx",
        write_nvivo_docx,
        "NVivo: rows of a transcript to import into its recording, as a table",
        (_HEADING, _TENTHS, _PAUSES),
    ),
    "nvivo-txt": InterviewFormat(
        ".nvivo.txt",
        write_nvivo_txt,
        "NVivo: the same rows as text with tabs",
        (_HEADING, _TENTHS, _PAUSES),
    ),
    "maxqda": InterviewFormat(
        ".maxqda.txt",
        write_maxqda,
        "MAXQDA: a transcript with timestamps to import with its recording",
        (_HEADING, _TENTHS, _ENDS, _MARKS, _OVERLAP),
    ),
    "atlas": InterviewFormat(
        ".atlas.txt",
        write_atlas,
        "ATLAS.ti: a transcript with time marks to import into its recording",
        (_HEADING, _TENTHS, _ENDS, _MARKS, _OVERLAP),
    ),
    "f4": InterviewFormat(
        ".f4.rtf",
        write_f4,
        "f4 and f4analyse: a transcript with time marks, each at the end of its paragraph",
        (_HEADING, _TENTHS, "starts of utterances, and ends behind the next start", _MARKS, _OVERLAP),
    ),
    "qualcoder": InterviewFormat(
        ".qualcoder.txt",
        write_qualcoder,
        "QualCoder: a transcript whose time marks it finds",
        (_HEADING, _ENDS, _MARKS, _OVERLAP, "time marks from 100 hours on"),
    ),
    "inqscribe": InterviewFormat(
        ".inqscribe.txt",
        write_inqscribe,
        f"InqScribe: tab-delimited text to import at {FRAME_RATE} frames a second",
        (_HEADING, f"times finer than a frame, a {FRAME_RATE}th of a second", _PAUSES, _MARKS),
    ),
    "elan": InterviewFormat(
        ".eaf", write_elan, "ELAN: a tier for each speaker, an annotation for each utterance", (_PAUSES,)
    ),
    "praat": InterviewFormat(
        ".TextGrid", write_praat, "Praat: a tier of intervals for each speaker", (_HEADING, _PAUSES)
    ),
    "utterances-csv": StudyFormat(
        "utterances.csv",
        write_utterances_csv,
        "a row for each utterance with all ids: R, Python, any statistics program",
        (_PAUSES, _FORMULAS),
        has_text=True,
    ),
    "words-csv": StudyFormat(
        "words.csv",
        write_words_csv,
        "a row for each word with its time, and what was set aside in a column of its own: R, Python",
        (_REWRITTEN, _SET_ASIDE, _FORMULAS),
        has_text=True,
    ),
    "utterances-parquet": StudyFormat(
        "utterances.parquet",
        write_utterances_parquet,
        "the rows of utterances.csv with their types (Apache Parquet): R, Python, DuckDB",
        (_PAUSES,),
        has_text=True,
    ),
    "words-parquet": StudyFormat(
        "words.parquet",
        write_words_parquet,
        "the rows of words.csv with their types (Apache Parquet): R, Python, DuckDB",
        (_REWRITTEN, _SET_ASIDE),
        has_text=True,
    ),
}
USUAL = ("docx", "txt", "vtt", "srt", "qdpx", "qdc", "csv")  # where none is named


def chosen_formats(names: Collection[str]) -> tuple[str, ...]:
    """The formats named, in the order of the table; none named are the usual ones, 'all' is every one.

    Raises ExportError that lists those there are.
    """
    if unknown := [name for name in names if name not in FORMATS and name != ALL]:
        raise ExportError(
            f"{unknown[0]!r} is not a format of a delivery; allowed: {', '.join(FORMATS)}; or {ALL} for all of them."
        )
    wanted = FORMATS if ALL in names else names or USUAL
    return tuple(name for name in FORMATS if name in wanted)


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
