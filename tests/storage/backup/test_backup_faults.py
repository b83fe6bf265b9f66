"""Full disks, kills and crowds: a backup or a restored study is there whole or not at all."""

import errno
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.backup import snapshot
from storage.backup.checking import check_backup
from storage.backup.parts import held, part_beside
from storage.backup.restoring import restore
from storage.backup.snapshot import Home, write_backup
from storage.contacts import open_contacts
from storage.errors import BackupError
from storage.study import load_study
from storage.tables import Participant, Party, PartyKind

ROOT = Path(__file__).parents[3]
NOW = datetime(2020, 6, 10, 20, 15, 30, tzinfo=UTC)

# Counts what the program asks of the file system in one folder, and dies at a given number.
RUN = """
import os, resource, signal, sys
from datetime import UTC, datetime
from pathlib import Path

folder, last, limit = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

from storage.backup.restoring import restore
from storage.backup.snapshot import Home, write_backup
from storage.contacts import open_contacts, read_key
from storage.database import open_database
from storage.errors import BackupError
from storage.study import load_study

WATCHED = {"open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.chmod", "os.rmdir", "sqlite3.connect"}
count = 0

def watch(event, arguments):
    global count
    if event in WATCHED and arguments and str(folder) in str(arguments[0]):
        count += 1
        if count == last:
            os.kill(os.getpid(), signal.SIGKILL)

def begin():
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    sys.addaudithook(watch)
"""
BACKUP = """
study = load_study(folder / "study")
home = Home(study, open_database(study), open_contacts(study), read_key(study.place("keys/contacts.key")))
begin()
try:
    write_backup(home, folder / "b.tar", now=datetime(2020, 6, 10, tzinfo=UTC))
except BackupError as error:
    print(error)
print(count)
"""
RESTORE = """
key = read_key(folder / "study/keys/contacts.key")
begin()
try:
    restore(folder / "b.tar", folder / "again", key, with_key=True)
except BackupError as error:
    print(error)
print(count)
"""


def run(what: str, folder: Path, *, die_at: int = 0, limit: int = 0) -> tuple[int, list[str]]:
    """Exit status and output of a process that does it."""
    command = [sys.executable, "-c", RUN + what, str(folder), str(die_at), str(limit)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode, done.stdout.splitlines()


def left_in(folder: Path) -> set[str]:
    """What lies beside the study and its backup."""
    return {path.name for path in folder.iterdir()} - {"study", "original.wav"}


class TestKills:
    """At moments spread over the whole run, counted in what it asks of the file system."""

    @pytest.mark.parametrize("share", [0.02, 0.2, 0.4, 0.6, 0.8, 0.97])
    def test_a_backup_that_was_killed_is_not_there_and_the_next_one_clears_it_away(
        self, kept: Home, tmp_path: Path, share: float
    ) -> None:
        _, (count,) = run(BACKUP, tmp_path)
        (tmp_path / "b.tar").unlink()
        status, _ = run(BACKUP, tmp_path, die_at=max(1, int(int(count) * share)))
        assert status == -signal.SIGKILL
        assert "b.tar" not in left_in(tmp_path)
        write_backup(kept, tmp_path / "b.tar", now=NOW)
        assert left_in(tmp_path) == {"b.tar"}
        check_backup(tmp_path / "b.tar", kept.key)

    @pytest.mark.parametrize("share", [0.02, 0.2, 0.4, 0.6, 0.8, 0.97])
    def test_a_study_that_was_being_restored_is_not_there_and_the_next_restore_clears_it_away(
        self, kept: Home, tmp_path: Path, share: float
    ) -> None:
        write_backup(kept, tmp_path / "b.tar", now=NOW)
        _, (count,) = run(RESTORE, tmp_path / ".")
        (tmp_path / "again").rename(tmp_path / "study" / "elsewhere")
        status, _ = run(RESTORE, tmp_path, die_at=max(1, int(int(count) * share)))
        assert status == -signal.SIGKILL
        assert "again" not in left_in(tmp_path)
        report = restore(tmp_path / "b.tar", tmp_path / "again", kept.key, with_key=True)
        assert left_in(tmp_path) == {"b.tar", "again"}
        assert all(one.is_equal for one in report.compared)
        assert open_contacts(load_study(tmp_path / "again")).all() == kept.contacts.all()


class TestFullDisks:
    @pytest.mark.parametrize("limit", [1, 3_000, 60_000, 300_000])
    def test_a_backup_that_has_no_room_leaves_nothing(self, kept: Home, tmp_path: Path, limit: int) -> None:
        _, (message, _) = run(BACKUP, tmp_path, limit=limit)
        assert message.startswith("The backup could not be written: File too large. Nothing was left behind")
        assert left_in(tmp_path) == set()

    @pytest.mark.parametrize("limit", [1, 3_000, 95_000, 150_000])
    def test_a_study_that_has_no_room_leaves_nothing(self, kept: Home, tmp_path: Path, limit: int) -> None:
        write_backup(kept, tmp_path / "b.tar", now=NOW)
        _, (message, _) = run(RESTORE, tmp_path, limit=limit)
        assert "could not be" in message
        assert "Nothing was" in message
        assert left_in(tmp_path) == {"b.tar"}

    def test_a_disk_that_is_too_small_is_known_beforehand(
        self, kept: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usage = snapshot.shutil.disk_usage(tmp_path)
        monkeypatch.setattr(snapshot.shutil, "disk_usage", lambda path: usage._replace(free=1_000))
        with pytest.raises(BackupError, match=r"needs more than 4\d\d,\d\d\d bytes, and there is room for 1,000"):
            write_backup(kept, tmp_path / "b.tar", now=NOW)
        assert left_in(tmp_path) == set()

    def test_a_disk_that_fails_while_it_is_read_back_leaves_nothing(
        self, kept: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(path: Path, *rest: object) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(snapshot, "check_backup", fails)
        with pytest.raises(BackupError, match="Input/output error"):
            write_backup(kept, tmp_path / "b.tar", now=NOW)
        assert left_in(tmp_path) == set()

    def test_a_disk_that_forgets_what_was_written_is_found_out(
        self, kept: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def forgets(file: object) -> None:
            file.flush()  # type: ignore[attr-defined]
            (part,) = tmp_path.glob(".*.fieldcall-part")
            content = bytearray(part.read_bytes())
            content[len(content) // 2] ^= 1
            part.write_bytes(content)

        monkeypatch.setattr(snapshot, "_to_disk", forgets)
        with pytest.raises(BackupError, match="is not what was written"):
            write_backup(kept, tmp_path / "b.tar", now=NOW)
        assert left_in(tmp_path) == set()


def test_what_another_program_is_writing_is_not_cleared_away(kept: Home, tmp_path: Path) -> None:
    part = part_beside(tmp_path / "other.tar")
    part.write_bytes(b"half")
    with held(part):
        write_backup(kept, tmp_path / "b.tar", now=NOW)
        assert part.exists()
    write_backup(kept, tmp_path / "c.tar", now=NOW)
    assert not part.exists()


@pytest.mark.parametrize("home", ["sqlite", "postgresql"], indirect=True)
def test_rows_that_change_meanwhile_are_kept_as_they_were_at_one_moment(
    kept: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A party is always written together with its participant: a backup that has one without the other is torn."""
    stop = threading.Event()
    written = [0]

    def write_on() -> None:
        while not stop.is_set():
            written[0] += 1
            code = f"C_9{written[0]:05}"
            with kept.database.writing() as session:
                session.add(Party(code=code, kind=PartyKind.PARTICIPANT))
                session.flush()
                session.add(Participant(code=code, group="client", mode="phone"))

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        reports = [write_backup(kept, tmp_path / f"{number}.tar", now=NOW) for number in range(4)]
    finally:
        stop.set()
        writer.join()
    assert written[0] > 20
    counts = []
    for report in reports:
        rows = {kept.table.name: kept.rows for kept in report.manifest.databases["study"].tables}
        assert rows["participant"] == rows["party"] - 1  # an interviewer is a party too
        counts.append(rows["party"])
    assert sorted(set(counts)) == counts, "each has what the one before has not"


def test_two_at_once_are_both_whole(kept: Home, tmp_path: Path) -> None:
    """In processes of their own; one folder, two names."""
    codes = [BACKUP.replace("b.tar", name) for name in ("one.tar", "two.tar")]
    threads = [threading.Thread(target=run, args=(code, tmp_path)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert left_in(tmp_path) == {"one.tar", "two.tar"}
    for name in ("one.tar", "two.tar"):
        check_backup(tmp_path / name, kept.key)
