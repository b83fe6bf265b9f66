"""Full disks, kills and crowds: whatever happens to a capture, nothing is lost and nothing is there twice."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import intake_media as media
import pytest
from sqlmodel import select

from storage.contacts import Contacts
from storage.database import Database
from storage.files import locked
from storage.intake.inbox import CaptureReport, capture
from storage.study import Study
from storage.tables import Binding, Recording
from storage.vault import Vault

ROOT = Path(__file__).parents[3]
CAPTURE = """
import os, resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from storage.contacts import open_contacts
from storage.database import open_database
from storage.intake.inbox import capture
from storage.study import load_study

study = load_study(Path(sys.argv[1]))
database, contacts = open_database(study), open_contacts(study)

def run(progress=None):
    return capture(study, database, contacts, now=datetime.now(UTC), actor="c", settle_s=0, progress=progress)
"""


def in_a_process(study: Study, code: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CAPTURE + code, str(study.folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> str:
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return output


@pytest.fixture
def inbox(study: Study, database: Database) -> Path:
    folder = study.place(study.capture.inbox)
    folder.mkdir()
    return folder


@pytest.fixture
def vault(study: Study) -> Vault:
    return Vault(study.place(study.storage.vault))


def run(study: Study, database: Database, contacts: Contacts) -> CaptureReport:
    return capture(study, database, contacts, now=datetime.now(UTC), actor="c", settle_s=0)


def recordings(database: Database) -> list[Recording]:
    with database.reading() as session:
        return list(session.exec(select(Recording)))


def leftovers(vault: Vault) -> list[Path]:
    return [path for path in vault.folder.rglob("*") if path.name.endswith(".part")]


def test_a_full_disk_loses_nothing_and_the_next_run_succeeds(
    study: Study, database: Database, contacts: Contacts, inbox: Path, vault: Vault
) -> None:
    """The limit is the operating system's own: no file may grow beyond half a megabyte."""
    content = media.write(inbox / "C_003.wav", 60).read_bytes()
    media.write(inbox / "small.wav", 1)
    limited = """
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
report = run()
print(len(report.taken), *[refused.file_name + "|" + refused.reason for refused in report.refused])
"""
    output = finished(in_a_process(study, limited))
    assert output.startswith("1 C_003.wav|The recording could not be stored: File too large. Nothing was lost")
    assert (inbox / "C_003.wav").read_bytes() == content
    assert len(recordings(database)) == 1, "the small one was taken all the same"
    assert leftovers(vault) == []
    assert len(run(study, database, contacts).taken) == 1
    assert media.names_in(inbox) == []


@pytest.mark.parametrize("home", ["sqlite"])
def test_a_full_disk_under_the_database_loses_nothing(
    study: Study, database: Database, contacts: Contacts, inbox: Path
) -> None:
    media.write(inbox / "C_003.wav", 1)
    limited = """
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from storage.tables import Recording

@event.listens_for(database.engine, "connect")
def no_more_pages(connection, _record):
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")

database.engine.dispose()
number = 0
while True:
    try:
        with database.writing() as session:
            session.add(Recording(sha256=f"{number}", suffix="", size=0, container="", duration_ms=0, streams=[]))
        number += 1
    except OperationalError:
        break
report = run()
print(number, len(report.taken), *[refused.reason for refused in report.refused])
"""
    number, taken, reason = finished(in_a_process(study, limited)).split(" ", 2)
    assert taken == "0"
    assert reason.startswith("It could not be written down: database or disk is full. Nothing was lost")
    assert len(recordings(database)) == int(number)
    assert media.names_in(inbox) == ["C_003.wav"]
    assert len(run(study, database, contacts).taken) == 1
    assert media.names_in(inbox) == []


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_killed_in_the_middle_the_next_capture_completes(
    study: Study, database: Database, contacts: Contacts, inbox: Path, vault: Vault, share: float
) -> None:
    """0.3 is in the middle of reading, 0.6 and 0.99 are in the middle of storing."""
    content = media.write(inbox / "a.wav", 400).read_bytes()
    killed = f"""
def die(name, done, total):
    if done > {share} * total:
        os.kill(os.getpid(), signal.SIGKILL)
run(die)
"""
    process = in_a_process(study, killed)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert (inbox / "a.wav").read_bytes() == content
    assert recordings(database) == []
    assert bool(leftovers(vault)) == (share > 0.5)
    assert len(run(study, database, contacts).taken) == 1
    (recording,) = recordings(database)
    vault.verify(recording.sha256, recording.suffix)
    assert leftovers(vault) == []
    assert media.names_in(inbox) == []


def test_killed_between_the_rows_and_the_clearing_away_the_file_is_known(
    study: Study, database: Database, contacts: Contacts, inbox: Path
) -> None:
    media.write(inbox / "a.wav")
    killed = """
from storage.intake import inbox
inbox._clear = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
run()
"""
    process = in_a_process(study, killed)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert len(recordings(database)) == 1
    report = run(study, database, contacts)
    assert [duplicate.file_name for duplicate in report.duplicates] == ["a.wav"]
    assert media.names_in(inbox) == []
    assert len(recordings(database)) == 1


def test_three_captures_at_once_take_each_recording_once(study: Study, database: Database, inbox: Path) -> None:
    for number in range(8):
        media.write(inbox / f"{number}.wav", 1 + number / 10)
    processes = [in_a_process(study, "print(len(run().taken))") for _ in range(3)]
    counts = [int(finished(process)) for process in processes]
    assert sum(counts) == 8
    assert len({recording.sha256 for recording in recordings(database)}) == len(recordings(database)) == 8
    assert media.names_in(inbox) == []


def test_a_capture_waits_for_the_one_that_is_storing(
    study: Study, database: Database, inbox: Path, vault: Vault
) -> None:
    media.write(inbox / "a.wav")
    with locked(vault.lock):
        process = in_a_process(study, "print('begun', flush=True); print(len(run().taken))")
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        time.sleep(1)
        assert media.names_in(inbox) == ["a.wav"]
    assert finished(process) == "1\n"


def test_a_file_that_cannot_be_removed_is_named(
    study: Study, database: Database, contacts: Contacts, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    media.write(inbox / "a.wav")

    def refuse(_path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, os.strerror(13))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        report = run(study, database, contacts)
    (taken,), (refused,) = report.taken, report.refused
    assert refused.file_name == "a.wav"
    assert f"It is stored as recording {taken.sha256[:12]}, but could not be removed" in refused.reason
    assert run(study, database, contacts).duplicates
    with database.reading() as session:
        assert session.exec(select(Binding)).all() == []
