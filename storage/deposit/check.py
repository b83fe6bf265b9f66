"""Whether a deposit is whole and as it should be: files against the list, sums, headers, numbers of lines."""

import csv
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from storage.deposit.data_list import COLUMNS
from storage.deposit.numbered import RULE

DATA_LIST, METHOD_NOTE, SUMS = "data_list.csv", "method_note.txt", "SHA256SUMS"
HEADER = ("Study", "Interview", "Participant", "Interviewer", "Date", "Mode", "Length", "Text", "Model", "Style")
DECLARED = ("Level of verbatim", "Transcription", "Checking", "Pseudonyms", "Files", "Not among them")
_NUMBERED = re.compile(r" *(\d+)(?:  (.*))?")
_TAG = re.compile(r"[\w.() -]+: ")


def check_pack(folder: Path) -> list[str]:
    """What is wrong with a deposit, one sentence each, with the file; empty when nothing is."""
    if not folder.is_dir():
        return [f"{folder} is no folder; name that of a deposit"]
    missing = [name for name in (DATA_LIST, METHOD_NOTE, SUMS) if not (folder / name).is_file()]
    if missing:
        return [f"{name} is missing; make the deposit again" for name in missing]
    return [*_sums(folder), *_note(folder / METHOD_NOTE), *_transcripts(folder)]


def _sums(folder: Path) -> Iterator[str]:
    sums = (line.partition("  ") for line in _text(folder / SUMS).splitlines())
    told = {name: told_sum for told_sum, _, name in sums if name}
    there = {path.name for path in folder.iterdir()} - {SUMS}
    yield from (f"{name} is in no list of sums" for name in sorted(there - told.keys()))
    for name, told_sum in told.items():
        if name not in there:
            yield f"{name} is missing"
        elif not (folder / name).is_file():
            yield f"{name} is no file"
        elif hashlib.sha256((folder / name).read_bytes()).hexdigest() != told_sum:
            yield f"{name} is not as it was written"


def _note(path: Path) -> Iterator[str]:
    lines = _text(path).splitlines()
    yield from (f"{path.name} does not declare '{section}'" for section in DECLARED if section not in lines)


def _transcripts(folder: Path) -> Iterator[str]:
    try:
        rows = list(csv.DictReader(_text(folder / DATA_LIST).splitlines(), restval=""))
    except csv.Error:  # a NUL in it, or a cell without an end
        rows = []
    if not rows or set(rows[0]) != set(COLUMNS):
        yield f"{DATA_LIST} has other columns than it should, or no row"
        return
    listed = {row[column] for row in rows for column in ("text_file", "rtf_file")}
    there = {path.name for path in folder.iterdir()} - {DATA_LIST, METHOD_NOTE, SUMS}
    yield from (f"{name} is in the list and not there" for name in sorted(listed - there))
    yield from (f"{name} is there and not in the list" for name in sorted(there - listed))
    for row in rows:
        if row["text_file"] in there and (folder / row["text_file"]).is_file():
            yield from (f"{row['text_file']}: {what}" for what in _text_faults(_text(folder / row["text_file"]), row))


def _text_faults(text: str, row: dict[str, str]) -> Iterator[str]:
    head, rule, body = text.partition(f"{RULE}\n")
    if not rule:
        yield "has no line between its header and its text"
        return
    facts = {line.partition(": ")[0] for line in head.splitlines()}
    yield from (f"has no '{name}' in its header" for name in HEADER if name not in facts)
    found = [_NUMBERED.fullmatch(line) for line in body.splitlines()]
    if [match and int(match[1]) for match in found] != list(range(1, len(found) + 1)):
        yield "has lines whose numbers do not follow each other"
        return
    if str(len(found)) != row["lines"]:
        yield f"has {len(found)} lines, and {row['lines']} in the list"
    lines = [match[2] or "" for match in found if match]
    for number, line in enumerate(lines, 1):
        begins_turn = number == 1 or not lines[number - 2]
        if line and begins_turn and not _TAG.match(line):
            yield f"line {number} begins a turn without a speaker"


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
