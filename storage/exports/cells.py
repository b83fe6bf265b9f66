"""Cells of a CSV: one line of text that a spreadsheet shows and never computes."""

import re

from storage.exports.clean import clean

_FIRST = frozenset("'=+-@＝＋－＠")  # looked at before the pattern, for there are millions of cells
_COMPUTED = re.compile("'*[=+\\-@＝＋－＠]")  # apostrophes too, so that one can be taken away again without a doubt


def cell(value: object) -> str:
    """`value` as a line of text that is never computed."""
    return never_computed(clean(str(value)))


def never_computed(line: str) -> str:
    """`line` with an apostrophe before what a spreadsheet would take for a formula.

    Undone by taking one apostrophe away where apostrophes and one of `=`, `+`, `-`, `@` begin the cell.
    """
    return f"'{line}" if line[:1] in _FIRST and _COMPUTED.match(line) else line
