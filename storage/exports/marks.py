"""Time marks inside running text, and words that a program would take for one."""

import re

from storage.exports.turns import Line

# a clock time behind a bracket or a #, and the arrow of a SubRip caption: what the programs' own readers look for
_LIKE_A_MARK = re.compile(r"(?<=[#\[({<])(?=[0-9]{1,3}[:.][0-9]{2})|(?<=[0-9],[0-9]{3}\s--)(?=>)")


def said(line: Line) -> str:
    """`C_031: (1.4) words`, in which nothing reads as a time mark: `[12:30]` becomes `[ 12:30]`."""
    return without_marks(f"{line.speaker}: {line.text_after_pause}")


def without_marks(text: str) -> str:
    """`text` with a space inside whatever a program would read as a time in the recording."""
    return _LIKE_A_MARK.sub(" ", text)
