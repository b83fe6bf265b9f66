"""Rules that the schema cannot express, each broken alone where that can be; most of it can be read all the same."""

from building import (
    CODEBOOK,
    CODED,
    CODES,
    LAUGHED,
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
    note,
    project,
    qdpx,
    recording,
    selection,
    sources,
    sync,
    text_source,
)
from valid_around import VARIABLES, value

OVER = 2**31  # bytes, one more than a file inside a project may have


def entries() -> list[Entry]:
    return [*_archives(), *_identity(), *_paths(), *_texts(), *_codebooks()]


def _archives() -> list[Entry]:
    whole = qdpx(CODED, files())
    sized = archive(
        [
            Member("project.qde", document(project(sources(recording())))),
            Member(f"sources/{guid(31)}.m4a", b"sound", size=OVER),
        ]
    )
    return [
        Entry("size-over.qdpx", "a recording larger than allowed", sized, refused="it states", rule="size"),
        Entry(
            "beginning.qdpx",
            "an archive after something else, as a program that unpacks itself has it",
            b"MZ\x90\x00" + whole,
            refused="is not well-formed XML",
            rule="beginning",
        ),
    ]


def _identity() -> list[Entry]:
    wrong = element(
        "VariableValue", element("VariableRef", targetGUID=guid(71)), element("IntegerValue", "1")
    )  # 71 is of type Text
    typed = project(VARIABLES, element("Cases", element("Case", wrong, guid=guid(81), name="C_031")))
    text = text_source(value(73, "Float", "3"))  # 73 is of type Integer
    shared = project(codebook(code(11, "cost")), element("Cases", element("Case", guid=guid(11), name="C_031")))
    braced = project(codebook(code(11, "cost"), code(12, "mood")), element("Notes", note(12, "x")))
    braced = braced.replace(f'Note guid="{guid(12)}"', f'Note guid="{{{guid(12)}}}"')
    member = element("Sets", element("Set", element("MemberCode", targetGUID=guid(19)), guid=guid(95), name="set"))
    editor = text_source(modifyingUser=guid(9))
    return [
        Entry("value-of-another-type.qdpx", "a number where the variable is words", qdpx(typed), rule="value-type"),
        Entry(
            "value-of-source.qdpx",
            "a fraction where the variable of a text is a whole number",
            qdpx(project(VARIABLES, sources(text)), files()),
            rule="value-type",
        ),
        Entry("guid-of-code-and-case.qdpx", "a code and a case of one GUID", qdpx(shared), 1, rule="guid-unique"),
        Entry(
            "guid-of-code-and-note.qdpx",
            "a code and a note of one GUID, one of them in braces",
            qdpx(braced),
            2,
            rule="guid-unique",
        ),
        Entry(
            "set-of-no-code.qdpx",
            "a set of a code that is not there",
            qdpx(project(CODES, member)),
            2,
            0,
            1,
            rule="reference",
        ),
        Entry(
            "changed-by-nobody.qdpx",
            "a text changed by somebody who is not listed",
            qdpx(project(USERS, sources(editor)), files()),
            losses=1,
            rule="reference",
        ),
        Entry(
            "made-by-nobody.qdpx",
            "a project by somebody who is not listed",
            qdpx(project(USERS, creatingUserGUID=guid(9))),
            losses=1,
            rule="reference",
        ),
    ]


def _paths() -> list[Entry]:
    path = f"internal://{guid(21)}.txt"
    named, docx = f"internal://{guid(22)}.txt", f"internal://{guid(21)}.docx"

    def made(file: str, what: str, source: str, packed: dict[str, bytes], losses: int, rule: str) -> Entry:
        return Entry(f"path-{file}.qdpx", what, qdpx(project(sources(source)), packed), losses=losses, rule=rule)

    page = recording(tag="PDFSource", path="relative:///page.pdf")
    return [
        made(
            "backslash",
            "a recording at a place with backslashes",
            recording(path="absolute:///C:\\a.m4a"),
            {},
            1,
            "path",
        ),
        made("up-beside", "a recording in the folder above", recording(path="relative:///../a.m4a"), {}, 1, "path"),
        made(
            "named",
            "a recording that is not named by a GUID",
            recording(path="internal://interview.m4a"),
            {"sources/interview.m4a": b"sound"},
            0,
            "internal-name",
        ),
        made("page-beside", "a page outside the project", page, {}, 1, "external"),
        made(
            "rich-is-plain",
            "a plain text called a rich one, beside the plain one",
            text_source(richTextPath=named),
            {**files(), **files("It cost.", 22)},
            1,
            "rich-text",
        ),
        made(
            "plain-is-rich",
            "a rich text called a plain one",
            text_source(plainTextPath=docx),
            {f"sources/{guid(21)}.docx": b"looks"},
            0,
            "text-suffix",
        ),
        made(
            "shared",
            "two texts in one file",
            text_source() + text_source(number=22, plainTextPath=path),
            files(),
            0,
            "shared-file",
        ),
    ]


def _texts() -> list[Entry]:
    def made(file: str, what: str, *parts: str, codings: int, losses: int, rule: str, **given: str | None) -> Entry:
        source = text_source(*parts, **{"plainTextPath": None, **given})
        root = project(USERS, CODES, sources(source))
        return Entry(f"text-{file}.qdpx", what, qdpx(root), 2, codings, losses, rule=rule)

    chosen = selection(41, *LAUGHED, name="laughed")
    carriage = content(TEXT).replace("\n", "&#13;\n")
    both = note(91, "a note", plainTextPath=f"internal://{guid(91)}.txt")
    noted = project(element("Notes", both))
    outside = project(element("Notes", note(91, "a note", selection(41, 0, 7, " "))))
    script = element(
        "Transcript",
        content(TEXT),
        sync(61, 0, 0),
        sync(62, 5, 900),
        sync(63, 9, 899),
        guid=guid(33),
    )
    return [
        made(
            "mark-inline",
            "a mark before a text in the XML",
            content("\ufeff" + TEXT),
            chosen,
            codings=1,
            losses=0,
            rule="text-bom",
        ),
        made("crlf-inline", "CRLF in a text in the XML", carriage, chosen, codings=1, losses=0, rule="line-ends"),
        made(
            "path-empty",
            "a text in the XML and a path of nothing",
            content(TEXT),
            chosen,
            codings=1,
            losses=0,
            rule="one-text path text-suffix",
            plainTextPath="",
        ),
        Entry(
            "note-twice.qdpx",
            "the same note in file and XML",
            qdpx(noted, files("a note", 91)),
            rule="one-text",
        ),
        Entry("note-outside.qdpx", "a mark outside its note", qdpx(outside), losses=1, rule="selection"),
        Entry(
            "sync-order.qdpx",
            "a sync point a millisecond before the one before it",
            qdpx(project(sources(recording(script))), SOUND),
            losses=1,
            rule="sync-order",
        ),
        Entry(
            "sync-of-another.qdpx",
            "a selection between sync points of another transcript",
            qdpx(project(USERS, CODES, sources(recording(*_two_scripts()))), SOUND),
            2,
            0,
            1,
            rule="transcript-selection",
        ),
    ]


def _two_scripts() -> tuple[str, str]:
    ends = {"fromSyncPoint": guid(61), "toSyncPoint": guid(62)}
    chosen = element("TranscriptSelection", coding(51), guid=guid(41), **ends)
    first = element("Transcript", content(TEXT), sync(61, 0, 0), sync(62, 7, 900), guid=guid(33))
    return first, element("Transcript", content(TEXT), chosen, guid=guid(34))


def _codebooks() -> list[Entry]:
    def made(file: str, what: str, *parts: str, codes: int, losses: int, rule: str) -> Entry:
        xml = document(element("CodeBook", *parts, xmlns=CODEBOOK))
        return Entry(f"codebook-{file}.qdc", what, xml, codes, 0, losses, rule=rule)

    two = element("Codes", code(11, "cost"), code(12, "mood"))
    members = element("Sets", element("Set", element("MemberCode", guid=guid(19)), guid=guid(95), name="set"))
    latin = document(element("CodeBook", element("Codes", code(11, "Straße")), xmlns=CODEBOOK), "iso-8859-1")
    return [
        made(
            "twice",
            "a codebook with two codes of one GUID",
            element("Codes", code(11, "a"), code(11, "b")),
            codes=2,
            losses=1,
            rule="guid-unique",
        ),
        made(
            "set-of-none",
            "a codebook with a set of a code that is not there",
            two,
            members,
            codes=2,
            losses=1,
            rule="reference",
        ),
        made(
            "colour",
            "a codebook with a colour and its transparency",
            element("Codes", code(11, "a", color="#00aa46ff")),
            codes=1,
            losses=1,
            rule=SCHEMA,
        ),
        Entry(
            "codebook-mark.qdc",
            "a codebook after a byte order mark",
            b"\xef\xbb\xbf" + document(element("CodeBook", two, xmlns=CODEBOOK)),
            2,
            rule="bom",
        ),
        Entry("codebook-latin-1.qdc", "a codebook in Latin-1", latin, 1, rule="encoding"),
        Entry(
            "codebook-project.qdc",
            "a project that is called a codebook",
            qdpx(CODED, files()),
            2,
            1,
            rule="well-formed",
        ),
    ]
