"""How long each command that asks takes in a study of thousands, as whole processes: `python -m benchmarks.queries`."""

import argparse
import os
import statistics
import tempfile
from pathlib import Path

from benchmarks.filled_study import Size, filled_study
from benchmarks.whole_commands import spent
from desk.output import print_table

RUNS = 7
START = "--help"  # starts Python and the command line, and opens no study
QUERIES = (
    START,
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
    arguments, compiled = ["--study", str(folder), *query.split()], folder.parent / "compiled"
    as_table = [run.clock for run in spent(arguments, compiled, runs=RUNS)]
    as_json = [run.clock for run in spent([*arguments, "--json"], compiled, runs=RUNS)] if query != START else []
    return {
        "query": query,
        "least": f"{min(as_table):.2f}",
        "median": f"{statistics.median(as_table):.2f}",
        "greatest": f"{max(as_table):.2f}",
        "median, JSON": f"{statistics.median(as_json):.2f}" if as_json else "",
    }


if __name__ == "__main__":
    main()
