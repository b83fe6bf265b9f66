"""The plain text in which a person edits a transcript: how it is written, and what is read of it.

    # Version: 2 corrected 3f2b…

    [12 00:01:03.250] C_031: I went home.

    [12+] INT_01: And then?

A mark is the number of the utterance, which is there once whoever speaks at the same time, and when it begins. Lines
that begin with no mark go on with the words before them. The encoding is UTF-8; a byte order mark, UTF-16 with one, and
any line ends are read too.
"""

import codecs
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from storage.edits.edited_words import written
from storage.errors import EditError
from storage.exports.clean import clean
from storage.exports.turns import UNKNOWN_SPEAKER
from storage.lengths import exact_clock
from storage.tables import VersionKind
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.transcripts.words import text_of

DELETE = "[delete]"
SPLIT = "+"

_LETTERS = "# Letters: £ é ü “ ” – …"  # an editor that takes the file for another encoding alters them
_HEAD = """\
# {label}: edit the words and the speakers below, then save. Lines with # are not read, but two: leave those below.
#
# [12 00:01:03.250] is the mark of an utterance: leave every mark as it is, in its order.
# To split an utterance, begin a new line with its number and a plus, and a speaker:  [12+] {speaker}: the rest
# To take an utterance out, write {delete} instead of its words.
# [went home?] read otherwise at a second hearing, [speaker?] is a doubt who speaks: take the brackets away once you
# have listened. Write over [unclear 00:01:03-00:01:05] what you hear.
# Speakers: {speakers}; or Speaker 1, Speaker 2 and on.
{warning}#
{letters}
# Version: {number} {kind} {guid}
"""
_NO_NAMES = "# This version is pseudonymised: write no name, place or number into it that tells who somebody is.\n"
_VERSION = re.compile(r"#\s*Version:\s*\d+\s+\w+\s+(\S+)")
_MARK = re.compile(r"\[(\d+)(?: (\d+:\d\d:\d\d\.\d{3})|\+)\](.*)")
_INSIDE = re.compile(r"\d:\d\d:\d\d\.\d{3}|\.\d{3}\]|\[\d+\+\]")
_DAMAGED = re.compile(r"\[\d+(?:[\]+]|\s+[\d:+]|$)|\[?\d+[\s.]+\d+:\d\d:\d\d|\[\d+:\d\d:\d\d")
_LINE_END = re.compile(r"\r\n|\r|\n")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a line, and what should be there."""

    line: int
    what: str


@dataclass(slots=True)
class Block:
    """An utterance, or a part split off it (which has no time), as it stands in the file.

    `pieces` are what follows its mark, and the lines that go on with it, each with the number of its line.
    """

    line: int
    number: int
    time: str
    pieces: list[tuple[int, str]] = field(default_factory=list)

    @property
    def is_split_off(self) -> bool:
        return not self.time

    @property
    def text(self) -> str:
        return " ".join(" ".join(piece for _, piece in self.pieces).split())


@dataclass(frozen=True, slots=True)
class EditedFile:
    """What was read: the version that was edited, the utterances in the file's order, and what could not be read."""

    version_guid: str
    blocks: tuple[Block, ...]
    faults: tuple[Fault, ...]
    lines: int


def in_file(transcript: InterviewTranscript) -> list[int]:
    """Numbers of the stored utterances that stand in the file, in its order; those without words are left out."""
    said = transcript.utterances
    return sorted((n for n in range(len(said)) if clean(said[n].text)), key=lambda number: said[number].start_ms)


def words_in_file(spoken: Spoken) -> str:
    """The words of an utterance as the file has them; a text that a person wrote without word rows stays as it is."""
    is_by_rows = spoken.text == text_of(spoken.words)
    return " ".join((written(spoken.words) if is_by_rows else clean(spoken.text)).split())


def mark_time(spoken: Spoken) -> str:
    return exact_clock(max(spoken.start_ms, 0), ".")


def shown_speaker(speaker: str) -> str:
    return clean(speaker) or UNKNOWN_SPEAKER


def edit_text(transcript: InterviewTranscript, speakers: Sequence[str]) -> str:
    """The file for a version, with the speakers who can have spoken."""
    head = _HEAD.format(
        label=transcript.label,
        speaker=speakers[0],
        speakers=", ".join(speakers),
        delete=DELETE,
        warning=_NO_NAMES if transcript.version_kind == VersionKind.PSEUDONYMISED else "",
        letters=_LETTERS,
        number=transcript.version_number,
        kind=transcript.version_kind,
        guid=transcript.version_guid,
    )
    said = (transcript.utterances[number] for number in in_file(transcript))
    blocks = (
        f"\n[{number} {mark_time(spoken)}] {shown_speaker(spoken.speaker)}: {words_in_file(spoken)}\n"
        for number, spoken in enumerate(said, start=1)
    )
    return "".join((head, *blocks))


def read_edit(data: bytes) -> EditedFile:
    """What a person left in the file. Raises EditError where it is no such file, or its encoding is broken."""
    lines = _LINE_END.split(_decoded(data))
    guid = next((found[1] for line in lines if (found := _VERSION.fullmatch(line.strip()))), "")
    if not guid:
        raise EditError(
            "The line '# Version: …' is missing at the head of the file, so it cannot be told what was edited. Copy it "
            "from a file that 'fieldcall transcripts edit CODE --to FILE' writes anew."
        )
    if _LETTERS not in (line.strip() for line in lines):
        raise EditError(
            f"The line '{_LETTERS}' did not come back as it was, so the editor has altered letters. Save the file as "
            "UTF-8 from an editor that opens it as UTF-8; copy the line from a file written anew if it was deleted."
        )
    blocks, faults = _blocks(lines)
    return EditedFile(guid, tuple(blocks), tuple(faults), len(lines))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(_LINE_END.split(data[: error.start].decode("latin-1")))
        raise EditError(
            f"Line {line} is not UTF-8. Save the file as UTF-8 (in many editors: Save as, Encoding) and take it again."
        ) from None


def _blocks(lines: Iterable[str]) -> tuple[list[Block], list[Fault]]:
    blocks: list[Block] = []
    faults: list[Fault] = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        mark = _MARK.fullmatch(line)
        if mark:
            blocks.append(Block(number, int(mark[1]), mark[2] or "", [(number, mark[3])]))
        elif not line or (line.startswith("#") and not blocks):
            continue
        elif _DAMAGED.match(line):
            faults.append(Fault(number, "the mark is not as it was. It is like [12 00:01:03.250], or [12+] for a part"))
        elif not blocks:
            faults.append(Fault(number, "words stand before the first mark"))
        elif line.startswith("#"):
            faults.append(
                Fault(number, "a line with # stands among the utterances; lines of the head stay in the head")
            )
        else:
            blocks[-1].pieces.append((number, line))
        if _INSIDE.search(mark[3] if mark else line):
            faults.append(
                Fault(number, "a mark, or some of one, stands within the words; every mark begins a line of its own")
            )
    return blocks, faults
