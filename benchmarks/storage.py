"""What storage for coding promises, measured: `python -m benchmarks.storage [SECTION…]`."""

import argparse
import os
import time
from collections.abc import Callable

from benchmarks import (
    backups,
    code_queries,
    deliver_all,
    edited_codings,
    exported_projects,
    pseudonymisation,
    queries,
    reading_back,
)
from benchmarks.filled_study import Size
from desk.output import print_table

SECTIONS: dict[str, Callable[[], list[dict[str, object]]]] = {
    "exported": lambda: exported_projects.rows(projects=200, transcripts=50, single=400),
    "read-back": lambda: reading_back.rows(projects=200),
    "edits": lambda: edited_codings.rows(transcripts=1000, seed=1),
    "pseudonyms": lambda: pseudonymisation.rows(seed=1),
    "deliver": lambda: deliver_all.rows(interviews=57, minutes=40),
    "questions": lambda: code_queries.rows(),
    "queries": lambda: queries.rows(interviews=5_000),
    "backups": lambda: backups.rows(Size(57, media_bytes=2_000_000)),
    "damage": lambda: backups.flip_rows(1_000),
}


def main() -> None:
    """Measure what is asked for, or everything, and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(SECTIONS)}; else all")
    chosen = parser.parse_args().sections or list(SECTIONS)
    if unknown := set(chosen) - SECTIONS.keys():
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    for name in chosen:
        began = time.monotonic()
        rows = SECTIONS[name]()
        print_table(rows, f"{name}, {os.cpu_count()} cores, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
