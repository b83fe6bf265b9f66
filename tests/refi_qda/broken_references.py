"""Broken identities and references, missing files, and what cannot be carried."""

from broken_codings import NO_CODE, one_text
from building import (
    CODES,
    LAUGHED,
    SCHEMA,
    USERS,
    Entry,
    code,
    codebook,
    coding,
    content,
    element,
    files,
    guid,
    note,
    project,
    qdpx,
    recording,
    selection,
    sources,
    text_source,
)


def entries() -> list[Entry]:
    return [*_identities(), *_references(), *_pages(), *_files()]


def _identities() -> list[Entry]:
    twice = codebook(code(11, "cost"), code(11, "mood"), code(12, "other"))
    circle = codebook(code(11, "cost", code(12, "fares", code(11, "cost again"))))
    nobody = (codebook(element("Code", name="cost", isCodable="true")), sources(element("TextSource", content("x"))))
    codings = selection(41, *LAUGHED, coding(51)) + selection(42, 0, 2, coding(51, 12))
    chosen = selection(41, *LAUGHED) + selection(41, 0, 2, coding(52))
    two = sources(text_source(), text_source())
    return [
        Entry("guid-of-two-codes.qdpx", "two codes of one GUID", qdpx(project(twice)), 3, 0, 1, rule="guid-unique"),
        Entry("code-in-itself.qdpx", "a code that is in itself", qdpx(project(circle)), 3, 0, 1, rule="guid-unique"),
        Entry(
            "guid-of-two-sources.qdpx",
            "two sources of one GUID",
            qdpx(project(two), files()),
            0,
            0,
            1,
            rule="guid-unique shared-file",
        ),
        Entry("guid-none.qdpx", "things without GUIDs", qdpx(project(*nobody)), 1, 0, 2, rule=SCHEMA),
        one_text("guid-of-two-codings", "two codings of one GUID", codings, codings=2, losses=1, rule="guid-unique"),
        one_text(
            "guid-of-two-selections", "two selections of one GUID", chosen, codings=2, losses=1, rule="guid-unique"
        ),
    ]


def _references() -> list[Entry]:
    def case(file: str, what: str, *parts: str, rule: str, losses: int = 1) -> Entry:
        cases = element("Cases", element("Case", *parts, guid=guid(81), name="C_031"))
        return Entry(f"case-{file}.qdpx", what, qdpx(project(cases)), losses=losses, rule=rule)

    value = element("VariableValue", element("VariableRef", targetGUID=guid(79)), element("TextValue", "phone"))
    refer = element("NoteRef", targetGUID=guid(99))
    link = element("Links", element("Link", guid=guid(96), originGUID=guid(91), targetGUID=guid(99)))
    noted = element("Notes", note(91, "a note"))
    return [
        case(
            "of-no-source",
            "a case of a source that is not there",
            element("SourceRef", targetGUID=guid(29)),
            rule="reference",
        ),
        case(
            "of-no-selection",
            "a case of a selection that is not there",
            element("SelectionRef", targetGUID=guid(49)),
            rule="reference",
        ),
        case("of-no-code", "a case of a code that is not there", element("CodeRef", targetGUID=guid(19)), rule=NO_CODE),
        case(
            "of-no-variable",
            "a case with a value of a variable that is not there",
            value,
            rule="reference",
        ),
        one_text(
            "note-none",
            "a text with a note that is not there",
            refer,
            codings=0,
            losses=1,
            rule="reference",
        ),
        Entry(
            "link-to-nothing.qdpx",
            "a link to nothing",
            qdpx(project(noted, link)),
            losses=1,
            rule="reference",
        ),
    ]


def _pages() -> list[Entry]:
    area = {"firstX": 1, "firstY": 2, "secondX": 3, "secondY": 4}
    part = element("PDFSelection", coding(52), coding(53, 12), guid=guid(42), page=0, **area)
    selected = element("Notes", note(91, "A note, coded itself.", selection(41, 0, 6)))
    bare = element("Notes", note(91, "A note, marked itself.", selection(41, 0, 6, " ")))
    page = {f"sources/{guid(31)}.pdf": b"page"}
    pdf = recording(part, tag="PDFSource", suffix="pdf")
    return [
        Entry(
            "pdf-areas-alone.qdpx", "parts of a page, coded", qdpx(project(USERS, CODES, sources(pdf)), page), 2, 0, 1
        ),
        Entry("note-coded.qdpx", "a note that is coded itself", qdpx(project(USERS, CODES, selected)), 2, 0, 1),
        Entry("note-marked.qdpx", "a note with a mark in it", qdpx(project(bare)), 0, 0, 1),
    ]


def _files() -> list[Entry]:
    none = project(USERS, CODES, sources(text_source(selection(41, *LAUGHED))))
    bytes_only = bytes(range(256))
    return [
        Entry(
            "text-missing.qdpx",
            "a text whose file is not there",
            qdpx(none),
            2,
            0,
            2,
            rule="missing-file",
        ),
        Entry(
            "media-missing.qdpx",
            "a recording whose file is not there",
            qdpx(project(sources(recording()))),
            0,
            0,
            1,
            rule="missing-file",
        ),
        Entry(
            "text-none.qdpx",
            "a source without text",
            qdpx(project(sources(text_source(plainTextPath=None)))),
            0,
            0,
            1,
            rule="one-text",
        ),
        Entry(
            "text-rich-only.qdpx",
            "a source with its looks and without its text",
            qdpx(
                project(sources(text_source(plainTextPath=None, richTextPath=f"internal://{guid(21)}.docx"))),
                {f"sources/{guid(21)}.docx": b"rich"},
            ),
            0,
            0,
            2,
            rule="one-text",
        ),
        one_text(
            "text-of-bytes",
            "a text of any bytes",
            selection(41, 0, 5),
            codings=1,
            losses=2,
            rule="text-utf-8",
            text=bytes_only,
        ),
        Entry(
            "note-without-text.qdpx",
            "a note without text",
            qdpx(project(element("Notes", note(91, None)))),
            0,
            0,
            1,
            rule="one-text",
        ),
    ]
