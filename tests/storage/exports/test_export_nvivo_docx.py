"""NVivo's table in a Word document, opened again with python-docx."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.exports.document import Document
from storage.exports.nvivo_docx import write_nvivo_docx
from storage.exports.turns import lines_of
from storage.transcripts.transcript import Spoken

Make = Callable[..., Document]


def test_its_parts_are_as_agreed(document: Make, golden: Callable[[str], bytes]) -> None:
    archive = zipfile.ZipFile(io.BytesIO(_written(document())))
    parts = [f"{name}\n{archive.read(name).decode()}\n" for name in archive.namelist()]
    assert "".join(parts).encode() == golden("C_031_2020-06.nvivo.docx.txt")


def test_it_is_one_table_with_a_row_per_utterance_and_no_other_text(document: Make) -> None:
    paper = _open(document())
    (table,) = paper.tables
    assert [tuple(cell.text for cell in row.cells) for row in table.rows] == [
        ("Timespan", "Content", "Speaker"),
        ("00:00:00.0-00:00:01.9", "Hello, can you hear me?", "INT_01"),
        ("00:00:02.3-00:00:04.4", "Yes, clear as a bell.", "C_031"),
        ("00:00:05.0-00:00:09.0", "It cost £20 – “for nothing” 🙂.", "C_031"),
        ("01:00:00.0-01:00:01.5", "a < b & c --> d", "Speaker"),
    ]
    assert [paragraph.text for paragraph in paper.paragraphs] == [""]


def test_its_properties_name_no_person_and_no_clock(document: Make) -> None:
    properties = _open(document()).core_properties
    assert (properties.author, properties.last_modified_by) == ("Fieldcall", "Fieldcall")
    assert properties.created == properties.modified == document().transcript.made_at
    assert properties.subject == "machine transcript, not checked by a person"


def test_the_same_transcript_gives_the_same_bytes(document: Make) -> None:
    assert _written(document()) == _written(document())


@settings(max_examples=25)
@given(data=st.data())
def test_any_text_reads_back(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=data.draw(anything_said))
    rows = [[cell.text for cell in row.cells] for row in _open(made).tables[0].rows][1:]
    assert [row[1:] for row in rows] == [[line.text, line.speaker] for line in lines_of(made.transcript)]


def _written(made: Document) -> bytes:
    file = io.BytesIO()
    write_nvivo_docx(made, file)
    return file.getvalue()


def _open(made: Document) -> Any:
    return docx.Document(io.BytesIO(_written(made)))
