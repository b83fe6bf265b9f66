"""Plain texts for MAXQDA, ATLAS.ti, QualCoder, InqScribe and NVivo, read back by the rules that they publish."""

import io
import re
from collections.abc import Callable
from itertools import pairwise
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.exports.atlas import write_atlas
from storage.exports.document import Document
from storage.exports.inqscribe import write_inqscribe
from storage.exports.maxqda import write_maxqda
from storage.exports.nvivo_txt import write_nvivo_txt
from storage.exports.qualcoder import write_qualcoder
from storage.exports.turns import Line, lines_of
from storage.transcripts.transcript import Spoken

Make = Callable[..., Document]
Write = Callable[[Document, IO[bytes]], None]
WRITERS: dict[str, Write] = {
    "maxqda": write_maxqda,
    "atlas": write_atlas,
    "qualcoder": write_qualcoder,
    "inqscribe": write_inqscribe,
    "nvivo": write_nvivo_txt,
}

# what QualCoder looks for, in its own words (code_av.py, get_timestamps_from_transcription); milliseconds of each
QUALCODER = {
    r"\[[0-9]{1,3}:[0-9][0-9]\]": None,
    r"\[[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\]": None,
    r"\[[0-9]{1,3}\.[0-9][0-9]\]": None,
    r"\[[0-9][0-9]\.[0-9][0-9]\.[0-9][0-9]\]": None,
    r"\{[0-9][0-9]\:[0-9][0-9]\:[0-9][0-9]\}": None,
    r"[0-9][0-9]:[0-9][0-9]:[0-9][0-9],[0-9][0-9][0-9]\s-->\s[0-9][0-9]:[0-9][0-9]:[0-9][0-9],[0-9][0-9][0-9]": None,
    r"#[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9]{1,3}#": 1,
}
QUALCODER_OLD = r"#[0-9][0-9]:[0-9][0-9]:[0-9][0-9]\.[0-9][0-9][0-9]#"  # of its releases until 2022


@pytest.mark.parametrize("name", WRITERS)
def test_it_is_as_agreed(document: Make, golden: Callable[[str], bytes], name: str) -> None:
    assert _written(name, document()) == golden(f"C_031_2020-06.{name}.txt")


@pytest.mark.parametrize("name", WRITERS)
def test_it_is_unicode_text_with_lf_and_no_byte_order_mark(document: Make, name: str) -> None:
    written = _written(name, document())
    assert "“for nothing” 🙂" in written.decode("utf-8")
    assert not written.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in written


@pytest.mark.parametrize("name", WRITERS)
def test_a_recording_without_words_gives_a_file_without_rows(document: Make, name: str) -> None:
    header = b"Timespan\tContent\tSpeaker\n" if name == "nvivo" else b""
    assert _written(name, document(utterances=())) == header


@given(data=st.data())
def test_maxqda_reads_back_to_the_tenth_in_order(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=data.draw(anything_said))
    text = _written("maxqda", made).decode()
    read = [re.fullmatch(r"(\d+:\d\d:\d\d\.\d)([^:\s][^:]*): (.+)", each) for each in _paragraphs(text)]
    _assert_same([(m[1], m[2], m[3]) for m in read if m], made, error_ms=50)


@given(data=st.data())
def test_atlas_reads_back_to_the_tenth_in_order(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=data.draw(anything_said))
    text = _written("atlas", made).decode()
    read = [re.fullmatch(r"#(\d+:\d\d:\d\d\.\d)# ([^:]+): (.+)", each) for each in _paragraphs(text)]
    _assert_same([(m[1], m[2], m[3]) for m in read if m], made, error_ms=50)
    assert len(re.findall(r"#\d+:\d\d:\d\d\.\d+#|\[\d+:\d\d(?::\d\d)?\]", text)) == len(lines_of(made.transcript))


@given(data=st.data())
def test_qualcoder_finds_every_mark_and_nothing_else(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=[s for s in data.draw(anything_said) if s.start_ms < 360_000_000])
    text = _written("qualcoder", made).decode()
    found = [(mark, again.span()) for mark in QUALCODER for again in re.finditer(mark, text)]
    assert {mark for mark, _ in found} <= {mark for mark, is_ours in QUALCODER.items() if is_ours}
    assert [again.span() for again in re.finditer(QUALCODER_OLD, text)] == [span for _, span in found]
    assert [_ms(text[start + 1 : end - 1]) for _, (start, end) in found] == [
        line.start_ms for line in lines_of(made.transcript)
    ]
    read = [re.fullmatch(r"#(\S+)# ([^:]+): (.+)", each) for each in _paragraphs(text)]
    _assert_same([(m[1], m[2], m[3]) for m in read if m], made, error_ms=0)


@given(data=st.data())
def test_inqscribe_reads_back_to_the_frame(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=data.draw(anything_said))
    lines = lines_of(made.transcript)
    records = [row.split("\t") for row in _rows(_written("inqscribe", made).decode())]
    assert len(records) == len(lines)
    for (start, end, speaker, text), line in zip(records, lines, strict=True):
        assert abs(_frames_ms(start) - line.start_ms) <= 17
        assert abs(_frames_ms(end) - line.end_ms) <= 17
        assert _frames_ms(start) <= _frames_ms(end)
        assert not re.search(r"[\[({<]\d{1,2}:\d\d", text)  # it would become a mark of its own
        assert (_unspaced(speaker), _unspaced(text)) == (_unspaced(line.speaker), _unspaced(line.text))


@given(data=st.data())
def test_nvivo_gets_as_many_tabs_in_every_row_and_times_in_order(
    data: st.DataObject, document: Make, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    made = document(utterances=data.draw(anything_said))
    lines = lines_of(made.transcript)
    header, *rows = [row.split("\t") for row in _rows(_written("nvivo", made).decode())]
    assert header == ["Timespan", "Content", "Speaker"]
    assert [row[1:] for row in rows] == [[line.text, line.speaker] for line in lines]
    spans = [tuple(_ms(time) for time in row[0].split("-")) for row in rows]
    for (start, end), line in zip(spans, lines, strict=True):
        assert abs(start - line.start_ms) <= 50
        assert abs(end - line.end_ms) <= 50
        assert start <= end
    assert [start for start, _ in spans] == sorted(start for start, _ in spans)


@pytest.mark.parametrize("name", WRITERS)
def test_hours_beyond_a_day_and_a_colon_in_speech_stay(document: Make, name: str) -> None:
    made = document(utterances=(Spoken("C_031", 1, 90_000_960, 90_001_999, "He said: at 10:30, I mean: ten.", []),))
    text = _written(name, made).decode()
    assert "He said: at 10:30, I mean: ten." in text
    assert "25:00:0" in text
    assert ",1000" not in text


def test_a_pause_of_one_who_goes_on_stands_before_the_words(document: Make) -> None:
    said = tuple(
        Spoken("C_031", 1, at, at + 400, word, [[word, at, at + 400, 0.9]])
        for at, word in ((0, "Well."), (2_000, "Yes."))
    )
    assert _written("atlas", document(utterances=said)).decode() == (
        "#00:00:00.0# C_031: Well.\n\n#00:00:02.0# C_031: (1.6) Yes.\n"
    )


def test_what_was_set_aside_is_in_none_of_them(document: Make) -> None:
    words = [["Yes.", 0, 400, 0.9], ["Thanks", 500, 600, 0.1, ["invented"]]]
    made = document(utterances=(Spoken("C_031", 1, 0, 600, "Yes.", words),))
    for name in WRITERS:
        assert "Thanks" not in _written(name, made).decode()


def _written(name: str, made: Document) -> bytes:
    file = io.BytesIO()
    WRITERS[name](made, file)
    return file.getvalue()


def _paragraphs(text: str) -> list[str]:
    """Separated by an empty line, each a line of its own."""
    assert not text or text.endswith("\n")
    return text.removesuffix("\n").split("\n\n") if text else []


def _rows(text: str) -> list[str]:
    assert not text or text.endswith("\n")
    return text.split("\n")[:-1]


def _assert_same(read: list[tuple[str, str, str]], made: Document, *, error_ms: int) -> None:
    """Times never go back; words differ at most by the space that keeps one from being a mark."""
    lines = lines_of(made.transcript)
    assert len(read) == len(lines)
    times = [_ms(time) for time, _, _ in read]
    assert all(before <= after for before, after in pairwise(times))
    for ms, (_, speaker, text), line in zip(times, read, lines, strict=True):
        assert abs(ms - line.start_ms) <= error_ms
        assert (_unspaced(speaker), _unspaced(text)) == (_unspaced(line.speaker), _unspaced(_with_pause(line)))


def _with_pause(line: Line) -> str:
    return f"{line.pause}{line.text}"


def _unspaced(text: str) -> str:
    return text.replace(" ", "")


def _ms(time: str) -> int:
    clock, part = time.split(".")
    hours, minutes, seconds = (int(each) for each in clock.split(":"))
    assert minutes < 60 > seconds
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(part.ljust(3, "0"))


def _frames_ms(time: str) -> float:
    clock, frames = time.split(".")
    assert int(frames) < 30
    return _ms(f"{clock}.0") + int(frames) * 1000 / 30
