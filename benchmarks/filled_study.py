"""A study of any size that has been held: every interview recorded, transcribed and, most of them, checked.

Utterances are drawn from a pool of different ones, so that a study of thousands is made in minutes and compresses as
speech does. Rows go past the models straight into the tables, on SQLite and on PostgreSQL alike.
"""

import hashlib
import json
import random
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from benchmarks.studies import EXAMPLE
from storage.backup.rows import tables_of, write_lines
from storage.contacts import Contact, Contacts, SealedContact, make_key, open_contacts
from storage.database import Database, open_database
from storage.guards import lifted
from storage.study import FILE_NAME, Study, load_study
from storage.tables import PartyKind, State, VersionKind
from storage.vault import Vault

Row = Mapping[str, Any]

VOICE = """
and then the link worker rang me up on the Tuesday I think it was and she said well how have you been getting on with
the walking group because I'd told her that since the lockdown I was not going out much except for shopping my daughter
brings me the prescription you know and we talk through the window so it has been hard but the calls helped a lot really
they did somebody who asks how you are and who knows what there is near you that is open
""".split()  # noqa: SIM905 - a text, not a list
POOL = 2_000  # different utterances
FIRST_DAY = datetime(2020, 5, 1, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Held:
    """A study that was filled, open."""

    study: Study
    database: Database
    contacts: Contacts


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything: 300 utterances of 20 words are an interview of forty minutes."""

    interviews: int
    utterances: int = 300
    words: int = 20
    media_bytes: int = 0  # of each recording


def filled_study(folder: Path, size: Size) -> Held:
    """Make a study in `folder` with its rows where the environment says; the same size gives the same study."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(EXAMPLE, folder / FILE_NAME)
    study = load_study(folder)
    make_key(study.place(study.storage.contacts_key))
    held = Held(study, open_database(study), open_contacts(study))
    dice = random.Random(size.interviews)
    media = [_put_media(study, size, dice) for _ in range(size.interviews)]
    with held.database.engine.execution_options(writing=True).begin() as connection, lifted(connection):
        _put_rows(connection, size, dice, media)
    with held.contacts.database.writing() as session:
        for number in range(1, size.interviews + 1):
            contact = Contact(f"Forename{number} Surname{number}", f"+4477009{number:05}", f"p{number}@example.org")
            sealed = held.contacts.key.encrypt(json.dumps(asdict(contact)).encode())
            session.add(SealedContact(code=_code(number), sealed=sealed))
    return held


def _code(number: int) -> str:
    return f"C_{number:04}"


def _put_media(study: Study, size: Size, dice: random.Random) -> tuple[str, int]:
    """SHA-256 and size of a recording, which lies in the vault where it has bytes."""
    content = dice.randbytes(size.media_bytes or 16)
    digest = hashlib.sha256(content).hexdigest()
    if size.media_bytes:
        path = Vault(study.place(study.storage.vault)).path(digest, ".m4a")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return digest, len(content)


def _put_rows(connection: Connection, size: Size, dice: random.Random, media: list[tuple[str, int]]) -> None:
    """Every table once, in an order in which references resolve."""
    numbers = range(1, size.interviews + 1)
    pool = [_utterance(dice, size.words) for _ in range(POOL)]
    rows: dict[str, Iterable[Row]] = {
        "party": [
            {"code": "INT_01", "kind": PartyKind.INTERVIEWER},
            {"code": "INT_02", "kind": PartyKind.INTERVIEWER},
            *({"code": _code(number), "kind": PartyKind.PARTICIPANT} for number in numbers),
        ],
        "recording": (_recording(dice, number, *media[number - 1]) for number in numbers),
        "participant": (_participant(dice, number) for number in numbers),
        "transcription": (_transcription(number) for number in numbers),
        "consent": (_consent(number) for number in numbers),
        "interview": (_interview(dice, number) for number in numbers),
        "window": (row for number in numbers for row in _windows(dice, number, size, pool)),
        "binding": (_binding(number) for number in numbers),
        "change": _changes(numbers),
        "claim": (row for number in numbers for row in _claims(number)),
        "transcript": ({**_known(dice, number), "interview_id": number, "recording_id": number} for number in numbers),
        "version": (_version(dice, number) for number in numbers),
        "version_size": (
            {"version_id": n, "words": size.utterances * size.words, "unclear": 0, "set_aside": 0} for n in numbers
        ),
        "approval": ({"version_id": n, "actor": "researcher", "at": _at(n, 200)} for n in numbers if n % 3),
        "utterance": (row for number in numbers for row in _utterances(dice, number, size, pool)),
    }
    tables = {table.name: table for table in tables_of(connection)}
    for name, of_table in rows.items():
        columns = [column for column, _ in tables[name].columns]
        lines = (json.dumps([row.get(column) for column in columns]).encode() for row in of_table)
        write_lines(connection, tables[name], lines)


def _at(number: int, hours: int = 0) -> str:
    """The interview's hour, or so many hours later, as a line has it."""
    at = FIRST_DAY + timedelta(minutes=90 * (number // 2), hours=hours)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _known(dice: random.Random, number: int) -> dict[str, Any]:
    return {"id": number, "guid": str(uuid.UUID(int=dice.getrandbits(128), version=4))}


def _interviewer(number: int) -> str:
    return f"INT_0{number % 2 + 1}"


def _participant(dice: random.Random, number: int) -> Row:
    return {
        "code": _code(number),
        "guid": _known(dice, number)["guid"],
        "group": "client",
        "mode": "phone",
        "available": "",
        "zone": "",
        "language": "",
        "needs": "",
        "link_worker_attends": False,
        "link_worker_reminded": False,
        "added_at": _at(0),
    }


def _consent(number: int) -> Row:
    agreed = dict.fromkeys(("interview", "recording", "quotation", "archive", "recontact"), True)
    about = {"participant_code": _code(number), "given_on": "2020-05-01", "sheet": "v2", "actor": "coordinator"}
    return {"id": number, **about, **agreed, "entered_at": _at(0)}


def _interview(dice: random.Random, number: int) -> Row:
    return {
        **_known(dice, number),
        "participant_code": _code(number),
        "interviewer_code": _interviewer(number),
        "mode": "phone",
        "starts_at": _at(number),
        "ends_at": _at(number, 1),
        "state": State.CHECKED if number % 3 else State.TRANSCRIBED,
        "sequence": 0,
    }


def _changes(numbers: Iterable[int]) -> Iterator[Row]:
    steps = (State.BOOKED, State.HELD, State.RECORDED, State.TRANSCRIBED, State.CHECKED)
    taken = ((number, step) for number in numbers for step in steps if step != State.CHECKED or number % 3)
    for place, (number, step) in enumerate(taken, 1):
        hours = 24 * steps.index(step)
        yield {
            "id": place,
            "interview_id": number,
            "state": step,
            "actor": "benchmark",
            "cause": "",
            "at": _at(number, hours),
        }


def _claims(number: int) -> Iterator[Row]:
    for place, party in enumerate((_code(number), _interviewer(number))):
        about = {"id": 2 * number + place, "party_code": party, "interview_id": number}
        yield {**about, "starts_at": _at(number), "ends_at": _at(number, 1)}


def _recording(dice: random.Random, number: int, digest: str, size: int) -> Row:
    stream = {"type": "audio", "codec": "aac", "channels": 2, "rate": 16000}
    return {
        **_known(dice, number),
        "sha256": digest,
        "suffix": ".m4a",
        "size": size,
        "container": "mov",
        "duration_ms": 40 * 60_000,
        "streams": json.dumps([stream]),
        "peak_dbfs": -dice.random(),
        "captured_at": _at(number, 2),
        "remark": "",
        "review": "",
        "sides": "[]",
    }


def _binding(number: int) -> Row:
    return {
        "recording_id": number,
        "interview_id": number,
        "reason": "its name has the code",
        "actor": "capture",
        "at": _at(number, 2),
    }


def _transcription(number: int) -> Row:
    return {
        "id": number,
        "recording_id": number,
        "recipe": f"{number:064}",
        "engine": "openai-whisper",
        "model": "small",
        "model_sha256": "9ecf779972d90ba49c06d968637d720dd632c55bbf19d441fb42bf17a411e794",
        "parameters": json.dumps({"language": "en", "beam_size": 5}),
        "versions": json.dumps({"openai-whisper": "20250625"}),
        "plan": json.dumps({"windows": list(range(90))}),
        "turns": "null",
        "began_at": _at(number, 12),
        "finished_at": _at(number, 13),
        "seconds": 1_800.5,
        "failure": "",
    }


def _version(dice: random.Random, number: int) -> Row:
    return {
        **_known(dice, number),
        "transcript_id": number,
        "number": 1,
        "kind": VersionKind.MACHINE,
        "transcription_id": number,
        "actor": "openai-whisper",
        "made_at": _at(number, 13),
        "completeness": 0.98 + dice.random() / 50,
        "unclear_ms": 0,
        "notes": "[]",
    }


def _utterance(dice: random.Random, words: int) -> tuple[str, str]:
    """What is said, and its words as the tables have them."""
    said = [dice.choice(VOICE) for _ in range(words)]
    times = [400 * place + dice.randrange(100) for place in range(words)]
    rows = [[f" {word}", at, at + 300, round(dice.random(), 4)] for word, at in zip(said, times, strict=True)]
    return " ".join(said), json.dumps(rows)


def _utterances(dice: random.Random, number: int, size: Size, pool: list[tuple[str, str]]) -> Iterator[Row]:
    first = (number - 1) * size.utterances
    for place in range(size.utterances):
        said, words = dice.choice(pool)
        yield {
            **_known(dice, first + place + 1),
            "version_id": number,
            "number": place,
            "speaker": _code(number) if place % 2 else _interviewer(number),
            "channel": place % 2,
            "start_ms": 8_000 * place,
            "end_ms": 8_000 * place + 7_900,
            "text": said,
            "words": words,
        }


def _windows(dice: random.Random, number: int, size: Size, pool: list[tuple[str, str]]) -> Iterator[Row]:
    """About one for every three utterances."""
    for place in range(size.utterances // 3):
        words = ", ".join(dice.choice(pool)[1][1:-1] for _ in range(3))
        yield {
            "transcription_id": number,
            "number": place,
            "words": f"[{words}]",
            "seconds": 20.0,
            "language": "en",
            "language_probability": 0.99,
            "done_at": _at(number, 13),
        }
