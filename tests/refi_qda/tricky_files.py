"""Files that stray from the standard as files in use do: names, folders, encodings, forms, versions."""

from building import (
    CODEBOOK,
    CODED,
    CODES,
    LAUGHED,
    PROJECT,
    SCHEMA,
    SOUND,
    TEXT,
    USERS,
    Entry,
    Member,
    archive,
    code,
    codebook,
    coding,
    content,
    document,
    element,
    files,
    guid,
    project,
    qdpx,
    selection,
    sources,
    span,
    text_source,
    user,
)


def entries() -> list[Entry]:
    return [*_names(), *_encodings(), *_forms(), *_versions()]


def _names() -> list[Entry]:
    """Other names and folders than the standard's."""
    text = TEXT.encode()
    path = f"sources/{guid(21)}.txt"

    def made(file: str, what: str, qde: str, members: dict[str, bytes], rule: str, losses: int = 0) -> Entry:
        return Entry(f"{file}.qdpx", what, qdpx(CODED, members, qde), 2, 1, losses, rule=rule)

    windows = archive([Member("project.qde", document(CODED)), Member(path.replace("/", "\\"), text)])
    elsewhere = project(USERS, CODES, sources(text_source(selection(41, *LAUGHED), plainTextPath=f"{guid(21)}.txt")))
    spaced = project(sources(text_source(plainTextPath="internal://my%20interview.txt")))
    deep = project(sources(text_source(plainTextPath=f"internal://Sources\\{guid(21).upper()}.txt")))
    outside = project(sources(text_source(plainTextPath=f"relative:///{guid(21)}.txt")))
    return [
        made("name-of-project", "the XML bears the project's name", "study.qde", files(), "project-file"),
        made("name-in-capitals", "the XML's name is in capitals", "Project.QDE", files(), "project-file"),
        made("name-xml", "the XML ends on .xml", "project.xml", files(), "layout project-file"),
        made(
            "folder-capital",
            "the folder is called Sources",
            "project.qde",
            files(folder="Sources"),
            "layout missing-file",
        ),
        made(
            "folder-capitals",
            "the folder is called SOURCES",
            "project.qde",
            files(folder="SOURCES"),
            "layout missing-file",
        ),
        made("folder-none", "there is no folder", "project.qde", {f"{guid(21)}.txt": text}, "layout missing-file"),
        made(
            "folder-around",
            "all is in a folder",
            "study/project.qde",
            files(folder="study/sources"),
            "layout project-file",
        ),
        made(
            "folder-of-mac",
            "packed again on a Mac",
            "project.qde",
            {**files(), "__MACOSX/._project.qde": b"mac", "sources/.DS_Store": b"mac"},
            "layout unused-file",
        ),
        made("stray-root", "NVivo's stray file", "project.qde", {**files(), "sources/.root": b""}, "unused-file"),
        made("file-unnamed", "a file that no source names", "project.qde", {**files(), **SOUND}, "unused-file", 1),
        made(
            "archive-within",
            "an archive within the archive, which is not opened",
            "project.qde",
            {**files(), f"sources/{guid(22)}.zip": qdpx(CODED, files())},
            "unused-file",
            1,
        ),
        Entry("folder-backslash.qdpx", "member names with backslashes", windows, 2, 1, rule="layout missing-file"),
        Entry("path-bare.qdpx", "a path without internal://", qdpx(elsewhere, files()), 2, 1, rule="path unused-file"),
        Entry(
            "path-escaped.qdpx",
            "a path with %20",
            qdpx(spaced, {"sources/my interview.txt": text}),
            rule="internal-name unused-file",
        ),
        Entry(
            "path-deep.qdpx", "a path with folder and backslash", qdpx(deep, files()), rule="internal-name unused-file"
        ),
        Entry(
            "path-outside.qdpx",
            "a text said to be outside and yet inside",
            qdpx(outside, files()),
            rule="external unused-file",
        ),
    ]


def _encodings() -> list[Entry]:
    latin = project(USERS, codebook(code(11, "Straße")))
    utf16 = f'<?xml version="1.0" encoding="utf-16"?>\n{CODED}'
    old = "It cost £20 – “for nothing”.\nThen we laughed."

    def made(file: str, what: str, xml: bytes, rule: str = "") -> Entry:
        members = [Member("project.qde", xml), *(Member(name, each) for name, each in files().items())]
        return Entry(f"{file}.qdpx", what, archive(members), 2, 1, rule=rule)

    return [
        made("xml-mark", "a byte order mark before the XML", b"\xef\xbb\xbf" + document(CODED), "bom"),
        made("xml-utf-16", "XML in UTF-16", b"\xff\xfe" + utf16.encode("utf-16-le"), "encoding"),
        made("xml-says-utf-16", "XML in UTF-8 that says UTF-16", utf16.encode(), "encoding"),
        made("xml-after-blank", "blank lines before the XML declaration", b"\n\n" + document(CODED), "well-formed"),
        Entry(
            "xml-latin-1.qdpx",
            "XML in Latin-1",
            archive([Member("project.qde", document(latin, "iso-8859-1"))]),
            codes=1,
            rule="encoding",
        ),
        Entry(
            "text-utf-16.qdpx",
            "a text in UTF-16",
            qdpx(CODED, files(b"\xff\xfe" + TEXT.encode("utf-16-le"))),
            2,
            1,
            rule="text-utf-8",
        ),
        Entry(
            "text-windows-1252.qdpx",
            "a text as old Windows programs write",
            qdpx(
                project(CODES, sources(text_source(selection(41, *span("laughed", old), coding(51, coder=None))))),
                files(old.encode("cp1252")),
            ),
            2,
            1,
            1,
            rule="text-utf-8",
        ),
    ]


def _forms() -> list[Entry]:
    """Forms of text, and what is missing or empty."""
    path = f"internal://{guid(21)}.txt"
    chosen = selection(41, *LAUGHED)

    def made(file: str, what: str, source: str, losses: int, rule: str, codings: int = 1) -> Entry:
        return Entry(
            f"{file}.qdpx", what, qdpx(project(USERS, CODES, sources(source)), files()), 2, codings, losses, rule=rule
        )

    empty = [element(name) for name in ("Users", "Variables", "Cases", "Sources", "Notes", "Links", "Sets", "Graphs")]
    both = "one-text"
    nameless = project(
        element("Users", user(1, None)),
        codebook(code(11, "cost")),
        sources(text_source(selection(41, *LAUGHED), name=None)),
    )
    return [
        made("text-twice", "the same text in file and XML", text_source(content(TEXT), chosen), 0, both),
        made("text-two", "one text in the file, another in the XML", text_source(content("x"), chosen), 1, both),
        made(
            "text-rich-is-plain",
            "a plain text called a rich one",
            text_source(chosen, plainTextPath=None, richTextPath=path),
            1,
            "one-text rich-text",
        ),
        made(
            "text-with-elements",
            "a text with elements in it, whose words count",
            text_source(content("It <b>cost</b>").replace("&lt;", "<").replace("&gt;", ">"), plainTextPath=None),
            2,
            "schema unused-file",
            0,
        ),
        Entry("empty-containers.qdpx", "containers without anything", qdpx(project(*empty)), rule=SCHEMA),
        Entry("no-names.qdpx", "a user and a source without names", qdpx(nameless, files()), 1, 1),
        Entry("project-no-name.qdpx", "a project without a name", qdpx(project(CODES, name=None)), 2, rule=SCHEMA),
        Entry(
            "order.qdpx",
            "containers in another order",
            qdpx(project(sources(text_source(chosen)), CODES, USERS), files()),
            2,
            1,
            rule=SCHEMA,
        ),
        Entry("xml-alone.qde", "the XML without its archive", document(project(USERS, CODES)), 2, rule=None),
        Entry(
            "xml-alone-with-text.qde",
            "the XML without its archive, and so without a text",
            document(CODED),
            2,
            0,
            2,
            rule=None,
        ),
        Entry("survey.qdpx", "a survey, each answer a text", _survey(), 2, 3),
    ]


def _survey() -> bytes:
    answers = ["Good.", "Too far away.", "I like it."]
    cells = [
        text_source(content(a), selection(40 + n, 0, len(a)), number=20 + n, plainTextPath=None, name=f"{n}/Q1")
        for n, a in enumerate(answers, 1)
    ]
    return qdpx(project(USERS, CODES, sources(*cells)))


def _versions() -> list[Entry]:
    """Other versions, other namespaces, and what is not known."""
    new = project(
        CODES,
        sources(text_source(selection(41, *LAUGHED, coding(51, coder=None))), element("ChatSource", coding(52))),
        element("Timeline", element("Event")),
        xmlns="urn:QDA-XML:project:2.0",
    )
    foreign = project(CODES, '<x:Extra xmlns:x="urn:some-program" x:of="1"><x:More/></x:Extra>')
    placed = project(
        CODES, **{"xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance", "xsi:schemaLocation": f"{PROJECT} P.xsd"}
    )
    bare = project(CODES, xmlns=None)

    def book(what: str, xmlns: str, file: str, *parts: str, losses: int = 0) -> Entry:
        xml = document(element("CodeBook", element("Codes", code(11, "cost")), *parts, xmlns=xmlns))
        return Entry(f"{file}.qdc", what, xml, 1, 0, losses, rule=SCHEMA)

    return [
        Entry(
            "version-newer.qdpx",
            "a newer version of the standard",
            qdpx(new, files()),
            2,
            1,
            3,
            rule="reference schema",
        ),
        Entry("version-none.qdpx", "no namespace", qdpx(bare), 2, rule=SCHEMA),
        Entry("elements-foreign.qdpx", "elements of another namespace", qdpx(foreign), 2, 0, 1, rule=SCHEMA),
        Entry("schema-location.qdpx", "where the schema is", qdpx(placed), 2),
        Entry(
            "attributes-unknown.qdpx",
            "attributes that are not known",
            qdpx(project(codebook(code(11, "cost", weight=3), code(12, "mood", weight=4)))),
            2,
            0,
            1,
            rule=SCHEMA,
        ),
        book("a codebook with the namespace that NVivo writes", "urn:QDA-XML:codebook:1:0", "codebook-nvivo"),
        book("a codebook with the namespace of a draft", "urn:QDA-XML:codebook:0:4", "codebook-draft"),
        book(
            "a codebook with an empty list of sets, as Taguette writes", CODEBOOK, "codebook-no-sets", element("Sets")
        ),
        book("a codebook of a newer version", "urn:QDA-XML:codebook:2.0", "codebook-newer", losses=1),
        Entry(
            "codebook-packed.qdpx",
            "a codebook in an archive",
            archive([Member("codebook.qde", document(element("CodeBook", element("Codes", code(11, "a")))))]),
            1,
            rule="project-file",
        ),
        Entry(
            "codebook-named-otherwise.txt",
            "a project without archive, called .txt",
            document(project(CODES)),
            2,
            rule=None,
        ),
    ]
