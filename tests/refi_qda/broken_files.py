"""Files that are broken as a whole, and files that are something else: refused."""

import zlib

from building import (
    CODED,
    SCHEMA,
    TEXT,
    Entry,
    Member,
    archive,
    document,
    files,
    guid,
    qdpx,
)


def entries() -> list[Entry]:
    return [*_xml(), *_archives(), *_other_files()]


def _packed(xml: bytes, file: str, what: str, refused: str, rule: str) -> Entry:
    return Entry(f"{file}.qdpx", what, archive([Member("project.qde", xml)]), refused=refused, rule=rule)


def _xml() -> list[Entry]:
    xml = document(CODED)
    bad, broken, encoding = "is not well-formed XML", "well-formed", "encoding"
    return [
        _packed(xml[:-20], "xml-cut", "XML that ends too early", bad, broken),
        _packed(b"", "xml-empty", "XML without anything", bad, broken),
        _packed(xml.replace(b"</Sources>", b"</Source>"), "xml-crossed", "elements that cross", bad, broken),
        _packed(xml.replace(b'"Study"', b'"St\xffdy"'), "xml-bytes", "bytes that are no UTF-8", bad, broken),
        _packed(xml.replace(b'"Study"', b'"St&udy;"'), "xml-entity", "an entity that is not declared", bad, broken),
        _packed(xml.replace(b'"Study"', b'"St\x01dy"'), "xml-control", "a sign that XML does not have", bad, broken),
        _packed(document("<Sheet/>"), "xml-other", "another XML", "neither a REFI-QDA project nor a codebook", SCHEMA),
        _packed(
            document('<Project xmlns="http://schemas.microsoft.com/project"/>'),
            "xml-microsoft",
            "a project of another kind",
            "neither a REFI-QDA project nor a codebook",
            SCHEMA,
        ),
        _packed(
            document(CODED, "utf-8").replace(b"utf-8", b"klingon", 1),
            "xml-encoding-unknown",
            "an encoding that is not known",
            "is written in 'klingon'",
            encoding,
        ),
        _packed(
            document(CODED, "utf-8").replace(b"utf-8", b"us-ascii", 1).replace(b"Study", "£tudy".encode()),
            "xml-encoding-wrong",
            "an encoding that it is not in",
            "is not in the encoding",
            encoding,
        ),
        _packed(b"\xff\xfe" + xml[:7], "xml-utf-16-cut", "half a sign of UTF-16", "is not in the encoding", encoding),
    ]


def _archives() -> list[Entry]:
    whole = qdpx(CODED, files())
    text, xml = TEXT.encode(), document(CODED)
    name = f"sources/{guid(21)}.txt"
    damaged, unzipped, unpacked = "is damaged or ends too early", "zip", "unpacked"
    good = Member("project.qde", xml)

    def member(file: str, what: str, *members: Member, refused: str, rule: str = unpacked) -> Entry:
        return Entry(f"{file}.qdpx", what, archive(list(members)), refused=refused, rule=rule)

    checksum = "does not match its checksum"
    return [
        Entry("zip-cut.qdpx", "an archive cut in its middle", whole[: len(whole) // 2], refused=damaged, rule=unzipped),
        Entry("zip-no-end.qdpx", "an archive without its last byte", whole[:-1], refused=damaged, rule=unzipped),
        Entry("zip-head-only.qdpx", "the first bytes of an archive", whole[:60], refused=damaged, rule=unzipped),
        Entry(
            "zip-directory.qdpx",
            "a damaged list of members",
            whole.replace(b"PK\x01\x02", b"PK\x01\x03"),
            refused=damaged,
            rule=unzipped,
        ),
        Entry(
            "zip-header.qdpx",
            "a damaged member",
            whole.replace(b"PK\x03\x04", b"PK\x03\x05").replace(b"PK\x03\x05", b"PK\x03\x04", 1),
            refused="is damaged and cannot be unpacked",
            rule=unpacked,
        ),
        member(
            "crc-xml", "XML that was changed", Member("project.qde", xml, crc=1), Member(name, text), refused=checksum
        ),
        member("crc-text", "a text that was changed", good, Member(name, text, crc=1), refused=checksum),
        member(
            "crc-unnamed",
            "a file that nothing names and that was changed",
            good,
            Member(name, text),
            Member("sources/a.bin", b"a", crc=1),
            refused=checksum,
            rule="unpacked unused-file",
        ),
        member(
            "deflate-damaged",
            "a member packed wrongly",
            good,
            Member(name, text, packed=b"\xff" * 40, method=8),
            refused="cannot be unpacked",
        ),
        member(
            "deflate-cut",
            "a packed member that ends too early",
            good,
            Member(name, text, packed=_deflated(text)[:-9], method=8),
            refused=checksum,
        ),
        member(
            "size-more",
            "a member that states more bytes than it has",
            good,
            Member(name, text, packed=_deflated(text), method=8, size=len(text) + 9),
            refused="it states",
            rule="unpacked",
        ),
        member(
            "size-less",
            "a member that states fewer bytes than it has",
            good,
            Member(name, text, packed=_deflated(text), method=8, size=9),
            refused="it states",
        ),
        member(
            "name-differs",
            "a member of two names",
            good,
            Member(name, text, local_name="sources/other.txt"),
            refused="is damaged and cannot be unpacked",
        ),
        member("zip-empty", "an archive of nothing", refused="without a project in it", rule="project-file"),
        member(
            "no-project",
            "an archive without a project",
            Member(name, text),
            refused="without a project in it",
            rule="project-file",
        ),
        member(
            "two-projects",
            "two projects",
            Member("a.qde", xml),
            Member("b.qde", xml),
            Member(name, text),
            refused="holds 2 projects",
            rule="project-file",
        ),
        member(
            "word",
            "a Word document",
            Member("[Content_Types].xml", document("<Types/>")),
            Member("word/document.xml", document("<w/>")),
            refused="neither a REFI-QDA project nor a codebook",
            rule="layout project-file",
        ),
    ]


def _deflated(content: bytes) -> bytes:
    """As one stored block: the same bytes from every compressor."""
    packer = zlib.compressobj(0, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def _other_files() -> list[Entry]:
    def made(file: str, what: str, content: bytes, refused: str, rule: str | None = None) -> Entry:
        return Entry(file, what, content, refused=refused, rule=rule)

    own = "is a program's own file"
    bad = "is not well-formed XML"
    return [
        made("empty.qdpx", "a file without anything", b"", "is empty", "zip"),
        made("database.qdpx", "a database", b"SQLite format 3\x00" + bytes(84), own, "zip"),
        made("nvivo.nvp", "a project of a program", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504), own),
        made("letters.qdpx", "a text", b"The project is in the other file.\n", bad, "zip"),
        made("bytes.qdpx", "any bytes", bytes(range(128, 256)), bad, "zip"),
        made(
            "page.qdc",
            "a web page",
            b"<!DOCTYPE html><html><body>Please log in</body></html>",
            "document type declaration",
            "doctype",
        ),
        made(
            "codebook-cut.qdc",
            "a codebook that ends too early",
            b'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>',
            bad,
            "well-formed",
        ),
        made(
            "codebook-no-codes.qdc",
            "a codebook without codes",
            b'<CodeBook xmlns="urn:QDA-XML:codebook:1.0"/>',
            "",
            "schema",
        ),
    ]
