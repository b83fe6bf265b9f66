"""A file is taken when it is complete: nothing has touched it for a while and nobody is writing it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import intake_media as media
import pytest
from sqlmodel import select

from storage.contacts import Contacts
from storage.database import Database
from storage.intake.inbox import CaptureReport, capture
from storage.intake.settling import files_in, is_being_written, is_settled, is_unchanged
from storage.study import Study
from storage.tables import Recording

Capture = Callable[..., CaptureReport]


@pytest.fixture
def inbox(study: Study) -> Path:
    folder = study.place(study.capture.inbox)
    folder.mkdir()
    return folder


@pytest.fixture
def run(study: Study, database: Database, contacts: Contacts, inbox: Path) -> Capture:
    def once(settle_s: float, **options: object) -> CaptureReport:
        return capture(study, database, contacts, now=datetime.now(UTC), actor="c", settle_s=settle_s, **options)  # type: ignore[arg-type]

    return once


@pytest.fixture
def growing(inbox: Path) -> Iterator[tuple[Path, threading.Event]]:
    """A recording that a thread writes piece by piece until the event is set, and then to its end."""
    content = media.write(inbox.parent / "whole.wav", 60).read_bytes()
    path, enough, begun = inbox / "C_003.wav", threading.Event(), threading.Event()

    def write() -> None:
        with path.open("wb", buffering=0) as file:
            for start in range(0, len(content), 2000):
                file.write(content[start : start + 2000])
                begun.set()
                if not enough.is_set():
                    time.sleep(0.01)

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    yield path, enough
    enough.set()
    writer.join()


def test_a_file_that_grows_during_the_scan_is_left_for_the_next_run(
    run: Capture, growing: tuple[Path, threading.Event], database: Database
) -> None:
    path, enough = growing
    report = run(0.3)
    assert report == CaptureReport((), (), ("C_003.wav",), ())
    assert path.exists()
    enough.set()
    while is_being_written(path):
        time.sleep(0.01)
    (taken,) = run(0.3).taken
    assert taken.remark == "", "the whole recording, not the part of it"
    with database.reading() as session:
        assert session.exec(select(Recording.duration_ms)).one() == 60_000


def test_a_writer_that_pauses_is_not_taken_for_one_that_has_ended(run: Capture, inbox: Path) -> None:
    content = media.write(inbox.parent / "whole.wav", 2).read_bytes()
    with (inbox / "a.wav").open("wb", buffering=0) as file:
        file.write(content[: len(content) // 2])
        time.sleep(0.1)
        assert run(0.05, wait=False).waiting == ("a.wav",)
        assert run(0.05).waiting == ("a.wav",)
        file.write(content[len(content) // 2 :])
    assert len(run(0.05).taken) == 1


def test_a_file_that_has_only_just_arrived_is_watched_or_left(run: Capture, inbox: Path) -> None:
    media.write(inbox / "a.wav")
    assert run(30, wait=False).waiting == ("a.wav",)
    told: list[str] = []
    report = run(0.3, progress=lambda name, _done, _total: told.append(name))
    assert len(report.taken) == 1
    assert told[0] == "files that have only just arrived"


def test_an_old_date_set_by_a_copy_program_does_not_make_a_file_settled(inbox: Path) -> None:
    path = media.write(inbox / "a.wav")
    os.utime(path, (1_589_270_400, 1_589_270_400))
    (found,) = files_in(inbox)
    assert not is_settled(found, 30)
    assert is_settled(found, 0)


def test_a_date_in_the_future_is_waited_out_by_watching(run: Capture, inbox: Path) -> None:
    path = media.write(inbox / "a.wav")
    os.utime(path, (time.time() + 86_400,) * 2)
    assert run(0.05, wait=False).waiting == ("a.wav",)
    assert len(run(0.05).taken) == 1


def test_a_file_that_changed_or_went_since_it_was_found(inbox: Path) -> None:
    path = media.write(inbox / "a.wav")
    (found,) = files_in(inbox)
    assert is_unchanged(found)
    content = path.read_bytes()
    path.write_bytes(content)
    assert not is_unchanged(found), "the same size, written anew"
    path.unlink()
    assert not is_unchanged(found)


def test_a_file_that_changes_while_it_is_read_is_left_for_the_next_run(
    run: Capture, inbox: Path, database: Database
) -> None:
    path = media.write(inbox / "a.wav", 60)

    def grow(_name: str, _done: int, _total: int) -> None:
        with path.open("ab") as file:
            file.write(b"\0\0")

    report = run(0, progress=grow)
    assert report.waiting == ("a.wav",)
    assert path.exists()
    with database.reading() as session:
        assert session.exec(select(Recording)).all() == []
    assert len(run(0).taken) == 1


def test_a_file_that_is_replaced_after_it_was_stored_is_not_cleared_away(run: Capture, inbox: Path) -> None:
    path = media.write(inbox / "a.wav", 60)
    newer = media.write(inbox.parent / "newer.wav", 61)

    def replace(_name: str, done: int, total: int) -> None:
        if done == total and newer.exists():
            newer.rename(path)

    assert len(run(0, progress=replace).taken) == 1
    assert path.exists()
    assert len(run(0).taken) == 1
    assert not path.exists()


def test_a_file_that_is_taken_away_meanwhile_is_nobodys_fault(run: Capture, inbox: Path) -> None:
    path = media.write(inbox / "a.wav", 60)
    media.write(inbox / "b.wav")
    report = run(0, progress=lambda *_: path.unlink(missing_ok=True))
    assert report.refused == ()
    assert len(report.taken) <= 2


def test_a_file_that_is_taken_away_when_it_is_stored_is_written_down_all_the_same(
    run: Capture, inbox: Path, database: Database
) -> None:
    path = media.write(inbox / "a.wav", 60)
    report = run(0, progress=lambda _name, done, total: path.unlink(missing_ok=True) if done == total else None)
    assert len(report.taken) == 1
    with database.reading() as session:
        assert len(session.exec(select(Recording)).all()) == 1


def test_a_pipe_in_the_inbox_does_not_block(run: Capture, inbox: Path) -> None:
    os.mkfifo(inbox / "pipe.wav")
    assert [refused.file_name for refused in run(0).refused] == ["pipe.wav"]
