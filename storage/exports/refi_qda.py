"""The words of the standard REFI-QDA 1.5 (qdasoftware.org), and XML in its namespaces."""

from datetime import UTC, datetime
from typing import Any

from lxml import etree

NAMESPACE = "urn:QDA-XML:project:1.0"
CODEBOOK_NAMESPACE = "urn:QDA-XML:codebook:1.0"
ORIGIN = "Fieldcall"
PROJECT_FILE = "project.qde"
SOURCES = "sources"  # the folder of internal files, flat, in lower case
INTERNAL = "internal://"
RELATIVE = "relative:///"
LARGEST_INTERNAL = 2**31 - 1  # bytes of a file inside a project, section 8.5 of the standard

Element = etree._Element


def element(tag: str, namespace: str = NAMESPACE, /, **attributes: str) -> Element:
    """An element that stands alone; no prefix is written, for none of the standard's programs writes one."""
    prefixes: Any = {None: namespace}
    return etree.Element(f"{{{namespace}}}{tag}", attributes, nsmap=prefixes)


def inside(parent: Element, tag: str, /, **attributes: str) -> Element:
    """A new last child of `parent`, in its namespace."""
    namespace = parent.tag[: parent.tag.index("}") + 1]
    return etree.SubElement(parent, namespace + tag, attributes)


def xml_bytes(root: Element) -> bytes:
    """UTF-8 with LF line ends and no byte order mark, indented: the same for the same content."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def instant(moment: datetime) -> str:
    """A moment in UTC to the second, such as `2020-06-04T02:30:15Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
