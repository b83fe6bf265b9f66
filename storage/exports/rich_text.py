"""Rich Text Format 1.9 in ASCII: what every program for text has read for thirty years."""

import re
from collections.abc import Iterable
from typing import IO

_HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0\uc1"
    "\n"
    r"{\fonttbl{\f0\fswiss\fcharset0 Arial;}}"
    "\n"
    r"{\colortbl;\red89\green89\blue89;}"
    "\n"
)
_PAGE = r"\paperw11906\paperh16838\margl1304\margr1304\margt1304\margb1304"  # A4, in twentieths of a point
_SPECIAL = re.compile(r"[\\{}]|[^\x20-\x7e]+")


def write_rich_text(file: IO[bytes], paragraphs: Iterable[str], begin: str = "") -> None:
    """Write a document of paragraphs of RTF; `begin` is RTF that stands before the first of them."""
    text = "".join(f"{paragraph}\\par\n" for paragraph in paragraphs)
    file.write(f"{_HEAD}{_PAGE}\n{begin}{text}}}\n".encode("ascii"))


def in_rtf(text: str) -> str:
    """A line of text in RTF; other characters than those of ASCII by their UTF-16 units, as RTF counts them."""
    return _SPECIAL.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    text = found[0]
    if text in ("\\", "{", "}"):
        return f"\\{text}"
    units = text.encode("utf-16-le")
    return "".join(f"\\u{int.from_bytes(units[at : at + 2], 'little', signed=True)}?" for at in range(0, len(units), 2))
