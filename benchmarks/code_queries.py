"""How long questions to a coded study of 5,000 interviews take: `python -m benchmarks.code_queries`.

Each command is timed within one process, and as the whole command that a person runs.
"""

import random
import sys
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from benchmarks.studies import EXAMPLE
from storage.database import Database, open_database
from storage.study import load_study
from storage.tables import (
    Code,
    CodedText,
    Coder,
    Coding,
    CodingImport,
    Consent,
    Interview,
    Participant,
    Party,
    PartyKind,
    Recording,
    State,
    Transcript,
    Version,
    new_guid,
)

ROOT = Path(__file__).parents[1]
INTERVIEWS, CODINGS, CODES, DOUBLE = 5_000, 200_000, 120, 500
GROUPS = (("C", "client"), ("LW", "link_worker"), ("M", "manager"))
LINES, LINE = 200, 100  # utterances of an interview, code points of each
QUOTE = "I had not been out of the house since the letter came, so she rang me every week. "
RUNS = 7


def fill(folder: Path, *, interviews: int, codings: int, codes: int, double: int) -> None:
    """Write a study whose interviews are coded in passages of one to five utterances, `double` by two coders."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_bytes(EXAMPLE.read_bytes())
    database, dice = open_database(load_study(folder)), random.Random(1)
    with database.writing() as session:
        for number in range(1, interviews + 1):
            _add_interview(session, number, dice)
        session.add_all(Coder(id=number, name=name) for number, name in ((1, "Anna"), (2, "Ben")))
        session.add(CodingImport(id=1, actor="benchmark", origin="benchmark"))
        session.flush()
        for number in range(1, codes + 1):
            parent = 1 + number % 12 if number > 12 else None
            session.add(Code(id=number, name=f"Code {number:03}", parent_id=parent))
            session.flush()
        rows = [_coding(number, interviews, codes, double, dice) for number in range(codings)]
        for start in range(0, codings, 10_000):
            session.execute(insert(Coding), rows[start : start + 10_000])
    _settle(database)


def _add_interview(session: Session, number: int, dice: random.Random) -> None:
    prefix, group = GROUPS[number % 3]
    code, starts_at = f"{prefix}_{number:04}", datetime(2020, 5, 1, 9, tzinfo=UTC) + timedelta(hours=number % 3000)
    if number == 1:
        session.add(Party(code="INT_01", kind=PartyKind.INTERVIEWER))
    session.add(Party(code=code, kind=PartyKind.PARTICIPANT))
    session.flush()
    session.add(Participant(code=code, group=group, mode="phone"))
    session.flush()
    session.add(
        Consent(participant_code=code, given_on=date(2020, 4, 1), sheet="v1", recording=True, actor="benchmark")
    )
    times: dict[str, Any] = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    who: dict[str, Any] = {"participant_code": code, "interviewer_code": "INT_01"}
    session.add(Interview(id=number, mode="phone", state=State.DELIVERED, **who, **times))
    about: dict[str, Any] = {"suffix": ".m4a", "size": 1, "container": "mp4", "duration_ms": 3_600_000, "streams": []}
    session.add(Recording(id=number, sha256=f"{number:064}", **about))
    session.flush()
    session.add(Transcript(id=number, interview_id=number, recording_id=number))
    session.flush()
    session.add(Version(id=number, transcript_id=number, number=1, kind="machine", actor="benchmark"))
    session.flush()
    lines = [[at * LINE, at * LINE + LINE - 2] for at in range(LINES)]
    session.add(CodedText(version_id=number, style="full", sha256="", length=LINES * LINE, lines=lines))
    session.flush()


def _coding(number: int, interviews: int, codes: int, double: int, dice: random.Random) -> dict[str, Any]:
    version, first = 1 + number % interviews, dice.randrange(LINES - 5)
    last = first + dice.randrange(5)
    return {
        "guid": new_guid(),
        "code_id": min(1 + int(dice.expovariate(4 / codes)), codes),
        "version_id": version,
        "style": "full",
        "coder_id": 2 if version <= double and dice.random() < 0.5 else 1,
        "start": first * LINE,
        "end": last * LINE + LINE - 2,
        "start_ms": first * 18_000,
        "end_ms": last * 18_000 + 17_000,
        "quote": (QUOTE * 6)[: (last - first + 1) * LINE - 2],
        "import_id": 1,
        "matched_by": "guid",
        "standing": "kept",
        "reason": "",
    }


def _settle(database: Database) -> None:
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()


if __name__ == "__main__":
    import sys

    began = time.time()
    fill(Path(sys.argv[1]), interviews=INTERVIEWS, codings=CODINGS, codes=CODES, double=DOUBLE)
    print(time.time() - began)
