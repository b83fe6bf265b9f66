"""Whether what comes back from coding is read whole: `python -m benchmarks.reading_back`.

The corpus of project files against its verdicts; every one of its files cut, with turned bits, without each of its
elements and with any value in each attribute; generated projects of transcripts as they go out, read back and
compared field by field; and how long a large project takes. Everything is made from fixed seeds.
"""

import argparse
import csv
import random
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.outgoing import as_read_back, outgoing
from desk.output import print_table
from storage.errors import StorageError
from storage.exports.qdpx import write_qdpx
from storage.files import write_with
from storage.imports.coded_project import (
    CodedProject,
    ProjectCode,
    ProjectCoder,
    ProjectCoding,
    ProjectSource,
    ProjectText,
)
from storage.imports.reading import read_coded

CORPUS = Path(__file__).parents[1] / "tests" / "refi_qda"
sys.path.insert(0, str(CORPUS))  # the tests are no package

_mutations: Any = import_module("mutations")
_soundness: Any = import_module("soundness")
_writer: Any = import_module("writer")

INTERVIEWS, WORDS, CODINGS = 57, 6_000, 100  # of a study: texts, words and codings of each


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projects", type=int, default=1_000)
    parser.add_argument("--step", type=int, default=64, help="bytes between two places where a file is cut")
    chosen = parser.parse_args()
    print_table(rows(chosen.projects, chosen.step), "reading back")


def rows(projects: int, step: int = 64) -> list[dict[str, object]]:
    """The corpus, its mutations, round trips of generated projects, and a large project."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "study.qdpx"
        return [*_corpus(), *_mutated(path, step), *_round_trips(path, projects), *_large(path)]


def _corpus() -> list[dict[str, object]]:
    """Each file against its verdict."""
    with (CORPUS / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        verdicts = list(csv.DictReader(file))
    kinds = Counter(verdict["file"].partition("/")[0] for verdict in verdicts)
    read, seconds, crashes, told, expected = 0, [], 0, 0, 0
    for verdict in verdicts:
        began = time.perf_counter()
        try:
            found = read_coded(CORPUS / "files" / verdict["file"])
        except StorageError as refusal:
            read += verdict["reader"] == "refuses" and verdict["refused"] in str(refusal)
        except Exception:  # a crash is what is counted here
            crashes += 1
        else:
            counted = [len(found.codes), len(found.codings), len(found.losses)]
            wanted = [int(verdict[name] or -1) for name in ("codes", "codings", "losses")]
            read += counted == wanted
            told, expected = told + counted[2], expected + wanted[2]
        seconds.append(time.perf_counter() - began)
    return [
        _row("files of the corpus", ", ".join(f"{count} {kind}" for kind, count in kinds.items())),
        _row("broken and hostile variants", kinds["broken"] + kinds["hostile"]),
        _row("files read or refused as their verdict says", f"{read} of {len(verdicts)}, {crashes} crashes"),
        _row("losses told, and those that should be", f"{told} of {expected}"),
        _row("time for a file, median / most", _milliseconds(statistics.median(seconds), max(seconds))),
    ]


def _mutated(path: Path, step: int) -> list[dict[str, object]]:
    """Every file of the corpus broken in many ways: nothing but a refusal or a project that holds together."""
    contents = [file.read_bytes() for file in sorted((CORPUS / "files").rglob("*")) if file.is_file()]
    contents = [content for content in contents if len(content) < 10_000]
    projects = [content for content in contents if _is_readable(path, content)]
    ways: dict[str, Callable[[], Iterator[bytes]]] = {
        f"cut at every {step}th byte": lambda: _each(contents, lambda c, _: _mutations.cut(c, step)),
        "with turned bits": lambda: _each(contents, lambda c, n: _mutations.flipped(c, n, 50)),
        "with bytes changed inside": lambda: _each(projects, lambda c, n: _mutations.flipped_within(c, n, 50)),
        "without one element, or with it twice": lambda: _each(projects, lambda c, _: _mutations.without_elements(c)),
        "with any value in one attribute": lambda: _each(projects, lambda c, _: _mutations.with_values(c)),
    }
    return [_row(f"files {way}", _outcome(path, make())) for way, make in ways.items()]


def _is_readable(path: Path, content: bytes) -> bool:
    """Whether it is an archive that is read."""
    path.write_bytes(content)
    try:
        read_coded(path)
    except StorageError:
        return False
    return content.startswith(b"PK")


def _each(contents: Iterable[bytes], mutate: Callable[[bytes, int], Iterator[bytes]]) -> Iterator[bytes]:
    for number, content in enumerate(contents):
        yield from mutate(content, number)


def _outcome(path: Path, contents: Iterable[bytes]) -> str:
    outcomes: Counter[str] = Counter()
    for content in contents:
        path.write_bytes(content)
        try:
            found = read_coded(path)
        except StorageError:
            outcomes["refused"] += 1
        except Exception:  # a crash is what is counted here
            outcomes["crashed"] += 1
        else:
            outcomes["unsound" if any(_soundness.faults(found)) else "read"] += 1
    total = sum(outcomes.values())
    told = ", ".join(f"{outcomes[name]:,} {name}" for name in ("read", "refused", "crashed", "unsound"))
    return f"{total:,}: {told}"


def _round_trips(path: Path, projects: int) -> list[dict[str, object]]:
    """Projects of transcripts as they go out, read back."""
    compared = differ = losses = 0
    seconds = []
    for seed in range(projects):
        made = outgoing(random.Random(seed), path.parent)
        write_with(path, partial(write_qdpx, made))
        began = time.perf_counter()
        back = read_coded(path)
        seconds.append(time.perf_counter() - began)
        same, other = compare(as_read_back(made), back)
        compared, differ, losses = compared + same + other, differ + other, losses + len(back.losses)
    return [
        _row(f"round trip of {projects:,} generated projects", f"{compared:,} fields compared, {differ} differ"),
        _row("losses in them", losses),
        _row("time for one, median / most", _milliseconds(statistics.median(seconds), max(seconds))),
    ]


def compare(one: object, other: object) -> tuple[int, int]:
    """How many single values are the same in both, and how many are not."""
    if is_dataclass(one) and type(one) is type(other):
        pairs = [(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)]
    elif isinstance(one, tuple) and isinstance(other, tuple):
        if len(one) != len(other):
            return 0, max(len(one), len(other))
        pairs = list(zip(one, other, strict=True))
    else:
        return (1, 0) if one == other else (0, 1)
    counts = [compare(*pair) for pair in pairs]
    return sum(same for same, _ in counts), sum(differ for _, differ in counts)


def _large(path: Path) -> list[dict[str, object]]:
    """A whole study that has been coded."""
    path.write_bytes(_writer.written(_coded_study(random.Random(5))))
    began = time.perf_counter()
    found = read_coded(path)
    seconds = time.perf_counter() - began
    tracemalloc.start()
    read_coded(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = f"{len(found.sources)} texts, {len(found.codings):,} codings, {path.stat().st_size / 1e6:.1f} MB"
    return [_row(f"a coded study: {size}", f"{seconds:.2f} s, {peak / 1e6:.0f} MB of Python's memory")]


def _coded_study(dice: random.Random) -> CodedProject:
    words = ["and", "the", "it", "cost", "£20", "“well”", "garden", "walking", "🙂", "e\u0301té", "doctor", "lonely"]
    codes = tuple(ProjectCode(_guid(dice), f"code {number}") for number in range(60))
    coders = (ProjectCoder(_guid(dice), "Ada"), ProjectCoder(_guid(dice), "Ben"))
    sources: list[ProjectSource] = []
    codings: list[ProjectCoding] = []
    for number in range(INTERVIEWS):
        guid = _guid(dice)
        text = " ".join(f"{dice.choice(words)}\n" if at % 20 == 19 else dice.choice(words) for at in range(WORDS))
        path, name = f"internal://{guid}.txt", f"interview {number}"
        sources.append(ProjectSource(guid, name, "text", path, "", (ProjectText(guid, name, text),)))
        for _ in range(CODINGS):
            start = dice.randrange(len(text) - 300)
            end = start + dice.randrange(20, 300)
            code, coder, quote = dice.choice(codes).guid, dice.choice(coders).guid, text[start:end]
            at = datetime(2020, 9, 1, tzinfo=UTC) + timedelta(minutes=len(codings))
            codings.append(
                ProjectCoding(_guid(dice), code, guid, guid, start, end, quote=quote, coder_guid=coder, created_at=at)
            )
    return CodedProject(
        "Study", "Some program", coders=coders, codes=codes, sources=tuple(sources), codings=tuple(codings)
    )


def _guid(dice: random.Random) -> str:
    digits = f"{dice.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def _milliseconds(*seconds: float) -> str:
    return " / ".join(f"{value * 1000:.1f}" for value in seconds) + " ms"


def _row(measure: str, result: object) -> dict[str, object]:
    return {"measure": measure, "result": result}


if __name__ == "__main__":
    main()
