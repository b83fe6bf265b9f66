"""A Word document for reading and coding: a heading, then a paragraph per turn with its time and speaker."""

from io import BytesIO
from typing import IO, Any

from lxml import etree

from storage.exports.archive import write_again
from storage.exports.document import Document, heading
from storage.exports.turns import Turn, turns_of
from storage.lengths import clock

FONT = "Arial"  # there, or replaced by a face of the same widths, on every system
SPEAKER_CM, WORDS_CM = 1.9, 4.0  # where the speaker and the words begin, right of the time
NAMES_CM, PAGE_CM, MARGIN_CM = 3.2, (21.0, 29.7), 2.3


def write_docx(document: Document, file: IO[bytes]) -> None:
    """Write the document; the same transcript gives the same bytes."""
    from docx import Document as new_document  # imported here because it is slow to import

    paper = new_document()
    _set_up_page(paper)
    _set_properties(paper, document)
    _add_running_lines(paper, document)
    paper.add_heading(document.transcript.label, level=1)
    _add_heading_block(paper, document)
    _add_styles(paper)
    for turn in turns_of(document.lines):
        _add_turn(paper, turn)
    buffer = BytesIO()
    paper.save(buffer)
    buffer.seek(0)
    write_again(buffer, file)


def _set_up_page(paper: Any) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    section = paper.sections[0]
    section.page_width, section.page_height = (Cm(side) for side in PAGE_CM)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
    for name, size in (("Normal", 10.5), ("Heading 1", 18), ("Header", 9), ("Footer", 9)):
        style = paper.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)  # a theme's typeface would win over FONT
    paper.styles["Normal"].paragraph_format.space_after = Pt(6)
    paper.styles["Normal"].paragraph_format.line_spacing = 1.15
    paper.styles["Heading 1"].font.color.rgb = RGBColor(0, 0, 0)
    paper.styles["Heading 1"].paragraph_format.space_before = Pt(0)
    paper.styles["Heading 1"].paragraph_format.space_after = Pt(8)


def _set_properties(paper: Any, document: Document) -> None:
    """Properties of the file without a clock or a person."""
    properties = paper.core_properties
    properties.title = document.transcript.label
    properties.subject = document.status
    properties.author = properties.last_modified_by = "Fieldcall"
    properties.comments = ""
    properties.created = properties.modified = document.transcript.made_at


def _add_running_lines(paper: Any, document: Document) -> None:
    """Label and status above, page numbers below, on every page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    section = paper.sections[0]
    section.header.paragraphs[0].text = f"{document.transcript.label} · {document.status}"
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text, field in (("Page ", "PAGE"), (" of ", "NUMPAGES")):
        foot.add_run(text)
        _add_field(foot.add_run(), field)


def _add_field(run: Any, instruction: str) -> None:
    """A field that the word processor computes."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", "", "end"):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = instruction
        run._r.append(part)


def _add_heading_block(paper: Any, document: Document) -> None:
    from docx.shared import Cm, Pt

    facts = heading(document)
    table = paper.add_table(rows=len(facts), cols=2)
    table.autofit = False
    widths = (Cm(NAMES_CM), Cm(PAGE_CM[0] - 2 * MARGIN_CM - NAMES_CM))
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row, fact in zip(table.rows, facts, strict=True):
        for cell, width, text in zip(row.cells, widths, fact, strict=True):
            cell.width = width
            cell.text = text
            cell.paragraphs[0].paragraph_format.space_after = Pt(1)
        row.cells[0].paragraphs[0].runs[0].bold = True
    paper.add_paragraph().paragraph_format.space_after = Pt(6)


def _add_styles(paper: Any) -> None:
    """Styles of a turn (a hanging paragraph), its time and its speaker, which a reader can change in one place."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Cm, Pt, RGBColor

    turn = paper.styles.add_style("Turn", WD_STYLE_TYPE.PARAGRAPH)
    turn.base_style = paper.styles["Normal"]
    shape = turn.paragraph_format
    shape.left_indent, shape.first_line_indent = Cm(WORDS_CM), Cm(-WORDS_CM)
    shape.tab_stops.add_tab_stop(Cm(SPEAKER_CM))
    shape.tab_stops.add_tab_stop(Cm(WORDS_CM))
    time = paper.styles.add_style("Time", WD_STYLE_TYPE.CHARACTER)
    time.font.size, time.font.color.rgb = Pt(9), RGBColor(0x59, 0x59, 0x59)
    speaker = paper.styles.add_style("Speaker", WD_STYLE_TYPE.CHARACTER)
    speaker.font.bold = True


def _add_turn(paper: Any, turn: Turn) -> None:
    """The elements are made here: python-docx would search all styles, and all children, for each of them."""
    paragraph = paper.add_paragraph()._p
    _styled(paragraph, "w:pPr", "w:pStyle", "Turn")
    _styled(_run(paragraph, clock(turn.start_ms)), "w:rPr", "w:rStyle", "Time")
    _styled(_run(paragraph, turn.speaker, after_tab=True), "w:rPr", "w:rStyle", "Speaker")
    text, at = turn.text, 0
    _run(paragraph, "", after_tab=True)
    for start, end in turn.doubts:
        _run(paragraph, text[at:start])
        # yellow, as a reader marks what is to be listened to; a style cannot carry it
        _styled(_run(paragraph, text[start:end]), "w:rPr", "w:highlight", "yellow")
        at = end
    _run(paragraph, text[at:])


def _run(paragraph: Any, text: str, *, after_tab: bool = False) -> Any:
    from docx.oxml.ns import qn

    run = etree.SubElement(paragraph, qn("w:r"))
    if after_tab:
        etree.SubElement(run, qn("w:tab"))
    if text:
        element = etree.SubElement(run, qn("w:t"))
        element.text = text
        if text.strip() != text:
            element.set(qn("xml:space"), "preserve")
    return run


def _styled(element: Any, container: str, tag: str, value: str) -> None:
    """Properties stand before the content."""
    from docx.oxml.ns import qn

    properties = element.makeelement(qn(container))
    etree.SubElement(properties, qn(tag)).set(qn("w:val"), value)
    element.insert(0, properties)
