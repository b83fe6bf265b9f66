"""XML that is not trusted: refused before it is parsed where it could hide something, then parsed and validated."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from storage.exports.checks.elements import place, with_tags
from storage.exports.checks.findings import Finding
from storage.exports.refi_qda import Element
from storage.imports.safe_xml import MOST_MARKS, declared_encoding, has_doctype, has_too_many_marks, root_of

BOM = b"\xef\xbb\xbf"
_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|.{0,3}\x00", re.DOTALL)  # UTF-16 and UTF-32, with or without a mark
_EIGHT_DIGITS = re.compile("#[0-9A-Fa-f]{8}")


def parsed(content: bytes, name: str, found: list[Finding]) -> Element | None:
    """The root element, or None where it must not or cannot be read; what is wrong is added to `found`."""
    if content.startswith(BOM):
        found.append(Finding("bom", name, "begins with a byte order mark"))
        content = content.removeprefix(BOM)
    if refusal := _refusal(content):
        found.append(Finding(refusal[0], name, refusal[1]))
        return None
    try:
        return root_of(content)
    except etree.XMLSyntaxError as error:
        reason = " ".join(error.msg.split())
        found.append(Finding("well-formed", f"{name} line {error.lineno}", f"is not well-formed XML: {reason}"))
        return None


def _refusal(content: bytes) -> tuple[str, str] | None:
    """The rule for which XML is not even parsed, and what is wrong."""
    if _WIDE.match(content):
        return "encoding", "is not in UTF-8; it is not read further"
    if (encoding := declared_encoding(content)) not in ("", "utf-8"):
        return "encoding", f"says that its encoding is {encoding}; it is not read further"
    if has_doctype(content):
        return "doctype", "has a document type declaration; it is not read further"
    if has_too_many_marks(content):
        return "size", f"has more than {MOST_MARKS:,} marks of elements and attributes; it is not read further"
    return None


def schema_findings(root: Element, name: str, schema: str) -> Iterator[Finding]:
    """What is invalid by the schema file named."""
    validator: Any = _schema(schema)
    if not validator.validate(root):
        for entry in validator.error_log:
            yield Finding("schema", f"{name} line {entry.line}", f"breaks the schema: {_short(entry.message)}")


def overlooked_colours(root: Element) -> Iterator[Finding]:
    """Colours with transparency, which libxml2 2.14 takes for the "six digits or three" of the projects' schema."""
    for code in with_tags(root, {"Code"}):
        if _EIGHT_DIGITS.fullmatch(code.get("color", "").strip()):
            yield Finding("schema", place(code), "breaks the schema: a colour is #rgb or #rrggbb, without transparency")


def _short(message: str) -> str:
    return re.sub(r"\{urn:QDA-XML:[^}]*\}", "", message)[:300].rstrip(". ")


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(root_of((Path(__file__).parents[1] / name).read_bytes()))
