"""What storage for coding promises, measured: `python -m benchmarks.storage [SECTION…]`."""

from collections.abc import Mapping

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
from benchmarks.sections import Section, measure

SECTIONS: Mapping[str, Section] = {
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


if __name__ == "__main__":
    measure(SECTIONS, __doc__ or "")
