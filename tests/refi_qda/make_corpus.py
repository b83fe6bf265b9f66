"""Makes the corpus: `python tests/refi_qda/make_corpus.py` writes `files/` and `verdicts.csv` beside this file.

The same bytes every time and everywhere. The verdicts are written by hand with the files; nothing here asks the
program under test.
"""

import csv
import io
import shutil
from pathlib import Path

import broken_codings
import broken_files
import broken_references
import broken_rules
import hostile_archives
import hostile_xml
import programs
import tricky_content
import tricky_files
import valid
import valid_around
from building import Entry

HERE = Path(__file__).parent
KINDS = {
    "valid": (valid, valid_around),
    "tricky": (tricky_files, tricky_content),
    "broken": (broken_codings, broken_references, broken_rules, broken_files),
    "hostile": (hostile_archives, hostile_xml),
    "programs": (programs,),
}
COLUMNS = ("file", "what", "reader", "codes", "codings", "losses", "refused", "checker", "rule")


def corpus() -> dict[str, Entry]:
    """Every file by its path in `files/`."""
    return {
        f"{kind}/{entry.file}": entry for kind, parts in KINDS.items() for part in parts for entry in part.entries()
    }


def verdicts(made: dict[str, Entry]) -> str:
    """The table of verdicts, as CSV."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for path, entry in made.items():
        read = ("refuses", "", "", "") if entry.refused else ("reads", entry.codes, entry.codings, entry.losses)
        checked = {None: ("", ""), "": ("passes", "")}.get(entry.rule, ("fails", entry.rule))
        table.writerow([path, entry.what, *read, entry.refused, *checked])
    return text.getvalue()


def main() -> None:
    """Write it all anew."""
    made = corpus()
    shutil.rmtree(HERE / "files", ignore_errors=True)
    for path, entry in made.items():
        file = HERE / "files" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(entry.content)
    (HERE / "verdicts.csv").write_text(verdicts(made), encoding="utf-8", newline="")
    print(f"{len(made)} files, {sum(len(entry.content) for entry in made.values()):,} bytes")


if __name__ == "__main__":
    main()
