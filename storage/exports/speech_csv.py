"""Utterances and words as CSV (RFC 4180) in UTF-8 without a byte order mark, LF line ends."""

import csv
import io
from collections.abc import Iterable
from typing import IO

from storage.exports.cells import never_computed
from storage.exports.contents import Contents
from storage.exports.speech_rows import UtteranceRow, WordRow, utterance_rows, word_rows


def write_utterances_csv(contents: Contents, file: IO[bytes]) -> None:
    """Write one row per utterance of every interview."""
    _write(file, UtteranceRow, (utterance_rows(document) for document in contents.documents))


def write_words_csv(contents: Contents, file: IO[bytes]) -> None:
    """Write one row per word of every interview."""
    _write(file, WordRow, (word_rows(document) for document in contents.documents))


def _write(
    file: IO[bytes],
    kind: type[UtteranceRow] | type[WordRow],
    documents: Iterable[Iterable[UtteranceRow] | Iterable[WordRow]],
) -> None:
    """Write document by document: memory does not grow with the study. What is not known stays empty."""
    file.write(f"{','.join(kind._fields)}\n".encode())
    for rows in documents:
        text = io.StringIO()
        cells = ([never_computed(value) if isinstance(value, str) else value for value in row] for row in rows)
        csv.writer(text, lineterminator="\n").writerows(cells)
        file.write(text.getvalue().encode())
