"""NVivo, as a Word document: one table of timespan, content and speaker (NVivo 12 help, Import transcripts).

The document (ECMA-376) is written as text rather than with python-docx, which takes seconds for a long table.
"""

from collections.abc import Iterable
from datetime import UTC
from typing import IO
from xml.sax.saxutils import escape
from zipfile import ZipFile

from storage.exports.archive import add_bytes
from storage.exports.document import Document
from storage.exports.nvivo_txt import FIELDS, fields

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OPEN = "http://schemas.openxmlformats.org"
_WIDTHS = (2500, 5600, 1200)  # of the columns, in twentieths of a point
_TYPES = {
    "/word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    "/word/styles.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml",
    "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
}
_STYLES = (
    f'{_HEAD}<w:styles xmlns:w="{_OPEN}/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr>'
    '<w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial" w:eastAsia="Arial"/><w:sz w:val="20"/></w:rPr>'
    '</w:rPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal">'
    '<w:name w:val="Normal"/></w:style></w:styles>'
)
_PAGE = (
    '<w:p/><w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="1304" w:right="1304" w:bottom="1304" w:left="1304" w:header="708" w:footer="708" w:gutter="0"/>'
    "</w:sectPr>"
)


def write_nvivo_docx(document: Document, file: IO[bytes]) -> None:
    """Write a row per utterance, in order of time; the same transcript gives the same bytes."""
    parts = {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relations(
            officeDocument=(f"{_OPEN}/officeDocument/2006/relationships/officeDocument", "word/document.xml"),
            core=(f"{_OPEN}/package/2006/relationships/metadata/core-properties", "docProps/core.xml"),
        ),
        "docProps/core.xml": _properties(document),
        "word/_rels/document.xml.rels": _relations(
            styles=(f"{_OPEN}/officeDocument/2006/relationships/styles", "styles.xml")
        ),
        "word/document.xml": _body(document),
        "word/styles.xml": _STYLES,
    }
    with ZipFile(file, "w") as archive:
        for name, text in parts.items():
            add_bytes(archive, name, text.encode())


def _body(document: Document) -> str:
    sides = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:color="808080"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in _WIDTHS)
    rows = "".join(_row(fields(line)) for line in document.lines)
    return (
        f'{_HEAD}<w:document xmlns:w="{_OPEN}/wordprocessingml/2006/main"><w:body><w:tbl><w:tblPr>'
        f'<w:tblW w:w="{sum(_WIDTHS)}" w:type="dxa"/><w:tblBorders>{sides}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f"</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{_row(FIELDS, is_header=True)}{rows}</w:tbl>{_PAGE}"
        "</w:body></w:document>"
    )


def _row(texts: Iterable[str], *, is_header: bool = False) -> str:
    """The header is repeated on every page."""
    kind = "<w:trPr><w:tblHeader/></w:trPr>" if is_header else ""
    face = "<w:rPr><w:b/></w:rPr>" if is_header else ""
    cells = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
        f'<w:p><w:r>{face}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
        for width, text in zip(_WIDTHS, texts, strict=True)
    )
    return f"<w:tr>{kind}{cells}</w:tr>"


def _content_types() -> str:
    overrides = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in _TYPES.items())
    return (
        f'{_HEAD}<Types xmlns="{_OPEN}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )


def _relations(**targets: tuple[str, str]) -> str:
    each = "".join(f'<Relationship Id="{name}" Type="{t}" Target="{target}"/>' for name, (t, target) in targets.items())
    return f'{_HEAD}<Relationships xmlns="{_OPEN}/package/2006/relationships">{each}</Relationships>'


def _properties(document: Document) -> str:
    """Properties of the file without a clock or a person."""
    made_at = f"{document.transcript.made_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    times = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{made_at}</dcterms:{name}>' for name in ("created", "modified")
    )
    return (
        f'{_HEAD}<cp:coreProperties xmlns:cp="{_OPEN}/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(document.transcript.label)}</dc:title><dc:subject>{escape(document.status)}</dc:subject>"
        f"<dc:creator>Fieldcall</dc:creator><cp:lastModifiedBy>Fieldcall</cp:lastModifiedBy>{times}</cp:coreProperties>"
    )
