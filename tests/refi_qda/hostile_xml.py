"""XML made to do harm: nothing in it is followed, expanded or opened."""

from building import (
    CODED,
    CODES,
    PROJECT,
    SCHEMA,
    USERS,
    Entry,
    Member,
    archive,
    content,
    document,
    element,
    files,
    guid,
    project,
    qdpx,
    recording,
    selection,
    sources,
    text_source,
)


def entries() -> list[Entry]:
    return [*_declarations(), *_xml(), *_paths()]


def _declared(file: str, what: str, declaration: str, within: str = "x", encoding: str = "utf-8") -> Entry:
    """A project with a document type declaration."""
    body = f'{declaration}<Project xmlns="{PROJECT}" name="{within}"/>'
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{body}'.encode(encoding)
    rule = "doctype" if encoding == "utf-8" else "encoding"
    return Entry(
        f"{file}.qdpx", what, archive([Member("project.qde", xml)]), refused="document type declaration", rule=rule
    )


def _declarations() -> list[Entry]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    entity = '<!DOCTYPE Project [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return [
        _declared(
            "entities-laughing", "ten to the ninth laughs", f'<!DOCTYPE Project [<!ENTITY l0 "ha">{laughs}]>', "&l9;"
        ),
        _declared(
            "entities-long",
            "one long entity, many times",
            f'<!DOCTYPE Project [<!ENTITY a "{"a" * 1000}">]>',
            "&a;" * 1000,
        ),
        _declared("entity-file", "an entity that is a file of this computer", entity, "&x;"),
        _declared(
            "entity-address",
            "an entity that is an address",
            entity.replace("file:///etc/passwd", "http://127.0.0.1:9/x"),
            "&x;",
        ),
        _declared(
            "entity-parameter",
            "an entity within the declaration",
            '<!DOCTYPE Project [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]>',
        ),
        _declared("dtd-file", "a declaration in a file", '<!DOCTYPE Project SYSTEM "file:///etc/passwd">'),
        _declared("dtd-address", "a declaration at an address", '<!DOCTYPE Project SYSTEM "http://127.0.0.1:9/p.dtd">'),
        _declared("dtd-empty", "a declaration of nothing", "<!DOCTYPE Project>"),
        _declared(
            "dtd-after-comment", "a declaration after a comment", "<!-- <Project/> --><?p i?>\n<!DOCTYPE Project>"
        ),
        _declared("dtd-utf-16", "a declaration in UTF-16", entity, "&x;", "utf-16"),
    ]


def _xml() -> list[Entry]:
    deep = f'<Project xmlns="{PROJECT}" name="x">{"<Sets>" * 300}{"</Sets>" * 300}</Project>'
    codes = '<Code guid="{0}" name="a" isCodable="true">'
    nested = "".join(codes.format(guid(1000 + number)) for number in range(200)) + "</Code>" * 200
    include = project(CODES, '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>')
    sheet = document(CODED).replace(b"?>\n", b'?>\n<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?>\n', 1)
    hidden = b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE x+AD4APA-Project/+AD4-'
    return [
        Entry(
            "deep.qdpx",
            "elements in three hundred levels",
            qdpx(deep),
            refused="is not well-formed XML",
            rule="well-formed",
        ),
        Entry(
            "deep-codes.qdpx",
            "codes in two hundred levels",
            qdpx(project(element("CodeBook", element("Codes", nested)))),
            200,
        ),
        Entry("include.qdpx", "an element that would include a file", qdpx(include), 2, 0, 1, rule=SCHEMA),
        Entry(
            "stylesheet.qdpx",
            "a style sheet at an address",
            archive([Member("project.qde", sheet), *(Member(*e) for e in files().items())]),
            2,
            1,
        ),
        Entry(
            "utf-7.qdpx",
            "a declaration hidden in UTF-7",
            archive([Member("project.qde", hidden)]),
            refused="is written in 'utf-7'",
            rule="encoding",
        ),
        Entry(
            "formula.qdpx",
            "names that a spreadsheet would compute, which are words here",
            qdpx(
                project(
                    element("CodeBook", element("Codes", element("Code", guid=guid(11), name="=1+1", isCodable="true")))
                )
            ),
            1,
        ),
    ]


def _paths() -> list[Entry]:
    def made(file: str, what: str, path: str, rule: str, losses: int = 2) -> Entry:
        source = text_source(selection(41, 0, 2), plainTextPath=path)
        return Entry(
            f"path-{file}.qdpx",
            what,
            qdpx(project(USERS, CODES, sources(source)), {}),
            2,
            0,
            losses,
            rule=rule,
        )

    media = recording(path="absolute:///etc/passwd")
    return [
        made("up", "a text outside the archive", "internal://../../../../etc/passwd", "internal-name text-suffix"),
        made("absolute", "a text at a place of this computer", "absolute:///etc/passwd", "external text-suffix"),
        made("file", "a text at a file address", "file:///etc/passwd", "path text-suffix"),
        made("address", "a text at an address", "http://127.0.0.1:9/text.txt", "path"),
        made("project", "a text that is the project itself", "internal://../project.qde", "internal-name text-suffix"),
        Entry(
            "path-media.qdpx",
            "a recording that is a file of this computer, which is not opened",
            qdpx(project(sources(media))),
            0,
            0,
            1,
        ),
        Entry(
            "text-inline-huge-positions.qdpx",
            "positions beyond any number of bits",
            qdpx(
                project(
                    USERS,
                    CODES,
                    sources(text_source(content("x"), selection(41, -(10**30), 10**30), plainTextPath=None)),
                )
            ),
            2,
            0,
            1,
            rule="selection",
        ),
    ]
