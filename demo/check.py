"""Checks the results of a finished demo: `python -m demo.check DIR` leaves with status 1 where one does not hold."""

import csv
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from sqlmodel import Session, col, select

from demo.inbox import ARRIVALS
from demo.run import measure_all
from storage.database import Database, open_database
from storage.exports.qdpx_check import check_qdpx
from storage.study import Study, load_study
from storage.tables import CLOSED_STATES, Claim, Delivery, Interview

MOST_ERRORS = 0.05  # word error rate of each recording
INTERVIEWS = 57
FEWEST_WORDS = 200  # of a recording of two minutes


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
    deliveries = session.exec(select(Delivery)).all()
    folders = sorted(path for path in study.place(study.storage.deliveries).iterdir() if path.is_dir())
    if len(deliveries) != 1 or len(folders) != 1:
        yield f"{len(deliveries)} deliveries and {len(folders)} folders, not one of each"
        return
    for suffix in (".docx", ".txt", ".vtt", ".srt"):
        files = [path for path in folders[0].glob(f"*{suffix}") if path.name != "README.txt"]
        if len(files) != len(ARRIVALS):
            yield f"{len(files)} {suffix} files, not {len(ARRIVALS)}"
        yield from (f"{path.name} does not open" for path in files if not _opens(path))
    projects = list(folders[0].glob("*.qdpx"))
    if len(projects) != 1:
        yield f"{len(projects)} .qdpx files, not one"
    yield from (f"{path.name}: {finding}" for path in projects for finding in check_qdpx(path))
    with (folders[0] / "interviews.csv").open(encoding="utf-8", newline="") as file:
        if (rows := len(list(csv.DictReader(file)))) != INTERVIEWS:
            yield f"interviews.csv has {rows} rows, not {INTERVIEWS}"


def _opens(path: Path) -> bool:
    """Whether a delivered file reads as what it says it is, with speech in it."""
    if path.suffix == ".docx":
        from docx import Document

        text = "\n".join(paragraph.text for paragraph in Document(str(path)).paragraphs)
    else:
        text = path.read_text(encoding="utf-8")
    begins = {".vtt": "WEBVTT\n", ".srt": "1\n"}.get(path.suffix, "")
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
