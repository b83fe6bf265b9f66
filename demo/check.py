"""Checks the results of a finished demo: `python -m demo.check DIR` leaves with status 1 where one does not hold."""

import csv
import re
import sys
import zipfile
from collections.abc import Collection, Iterator
from itertools import pairwise
from pathlib import Path

from sqlmodel import Session, col, select

from demo.inbox import ARRIVALS
from demo.run import measure_all
from storage.contacts import open_contacts
from storage.database import Database, open_database
from storage.exports.formats import FORMATS, InterviewFormat, StudyFormat
from storage.exports.qdpx_check import check_qdpx
from storage.pseudonyms.listing import pseudonym_rows
from storage.study import Study, load_study
from storage.tables import CLOSED_STATES, Claim, Delivery, Interview

MOST_ERRORS = 0.05  # word error rate of each recording
INTERVIEWS = 57
FEWEST_WORDS = 200  # of a recording of two minutes
OPENED = ("docx", "txt", "vtt", "srt", "rtf", "f4", "maxqda", "atlas", "qualcoder", "elan", "praat")
READABLE = (".txt", ".vtt", ".srt", ".rtf", ".eaf", ".TextGrid", ".csv")


def check_demo(folder: Path) -> list[str]:
    """What does not hold in the demo's folder, one sentence each; empty when all does."""
    study = load_study(folder)
    database = open_database(study)
    with database.reading() as session:
        return [*_bookings(session), *_transcripts(study, database), *_delivered(session, study)]


def _bookings(session: Session) -> Iterator[str]:
    booked = session.exec(select(Interview).where(col(Interview.state).not_in(CLOSED_STATES))).all()
    if len(booked) != INTERVIEWS:
        yield f"{len(booked)} interviews are booked, not {INTERVIEWS}"
    claims = session.exec(select(Claim).order_by(col(Claim.party_code), col(Claim.starts_at))).all()
    if len(claims) < 2 * INTERVIEWS:
        yield f"{len(claims)} claims stand for {INTERVIEWS} interviews of two parties"
    for earlier, later in pairwise(claims):
        if earlier.party_code == later.party_code and later.starts_at < earlier.ends_at:
            yield f"{later.party_code} is in two places at {later.starts_at}"


def _transcripts(study: Study, database: Database) -> Iterator[str]:
    measured = measure_all(study, database)
    if len(measured) != len(ARRIVALS):
        yield f"{len(measured)} of {len(ARRIVALS)} recordings are transcribed"
    for one in measured:
        if one.word_error_rate >= MOST_ERRORS:
            yield f"{one.label}: word error rate {one.word_error_rate:.1%}, not under {MOST_ERRORS:.0%}"


def _delivered(session: Session, study: Study) -> Iterator[str]:
    """Two deliveries: the machine's texts with their recordings, then texts without names and without recordings."""
    deliveries = session.exec(select(Delivery).order_by(col(Delivery.id))).all()
    place = study.place(study.storage.deliveries)
    folders = sorted(path for path in place.iterdir() if path.is_dir())
    if len(deliveries) != 2 or len(folders) != 2:
        yield f"{len(deliveries)} deliveries and {len(folders)} folders, not two of each"
        return
    with_names, without = (place / str(each.files[0]["name"]).partition("/")[0] for each in deliveries)
    for folder, recordings, interviews in ((with_names, len(ARRIVALS), len(ARRIVALS)), (without, 0, INTERVIEWS)):
        yield from _every_format(folder, interviews)
        yield from (f"{folder.name}: {finding}" for finding in check_qdpx(folder / "study.qdpx"))
        if (found := _recordings_in(folder / "study.qdpx")) != recordings:
            yield f"{folder.name}: {found} recordings in study.qdpx, not {recordings}"
    yield from _names_in(without, {row.name for row in pseudonym_rows(open_contacts(study)) if row.replaced})


def _every_format(folder: Path, interviews: int) -> Iterator[str]:
    for name, kind in FORMATS.items():
        if name == "qdc":  # the demo's study has no codes
            continue
        wanted = len(ARRIVALS) if isinstance(kind, InterviewFormat) else 1
        files = sorted(_files_of(folder, kind))
        if len(files) != wanted:
            yield f"{folder.name}: {len(files)} files in the format {name}, not {wanted}"
        yield from (f"{path.name} does not open" for path in files if name in OPENED and not _opens(path))
    with (folder / "interviews.csv").open(encoding="utf-8", newline="") as file:
        if (rows := len(list(csv.DictReader(file)))) != interviews:
            yield f"{folder.name}: interviews.csv has {rows} rows, not {interviews}"


def _files_of(folder: Path, kind: InterviewFormat | StudyFormat) -> list[Path]:
    if isinstance(kind, StudyFormat):
        return list(folder.glob(kind.file_name))
    return [
        path for path in folder.iterdir() if path.name.partition(".")[2] == kind.ending[1:] and path.stem != "README"
    ]


def _recordings_in(project: Path) -> int:
    with zipfile.ZipFile(project) as archive:
        return sum(not name.endswith((".qde", ".txt")) for name in archive.namelist())


def _names_in(folder: Path, names: Collection[str]) -> Iterator[str]:
    """Names that were replaced and still stand in a file that reads as text. The demo's names are made up."""
    if not names:
        yield "no name was replaced"
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.suffix in READABLE}
    for name in sorted(names):
        told = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        yield from (f"{file} still has the name {name}" for file, text in texts.items() if told.search(text))


def _opens(path: Path) -> bool:
    """Whether a delivered file reads as what it says it is, with speech in it."""
    if path.suffix == ".docx":
        from docx import Document

        text = "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs)
    else:
        text = path.read_text(encoding="utf-8")
    begins = {".vtt": "\ufeffWEBVTT\n", ".srt": "\ufeff1\n"}.get(path.suffix, "")
    return text.startswith(begins) and len(text.split()) > FEWEST_WORDS


def main() -> None:
    """Check the folder named on the command line."""
    faults = check_demo(Path(sys.argv[1]))
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"demo check: {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
