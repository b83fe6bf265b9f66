"""Rich text for the UK Data Service and for f4, read back with striprtf."""

import io
import re
from collections.abc import Callable
from itertools import pairwise
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from striprtf.striprtf import rtf_to_text

from storage.exports.document import Document, heading
from storage.exports.f4 import write_f4
from storage.exports.rtf import write_rtf
from storage.exports.turns import lines_of, turns_of
from storage.lengths import clock
from storage.transcripts.transcript import Spoken

Make = Callable[..., Document]
Write = Callable[[Document, IO[bytes]], None]


@pytest.mark.parametrize(("write", "ending"), [(write_rtf, "rtf"), (write_f4, "f4.rtf")])
def test_it_is_as_agreed(document: Make, golden: Callable[[str], bytes], write: Write, ending: str) -> None:
    assert _written(write, document()) == golden(f"C_031_2020-06.{ending}")


@given(data=st.data())
def test_the_document_has_its_heading_and_a_paragraph_for_every_turn(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=data.draw(anything_said))
    facts = [f"{name}\t{value}" for name, value in heading(made)]
    turns = [f"[{clock(t.start_ms)}] {t.speaker}: {t.text}" for t in turns_of(lines_of(made.transcript))]
    assert _read(write_rtf, made) == ["C_031_06/20", *facts, "", *turns]


@given(data=st.data())
def test_a_paragraph_for_f4_has_its_mark_at_the_end_and_marks_never_go_back(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=data.draw(anything_said))
    lines = lines_of(made.transcript)
    read = [re.fullmatch(r"([^:]+): (.+) #(\d+):(\d\d):(\d\d)-(\d)#", each) for each in _read(write_f4, made)]
    assert len([match for match in read if match]) == len(lines)
    marks = []
    for match, line in zip(read, lines, strict=True):
        assert match
        hours, minutes, seconds, tenth = (int(match[n]) for n in (3, 4, 5, 6))
        marks.append(((hours * 60 + minutes) * 60 + seconds) * 1000 + tenth * 100)
        assert not re.search(r"#\d+:\d\d:\d\d-\d#", match[2])
        assert match[2].replace(" ", "") == f"{line.pause}{line.text}".replace(" ", "")
    assert all(before <= after for before, after in pairwise(marks))
    following = [*(line.start_ms for line in lines[1:]), 10**12]
    for mark, line, next_ms in zip(marks, lines, following, strict=False):
        assert abs(mark - min(line.end_ms, next_ms)) <= 50


def test_it_is_ascii_and_its_groups_close(document: Make) -> None:
    for write in (write_rtf, write_f4):
        text = _written(write, document(study_title="{Träume} \\ {")).decode("ascii")
        plain = re.sub(r"\\[\\{}]", "", text)
        assert plain.count("{") == plain.count("}")


def test_every_page_says_what_it_is_and_its_number_and_lines_are_counted(document: Make) -> None:
    text = _written(write_rtf, document()).decode("ascii")
    header = re.search(r"\{\\header(.*?)\\par\}", text)
    assert header
    assert header[1].endswith(r"C_031_06/20 \u183? machine transcript, not checked by a person")
    assert r"\fldinst PAGE" in text
    assert r"\linemod5" in text


def test_its_properties_name_no_person_and_no_clock(document: Make) -> None:
    text = _written(write_rtf, document()).decode("ascii")
    assert r"{\author Fieldcall}{\creatim\yr2020\mo6\dy4\hr2\min30}" in text


def _written(write: Write, made: Document) -> bytes:
    file = io.BytesIO()
    write(made, file)
    return file.getvalue()


def _read(write: Write, made: Document) -> list[str]:
    """Paragraphs; striprtf gives the two halves of a character beyond U+FFFF apart."""
    text = rtf_to_text(_written(write, made).decode("ascii"))
    return text.encode("utf-16", "surrogatepass").decode("utf-16").split("\n")[:-1]
