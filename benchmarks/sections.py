"""A benchmark in sections, of which some or all are run."""

import argparse
import os
import time
from collections.abc import Callable, Mapping

from desk.output import print_table

Section = Callable[[], list[dict[str, object]]]  # measures, and returns a table


def measure(sections: Mapping[str, Section], what: str) -> None:
    """Measure the sections that the command line names, or all, and print a table for each."""
    parser = argparse.ArgumentParser(description=what, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"of {', '.join(sections)}; else all")
    chosen = parser.parse_args().sections or list(sections)
    if unknown := set(chosen) - sections.keys():
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(sections)}")
    for name in chosen:
        began = time.monotonic()
        rows = sections[name]()
        print_table(rows, f"{name}, {os.cpu_count()} cores, {time.monotonic() - began:.0f} s")
