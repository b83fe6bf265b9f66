"""Kills and full disks while the files of one call are taken together: nothing is lost, and a second run finishes."""

import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import intake_media as media
import pytest
from sqlmodel import select

from storage.contacts import Contacts
from storage.database import Database
from storage.intake.inbox import CaptureReport, capture
from storage.study import Study
from storage.tables import Recording
from storage.vault import Vault

ROOT = Path(__file__).parents[3]
CAPTURE = """
import os, resource, signal, sys, wave
from datetime import UTC, datetime
from pathlib import Path
from storage import vault
from storage.contacts import open_contacts
from storage.database import open_database
from storage.intake import gathering, inbox
from storage.intake.inbox import capture
from storage.study import load_study

study = load_study(Path(sys.argv[1]))
database, contacts = open_database(study), open_contacts(study)

def die(*_args, **_options):
    os.kill(os.getpid(), signal.SIGKILL)

def die_after(function, calls):
    count = 0
    def counted(*args, **options):
        nonlocal count
        count += 1
        if count > calls:
            die()
        return function(*args, **options)
    return counted

def then_die(function):
    return lambda *args, **options: (function(*args, **options), die())

def run():
    return capture(study, database, contacts, now=datetime.now(UTC), actor="c", settle_s=0)
"""
POINTS = {
    "after the first original is stored": "gathering.look_at = die_after(gathering.look_at, 3)",
    "before anything is joined": "gathering._whole = die",
    "in the middle of joining": "wave.Wave_write.writeframes = die_after(wave.Wave_write.writeframes, 3)",
    "when it is written and has no name yet": "vault.write_with = then_die(vault.write_with)",
    "when it is joined": "gathering.probe = die",
    "before the rows": "gathering._record_all = die",
    "between the rows": "gathering._keep_sources = die",
    "before anything is cleared away": "inbox._clear = die",
    "when one of three is cleared away": "inbox._clear = die_after(inbox._clear, 1)",
    "when two of three are cleared away": "inbox._clear = die_after(inbox._clear, 2)",
}


@pytest.fixture
def home() -> str:
    """The database is the same as in other crashes, so one of them is enough."""
    return "sqlite"


@pytest.fixture
def inbox(study: Study, database: Database) -> Path:
    folder = study.place(study.capture.inbox)
    folder.mkdir()
    return folder


@pytest.fixture
def vault(study: Study) -> Vault:
    return Vault(study.place(study.storage.vault))


@pytest.fixture
def call(inbox: Path) -> dict[str, bytes]:
    """Both sides and the mix of a call, by the end of their names."""
    levels = {"-rx": 0.3, "-tx": 0.1, "": 0.4}
    return {end: media.write(inbox / f"call{end}.wav", 40, level=level).read_bytes() for end, level in levels.items()}


def in_a_process(study: Study, code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", CAPTURE + code, str(study.folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def run(study: Study, database: Database, contacts: Contacts) -> CaptureReport:
    return capture(study, database, contacts, now=datetime.now(UTC), actor="c", settle_s=0)


def recordings(database: Database) -> list[Recording]:
    with database.reading() as session:
        return list(session.exec(select(Recording)))


def parts_left(vault: Vault) -> list[Path]:
    return [path for path in vault.folder.rglob("*") if path.name.endswith(".part")]


def assert_complete(database: Database, vault: Vault, inbox: Path, call: dict[str, bytes]) -> None:
    kept = recordings(database)
    (joined,) = [recording for recording in kept if recording.transcribed_as is None]
    sources = [recording for recording in kept if recording.transcribed_as == joined.id]
    content = {vault.path(each.sha256, each.suffix).read_bytes() for each in sources}
    assert content == set(call.values())
    assert len(kept) == 4
    for recording in kept:
        vault.verify(recording.sha256, recording.suffix)
    assert parts_left(vault) == []
    assert media.names_in(inbox) == []


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_the_next_capture_finishes(
    study: Study, database: Database, contacts: Contacts, inbox: Path, vault: Vault, call: dict[str, bytes], point: str
) -> None:
    killed = in_a_process(study, f"{POINTS[point]}\nrun()")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(recordings(database)) == (4 if "cleared away" in point else 0), "all rows or none"
    there = {vault.path(each.sha256, each.suffix).read_bytes() for each in recordings(database)}
    there |= {path.read_bytes() for path in inbox.iterdir()}
    assert set(call.values()) <= there, "every original is in the inbox or known in the vault"
    run(study, database, contacts)
    assert_complete(database, vault, inbox, call)
    assert run(study, database, contacts) == CaptureReport((), (), (), ())


def test_a_disk_too_full_for_the_joined_recording_is_told_and_nothing_is_half_done(
    study: Study, database: Database, contacts: Contacts, inbox: Path, vault: Vault, call: dict[str, bytes]
) -> None:
    """The limit is the operating system's own: each side fits under it, both together do not."""
    limit = max(map(len, call.values())) + 100_000
    limited = f"""
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
report = run()
print(len(report.taken), *[refused.reason for refused in report.refused], sep="|")
"""
    output = in_a_process(study, limited).stdout
    assert output.startswith("0|The joined recording could not be stored: File too large. Nothing was lost")
    assert recordings(database) == []
    assert parts_left(vault) == []
    assert len(media.names_in(inbox)) == 3
    run(study, database, contacts)
    assert_complete(database, vault, inbox, call)


def test_two_captures_at_once_take_a_call_once(
    study: Study, database: Database, inbox: Path, vault: Vault, call: dict[str, bytes]
) -> None:
    command = [sys.executable, "-c", CAPTURE + "print(len(run().taken))", str(study.folder)]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert sum(int(process.communicate(timeout=120)[0]) for process in processes) == 1
    assert_complete(database, vault, inbox, call)


def test_joining_the_same_call_elsewhere_gives_the_same_recording(
    study: Study, database: Database, contacts: Contacts, call: dict[str, bytes]
) -> None:
    run(study, database, contacts)
    digests = {recording.sha256 for recording in recordings(database)}
    with database.writing() as session:
        for recording in sorted(session.exec(select(Recording)), key=lambda each: each.transcribed_as is None):
            session.delete(recording)
            session.flush()
    for end, content in call.items():
        (study.place(study.capture.inbox) / f"again{end}.wav").write_bytes(content)
    run(study, database, contacts)
    assert {recording.sha256 for recording in recordings(database)} == digests
