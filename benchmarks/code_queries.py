"""How long the questions to a coded study of 5,000 interviews take: `python -m benchmarks.code_queries`."""

import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session, SQLModel, insert

from benchmarks.studies import made_study
from desk.output import print_table
from storage.database import open_database
from storage.study import Study
from storage.tables import (
    Binding,
    Code,
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
    Transcription,
    Utterance,
    Version,
)

ROOT = Path(__file__).parents[1]
INTERVIEWS, CODINGS, CODES = 5_000, 200_000, 120
GROUPS = (("C", "client"), ("LW", "link_worker"), ("M", "manager"))
RUNS = 5
UTTERANCES, WORDS = 80, "I had not been out of the house since the letter came, so she rang me every week."


def fill(study: Study, *, interviews: int = INTERVIEWS, codings: int = CODINGS, codes: int = CODES) -> None:
    """Write a study in which two coders each coded every interview, in passages of one to five utterances."""
    dice = random.Random(1)
    database = open_database(study)
    with database.writing() as session:
        for table, rows in _study_rows(interviews, codings, codes, dice):
            for start in range(0, len(rows), 20_000):
                session.execute(insert(table), rows[start : start + 20_000])
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _study_rows(
    interviews: int, codings: int, codes: int, dice: random.Random
) -> Iterator[tuple[type[SQLModel], list[dict[str, Any]]]]:
    def guid() -> str:
        return str(UUID(int=dice.getrandbits(128), version=4))

    started = datetime(2020, 5, 1, 9, tzinfo=UTC)
    people = [f"{GROUPS[number % 3][0]}_{number:04}" for number in range(interviews)]
    yield Party, [{"code": "INT_01", "kind": PartyKind.INTERVIEWER}]
    yield Party, [{"code": code, "kind": PartyKind.PARTICIPANT} for code in people]
    yield (
        Participant,
        [
            {"code": code, "guid": guid(), "group": GROUPS[number % 3][1], "mode": "phone"}
            for number, code in enumerate(people)
        ],
    )
    yield (
        Consent,
        [
            {"participant_code": code, "given_on": date(2020, 4, 1), "sheet": "v1", "recording": True, "actor": "b"}
            for code in people
        ],
    )
    starts = [started + timedelta(hours=dice.randrange(3_000)) for _ in people]
    yield (
        Interview,
        [
            {
                "id": number,
                "guid": guid(),
                "participant_code": code,
                "interviewer_code": "INT_01",
                "mode": "phone",
                "starts_at": at,
                "ends_at": at + timedelta(hours=1),
                "state": State.DELIVERED,
            }
            for number, (code, at) in enumerate(zip(people, starts, strict=True), start=1)
        ],
    )
    yield (
        Recording,
        [
            {
                "id": number,
                "guid": guid(),
                "sha256": f"{number:064}",
                "suffix": ".m4a",
                "size": 1,
                "container": "mp4",
                "duration_ms": 3_600_000,
                "streams": [],
            }
            for number in range(1, interviews + 1)
        ],
    )
    yield (
        Binding,
        [
            {"recording_id": number, "interview_id": number, "reason": "code", "actor": "b"}
            for number in range(1, interviews + 1)
        ],
    )
    yield (
        Transcription,
        [
            {
                "id": number,
                "recording_id": number,
                "recipe": "r",
                "engine": "e",
                "model": "small",
                "model_sha256": "9e",
                "parameters": {},
                "versions": {},
            }
            for number in range(1, interviews + 1)
        ],
    )
    yield (
        Transcript,
        [
            {"id": number, "guid": guid(), "interview_id": number, "recording_id": number}
            for number in range(1, interviews + 1)
        ],
    )
    yield (
        Version,
        [
            {
                "id": number,
                "guid": guid(),
                "transcript_id": number,
                "number": 1,
                "kind": "machine",
                "transcription_id": number,
                "actor": "e",
            }
            for number in range(1, interviews + 1)
        ],
    )
    yield CodingImport, [{"id": 1, "actor": "b", "origin": "b"}]
    yield Coder, [{"id": number, "guid": guid(), "name": name} for number, name in ((1, "Anna"), (2, "Ben"))]
    yield (
        Code,
        [
            {
                "id": number,
                "guid": guid(),
                "name": f"code {number}",
                "parent_id": 1 + number % 12 if number > 12 else None,
                "description": "",
                "color": "",
                "is_codable": True,
            }
            for number in range(1, codes + 1)
        ],
    )
