"""What a delivery in all formats costs, and how exact its times are: `python -m benchmarks.deliver_all`.

A generated study is delivered by a process of its own, and every time in every file is compared with the stored one.
The recordings are tiny files, so that nothing but the writing is measured.
"""

import argparse
import csv
import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

from lxml import etree

from benchmarks.spoken_study import fill
from desk.output import print_table
from storage.exports.f4 import ends_in_order
from storage.exports.formats import ALL, FORMATS, InterviewFormat
from storage.exports.turns import Line, lines_of

ROOT = Path(__file__).parents[1]
NOW = datetime(2020, 9, 30, 12, tzinfo=UTC)
Times = list[float]  # milliseconds


def main() -> None:
    """Deliver and print the tables; or, as the process that is measured, only do one of its steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interviews", type=int, default=57)
    parser.add_argument("--minutes", type=int, default=40)
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        print(json.dumps(STEPS[chosen.step](chosen.folder, chosen.interviews, chosen.minutes)))
    else:
        print_table(rows(chosen.interviews, chosen.minutes), f"deliver, {os.cpu_count()} cores")


def rows(interviews: int, minutes: int) -> list[dict[str, object]]:
    """Seconds, memory and size of a delivery in all formats, and the worst error of a time in each of them."""
    with tempfile.TemporaryDirectory() as folder:
        for step in ("fill", "deliver"):
            told = _child(step, Path(folder), interviews, minutes)
        errors = _child("compare", Path(folder), interviews, minutes)
    hours, count = told["audio_hours"], told["words"]
    measured = {
        f"{interviews} interviews, {hours:.0f} hours, {count:,.0f} words": f"{told['files']:.0f} files, "
        f"{told['megabytes']:.0f} MB",
        "all formats, wall clock": f"{told['seconds']:.1f} s (processor {told['processor']:.1f} s)",
        "peak memory of the process": f"{told['peak_megabytes']:.0f} MB",
        **{f"worst error of a time, {name}": f"{error:.1f} ms" for name, error in errors.items()},
    }
    return [{"measure": measure, "result": result} for measure, result in measured.items()]


def _child(step: str, folder: Path, interviews: int, minutes: int) -> dict[str, float]:
    """A step in a process of its own: peak memory is that of a whole process."""
    options = ["--step", step, "--folder", str(folder), "--interviews", str(interviews), "--minutes", str(minutes)]
    command = [sys.executable, "-m", "benchmarks.deliver_all", *options]
    run = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    told: dict[str, float] = json.loads(run.stdout)
    return told


def _fill(folder: Path, interviews: int, minutes: int) -> dict[str, float]:
    fill(folder, interviews, minutes)
    return {}


def _deliver(folder: Path, interviews: int, minutes: int) -> dict[str, float]:
    from benchmarks.studies import made_study
    from storage.database import open_database
    from storage.exports.delivery import deliver

    study = made_study(folder, interviewers=2, daily_limit=4)
    database = open_database(study)
    began, used = time.perf_counter(), time.process_time()
    report = deliver(database, study, formats=[ALL], actor="benchmark", now=NOW)
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert report.folder
    words = (report.folder / "words.csv").read_bytes().count(b"\n") - 1
    return {
        "seconds": seconds,
        "processor": processor,
        "peak_megabytes": peak,
        "files": len(report.files),
        "megabytes": sum(file.size for file in report.files) / 1e6,
        "audio_hours": interviews * minutes / 60,
        "words": words,
    }


def _compare(folder: Path, interviews: int, minutes: int) -> dict[str, float]:
    """The worst error of each format, over every time in every file."""
    from benchmarks.studies import made_study
    from storage.database import open_database
    from storage.transcripts.reading import read_transcripts

    study = made_study(folder, interviewers=2, daily_limit=4)
    with open_database(study).reading() as session:
        transcripts = read_transcripts(session, study)
    (delivery,) = (path for path in study.place(study.storage.deliveries).iterdir() if path.is_dir())
    worst: dict[str, float] = {}
    for transcript in transcripts:
        lines = lines_of(transcript)
        name = f"{transcript.code}_{transcript.starts_at:%Y-%m}"
        for format_name, (read, stored) in READERS.items():
            kind = FORMATS[format_name]
            path = delivery / (name + kind.ending if isinstance(kind, InterviewFormat) else kind.file_name)
            error = _error(read(path, name), stored(lines))
            worst[format_name] = max(error, worst.get(format_name, 0))
    return worst


def _error(read: Times, stored: Times) -> float:
    assert len(read) == len(stored), "every time is there"
    return max((abs(one - other) for one, other in zip(read, stored, strict=True)), default=0)


def _starts(lines: tuple[Line, ...]) -> Times:
    return [line.start_ms for line in lines]


def _spans(lines: tuple[Line, ...]) -> Times:
    return [ms for line in lines for ms in (line.start_ms, line.end_ms)]


def _sorted_spans(lines: tuple[Line, ...]) -> Times:
    return sorted(_spans(lines))


def _clocks(pattern: str, per_second: int) -> Callable[[Path, str], Times]:
    """Reads the times that a pattern finds, as hours, minutes, seconds and parts of a second."""

    def read(path: Path, name: str) -> Times:
        found = re.findall(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
        clocks = ([int(part) for part in match] for match in found)
        return [((h * 60 + m) * 60 + s) * 1000 + part * 1000 / per_second for h, m, s, part in clocks]

    return read


def _elan(path: Path, name: str) -> Times:
    return [float(slot.get("TIME_VALUE", "")) for slot in etree.parse(path).iter("TIME_SLOT")]


def _praat(path: Path, name: str) -> Times:
    found = re.findall(r'xmin = ([\d.]+)\s+xmax = ([\d.]+)\s+text = "[^"]', path.read_text(encoding="utf-8"))
    return sorted(float(second) * 1000 for pair in found for second in pair)


def _qdpx(path: Path, name: str) -> Times:
    """All but the last sync point of a transcript, which is its end."""
    root = etree.fromstring(ZipFile(path).read("project.qde"))
    (source,) = root.iterfind(f".//{{*}}AudioSource[@name='{name}.m4a']")
    return [float(point.get("timeStamp", "")) for point in source.iterfind(".//{*}SyncPoint")][:-1]


def _utterances(path: Path, name: str) -> Times:
    text = io.StringIO(path.read_text(encoding="utf-8"), newline="")
    return sorted(float(row[side]) for row in _shown(text, name) for side in ("start_ms", "end_ms"))


def _shown(text: io.StringIO, name: str) -> Iterator[dict[str, str]]:
    return (row for row in csv.DictReader(text) if row["document"] == name and row["text"])


READERS: dict[str, tuple[Callable[[Path, str], Times], Callable[[tuple[Line, ...]], Times]]] = {
    "vtt": (_clocks(r"(?:^|--> )(\d\d):(\d\d):(\d\d)\.(\d{3})", 1000), _spans),
    "srt": (_clocks(r"(?:^|--> )(\d\d):(\d\d):(\d\d),(\d{3})", 1000), _spans),
    "qdpx": (_qdpx, _starts),
    "elan": (_elan, _sorted_spans),
    "praat": (_praat, _sorted_spans),
    "utterances-csv": (_utterances, _sorted_spans),
    "qualcoder": (_clocks(r"^#(\d\d):(\d\d):(\d\d)\.(\d{3})#", 1000), _starts),
    "inqscribe": (_clocks(r"(?:^|(?<=\.\d\d\t))(\d\d):(\d\d):(\d\d)\.(\d\d)(?=\t)", 30), _spans),
    "nvivo-txt": (_clocks(r"(?:^|(?<=\d-))(\d\d):(\d\d):(\d\d)\.(\d)(?=[-\t])", 10), _spans),
    "maxqda": (_clocks(r"^(\d\d):(\d\d):(\d\d)\.(\d)", 10), _starts),
    "atlas": (_clocks(r"^#(\d\d):(\d\d):(\d\d)\.(\d)#", 10), _starts),
    "f4": (_clocks(r"#(\d\d):(\d\d):(\d\d)-(\d)#\\par$", 10), lambda lines: [float(ms) for ms in ends_in_order(lines)]),
}
STEPS: dict[str, Callable[[Path, int, int], dict[str, float]]] = {
    "fill": _fill,
    "deliver": _deliver,
    "compare": _compare,
}


if __name__ == "__main__":
    main()
