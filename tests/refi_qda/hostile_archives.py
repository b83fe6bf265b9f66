"""Archives made to do harm: none is unpacked, followed or endless."""

import zlib

from building import (
    CODED,
    TEXT,
    Entry,
    Member,
    archive,
    document,
    files,
    guid,
    project,
    qdpx,
    zeros_deflated,
)

OUTSIDE = "would be unpacked outside its folder"
GROWN = 258 * 262_144 + 1  # bytes that 66 kB become


def entries() -> list[Entry]:
    return [*_names(), *_members(), *_bombs()]


def _with(file: str, what: str, *members: Member, refused: str, rule: str = "") -> Entry:
    """A sound project with members that it should not have."""
    good = [Member("project.qde", document(CODED)), *(Member(*each) for each in files().items())]
    return Entry(f"{file}.qdpx", what, archive([*good, *members]), refused=refused, rule=rule)


def _names() -> list[Entry]:
    told = {
        "up": ("../../evil.txt", "a name that leads out of the archive"),
        "up-within": ("sources/../../evil.txt", "a name that leads out by way of the folder"),
        "up-windows": ("..\\..\\evil.txt", "the same with backslashes"),
        "absolute": ("/etc/cron.d/evil", "a name from the root"),
        "absolute-windows": ("\\Windows\\evil.dll", "a name from the root with backslashes"),
        "drive": ("C:\\evil.txt", "a name with a drive"),
        "drive-relative": ("C:evil.txt", "a name with a drive and no root"),
        "share": ("\\\\server\\share\\evil.txt", "a name on another computer"),
        "stream": ("sources/a.txt:evil", "a name of a hidden stream"),
    }
    made = [
        _with(f"name-{file}", what, Member(name, b"x"), refused=OUTSIDE, rule="member-path")
        for file, (name, what) in told.items()
    ]
    signs = "has a name with signs that no file has"
    return [
        *made,
        _with(
            "name-zero",
            "a name with a zero sign",
            Member("sources/a.txt\x00.exe", b"x"),
            refused=signs,
            rule="member-path",
        ),
        _with("name-line", "a name of two lines", Member("sources/a\nb.txt", b"x"), refused=signs, rule="member-path"),
        _with("name-none", "a member without a name", Member("", b"x"), refused=signs, rule="member-path"),
    ]


def _members() -> list[Entry]:
    path = f"sources/{guid(21)}.txt"
    link, twice = "is a link or a device", "is in it twice"
    text = Member(path, TEXT.encode())
    return [
        _with(
            "link",
            "a symbolic link",
            Member("sources/a.txt", b"/etc/passwd", mode=0o120777),
            refused=link,
            rule="member-path",
        ),
        _with("pipe", "a named pipe", Member("sources/a.txt", b"", mode=0o010644), refused=link, rule="member-path"),
        _with(
            "encrypted",
            "an encrypted member",
            Member("sources/a.txt", b"x" * 20, flags=1),
            refused="is encrypted",
            rule="packing",
        ),
        _with("member-twice", "a member twice", Member(path, b"another"), refused=twice, rule="member-twice"),
        _with(
            "member-twice-case",
            "a member twice, in two cases",
            Member(path.replace("sources", "Sources"), b"another"),
            refused=twice,
            rule="layout member-twice",
        ),
        _with(
            "member-twice-slash",
            "a member twice, with two slashes",
            Member(path.replace("/", "\\"), b"another"),
            refused=twice,
            rule="layout member-twice",
        ),
        _with(
            "member-twice-braces",
            "a member twice, once in braces",
            Member(f"sources/{{{guid(21)}}}.txt", b"another"),
            refused=twice,
            rule="member-twice",
        ),
        Entry(
            "project-twice.qdpx",
            "two projects of one name, of which a checker may see the other",
            archive([Member("project.qde", document(project())), Member("project.qde", document(CODED)), text]),
            refused=twice,
            rule="member-twice",
        ),
        _with(
            "method",
            "a packing method that is not used",
            Member("sources/a.txt", b"x", method=12),
            refused="is packed by method 12",
            rule="packing",
        ),
        _with(
            "method-unknown",
            "a packing method that is not known",
            Member("sources/a.txt", b"x", method=97),
            refused="is packed by method 97",
            rule="packing",
        ),
    ]


def _bombs() -> list[Entry]:
    grown = {"packed": zeros_deflated(GROWN), "size": GROWN, "crc": zlib.crc32(bytes(GROWN)), "method": 8}
    whole = qdpx(CODED, {**files(), f"sources/{guid(22)}.zip": qdpx(project(), {})})
    bomb, xml = Member("sources/a.bin", **grown), Member("project.qde", **grown)
    understated = Member("sources/a.bin", packed=zeros_deflated(258_001), size=9, method=8)
    inner = archive(
        [Member(f"{number}.bin", packed=zeros_deflated(258_001), size=258_001, method=8, crc=0) for number in range(3)]
    )
    return [
        _with("bomb", "a member that grows a thousandfold", bomb, refused="grows more than", rule="growth"),
        Entry(
            "bomb-xml.qdpx",
            "XML that grows a thousandfold",
            archive([xml]),
            refused="grows more than",
            rule="growth",
        ),
        _with(
            "bomb-understated",
            "a member that states less than it is",
            understated,
            refused="does not match its checksum",
            rule="unpacked unused-file",
        ),
        Entry(
            "bomb-overlapping.qdpx",
            "members that share their bytes",
            _overlapping(),
            refused="has members that overlap",
            rule="overlap",
        ),
        Entry(
            "project-of-another.qdpx",
            "an archive that ends with another one within it, whose project a reader may take for its own",
            whole[: whole.rindex(b"PK\x05\x06") - 4],
            refused="does not begin with its first member",
            rule="beginning",
        ),
        Entry(
            "bomb-within.qdpx",
            "an archive of bombs within, which is not opened",
            qdpx(CODED, {**files(), f"sources/{guid(22)}.zip": inner}),
            2,
            1,
            1,
            rule="unused-file",
        ),
    ]


def _overlapping() -> bytes:
    """Two entries of the directory that point to the same bytes."""
    made = archive(
        [
            Member("project.qde", document(CODED)),
            *(Member(*each) for each in files().items()),
            Member("sources/a.bin", b"a"),
            Member("sources/b.bin", b"a"),
        ]
    )
    start = made.index(b"PK\x01\x02")
    first = made.index(b"PK\x03\x04", made.index(b"sources/" + guid(21).encode()))
    second = made.index(b"PK\x03\x04", first + 4)
    body, directory = made[:start], made[start:]
    body = body[:first] + body[first:second].replace(b"a.bin", b"b.bin") + body[second:]
    return body + directory.replace(second.to_bytes(4, "little"), first.to_bytes(4, "little"), 1).replace(
        b"a.bin", b"c.bin"
    )
