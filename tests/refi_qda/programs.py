"""Imitations of what programs in use are described to write. None of these files was made by one of them.

The descriptions: the source of QualCoder and what its importer says of files of NVivo, ATLAS.ti and MAXQDA; the tests
of Magnolia on files of NVivo and MAXQDA; Taguette's exporter; ELAN's manual. Where they say nothing, the imitation
keeps the standard.
"""

from building import (
    AT,
    CODEBOOK,
    TEXT,
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
    note,
    project,
    qdpx,
    recording,
    selection,
    sources,
    span,
    sync,
    text_source,
    user,
)
from valid_around import VARIABLES, value

WINDOWS = TEXT.replace("\n", "\r\n")
CHANGED = {"modifyingUser": guid(1), "modifiedDateTime": AT}


def entries() -> list[Entry]:
    return [_nvivo(), _atlas(), _maxqda(), _qualcoder(), _quirkos(), _elan(), _taguette(), _nvivo_codebook(), *_home()]


def _nvivo() -> Entry:
    """Capital folder and a stray file, looks beside texts, CRLF counted as two, annotations by links, coded cases."""
    made = {"creatingUser": guid(1), "creationDateTime": AT, **CHANGED}
    coded = selection(41, *span("laughed", WINDOWS), element("Description"), coding(51, 12), name="", **made)
    of_case = selection(42, 0, 11, element("Description"), coding(52, 81), name="", **made)
    noted = selection(43, *span("cost", WINDOWS), element("Description"), name="", **made)
    text = text_source(
        element("Description"), coded, of_case, noted, richTextPath=f"internal://{guid(21)}.docx", **made
    )
    root = project(
        element("Users", user(1, "Coder")),
        codebook(code(11, "money", code(12, "cost"))),
        element("Cases", element("Case", element("Description"), guid=guid(81), name="C_031")),
        sources(text),
        element("Notes", note(91, None, plainTextPath=f"internal://{guid(91)}.txt")),
        element("Links", element("Link", guid=guid(96), originGUID=guid(91), targetGUID=guid(43))),
        origin="NVivo for Windows 12.6",
        creatingUserGUID=guid(1),
        creationDateTime=AT,
        basePath="",
    )
    packed = {
        "Sources/.root": b"",
        **files(WINDOWS, folder="Sources"),
        f"Sources/{guid(21)}.docx": b"rich",
        **files("An annotation.", 91, folder="Sources"),
    }
    what = "NVivo: folder Sources and .root, looks, CRLF as two, annotation by link, case as code"
    return Entry("nvivo.qdpx", what, qdpx(root, packed), 2, 1, 3, rule="layout missing-file reference")


def _atlas() -> Entry:
    """The XML under the project's name, GUIDs in capitals, quotes cut short in names, code groups, CRLF as one."""
    cut = selection(41, *span("Then we laughed, e\u0301"), name="1:1 Then we laughed…", creatingUser=guid(1))
    links = element(
        "Links", element("Link", guid=guid(96), name="is part of", originGUID=guid(11), targetGUID=guid(12))
    )
    group = element("Sets", element("Set", element("MemberCode", targetGUID=guid(11)), guid=guid(95), name="group"))
    root = project(
        element("Users", user(1, "Coder")),
        codebook(code(11, "money", color="#46AA00"), code(12, "cost")),
        sources(text_source(cut)),
        links,
        group,
        origin="ATLAS.ti Win 23.4.0",
    )
    root = root.replace("8000-0", "8000-A")
    packed = {name.replace("8000-0", "8000-A"): content for name, content in files(WINDOWS).items()}
    what = "ATLAS.ti: <project>.qde, capital GUIDs, quotes cut short in names, CRLF as one, code group, link"
    return Entry("atlas-ti.qdpx", what, qdpx(root, packed, "study.qde"), 2, 1, 2, rule="project-file")


def _maxqda() -> Entry:
    """Sound called a film, no suffixes in names, attributes on sources, remarks without code, times left out."""
    remark = selection(42, 0, 2, element("Description", "a memo in the margin"))
    text = text_source(
        selection(41, *span("laughed", WINDOWS), coding(51, 12, coder=None)),
        remark,
        value(71, "Text", "client"),
        name="RTF",
    )
    film = recording(
        element("VideoSelection", coding(53, 12, coder=None), guid=guid(44), begin=100, end=900), tag="VideoSource"
    )
    root = project(
        element("Users", user(1, "Coder")),
        codebook(code(12, "cost", color="#00aa46")),
        VARIABLES,
        sources(text, film),
        origin="MAXQDA 2020 (Release 20.4.2)",
    )
    packed = {**files(WINDOWS), f"sources/{guid(31)}.m4a": b"sound"}
    what = "MAXQDA: sound as VideoSource, attributes on sources, a remark without code, CRLF as two"
    return Entry("maxqda.qdpx", what, qdpx(root, packed), 1, 2, 1, rule="line-ends")


def _qualcoder() -> Entry:
    """Times without zone, quotes as names, case links that dangle, an annotation with its place in the note."""
    when = {"creationDateTime": AT[:-1]}
    coded = selection(41, *span("laughed"), coding(51, **when), name="laughed", creatingUser=guid(1), **when)
    text = text_source(coded, element("NoteRef", targetGUID=guid(91)), creatingUser=guid(1), **when)
    case = element("Case", element("SourceRef", targetGUID=guid(29)), guid=guid(81), name="C_031")
    root = project(
        element("Users", user(1, "default")),
        codebook(code(12, "money", code(11, "cost"), isCodable="false")),
        element("Cases", case),
        sources(text),
        element("Notes", note(91, "Why?", selection(42, *span("cost"), " "))),
        origin="QualCoder 3.8.2",
    )
    what = "QualCoder: times without zone, quotes as names, a case link that dangles, an annotation placed in its note"
    return Entry("qualcoder.qdpx", what, qdpx(root, files()), 2, 1, 2, rule="reference selection")


def _quirkos() -> Entry:
    """Attributes on cases."""
    case = element(
        "Case", value(71, "Text", "client"), element("SourceRef", targetGUID=guid(21)), guid=guid(81), name="C_031"
    )
    root = project(
        element("Users", user(1, "Coder")),
        codebook(code(11, "cost")),
        VARIABLES,
        element("Cases", case),
        sources(text_source(selection(41, *span("laughed")))),
        origin="Quirkos 2.5",
    )
    return Entry("quirkos.qdpx", "Quirkos: attributes on cases", qdpx(root, files()), 1, 1)


def _elan() -> Entry:
    """A transcript for each tier, and a folder in capitals."""
    tiers = [
        element(
            "Transcript",
            content(text),
            sync(60 + number, 0, 0),
            sync(70 + number, len(text), 900),
            guid=guid(33 + number),
            name=f"tier {number}",
        )
        for number, text in enumerate(("Hello?", "Yes."))
    ]
    root = project(sources(recording(*tiers, suffix="wav")), origin="ELAN 6.8")
    packed = {f"Sources/{guid(31)}.wav": b"sound"}
    return Entry(
        "elan.qdpx",
        "ELAN: a transcript for each tier, folder Sources",
        qdpx(root, packed),
        rule="layout missing-file",
    )


def _taguette() -> Entry:
    """Names with paths in them instead of a hierarchy, and an empty list of sets."""
    codes = element("Codes", code(11, "money"), code(12, "money\\cost"))
    xml = document(element("CodeBook", codes, element("Sets"), xmlns=CODEBOOK, origin="Taguette 1.4.1"))
    return Entry("taguette.qdc", "Taguette: paths as names, an empty list of sets", xml, 2, rule="schema")


def _nvivo_codebook() -> Entry:
    """A namespace with a colon where the standard has a dot."""
    codes = element("Codes", code(11, "money", code(12, "cost")))
    xml = document(element("CodeBook", codes, xmlns="urn:QDA-XML:codebook:1:0", origin="NVivo 12 For Mac"))
    return Entry("nvivo.qdc", "NVivo: the namespace that it writes", xml, 2, rule="schema")


def _home() -> list[Entry]:
    """What a person may do to a file on its way: unpack and pack it again."""
    root = project(sources(text_source()), origin="MAXQDA 2020 (Release 20.4.2)")
    members = [
        Member("study/", mode=0o040755),
        Member("study/project.qde", document(root)),
        Member("study/sources/", mode=0o040755),
        *(Member(f"study/{name}", text) for name, text in files().items()),
        Member("__MACOSX/study/._project.qde", b"mac"),
    ]
    what = "any of them, unpacked and packed again on a Mac, its folder with it"
    return [Entry("packed-again.qdpx", what, archive(members), rule="layout project-file")]
