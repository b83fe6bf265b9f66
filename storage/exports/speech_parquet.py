"""Utterances and words as Apache Parquet, for R, Python and DuckDB: the rows of the CSV, with their types."""

from collections.abc import Iterable, Sequence
from typing import IO, Any, get_type_hints

from storage.errors import ExportError
from storage.exports.contents import Contents
from storage.exports.speech_rows import UtteranceRow, WordRow, utterance_rows, word_rows

Kind = type[UtteranceRow] | type[WordRow]
Rows = Sequence[UtteranceRow] | Sequence[WordRow]


def write_utterances_parquet(contents: Contents, file: IO[bytes]) -> None:
    """Write one row per utterance of every interview. Raises ExportError where pyarrow is not installed."""
    _write(file, UtteranceRow, (list(utterance_rows(document)) for document in contents.documents))


def write_words_parquet(contents: Contents, file: IO[bytes]) -> None:
    """Write one row per word of every interview. Raises ExportError where pyarrow is not installed."""
    _write(file, WordRow, (list(word_rows(document)) for document in contents.documents))


def _write(file: IO[bytes], kind: Kind, documents: Iterable[Rows]) -> None:
    """A row group per document: memory does not grow with the study."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise ExportError(
            "Parquet files are written with pyarrow, which is not installed. Install it with "
            "pip install 'fieldcall[parquet]', or name other formats with --format."
        ) from error
    schema = _schema(kind, pa)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for rows in documents:
            columns = zip(*rows, strict=True) if rows else [()] * len(schema)
            arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _schema(kind: Kind, pa: Any) -> Any:
    types = {
        str: pa.field("", pa.string(), nullable=False),
        int: pa.field("", pa.int64(), nullable=False),
        bool: pa.field("", pa.bool_(), nullable=False),
        int | None: pa.field("", pa.int64()),
        float | None: pa.field("", pa.float64()),
    }
    hints = get_type_hints(kind)
    return pa.schema([types[hints[name]].with_name(name) for name in kind._fields])
