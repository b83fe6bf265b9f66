"""A CSV that a person has edited: UTF-8, `,` or `;` between cells, columns by name. Messages never repeat a cell."""

import csv
import io
from collections.abc import Sequence

from storage.errors import PseudonymError

Row = dict[str, str]


def read_table(content: bytes, needed: Sequence[str], what: str) -> list[tuple[int, Row]]:
    """The rows that are not empty, with their lines. Raises PseudonymError: `what` is the file, such as 'review'."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise PseudonymError(f"The {what} is not UTF-8. Save it as 'CSV UTF-8' and try again.") from None
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        head = [column.strip().lower() for column in next(table, [])]
        if missing := [column for column in needed if column not in head]:
            columns = "column" if len(missing) == 1 else "columns"
            raise PseudonymError(f"The {what} lacks the {columns} {', '.join(missing)}. Its first line names them.")
        rows = [(table.line_num, dict(zip(head, [cell.strip() for cell in cells], strict=False))) for cells in table]
    except csv.Error as error:
        raise PseudonymError(f"The {what} cannot be read at line {table.line_num}: {error}.") from None
    return [(line, {column: row.get(column, "") for column in head}) for line, row in rows if any(row.values())]
