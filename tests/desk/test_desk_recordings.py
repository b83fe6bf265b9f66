"""What is shown of files that could not be taken: their names only where asked for, and found with little reading."""

import errno
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from storage import vault
from storage.database import Database
from storage.study import Study
from storage.tables import Refusal

BAD = b"no sound\n" * 100


@pytest.fixture
def inbox(study: Study, database: Database) -> Path:
    """An inbox with one file that was refused and one that was not looked at."""
    folder = study.place(study.capture.inbox)
    folder.mkdir()
    (folder / "bad.wav").write_bytes(BAD)
    (folder / "long.wav").write_bytes(bytes(100_000))
    with database.writing() as session:
        session.add(Refusal(sha256=sha256(BAD).hexdigest(), size=len(BAD), reason="It is no sound."))
    return folder


def refused(at: Callable[..., Any]) -> list[str]:
    said = at("recordings", "--review", "--json")
    assert said.status == 0, said.err
    return [row["item"] for row in said.json]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that are read; one named `closed.wav` cannot be."""
    names: list[str] = []
    digest_of = vault.digest_of

    def noted(path: Path) -> tuple[str, int]:
        names.append(path.name)
        if path.name == "closed.wav":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return digest_of(path)

    monkeypatch.setattr(vault, "digest_of", noted)
    return names


def test_status_counts_refused_files_and_reads_none(inbox: Path, read: list[str], at: Any) -> None:
    assert "1 recordings need a person" in at("status").out
    assert read == []


def test_the_review_reads_only_files_that_may_be_the_refused_one(inbox: Path, read: list[str], at: Any) -> None:
    assert refused(at) == ["bad.wav"]
    assert read == ["bad.wav"]


def test_the_review_passes_over_files_that_cannot_be_read(inbox: Path, read: list[str], at: Any) -> None:
    (inbox / "closed.wav").write_bytes(BAD)
    assert refused(at) == ["bad.wav"]


def test_the_review_does_without_the_inbox(inbox: Path, at: Any) -> None:
    inbox.rename(inbox.with_name("elsewhere"))
    assert refused(at) == ["a file that has gone or cannot be read"]


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_name_in_an_old_encoding_is_printed_with_escapes(inbox: Path, at: Any, options: tuple[str, ...]) -> None:
    (inbox / "bad.wav").rename(inbox / os.fsdecode(b"A_Ren\xe9.wav"))
    said = at("recordings", "--review", *options)
    assert said.status == 0
    assert r"A_Ren\udce9.wav" in said.out.replace("\\\\", "\\")
