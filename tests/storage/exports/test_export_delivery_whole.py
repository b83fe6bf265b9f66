"""A delivery is handed over whole or not at all: where it fails or is killed, nothing of it stays."""

import errno
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from deliveries import NIGHT, Add, folders
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from storage.database import Database
from storage.errors import ExportError
from storage.exports import delivery
from storage.exports.delivery import deliver
from storage.study import Study
from storage.tables import Delivery, Interview, State


def test_a_disk_that_fills_up_leaves_nothing_behind(study: Study, database: Database, add_interview: Add) -> None:
    interview = add_interview("C_031", media=(os.urandom(3 << 20),))
    with _no_file_larger_than(2 << 20), pytest.raises(ExportError, match="Nothing was left behind; make room"):
        deliver(database, study, actor="coordinator", now=NIGHT)
    assert folders(study, hidden=True) == []
    with database.reading() as session:
        assert session.exec(select(Delivery)).all() == []
        assert session.get_one(Interview, interview.id).state == State.TRANSCRIBED
    assert deliver(database, study, actor="coordinator", now=NIGHT).is_new


def test_a_full_disk_at_the_last_moment_leaves_nothing_behind(
    study: Study, database: Database, add_interview: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_interview("C_031")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(ExportError, match="No space left on device"):
        deliver(database, study, actor="coordinator", now=NIGHT)
    assert folders(study, hidden=True) == []


def test_a_database_without_room_leaves_nothing_behind(
    study: Study, database: Database, add_interview: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_interview("C_031")

    def full(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(delivery, "record_change", full)
    with pytest.raises(ExportError, match="database or disk is full"):
        deliver(database, study, actor="coordinator", now=NIGHT)
    assert folders(study, hidden=True) == []


def test_what_a_killed_delivery_left_is_cleared_away(study: Study, database: Database, add_interview: Add) -> None:
    add_interview("C_031")
    abandoned = study.place("deliveries") / ".2020-06-09T211530.0a1b2c3d.part"
    abandoned.mkdir(parents=True)
    (abandoned / "C_031_2020-06.txt").write_text("half")
    deliver(database, study, actor="coordinator", now=NIGHT)
    assert folders(study, hidden=True) == ["2020-06-10T211530"]


_KILLED_BEFORE_IT_IS_NOTED = """
import os, sys
from datetime import datetime
from pathlib import Path
from storage.database import open_database
from storage.exports import delivery
from storage.study import load_study
delivery.sync_folder = lambda folder: os._exit(9) if folder.name == "deliveries" else None
study = load_study(Path(sys.argv[1]))
delivery.deliver(open_database(study), study, actor="coordinator", now=datetime.fromisoformat(sys.argv[2]))
"""


def test_a_folder_whose_delivery_was_killed_before_it_was_noted_does_not_stay(
    study: Study, database: Database, add_interview: Add
) -> None:
    add_interview("C_031")
    command = [sys.executable, "-c", _KILLED_BEFORE_IT_IS_NOTED, str(study.folder), NIGHT.isoformat()]
    assert subprocess.run(command, check=False).returncode == 9
    assert folders(study) == ["2020-06-10T211530"]
    with database.reading() as session:
        assert session.exec(select(Delivery)).all() == []
    report = deliver(database, study, actor="coordinator", now=NIGHT.replace(day=11))
    assert report.is_new
    assert folders(study, hidden=True) == ["2020-06-11T211530"]
    assert report.folder
    assert sorted(path.name for path in report.folder.iterdir()) == sorted(file.name for file in report.files)


def test_a_delivery_killed_after_it_was_noted_stands(
    study: Study, database: Database, add_interview: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_interview("C_031")
    with monkeypatch.context() as patched:
        patched.setattr(delivery, "remove_mark", lambda _: None)
        first = deliver(database, study, actor="coordinator", now=NIGHT)
    again = deliver(database, study, actor="coordinator", now=NIGHT)
    assert (again.folder, again.is_new) == (first.folder, False)
    assert first.folder
    assert sorted(path.name for path in first.folder.iterdir()) == sorted(file.name for file in first.files)


@contextmanager
def _no_file_larger_than(size: int) -> Iterator[None]:
    """The operating system refuses to let a file grow beyond `size` bytes, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
