"""How long questions to a coded study of 5,000 interviews take: `python -m benchmarks.code_queries`.

Each command is timed as the work that it does in a process that runs already, and as the whole command that a person
types, with the start of Python. The study has 200,000 codings of 120 codes; 100 interviews are coded by two.
"""

import random
import shlex
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from benchmarks.studies import EXAMPLE
from benchmarks.whole_commands import Spent, spent
from desk.output import print_table
from storage.codes.agreement import agreement
from storage.codes.questions import code_uses, matrix, quotes, together
from storage.database import open_database
from storage.study import Study, load_study
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

INTERVIEWS, CODINGS, CODES, DOUBLE = 5_000, 200_000, 120, 100
GROUPS = (("C", "client"), ("LW", "link_worker"), ("M", "manager"))
LINES, LINE = 200, 100  # utterances of an interview, code points of each
QUOTE = "I had not been out of the house since the letter came, so she rang me every week. "
RUNS = 7

Question = Callable[[Session, Study], object]
# a command, and the question that it asks
QUESTIONS: dict[str, Question] = {
    "list": lambda session, study: code_uses(session),
    "quotes 'Code 001'": lambda session, study: quotes(session, study, code="Code 001"),
    "quotes 'Code 001' --below --group client": lambda session, study: quotes(
        session, study, code="Code 001", below=True, group="client"
    ),
    "quotes": lambda session, study: quotes(session, study, limit=101),
    "matrix": lambda session, study: matrix(session),
    "matrix --below": lambda session, study: matrix(session, below=True),
    "together": lambda session, study: together(session),
    "agreement": lambda session, study: agreement(session, study),
}


def fill(folder: Path, *, interviews: int, codings: int, codes: int, double: int) -> None:
    """Write a study coded in passages of one to five utterances; `double` of its interviews have two coders."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.toml").write_bytes(EXAMPLE.read_bytes())
    database, dice = open_database(load_study(folder)), random.Random(1)
    with database.writing() as session:
        for number in range(1, interviews + 1):
            _add_interview(session, number)
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
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()


def _add_interview(session: Session, number: int) -> None:
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
    session.add(
        Interview(
            id=number,
            participant_code=code,
            interviewer_code="INT_01",
            mode="phone",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=1),
            state=State.DELIVERED,
        )
    )
    session.add(
        Recording(
            id=number,
            sha256=f"{number:064}",
            suffix=".m4a",
            size=1,
            container="mp4",
            duration_ms=3_600_000,
            streams=[],
        )
    )
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


def rows(
    interviews: int = INTERVIEWS, codings: int = CODINGS, codes: int = CODES, double: int = DOUBLE
) -> list[dict[str, object]]:
    """Median seconds of every question, by the clock and of the processor, in process and as a whole command.

    On a machine that is busy otherwise the clock tells of the others too.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "study"
        asked, compiled = ["--study", str(folder), "codes"], Path(place) / "compiled"
        fill(folder, interviews=interviews, codings=codings, codes=codes, double=double)
        return [
            {
                "codes …": command,
                **_medians("in process", _asked(folder, question)),
                **_medians("command", spent([*asked, *shlex.split(command)], compiled, runs=RUNS)),
            }
            for command, question in QUESTIONS.items()
        ]


def _asked(folder: Path, question: Question) -> list[Spent]:
    study = load_study(folder)
    database, runs = open_database(study), []
    for _ in range(RUNS + 1):
        with database.reading() as session:
            began, worked = time.perf_counter(), time.process_time()
            question(session, study)
            runs.append(Spent(time.perf_counter() - began, time.process_time() - worked))
    database.engine.dispose()
    return runs[1:]  # the first finds nothing in memory yet


def _medians(what: str, runs: list[Spent]) -> dict[str, object]:
    clock, processor = statistics.median(r.clock for r in runs), statistics.median(r.processor for r in runs)
    return {what: f"{clock:.2f}", f"{what}, CPU": f"{processor:.2f}"}


def main() -> None:
    """Measure and print the table."""
    title = (
        f"{INTERVIEWS:,} interviews, {CODINGS:,} codings, {CODES} codes, {DOUBLE} coded by two; seconds, {RUNS} runs"
    )
    print_table(rows(), title)


if __name__ == "__main__":
    main()
