"""XML that is not trusted: refused before it is parsed where it could hide something, then parsed and validated."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from lxml import etree

from storage.exports.checks.findings import Finding
from storage.exports.refi_qda import Element

BOM = b"\xef\xbb\xbf"
_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|.{0,3}\x00", re.DOTALL)  # UTF-16 and UTF-32, with or without a mark
_ENCODING = re.compile(rb"""\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"'>]{0,60})""")
# what may stand before the root; possessive, so that a long row of comments costs no more than its length
_DOCTYPE = re.compile(rb"(?:\s++|<\?(?>.*?\?>)|<!--(?>.*?-->))*+<!(?!--)", re.DOTALL)


def parsed(content: bytes, name: str, found: list[Finding]) -> Element | None:
    """The root element, or None where it must not or cannot be read; what is wrong is added to `found`."""
    if content.startswith(BOM):
        found.append(Finding("bom", name, "begins with a byte order mark"))
        content = content.removeprefix(BOM)
    if refusal := _refusal(content):
        found.append(Finding(refusal[0], name, refusal[1]))
        return None
    try:
        return etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        reason = " ".join(error.msg.split())
        found.append(Finding("well-formed", f"{name} line {error.lineno}", f"is not well-formed XML: {reason}"))
        return None


def _refusal(content: bytes) -> tuple[str, str] | None:
    """The rule for which XML is not even parsed, and what is wrong."""
    if _WIDE.match(content):
        return "encoding", "is not in UTF-8; it is not read further"
    stated = _ENCODING.match(content)
    if stated and stated[1].lower() != b"utf-8":
        return "encoding", f"says that its encoding is {stated[1].decode('ascii', 'replace')}; it is not read further"
    if _DOCTYPE.match(content):
        return "doctype", "has a document type declaration; it is not read further"
    return None


def schema_findings(root: Element, name: str, schema: str) -> Iterator[Finding]:
    """What is invalid by the schema file named."""
    validator: Any = _schema(schema)
    if not validator.validate(root):
        for entry in validator.error_log:
            yield Finding("schema", f"{name} line {entry.line}", f"breaks the schema: {_short(entry.message)}")


def _short(message: str) -> str:
    return re.sub(r"\{urn:QDA-XML:[^}]*\}", "", message)[:300].rstrip(". ")


@cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(__file__).parents[1] / name, _parser()))


def _parser() -> etree.XMLParser:
    """The encoding is given, so that what is parsed is what was looked through before."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
    )
