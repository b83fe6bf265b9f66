"""The text of a source, note or transcript, from the XML or from a file of the project."""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from storage.imports.elements import has, place, words
from storage.imports.losses import Losses
from storage.imports.safe_xml import Element

ReadFile = Callable[[str], bytes | None]  # the bytes that a path in the project means, None where there are none

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class StoredText:
    """A text as it reads here (LF, no BOM): whether it had a mark, and which of its line ends were CRLF."""

    text: str
    had_mark: bool = False
    crlf: frozenset[int] = frozenset()


def read_text(element: Element, read_file: ReadFile, losses: Losses) -> StoredText | None:
    """The plain text of an element, or None where the project has none of it."""
    inline = words(element, "PlainTextContent") if has(element, "PlainTextContent") else None
    content = _file_of(element, read_file, losses, has_inline=inline is not None)
    if content is None:
        return None if inline is None else _clean(inline, element, losses)
    stored = _decoded(element, content, losses)
    if inline is not None and _clean(inline, element, losses).text != stored.text:
        losses.add(place(element), "has two texts that differ: the one in its file was taken, not the one in the XML")
    return stored


def _file_of(element: Element, read_file: ReadFile, losses: Losses, *, has_inline: bool) -> bytes | None:
    """The bytes of a text; a plain text that a program has called a rich one is a text all the same."""
    if path := element.get("plainTextPath"):
        content = read_file(path)
        if content is None and has_inline:
            losses.add(place(element), "its plainTextPath names no file in the project; the text in the XML was taken")
        return content
    path = element.get("richTextPath", "")
    content = read_file(path) if path.lower().endswith(".txt") and not has_inline else None
    if content is not None:
        losses.add(place(element), "has no plain text; the file it names as rich text is one and was taken")
    return content


def _decoded(element: Element, content: bytes, losses: Losses) -> StoredText:
    """Bytes as text: by their mark, else UTF-8 as the standard says, else as old Windows programs write."""
    mark, encoding = next(((m, e) for m, e in _BOMS if content.startswith(m)), (b"", "utf-8"))
    content = content[len(mark) :]
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
        unread = f", but for {count:,} signs of it" if (count := text.count("\ufffd")) else ""
        losses.add(place(element), f"its text is not {encoding.upper()}; it was read as Windows-1252{unread}")
    return _clean(text, element, losses, had_mark=bool(mark))


def _clean(text: str, element: Element, losses: Losses, *, had_mark: bool = False) -> StoredText:
    """With LF line ends, and without a mark or what no database keeps; all but CRLF and the mark stay one for one."""
    if text.startswith("\ufeff") and not had_mark:
        text, had_mark = text[1:], True
    if "\x00" in text:
        losses.add(place(element), f"zero signs in its text ({text.count(chr(0)):,}) became U+FFFD")
        text = text.replace("\x00", "\ufffd")
    crlf = frozenset(found.start() - count for count, found in enumerate(re.finditer("\r\n", text)))
    return StoredText(text.replace("\r\n", "\n").replace("\r", "\n"), had_mark, crlf)
