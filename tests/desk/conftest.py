"""The command line, run as a person runs it but in this process."""

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google_setup import google, google_study, logged_in  # noqa: F401 - fixtures

from desk import cli

sys.path.insert(0, str(Path(__file__).parents[1] / "scheduling"))  # its servers of mail and calendars
sys.path.insert(0, str(Path(__file__).parents[1] / "storage" / "codes"))  # its coded interviews
sys.path.insert(0, str(Path(__file__).parents[1] / "refi_qda"))  # its writer of coded projects


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Fieldcall = Callable[..., Said]


@pytest.fixture
def fieldcall(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Fieldcall:
    """`fieldcall(*arguments)` runs the command line whole, its treatment of errors included."""

    def run(*arguments: object) -> Said:
        monkeypatch.setattr("sys.argv", ["fieldcall", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            cli.main()
        printed = capsys.readouterr()
        return Said(_status(left.value.code), printed.out, printed.err)

    return run


def _status(code: object) -> int:
    return code if isinstance(code, int) else 0 if code is None else 1


@pytest.fixture
def at(study: Any, fieldcall: Fieldcall) -> Fieldcall:
    """The same on the study of the test."""
    return lambda *arguments: fieldcall("--study", study.folder, *arguments)


@pytest.fixture
def people(tmp_path: Path, at: Fieldcall) -> Sequence[str]:
    """Three participants, imported."""
    file = tmp_path / "participants.csv"
    file.write_text(
        "code,group,name,phone,email,mode,available,consent_date,consent_sheet,consent_recording\n"
        "C_001,client,Ann Example,07700 900001,ann@example.org,phone,Mon-Fri 09:00-17:00,2020-04-20,v1,yes\n"
        "C_002,client,Bob Example,07700 900002,,video,,2020-04-20,v1,no\n"
        "LW_01,link_worker,Cat Example,,cat@example.org,video,,,,\n"
    )
    said = at("participants", "import", file)
    assert said.status == 0, said.err
    return ("C_001", "C_002", "LW_01")


@pytest.fixture
def transcribed(people: Any, at: Any, database: Any, study: Any) -> None:
    """C_001's interview, transcribed, with a loop and an echo set aside and a passage that nobody could write down."""
    from storage.intake.attachment import attach
    from storage.interviews import interview_of
    from storage.tables import Recording, Transcription
    from storage.transcripts.saving import save_machine_version
    from storage.transcripts.transcript import Spoken

    at("book", "C_001", "--at", "2020-06-03 14:00", "--as-of", "2020-04-27 09:00")
    unclear = ["[unclear 00:00:02-00:00:04]", 2_000, 4_000, 0.0, ["unclear"]]
    loop = [["so", 751_200 + n * 300, 751_400 + n * 300, 0.4, ["loop"]] for n in range(3)]
    said = [
        Spoken(
            "INT_01", 0, 0, 700, "How are you?", [["How", 0, 200, 0.9], ["are", 200, 400, 0.9], ["you?", 400, 700, 0.9]]
        ),
        Spoken("C_001", 1, 0, 200, "", [["How", 0, 200, 0.5, ["bleed"]]]),
        Spoken(
            "C_001",
            1,
            1_000,
            4_000,
            "Um, I [unclear 00:00:02-00:00:04]",
            [["Um,", 1_000, 1_200, 0.9], ["I", 1_200, 1_300, 0.9], unclear],
        ),
        Spoken("C_001", 1, 751_200, 752_000, "", loop),
    ]
    with database.writing() as session:
        recording = Recording(sha256="a" * 64, suffix=".wav", size=9, container="wav", duration_ms=760_000, streams=[])
        session.add(recording)
        session.flush()
        attach(session, recording, interview_of(session, "C_001", study.zone), reason="code", actor="capture")
        facts = {
            "engine": "openai-whisper",
            "model": "small",
            "model_sha256": "f" * 64,
            "parameters": {},
            "versions": {},
        }
        work = Transcription(recording_id=recording.id, recipe="r", **facts)
        session.add(work)
        session.flush()
        save_machine_version(session, work, said, completeness=0.9979)
