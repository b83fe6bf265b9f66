"""Whether every project for coding is valid and its times find their words: `python -m benchmarks.exported_projects`.

Transcripts with everything that has broken programs for coding are written into projects, each of which must pass the
standard's schema and our checker. What is said where is then read out of the files again by other means than wrote
them (`xml.etree`, and a rule of its own for what a line of text can hold), and compared with what went in.
"""

import argparse
import hashlib
import os
import resource
import tempfile
import time
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.coding_texts import made_contents
from desk.output import print_table
from storage.exports.contents import Contents
from storage.exports.qdc import write_qdc
from storage.exports.qdc_check import check_qdc
from storage.exports.qdpx import write_qdpx
from storage.exports.qdpx_check import check_qdpx
from storage.transcripts.transcript import Spoken

_XML = {"schema", "well-formed"}
_NOT_IN_XML = {*map(chr, range(32)), *map(chr, range(0xD800, 0xE000)), "\ufffe", "\uffff"}
_Q = "{urn:QDA-XML:project:1.0}"


@dataclass(frozen=True, slots=True)
class Point:
    """A sync point as it stands in a file."""

    guid: str
    ms: int
    position: int


@dataclass(slots=True)
class Tally:
    """What was written and what was wrong with it."""

    projects: int = 0
    codebooks: int = 0
    transcripts: int = 0
    linked: int = 0  # transcripts with sync points
    utterances: int = 0
    invalid: int = 0  # files with a finding of the schema
    broken: int = 0  # files with any other finding
    mismatches: int = 0  # utterances that their sync points do not find
    late_ms: int = 0  # the largest difference between a sync point and its utterance
    changing: int = 0  # files that are not the same the second time
    writing_s: float = 0.0
    checking_s: float = 0.0


def main() -> None:
    """Write, check and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, default=200)
    parser.add_argument("--transcripts", type=int, default=50, help="in each of them")
    parser.add_argument("--single", type=int, default=400, help="projects of one transcript")
    chosen = parser.parse_args()
    print_table(rows(chosen.projects, chosen.transcripts, chosen.single), f"exported projects, {os.cpu_count()} cores")


def rows(projects: int, transcripts: int, single: int) -> list[dict[str, object]]:
    """Projects of many transcripts, and projects of one."""
    began, computed = time.monotonic(), time.process_time()
    tally = tallied([*[transcripts] * projects, *[1] * single])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {
        "projects / codebooks": f"{tally.projects:,} / {tally.codebooks:,}",
        "transcripts / linked in time / utterances": f"{tally.transcripts:,} / {tally.linked:,} / {tally.utterances:,}",
        "files that break the schema": tally.invalid,
        "files that break another rule": tally.broken,
        "utterances that their sync point does not find": tally.mismatches,
        "largest timing error": f"{tally.late_ms} ms",
        "files that differ when written again": tally.changing,
        "writing / checking a transcript": f"{_each(tally.writing_s, tally)} / {_each(tally.checking_s, tally)}",
        "whole run / processor time": f"{time.monotonic() - began:.0f} s / {time.process_time() - computed:.0f} s",
        "memory": f"{peak:.0f} MB",
    }
    return [{"measure": measure, "result": result} for measure, result in found.items()]


def tallied(sizes: Iterable[int]) -> Tally:
    """Write a project of each size, with the seed of its place, and count what is wrong."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        sound = Path(folder) / "recording"
        sound.write_bytes(b"sound")
        for seed, size in enumerate(sizes):
            _count(tally, lambda seed=seed, size=size: made_contents(seed, size, sound), Path(folder))  # type: ignore[misc]
    return tally


def _count(tally: Tally, made: Callable[[], Contents], folder: Path) -> None:
    contents, path = made(), folder / "study.qdpx"
    began = time.perf_counter()
    with path.open("wb") as file:
        write_qdpx(contents, file)
    tally.writing_s += time.perf_counter() - began
    began = time.perf_counter()
    rules = {finding.rule for finding in check_qdpx(path)}
    tally.checking_s += time.perf_counter() - began
    tally.invalid += bool(rules & _XML)
    tally.broken += bool(rules - _XML)
    tally.projects += 1
    _count_words(tally, contents, path)
    digest = hashlib.sha256(path.read_bytes()).digest()
    with path.open("wb") as file:
        write_qdpx(made(), file)
    tally.changing += hashlib.sha256(path.read_bytes()).digest() != digest
    if contents.codebook:
        _count_codes(tally, contents, folder / "codebook.qdc")


def _count_codes(tally: Tally, contents: Contents, path: Path) -> None:
    with path.open("wb") as file:
        write_qdc(contents, file)
    rules = {finding.rule for finding in check_qdc(path)}
    tally.codebooks += 1
    tally.invalid += bool(rules & _XML)
    tally.broken += bool(rules - _XML)


def _count_words(tally: Tally, contents: Contents, path: Path) -> None:
    """Read every text with its sync points and compare it with what was said."""
    with zipfile.ZipFile(path) as archive:
        root = ET.fromstring(archive.read("project.qde"))
        linked = {each.get("guid"): each for each in root.iter(f"{_Q}Transcript")}
        for document in contents.documents:
            t = document.transcript
            text = archive.read(f"sources/{t.version_guid}.txt").decode("utf-8")
            tally.transcripts += 1
            shown = said(t.utterances)
            tally.utterances += len(shown)
            if t.version_guid in linked:
                points = _points(linked[t.version_guid])
                tally.linked += 1
                tally.mismatches += mismatches(shown, text, points)
                tally.late_ms = max(tally.late_ms, lateness(shown, points))
            else:
                tally.mismatches += not _holds(text, shown)


def _points(transcript: ET.Element) -> list[Point]:
    return [
        Point(point.attrib["guid"], int(point.attrib["timeStamp"]), int(point.attrib["position"]))
        for point in transcript.iter(f"{_Q}SyncPoint")
    ]


def said(utterances: Iterable[Spoken]) -> list[Spoken]:
    """The utterances that have anything to show, by time."""
    return sorted((each for each in utterances if signature(each.text)), key=lambda each: each.start_ms)


def signature(text: str) -> str:
    """What of a text must survive, sign by sign: all but space, with U+FFFD for what XML or UTF-8 cannot hold."""
    return "".join("\ufffd" if sign in _NOT_IN_XML else sign for sign in text if not sign.isspace())


def mismatches(shown: Sequence[Spoken], text: str, points: Sequence[Point]) -> int:
    """How many utterances do not stand, whole and alone on one line, between their sync point and the next."""
    if len(points) != len(shown) + 1 or points[-1].position != len(text):
        return max(len(shown), 1)
    wrong = 0
    for number, spoken in enumerate(shown):
        here, after = points[number], points[number + 1]
        following = shown[number + 1] if number + 1 < len(shown) else None
        segment = text[here.position : after.position]
        leads = [" ", f"\n\n[{_clock(following.start_ms)}] {following.speaker or 'Speaker'}: "] if following else ["\n"]
        slices = [segment.removesuffix(lead) for lead in leads if segment.endswith(lead)]
        wrong += here.guid != spoken.guid or not any(_is(words, spoken.text) for words in slices)
    return wrong


def _is(words: str, said_text: str) -> bool:
    is_one_line = words == words.strip() and len(words.splitlines()) == 1 and "\t" not in words
    return is_one_line and signature(words) == signature(said_text)


def _holds(text: str, shown: Sequence[Spoken]) -> bool:
    """Whether a text without sync points has all that was said, in order."""
    at, whole = 0, signature(text)
    for spoken in shown:
        found = whole.find(signature(spoken.text), at)
        if found < 0:
            return False
        at = found + len(signature(spoken.text))
    return True


def lateness(shown: Sequence[Spoken], points: Sequence[Point]) -> int:
    """The largest difference in milliseconds between a sync point and the beginning of its utterance."""
    starts = {spoken.guid: spoken.start_ms for spoken in shown}
    return max((abs(point.ms - starts[point.guid]) for point in points if point.guid in starts), default=0)


def _clock(ms: int) -> str:
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}"


def _each(seconds: float, tally: Tally) -> str:
    return f"{1000 * seconds / max(tally.transcripts, 1):.1f} ms"


if __name__ == "__main__":
    main()
