"""What a check finds, and the rules it looks at: each with what it asks for and what to do where it is broken."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

MOST_FINDINGS = 1_000  # of one file: more would tell nothing new

_AGAIN = "Export it anew from the program that made it."
_HARMFUL = "Do not open it in any program; ask whoever sent it."


@dataclass(frozen=True, slots=True)
class Rule:
    """What a file must keep, and the next step where it does not."""

    asks: str
    next_step: str


RULES = {
    # the archive
    "zip": Rule("a project is a ZIP archive that can be read", f"{_AGAIN} If it was copied, copy it again first."),
    "members": Rule("the archive has at most 50,000 members", _HARMFUL),
    "beginning": Rule("the archive begins with its first member", f"{_AGAIN} If it was copied, copy it again first."),
    "overlap": Rule("no two members share their bytes", _HARMFUL),
    "member-path": Rule(
        "no member would be unpacked outside its folder, has a name that no file has, or is a link or a device",
        _HARMFUL,
    ),
    "member-twice": Rule("no two members have one name, case and braces aside", _AGAIN),
    "packing": Rule("members are stored or deflated, and not encrypted", "Pack the same files as an ordinary ZIP."),
    "project-file": Rule("there is exactly one XML file, project.qde", "Name the XML file project.qde; keep one only."),
    "layout": Rule(
        "files lie in one flat folder 'sources', in lower case", "Move it there and mend its path, or remove it."
    ),
    "size": Rule(
        "a file has at most 2,147,483,647 bytes, a text 64 MiB, XML 256 MiB and no more elements than memory holds",
        "Put the recording beside the project and refer to it by relative:///, or split the project.",
    ),
    "growth": Rule("unpacked it is not hundreds of times larger than packed", _HARMFUL),
    "unpacked": Rule("every member unpacks to what was packed", f"{_AGAIN} If it was copied, copy it again first."),
    # the XML
    "bom": Rule("the XML has no byte order mark", "Save the XML as UTF-8 without BOM."),
    "encoding": Rule("the XML is in UTF-8 and says no other encoding", "Save the XML as UTF-8."),
    "doctype": Rule("the XML has no document type declaration: it may hide entities", _HARMFUL),
    "well-formed": Rule("the XML is well-formed", _AGAIN),
    "schema": Rule("the XML is valid by the schema", "Mend the element named; the schema is the standard's."),
    # identity
    "guid-unique": Rule(
        "a GUID belongs to one thing; only a PDF selection shares its own with its twin in the text",
        "Give all but one of them a new GUID, and mend what refers to them.",
    ),
    "reference": Rule(
        "what refers to something finds it, and it is of the right kind",
        "Add what it refers to, or take the reference out.",
    ),
    "value-type": Rule("a value has the type of its variable", "Write the value in the element of that type."),
    # files
    "path": Rule(
        "a path begins with internal://, relative:/// or absolute:/// and stays in its folder", "Mend the path."
    ),
    "internal-name": Rule("an internal file is named by a GUID and its suffix", "Rename the file and mend the path."),
    "external": Rule("only recordings are external, never texts or documents", "Put the file into 'sources'."),
    "missing-file": Rule("an internal file that is named is there", "Add the file, or mend the path."),
    "unused-file": Rule("an internal file that is there is named", "Remove it, or add its source."),
    "shared-file": Rule("an internal file belongs to one source", "Give each its own copy under its own GUID."),
    "text-suffix": Rule("a plain text is a .txt file", "Save the text as UTF-8 in a .txt file and mend the path."),
    "rich-text": Rule("a rich text is no .txt file", "Name the .txt by plainTextPath, and no richTextPath."),
    # texts and positions
    "one-text": Rule(
        "a text is given once: as PlainTextContent or by plainTextPath", "Take one of them out, or add the one missing."
    ),
    "text-utf-8": Rule("a text file is UTF-8", "Save the text as UTF-8."),
    "text-bom": Rule("a text has no byte order mark", "Save it without BOM; where positions counted it, move them."),
    "line-ends": Rule("a text has LF line ends", "Save it with LF line ends and move the positions after each."),
    "selection": Rule(
        "0 <= start <= end <= length, in Unicode code points", "Mend the positions; bytes and UTF-16 units are others."
    ),
    "media-selection": Rule("0 <= begin <= end, in milliseconds", "Mend the times."),
    "sync-position": Rule(
        "a sync point lies in its text, in Unicode code points",
        "Mend the position; bytes and UTF-16 units are others.",
    ),
    "sync-time": Rule("a sync point is not before the recording", "Mend the time stamp."),
    "sync-order": Rule("what is later in the text is never earlier in time", "Mend position or time stamp."),
    "transcript-selection": Rule(
        "a selection goes from a sync point of its transcript to one that is not earlier",
        "Mend fromSyncPoint and toSyncPoint.",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule of `RULES` that a file breaks: where in it, and how."""

    rule: str
    where: str
    what: str

    @property
    def next_step(self) -> str:
        return RULES[self.rule].next_step

    def __str__(self) -> str:
        return f"{_printable(self.where)}: {_printable(self.what)}. {self.next_step}"


def _printable(text: str) -> str:
    """On a terminal a name from a file must not do anything but be read."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text[:400])


def listed(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, of which the first `MOST_FINDINGS` are enough."""
    return list(islice(findings, MOST_FINDINGS))
