"""A study whose interviews have been held and transcribed, with as many words as people say: `fill`."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from benchmarks.studies import made_study
from storage.database import open_database
from storage.interviews import record_change
from storage.study import Study
from storage.tables import Binding, Consent, Interview, Participant, Party, PartyKind, Recording, State, Transcription
from storage.transcripts.saving import save_machine_version
from storage.transcripts.transcript import Spoken
from storage.transcripts.words import text_of
from storage.vault import Vault

WORDS_PER_HOUR = 8_000
SPEECH = """
    I and the to it was you that of a know in so they we but like have for on think just my because with at all
    really me do not been very people what when there would she said can then out it's don't got going your had
    from well about were time things feel lot link worker walking garden café £20 doctor's “fine” surgery Byker
    lockdown phone neighbour shopping pension allotment choir um er erm uh mhm yeah
"""
VOCABULARY = SPEECH.split()


def fill(folder: Path, interviews: int, minutes: int) -> Study:
    """Write the rows of as many interviews of as many minutes each; every recording is a tiny file in the vault."""
    study = made_study(folder, interviewers=2, daily_limit=4)
    database = open_database(study)
    with database.writing() as session:
        session.add_all(Party(code=code, kind=PartyKind.INTERVIEWER) for code in study.interviewers)
    for number in range(1, interviews + 1):
        with database.writing() as session:
            _interview(session, study, number, minutes)
    database.engine.dispose()
    return study


def _interview(session: Session, study: Study, number: int, minutes: int) -> None:
    code, starts_at = f"C_{number:03}", datetime(2020, 5, 1, 9, tzinfo=UTC) + timedelta(days=2 * number)
    session.add(Party(code=code, kind=PartyKind.PARTICIPANT))
    session.flush()
    session.add(Participant(code=code, group="client", mode="phone"))
    session.flush()
    session.add(
        Consent(participant_code=code, given_on=date(2020, 4, 1), sheet="v1", recording=True, actor="benchmark")
    )
    interview = Interview(
        participant_code=code,
        interviewer_code="INT_01",
        mode="phone",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        state=State.BOOKED,
    )
    for state in (State.BOOKED, State.HELD):
        record_change(session, interview, state, actor="benchmark")
    recording = _recording(session, study, code, minutes)
    session.add(Binding(recording_id=_id(recording), interview_id=_id(interview), reason="code", actor="benchmark"))
    session.flush()
    work = Transcription(
        recording_id=_id(recording),
        recipe=hashlib.sha256(code.encode()).hexdigest(),
        engine="benchmark",
        model="random",
        model_sha256="0" * 64,
        parameters={},
        versions={},
    )
    session.add(work)
    session.flush()
    save_machine_version(session, work, list(_said(random.Random(number), code, minutes)), completeness=0.99)


def _recording(session: Session, study: Study, code: str, minutes: int) -> Recording:
    source = study.folder / f"{code}.m4a"
    source.write_bytes(f"the sound of {code}".encode())
    stored = Vault(study.place(study.storage.vault)).store(source, ".m4a")
    source.unlink(missing_ok=True)
    recording = Recording(
        sha256=stored.sha256,
        suffix=".m4a",
        size=stored.size,
        container="mp4",
        duration_ms=minutes * 60_000,
        streams=[{"type": "audio"}],
    )
    session.add(recording)
    session.flush()
    return recording


def _said(dice: random.Random, code: str, minutes: int) -> Iterator[Spoken]:
    """Utterances on two channels that overlap now and then, with doubtful words and words set aside."""
    at, left = 0, WORDS_PER_HOUR * minutes // 60
    pace = minutes * 60_000 // left
    while left > 0:
        is_asked = dice.random() < 0.2
        count = min(left, dice.randint(1, 24))
        words: list[list[Any]] = []
        start = max(0, at - dice.choice((0, 0, 0, 400)))
        for place in range(count):
            begins = start + place * pace + dice.randrange(pace // 3)
            row: list[Any] = [dice.choice(VOCABULARY), begins, begins + pace // 2, round(dice.random(), 3)]
            if mark := dice.choices(("", "disputed", "unclear", "loop", "invented"), (960, 25, 2, 8, 5))[0]:
                row.append([mark])
            words.append(row)
        words[-1][0] += dice.choice((".", "?", "…", ""))
        at, left = start + count * pace, left - count
        yield Spoken(
            "INT_01" if is_asked else code, int(not is_asked), words[0][1], words[-1][2], text_of(words), words
        )


def _id(row: Recording | Interview) -> int:
    assert row.id is not None, "flushed rows have an id"
    return row.id
