"""The data list of a deposit: a row for each transcript with what is known of the participant (CSV, RFC 4180)."""

import csv
import io
from typing import IO

from storage.deposit.numbered import numbered_lines
from storage.exports.cells import cell
from storage.exports.contents import Contents
from storage.exports.document import Document, month_of
from storage.lengths import clock
from storage.transcripts.words import word_count

COLUMNS = (
    *("transcript", "interview", "participant", "group", "mode", "month", "interviewer", "length", "words", "lines"),
    *("version", "kind", "approved_by", "text_file", "rtf_file"),
)


def write_data_list(contents: Contents, file: IO[bytes]) -> None:
    """Write UTF-8 without a byte order mark; no cell is ever computed."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows([cell(value) for value in _row(document)] for document in contents.documents)
    file.write(text.getvalue().encode())


def _row(document: Document) -> tuple[str | int, ...]:
    t = document.transcript
    return (
        *(document.name, t.label, t.code, t.group, t.mode, month_of(t), t.interviewer_code, clock(t.duration_ms)),
        *(sum(word_count(spoken.text) for spoken in t.utterances), len(numbered_lines(document))),
        *(t.version_number, t.version_kind, t.approved_by, f"{document.name}.txt", f"{document.name}.rtf"),
    )
