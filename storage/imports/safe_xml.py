"""XML from elsewhere: nothing it points to is followed, and nothing in it can grow.

A document type declaration, the home of entities, is refused before a parser sees the file. Encodings are those
that the file declares; a byte order mark is tolerated.
"""

import codecs
import re

from lxml import etree

from storage.errors import StorageError

LARGEST_XML = 256 << 20  # bytes
MOST_MARKS = 10_000_000  # "<" and "=" signs: bounds the memory of the parsed tree, some 200 bytes for each
Element = etree._Element

_IN_PARTS = "Export a part of the project at a time."
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins with the mark of UTF-16, so it is looked for first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"'>]{0,60})""")
_DECLARATION = re.compile(rb"\s*<\?xml\s[^>]*\?>")
_PROLOG = re.compile(rb"(?:\s+|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
# what Python reads for certain as it is meant; UTF-7 and others in which a '<' can hide are not among them
_KNOWN = re.compile(
    r"utf-?8|us-ascii|ascii|iso-?8859-\d+|latin-?1|windows-125\d|cp125\d|macintosh|koi8-[ru]"
    r"|gb2312|gbk|gb18030|big5|shift_jis|euc-jp|euc-kr",
    re.IGNORECASE,
)


def parsed(content: bytes, name: str) -> Element:
    """The root of an XML file called `name` in messages.

    Raises StorageError where it has a document type declaration, is too large, too deep (256 levels), not
    well-formed, or in an encoding that is not known.
    """
    if len(content) > LARGEST_XML:
        raise StorageError(f"{name} is larger than {LARGEST_XML:,} bytes. {_IN_PARTS}")
    data = _as_utf8(content, name)
    if has_doctype(data):
        raise StorageError(
            f"{name} has a document type declaration, which may hide entities and which no project file needs. "
            "It was not read. Ask whoever made it for an export of their program as it is."
        )
    if has_too_many_marks(data):
        raise StorageError(f"{name} has more elements than can be read at once. {_IN_PARTS}")
    try:
        return root_of(data)
    except etree.XMLSyntaxError as error:
        raise StorageError(
            f"{name} is not well-formed XML: {' '.join(str(error.msg).split())}. Export it again."
        ) from error


def has_doctype(data: bytes) -> bool:
    """Whether XML in UTF-8 has a document type declaration; told without parsing it."""
    start = _PROLOG.match(data)
    rest = data[start.end() : start.end() + 4] if start else b""
    return rest.startswith(b"<!") and rest != b"<!--"


def has_too_many_marks(data: bytes) -> bool:
    """Whether XML in UTF-8 has more elements and attributes than memory should hold."""
    return data.count(b"<") + data.count(b"=") > MOST_MARKS


def root_of(data: bytes) -> Element:
    """The root of XML in UTF-8, whatever encoding it declares, that was looked through before. Raises XMLSyntaxError
    where it is not well-formed, or too deep (256 levels)."""
    return etree.fromstring(data, _parser())


def declared_encoding(content: bytes) -> str:
    """The encoding that XML in bytes declares, in lower case, or ''."""
    found = _DECLARED.match(content[:1_000])
    return found[1].decode("ascii", "replace").lower() if found else ""


def _as_utf8(content: bytes, name: str) -> bytes:
    """The same file in UTF-8, without byte order mark and XML declaration."""
    encoding = _encoding(content, name)
    if encoding != "utf-8":
        try:
            content = content.decode(encoding).encode("utf-8")
        except (UnicodeError, LookupError) as error:
            raise StorageError(f"{name} is not in the encoding {encoding} that it states. Export it again.") from error
    declaration = _DECLARATION.match(content)
    return content[declaration.end() :] if declaration else content.lstrip()


def _encoding(content: bytes, name: str) -> str:
    """By the mark, the first sign, or the declaration; a declaration of UTF-16 in a file of bytes is a known slip."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding
    if content.startswith((b"<\x00", b"\x00<")):
        return "utf-16-le" if content.startswith(b"<") else "utf-16-be"
    declared = declared_encoding(content) or "utf-8"
    if declared in ("utf-8", "utf8") or declared.startswith(("utf-16", "utf-32", "ucs-")):
        return "utf-8"
    if not _KNOWN.fullmatch(declared):
        raise StorageError(f"{name} is written in {declared[:40]!r}, which is not read. Save it in UTF-8.")
    return declared


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
