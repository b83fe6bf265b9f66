"""Files that keep the standard: pages, cases, notes, groups and codebooks."""

from building import (
    AT,
    CODEBOOK,
    CODES,
    TEXT,
    USERS,
    Entry,
    code,
    codebook,
    coding,
    content,
    document,
    element,
    files,
    guid,
    note,
    project,
    qdpx,
    recording,
    selection,
    sources,
    span,
    text_source,
)

WITH_CODES = 2  # codes in CODES
HEBREW = "שלום, זה עלה £20.\nתודה.\n"


def entries() -> list[Entry]:
    return [*_pages(), *_cases(), *_notes(), *_groups(), *_codebooks()]


def value(variable: int, kind: str, written: str) -> str:
    return element(
        "VariableValue",
        element("VariableRef", targetGUID=guid(variable)),
        element(f"{kind}Value", written),
    )


KINDS = {"Text": "client", "Boolean": "true", "Integer": "3", "Float": "0.5", "Date": "2020-06-04", "DateTime": AT}


VARIABLES = element(
    "Variables",
    *(
        element("Variable", guid=guid(70 + number), name=kind.lower(), typeOfVariable=kind)
        for number, kind in enumerate(KINDS, 1)
    ),
)


def _pages() -> list[Entry]:
    twin = guid(41)
    area = {"firstX": 1, "firstY": 2, "secondX": 3, "secondY": 4}
    page_area = {"page": 0, **area}
    words = element("Representation", content(TEXT), selection(41, *span("cost")), guid=guid(35), name="words")
    twins = element("PDFSelection", coding(1041), guid=twin, **page_area)
    caption = element("TextDescription", content("A bus stop."), selection(41, 2, 5), guid=guid(36), name="caption")

    def made(file: str, what: str, source: str, suffix: str, losses: int, rule: str = "") -> Entry:
        archive = qdpx(project(USERS, CODES, sources(source)), {f"sources/{guid(31)}.{suffix}": b"page"})
        return Entry(file, what, archive, 2, 1, losses, rule=rule)

    pdf, picture = {"tag": "PDFSource", "suffix": "pdf"}, {"tag": "PictureSource", "suffix": "jpg"}
    return [
        made("pdf-words.qdpx", "coded words of a PDF", recording(words, **pdf), "pdf", 0),
        made(
            "pdf-twins.qdpx",
            "a part of a page whose words are coded too, under the same GUID as in the standard's own example",
            recording(twins, words.replace(guid(1041), guid(1042)), **pdf),
            "pdf",
            0,
        ),
        made(
            "pdf-areas.qdpx",
            "a part of a page without words, which cannot be carried",
            recording(element("PDFSelection", coding(52), guid=guid(42), **page_area), words, **pdf),
            "pdf",
            1,
        ),
        made(
            "picture.qdpx",
            "a part of a picture, which cannot be carried, and its caption, which can",
            recording(caption, element("PictureSelection", coding(52), guid=guid(42), **area), **picture),
            "jpg",
            1,
        ),
    ]


def _cases() -> list[Entry]:
    values = [value(70 + number, kind, written) for number, (kind, written) in enumerate(KINDS.items(), 1)]
    case = element("Case", *values, element("SourceRef", targetGUID=guid(21)), guid=guid(81), name="C_031")
    part = element(
        "Case",
        element("CodeRef", targetGUID=guid(12)),
        element("SelectionRef", targetGUID=guid(41)),
        guid=guid(82),
        name="C_032",
    )

    def made(file: str, what: str, cases: str, source: str, codings: int = 0) -> Entry:
        parts = (USERS, CODES, VARIABLES, element("Cases", cases), sources(source))
        return Entry(file, what, qdpx(project(*parts), files()), 2, codings)

    return [
        made("case.qdpx", "a case with attributes of every type", case, text_source()),
        made("attributes-of-source.qdpx", "attributes of a source", case, text_source(*values[:3])),
        made("case-of-part.qdpx", "a case of a part of a text", part, text_source(selection(41, *span("cost"))), 1),
    ]


def _notes() -> list[Entry]:
    def refer(number: int) -> str:
        return element("NoteRef", targetGUID=guid(number))

    notes = element("Notes", *(note(number, f"memo {number}") for number in range(91, 96)))
    everywhere = project(
        USERS,
        codebook(code(11, "cost", refer(91)), code(12, "mood")),
        sources(
            text_source(
                selection(41, *span("cost"), coding(51, 11, refer(92)), refer(93)),
                refer(94),
            )
        ),
        notes,
        refer(95),
    )
    in_file = element("Notes", note(91, None, plainTextPath=f"internal://{guid(91)}.txt"))
    annotated = text_source(selection(41, *span("cost"), refer(91)))
    return [
        Entry(
            "notes.qdpx",
            "notes on a code, a coding, a selection, a source and the project",
            qdpx(everywhere, files()),
            2,
            1,
        ),
        Entry("note-in-file.qdpx", "a note in a file", qdpx(project(in_file), files(number=91))),
        Entry(
            "annotation.qdpx",
            "a note on words without code",
            qdpx(project(USERS, sources(annotated), element("Notes", note(91, "why?"))), files()),
        ),
    ]


def _groups() -> list[Entry]:
    members = (
        element("MemberCode", targetGUID=guid(11)),
        element("MemberCode", targetGUID=guid(12)),
        element("MemberSource", targetGUID=guid(21)),
    )
    group = element("Sets", element("Set", *members, guid=guid(95), name="money"))
    links = element("Links", element("Link", guid=guid(96), originGUID=guid(11), targetGUID=guid(12)))
    vertices = [element("Vertex", guid=guid(number), firstX=1, firstY=1) for number in (97, 98)]
    edge = element("Edge", guid=guid(99), sourceVertex=guid(97), targetVertex=guid(98))
    graph = element("Graphs", element("Graph", *vertices, edge, guid=guid(94), name="map"))
    return [
        Entry(
            "set.qdpx",
            "a set, which cannot be carried",
            qdpx(project(CODES, sources(text_source()), group), files()),
            codes=2,
            losses=1,
        ),
        Entry("link.qdpx", "a link of two codes, which cannot be carried", qdpx(project(CODES, links)), 2, 0, 1),
        Entry("graph.qdpx", "a graph, which cannot be carried", qdpx(project(graph)), losses=1),
    ]


def _codebooks() -> list[Entry]:
    def book(*parts: str) -> bytes:
        return document(element("CodeBook", *parts, xmlns=CODEBOOK, origin="Some program 1.0"))

    tree = element("Codes", code(11, "money", code(12, "cost", element("Description", "in pounds"))))
    group = element("Sets", element("Set", element("MemberCode", guid=guid(11)), guid=guid(95), name="group"))
    return [
        Entry("codebook.qdc", "a codebook", book(element("Codes", code(11, "cost"))), 1),
        Entry("codebook-tree.qdc", "a codebook with a hierarchy", book(tree), 2),
        Entry("codebook-set.qdc", "a codebook with a set, which cannot be carried", book(tree, group), 2, 0, 1),
    ]
