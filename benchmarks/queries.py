"""How long each command that asks takes in a study of thousands, as whole processes: `python -m benchmarks.queries`."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.filled_study import Size, filled_study
from desk.output import print_table

ROOT = Path(__file__).parents[1]
RUNS = 5
QUERIES = (
    *("status", "interviews", "interviews --state checked", "interviews --week 2020-06-03", "due", "alerts"),
    *("participants list", "participants show C_0007", "recordings", "recordings --review"),
    *("transcripts list", "transcripts show C_0007", "transcripts versions C_0007", "codes list", "pseudonyms list"),
)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interviews", type=int, default=5_000)
    chosen = parser.parse_args()
    print_table(
        rows(chosen.interviews), f"queries of {chosen.interviews:,} interviews, {os.cpu_count()} cores, seconds"
    )


def rows(interviews: int) -> list[dict[str, object]]:
    """Every query as a table and as JSON: the median and the greatest of several runs, with the start of Python."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        filled_study(folder, Size(interviews))
        return [_row(folder, query) for query in QUERIES]


def _row(folder: Path, query: str) -> dict[str, object]:
    as_table = [_seconds(folder, query.split()) for _ in range(RUNS)]
    as_json = [_seconds(folder, [*query.split(), "--json"]) for _ in range(RUNS)]
    return {
        "query": query,
        "median": f"{statistics.median(as_table):.2f}",
        "greatest": f"{max(as_table):.2f}",
        "median, JSON": f"{statistics.median(as_json):.2f}",
    }


def _seconds(folder: Path, arguments: list[str]) -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "desk", "--study", str(folder), *arguments]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
