"""Utterances and words as tables, read back with the csv module and with pyarrow."""

import csv
import io
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import ExportError
from storage.exports.contents import Contents
from storage.exports.document import Document
from storage.exports.speech_csv import write_utterances_csv, write_words_csv
from storage.exports.speech_parquet import write_utterances_parquet, write_words_parquet
from storage.exports.speech_rows import UtteranceRow, WordRow, utterance_rows, word_rows
from storage.exports.turns import lines_of
from storage.transcripts.transcript import Spoken
from storage.transcripts.words import SET_ASIDE, shown_words

Make = Callable[..., Contents]
Documents = Callable[..., Document]
Write = Callable[[Contents, IO[bytes]], None]

SAID = (
    Spoken("INT_01", 0, 0, 900, "Well, hello.", [["Well,", 0, 400, 0.91], ["hello.", 450, 900, 0.88]], "g1"),
    Spoken(
        "C_031",
        1,
        1_000,
        3_500,
        "[unclear 00:00:01-00:00:02] -5 degrees",
        [
            ["[unclear 00:00:01-00:00:02]", 1_000, 2_000, 0.0, ["unclear"]],
            ["-5", 2_100, 2_400, 0.4, ["disputed", "speaker"]],
            ["degrees", 2_450, 3_000, 0.97],
            ["degrees", 3_000, 3_500, 0.21, ["loop"]],
        ],
        "g2",
    ),
    Spoken("C_031", 1, 4_000, 5_000, "", [["Thanks.", 4_000, 5_000, 0.08, ["invented"]]], "g3"),
    Spoken("", 0, 6_000, 7_000, "=Written by hand", [["Ridden", 6_000, 6_400, 0.3]], "g4"),
)
FILES: dict[str, Write] = {
    "utterances.csv": write_utterances_csv,
    "words.csv": write_words_csv,
    "utterances.parquet": write_utterances_parquet,
    "words.parquet": write_words_parquet,
}


@pytest.fixture
def spoken(contents: Make, document: Documents) -> Contents:
    return contents(documents=(document(utterances=SAID), replace(document(), name="C_031_2020-06_2")))


@pytest.mark.parametrize("name", ["utterances.csv", "words.csv"])
def test_csv_is_as_agreed(spoken: Contents, golden: Callable[[str], bytes], name: str) -> None:
    assert _written(name, spoken) == golden(name)


@pytest.mark.parametrize("name", ["utterances.parquet", "words.parquet"])
def test_parquet_has_the_columns_types_and_rows_agreed(spoken: Contents, name: str) -> None:
    """Its bytes are the library's own, so the golden file is read rather than compared."""
    agreed = pq.read_table(Path(__file__).parent / "golden" / name)
    assert _parquet(name, spoken).schema == agreed.schema
    assert _parquet(name, spoken).to_pylist() == agreed.to_pylist()


@pytest.mark.parametrize("name", FILES)
def test_the_same_contents_give_the_same_bytes(spoken: Contents, name: str) -> None:
    assert _written(name, spoken) == _written(name, spoken)


def test_every_stored_utterance_has_a_row_with_all_its_ids(spoken: Contents) -> None:
    rows = _csv("utterances.csv", spoken)
    assert [(row["document"], row["utterance"], row["utterance_guid"]) for row in rows[:4]] == [
        ("C_031_2020-06", str(n), f"g{n}") for n in (1, 2, 3, 4)
    ]
    assert {row["document"] for row in rows[4:]} == {"C_031_2020-06_2"}
    assert (rows[0]["interview"], rows[0]["code"], rows[0]["group"]) == ("C_031_06/20", "C_031", "client")
    assert (rows[0]["version"], rows[0]["version_kind"], rows[0]["is_checked"]) == ("1", "machine", "False")
    ids = ("interview_guid", "participant_guid", "transcript_guid", "version_guid", "recording_guid")
    assert [rows[0][name][-2:] for name in ids] == ["01", "02", "04", "05", "03"]


def test_what_was_set_aside_stands_in_a_column_of_its_own_and_never_as_text(spoken: Contents) -> None:
    rows = _csv("words.csv", spoken)
    aside = [(row["utterance"], row["text"], row["set_aside"], row["reason"]) for row in rows if row["reason"]]
    assert aside == [("2", "", "degrees", "repetition"), ("3", "", "Thanks.", "invented")]
    assert not [row for row in rows if bool(row["text"]) == bool(row["set_aside"])]
    assert _csv("utterances.csv", spoken)[2]["text"] == ""
    assert "Thanks." not in _written("utterances.csv", spoken).decode()


@pytest.mark.parametrize("mark", SET_ASIDE)
def test_nothing_set_aside_goes_out_of_a_pseudonymised_version(contents: Make, document: Documents, mark: str) -> None:
    words = [["Yes.", 0, 400, 0.9], ["Marjorie", 500, 600, 0.1, [mark]]]
    made = document(utterances=(Spoken("C_031", 1, 0, 600, "Yes.", words),), version_kind="pseudonymised")
    for name in FILES:
        assert "Marjorie" not in _all(name, contents(documents=(made,)))
        assert "Yes." in _all(name, contents(documents=(made,)))


@pytest.mark.parametrize("kind", ["corrected", "pseudonymised"])
def test_words_that_are_not_the_text_any_more_never_go_out(contents: Make, document: Documents, kind: str) -> None:
    words = [["Ask", 0, 300, 0.9], ["Marjorie.", 300, 900, 0.9], ["Marjorie.", 900, 999, 0.9, ["loop"]]]
    made = document(utterances=(Spoken("C_031", 1, 0, 999, "Ask [friend].", words),), version_kind=kind)
    for name in FILES:
        assert "Marjorie" not in _all(name, contents(documents=(made,)))
    rows = _parquet("words.parquet", contents(documents=(made,))).to_pylist()
    assert [(row["text"], row["start_ms"], row["probability"]) for row in rows] == [
        ("Ask", None, None),
        ("[friend].", None, None),
    ]


def test_the_words_joined_are_the_text(spoken: Contents) -> None:
    said: dict[str, list[str]] = {}
    for row in _parquet("words.parquet", spoken).to_pylist()[:10]:
        said.setdefault(row["utterance"], []).append(row["text"])
    assert [" ".join(filter(None, texts)) for texts in said.values()] == [each.text for each in SAID]


def test_types_are_kept_and_what_is_not_known_is_null(spoken: Contents) -> None:
    schema = _parquet("words.parquet", spoken).schema
    assert (schema.field("start_ms").type, schema.field("probability").type) == (pa.int64(), pa.float64())
    assert schema.field("start_ms").nullable
    assert not schema.field("text").nullable
    assert _parquet("utterances.parquet", spoken).schema.field("is_checked").type == pa.bool_()
    assert [row["start_ms"] for row in _csv("words.csv", spoken) if row["text"] == "hand"] == [""]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "'=1", "＝1", "\t=1", '=HYPERLINK("x")'])
@pytest.mark.parametrize("name", ["utterances.csv", "words.csv"])
def test_a_cell_is_never_a_formula_and_parquet_has_it_plain(
    contents: Make, document: Documents, text: str, name: str
) -> None:
    made = contents(documents=(document(utterances=(Spoken(text, 0, 0, 9, text, [[text, 0, 9, 0.5]]),)),))
    (row,) = _csv(name, made)
    (plain,) = _parquet(name.replace("csv", "parquet"), made).to_pylist()
    for column in ("text", "speaker"):
        assert row[column] == "'" + text.strip()
        assert plain[column] == text.strip()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_text_reads_back(
    data: st.DataObject, contents: Make, document: Documents, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    said = tuple(
        replace(each, words=[[word, each.start_ms, each.end_ms, 0.5] for word in each.text.split(" ")])
        for each in data.draw(anything_said)
    )
    made = contents(documents=(document(utterances=said),))
    (told,) = made.documents
    utterances, words = list(utterance_rows(told)), list(word_rows(told))
    assert [row.text for row in utterances] == _texts(told)
    for name, rows in (("utterances.csv", utterances), ("words.csv", words)):
        assert [_uncomputed(row) for row in _csv(name, made)] == [_as_cells(row) for row in rows]
        parquet = _parquet(name.replace("csv", "parquet"), made)
        assert parquet.to_pylist() == [row._asdict() for row in rows]
        assert parquet.schema.names == list((UtteranceRow if rows is utterances else WordRow)._fields)


@given(data=st.data())
def test_every_word_shown_has_its_own_times(
    data: st.DataObject, document: Documents, anything_said: st.SearchStrategy[tuple[Spoken, ...]]
) -> None:
    said = tuple(
        replace(each, text=text, words=words)
        for each in data.draw(anything_said)
        for words in [
            [[word, each.start_ms + n, each.start_ms + n + 1, 0.5] for n, word in enumerate(each.text.split())]
        ]
        for text in [" ".join(word.text for word in shown_words(words))]
    )
    rows = list(word_rows(document(utterances=said)))
    spans = [(word.start_ms, word.end_ms) for each in said for word in shown_words(each.words)]
    assert [(row.start_ms, row.end_ms) for row in rows] == spans


@pytest.mark.parametrize("name", ["utterances.parquet", "words.parquet"])
def test_without_pyarrow_it_says_what_to_install(spoken: Contents, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExportError, match=r"pip install 'fieldcall\[parquet\]', or name other formats with --format"):
        _written(name, spoken)


def _written(name: str, made: Contents) -> bytes:
    file = io.BytesIO()
    FILES[name](made, file)
    return file.getvalue()


def _csv(name: str, made: Contents) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_written(name, made).decode("utf-8"), newline="")))


def _parquet(name: str, made: Contents) -> Any:
    return pq.read_table(pa.BufferReader(_written(name, made)))


def _all(name: str, made: Contents) -> str:
    """All cells of a table."""
    return str(_csv(name, made) if name.endswith(".csv") else _parquet(name, made).to_pylist())


def _texts(made: Document) -> list[str]:
    texts = {line.guid: line.text for line in lines_of(made.transcript)}
    return [texts.get(each.guid, "") for each in made.transcript.utterances]


def _uncomputed(row: dict[str, str]) -> dict[str, str]:
    """Cells without the apostrophe that keeps them from being computed."""
    return {
        name: cell[1:] if cell.startswith("'") and cell.lstrip("'")[:1] in tuple("=+-@＝＋－＠") else cell
        for name, cell in row.items()
    }


def _as_cells(row: UtteranceRow | WordRow) -> dict[str, str]:
    return {name: "" if value is None else str(value) for name, value in row._asdict().items()}
