"""The Word document, opened again with python-docx."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.enum.text import WD_COLOR_INDEX
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.exports.document import Document
from storage.exports.docx import write_docx
from storage.exports.turns import lines_of, turns_of
from storage.transcripts.transcript import Spoken

Make = Callable[..., Document]


def test_its_body_is_as_agreed(document: Make, golden: Callable[[str], bytes]) -> None:
    words = [["Well", 0, 500, 0.9], ["I", 600, 700, 0.2, ["disputed"]], ["went.", 800, 900, 0.9]]
    said = (*document().transcript.utterances, Spoken("C_031", 1, 0, 900, "Well I went.", words))
    archive = zipfile.ZipFile(io.BytesIO(_written(document(utterances=said))))
    assert archive.read("word/document.xml") == golden("C_031_2020-06.docx.xml")


def test_it_begins_with_what_a_reader_must_know(document: Make) -> None:
    paper = _open(document(remark="ends early"))
    facts = {row.cells[0].text: row.cells[1].text for row in paper.tables[0].rows}
    assert facts == {
        "Study": "Social prescribing at a distance",
        "Interview": "C_031_06/20",
        "Participant": "C_031 (client)",
        "Interviewer": "INT_01",
        "Date": "Wednesday 3 June 2020, 14:00 BST (Europe/London)",
        "Mode": "phone",
        "Length": "01:00:05",
        "Text": "version 1: machine transcript, not checked by a person",
        "Model": "small (SHA-256 9ecf779972d9), openai-whisper",
        "Style": "full verbatim: hesitations, restarts and repeated words as they were recognised; (0.8) is a pause in "
        "seconds, //words// were said while someone else spoke",
        "Completeness": "99.7 % of the speech has words",
        "Remark": "ends early",
    }
    assert paper.paragraphs[0].text == "C_031_06/20"


def test_a_remark_is_shown_only_where_there_is_one(document: Make) -> None:
    assert "Remark" not in [row.cells[0].text for row in _open(document()).tables[0].rows]


def test_every_turn_has_its_time_speaker_and_words(document: Make) -> None:
    assert _turns(_open(document())) == [
        "00:00:00\tINT_01\tHello, can you hear me?",
        "00:00:02\tC_031\tYes, clear as a bell. It cost £20 – “for nothing” 🙂.",
        "01:00:00\tSpeaker\ta < b & c --> d",
    ]


def test_what_is_doubtful_is_yellow_and_nothing_else_is(document: Make) -> None:
    unclear = ["[unclear 00:00:01-00:00:02]", 1_000, 2_000, 0.0, ["unclear"]]
    words = [["Well", 0, 500, 0.9], unclear, ["I", 3_000, 3_200, 0.9], ["went.", 3_200, 3_500, 0.2, ["disputed"]]]
    text = "Well [unclear 00:00:01-00:00:02] I went."
    said = (
        Spoken("C_031", 1, 0, 3_500, text, words),
        Spoken("C_031", 1, 5_000, 5_200, "So.", [["So.", 5_000, 5_200, 0.9]]),
    )
    paper = _open(document(utterances=said))
    shown = "Well (0.5) [unclear 00:00:01-00:00:02] (1.0) I [went?]. (1.5) So."
    assert _turns(paper) == [f"00:00:00\tC_031\t{shown}"]
    yellow = [run.text for p in paper.paragraphs for run in p.runs if run.font.highlight_color == WD_COLOR_INDEX.YELLOW]
    assert yellow == ["[unclear 00:00:01-00:00:02]", "[went?]."]


def test_every_page_says_what_it_is_and_its_number(document: Make) -> None:
    section = _open(document()).sections[0]
    assert section.header.paragraphs[0].text == "C_031_06/20 · machine transcript, not checked by a person"
    fields = [part.text for part in section.footer.paragraphs[0]._p.iter() if part.tag.endswith("}instrText")]
    assert fields == ["PAGE", "NUMPAGES"]


def test_its_properties_name_no_person_and_no_clock(document: Make) -> None:
    properties = _open(document()).core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("Fieldcall", "Fieldcall", "")
    assert properties.created == properties.modified == document().transcript.made_at


def test_the_same_transcript_gives_the_same_bytes(document: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _written(document())
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert _written(document()) == first
    assert zipfile.ZipFile(io.BytesIO(first)).namelist()[0] == "[Content_Types].xml"


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_any_text_reads_back(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=data.draw(anything_said))
    words = [paragraph.split("\t")[2] for paragraph in _turns(_open(made))]
    assert words == [turn.text for turn in turns_of(lines_of(made.transcript))]


def _written(made: Document) -> bytes:
    file = io.BytesIO()
    write_docx(made, file)
    return file.getvalue()


def _open(made: Document) -> Any:
    return docx.Document(io.BytesIO(_written(made)))


def _turns(paper: Any) -> list[str]:
    return [p.text for p in paper.paragraphs if p.text.count("\t") == 2]
