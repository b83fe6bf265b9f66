"""What the files of the corpus are built from: elements, archives with any fault, and the verdict on each file.

Nothing of the program under test is used here, and no compressor, whose bytes differ from version to version.
"""

import struct
import zlib
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

PROJECT = "urn:QDA-XML:project:1.0"
CODEBOOK = "urn:QDA-XML:codebook:1.0"
AT = "2020-06-04T02:30:15Z"
SCHEMA = "schema"
TEXT = "It cost £20 – “for nothing” 🙂.\nThen we laughed, e\u0301 mo\u0301re than once.\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the corpus, what it is, and the verdict.

    `refused` is a part of the reader's refusal, '' where it reads the file and finds `codes`, `codings` and `losses`.
    `rule` names every rule of the checker that the file breaks, a space between them: '' where it passes the file,
    None where the file is of no kind that is checked.
    """

    file: str
    what: str
    content: bytes
    codes: int = 0
    codings: int = 0
    losses: int = 0
    refused: str = ""
    rule: str | None = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an archive; what is None is as it should be."""

    name: str
    content: bytes = b""
    crc: int | None = None
    size: int | None = None
    method: int = 0
    packed: bytes | None = None
    flags: int = 0
    mode: int = 0o100644
    local_name: str | None = None


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def element(tag: str, *children: str, **attributes: object) -> str:
    """An element; attributes that are None are left out. Children are XML already."""
    given = "".join(f" {name}={quoteattr(str(value))}" for name, value in attributes.items() if value is not None)
    return f"<{tag}{given}>{''.join(children)}</{tag}>" if children else f"<{tag}{given}/>"


def document(root: str, encoding: str = "UTF-8") -> bytes:
    return f'<?xml version="1.0" encoding="{encoding}"?>\n{root}\n'.encode(encoding)


def project(*parts: str, xmlns: str | None = PROJECT, name: str | None = "Study", **attributes: object) -> str:
    return element("Project", *parts, xmlns=xmlns, name=name, **attributes)


def user(number: int, name: str | None) -> str:
    return element("User", guid=guid(number), name=name)


def code(number: int, name: str | None, *parts: str, **attributes: object) -> str:
    given = {"guid": guid(number), "name": name, "isCodable": "true", **attributes}
    return element("Code", *parts, **given)


def codebook(*codes: str) -> str:
    return element("CodeBook", element("Codes", *codes))


USERS = element("Users", user(1, "Ada"), user(2, "Ben"))
CODES = codebook(code(11, "cost"), code(12, "mood"))


def coding(number: int, target: int = 11, *parts: str, coder: int | None = 1, **attributes: object) -> str:
    made = {"guid": guid(number), "creatingUser": coder and guid(coder), "creationDateTime": AT, **attributes}
    return element("Coding", element("CodeRef", targetGUID=guid(target)), *parts, **made)


def selection(
    number: int, start: object, end: object, *parts: str, name: str | None = None, **attributes: object
) -> str:
    """A selection in a text; with one coding, unless parts are given."""
    given = {"guid": guid(number), "name": name, "startPosition": start, "endPosition": end, **attributes}
    return element("PlainTextSelection", *(parts or (coding(number + 1000),)), **given)


def span(part: str, text: str = TEXT) -> tuple[int, int]:
    """Where a part of a text stands, in code points."""
    start = text.index(part)
    return start, start + len(part)


def content(text: str) -> str:
    return element("PlainTextContent", escape(text)) if text else "<PlainTextContent></PlainTextContent>"


def text_source(*parts: str, number: int = 21, **attributes: object) -> str:
    """A text source whose text is in the file `sources/GUID.txt`, unless attributes say otherwise."""
    path = f"internal://{guid(number)}.txt"
    given = {"guid": guid(number), "name": "interview", "plainTextPath": path, **attributes}
    return element("TextSource", *parts, **given)


def recording(
    *parts: str, tag: str = "AudioSource", number: int = 31, suffix: str = "m4a", **attributes: object
) -> str:
    given = {"guid": guid(number), "name": "recording", "path": f"internal://{guid(number)}.{suffix}", **attributes}
    return element(tag, *parts, **given)


def sync(number: int, position: int | None, ms: int | None) -> str:
    return element("SyncPoint", guid=guid(number), timeStamp=ms, position=position)


def note(number: int, text: str | None, *parts: str, **attributes: object) -> str:
    own = () if text is None else (content(text),)
    return element("Note", *own, *parts, **{"guid": guid(number), "name": "memo", **attributes})


def sources(*parts: str) -> str:
    return element("Sources", *parts)


def qdpx(root: str, files: dict[str, bytes] | None = None, qde: str = "project.qde") -> bytes:
    """A project archive with its XML and, by name in it, its files."""
    members = [Member(name, content) for name, content in (files or {}).items()]
    return archive([Member(qde, document(root)), *members])


def files(text: str | bytes = TEXT, number: int = 21, folder: str = "sources") -> dict[str, bytes]:
    """The one file of a text source."""
    return {f"{folder}/{guid(number)}.txt": text.encode() if isinstance(text, str) else text}


LAUGHED = span("laughed")
CODED = project(USERS, CODES, sources(text_source(selection(41, *LAUGHED, name="laughed"))))
SOUND = {f"sources/{guid(31)}.m4a": b"sound"}


def archive(members: list[Member]) -> bytes:
    """A ZIP archive, its members as they are told, faults included."""
    body, directory = b"", b""
    for member in members:
        packed = member.content if member.packed is None else member.packed
        crc = zlib.crc32(member.content) if member.crc is None else member.crc
        size = len(member.content) if member.size is None else member.size
        name, local = member.name.encode(), (member.local_name or member.name).encode()
        flags = member.flags | 0x800  # names are UTF-8
        fields = struct.pack("<HHHHLLL", flags, member.method, 0, 0x21, crc, len(packed), size)
        at = len(body)
        body += b"PK\x03\x04" + struct.pack("<H", 20) + fields + struct.pack("<HH", len(local), 0) + local + packed
        directory += b"PK\x01\x02" + struct.pack("<HH", 0x0314, 20) + fields
        directory += struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, member.mode << 16, at) + name
    count = len(members)
    return body + directory + b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, count, count, len(directory), len(body), 0)


def zeros_deflated(count: int) -> bytes:
    """`count` zero bytes, a multiple of 258 and one, as one deflate block (RFC 1951): two bits for 258 of them."""
    bits = "1" + "01"  # the last block; dynamic codes
    bits += _number(29, 5) + _number(0, 5) + _number(14, 4)  # 286 literals and lengths, 1 distance, 18 code lengths
    lengths = {18: 1, 1: 2, 2: 2}  # of the codes in which the lengths of codes are written: 18 is '0', 1 '10', 2 '11'
    order = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1)
    bits += "".join(_number(lengths.get(symbol, 0), 3) for symbol in order)
    bits += "11" + "0" + _number(138 - 11, 7) + "0" + _number(117 - 11, 7) + "11"  # literal 0; the end sign, 256
    bits += "0" + _number(28 - 11, 7) + "10"  # length 258, the symbol 285
    bits += "10"  # the only distance, 1
    bits += "10" + "00" * ((count - 1) // 258) + "11"  # one zero, then again and again the 258 before
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def _number(value: int, width: int) -> str:
    """Bits of a number, the lowest first."""
    return f"{value:0{width}b}"[::-1]
