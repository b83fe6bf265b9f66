"""Backups that are not what was written: whatever was changed in one is found, and nothing is restored from it."""

import gzip
import hashlib
import io
import json
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.backup.archive import Archive, ArchiveWriter
from storage.backup.checking import check_backup
from storage.backup.manifest import MANIFEST, SEAL, seal_of
from storage.backup.restoring import restore
from storage.backup.snapshot import Home, write_backup
from storage.errors import BackupError

NOW = datetime(2020, 6, 10, 20, 15, 30, tzinfo=UTC)


@pytest.fixture
def file(kept: Home, tmp_path: Path) -> Path:
    return write_backup(kept, tmp_path / "b.tar", now=NOW).path


def rewritten(
    file: Path,
    key: bytes,
    change: Callable[[dict[str, Any]], None] = lambda manifest: None,
    **contents: bytes,
) -> Path:
    """The backup with other contents of files, or another manifest, sealed as its owner would seal it.

    The sums of the files given are right.
    """
    with file.open("rb") as stream:
        archive = Archive(stream)
        members = {name: b"".join(archive.read(name)) for name in archive.names[:-2]} | contents
        manifest = json.loads(b"".join(archive.read(MANIFEST)))
    for kept in manifest["files"]:
        if kept["name"] in contents:
            content = contents[kept["name"]]
            kept |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    change(manifest)
    written = json.dumps(manifest).encode()
    target = file.with_name("altered.tar")
    with target.open("w+b") as stream:
        writer = ArchiveWriter(stream)
        for name, content in {**members, MANIFEST: written, SEAL: seal_of(written, key)}.items():
            writer.add(name, len(content), [content])
        writer.finish()
    return target


def test_one_that_was_only_rewritten_is_sound(kept: Home, file: Path) -> None:
    check_backup(rewritten(file, kept.key), kept.key)


def test_a_byte_changed_anywhere_is_found(kept: Home, file: Path) -> None:
    sound, dice = file.read_bytes(), random.Random(1)
    altered = file.with_name("altered.tar")
    for _ in range(200):
        place = dice.randrange(len(sound))
        content = bytearray(sound)
        content[place] ^= dice.randrange(1, 256)
        altered.write_bytes(content)
        with pytest.raises(BackupError):
            check_backup(altered, kept.key)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99, 0.9999])
def test_one_that_was_cut_off_is_refused(kept: Home, file: Path, tmp_path: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BackupError, match="incomplete, or was altered"):
        restore(file, tmp_path / "again", kept.key)
    assert not (tmp_path / "again").exists()


def test_what_was_altered_is_named(kept: Home, file: Path, tmp_path: Path) -> None:
    content = bytearray(file.read_bytes())
    with file.open("rb") as stream:
        archive = Archive(stream)
        (vault,) = [name for name in archive.names if name.startswith("vault/")][:1]
        content[archive._places[vault].offset + 50_000] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupError, match=f"1 file of the backup is not what was written: {vault}"):
        restore(file, tmp_path / "again", kept.key)
    assert not (tmp_path / "again").exists()


def test_a_manifest_that_somebody_else_wrote_is_refused(kept: Home, file: Path) -> None:
    """They can make every sum right, and not the seal."""
    forged = rewritten(file, b"another key", **{"study.toml": b"[study]"})
    with pytest.raises(BackupError, match="list of what the backup holds was altered"):
        check_backup(forged, kept.key)


def test_rows_must_be_those_that_were_counted(kept: Home, file: Path, tmp_path: Path) -> None:
    lines = gzip.compress(b'["C_009","participant"]\n', mtime=0)
    with pytest.raises(BackupError, match=r"is not what was written: rows/study/party.jsonl.gz"):
        restore(rewritten(file, kept.key, **{"rows/study/party.jsonl.gz": lines}), tmp_path / "again", kept.key)
    assert not (tmp_path / "again").exists()


def test_rows_that_do_not_fit_together_are_not_put_in(kept: Home, file: Path, tmp_path: Path) -> None:
    """A recording of nothing that is bound to nothing: right in every sum, and refused by the database."""
    name, line = "rows/study/binding.jsonl.gz", b'[77,"c","2020-06-01T00:00:00.000000Z",78,"r"]\n'

    def with_its_sums(manifest: dict[str, Any]) -> None:
        (table,) = [t for t in manifest["databases"]["study"]["tables"] if t["table"]["name"] == "binding"]
        table |= {"rows": 1, "sha256": hashlib.sha256(line).hexdigest()}

    forged = rewritten(file, kept.key, with_its_sums, **{name: gzip.compress(line, mtime=0)})
    check_backup(forged, kept.key)
    with pytest.raises(BackupError, match=r"rows could not be put into the database \(IntegrityError\)"):
        restore(forged, tmp_path / "again", kept.key)
    assert list(tmp_path.glob("*again*")) == list(tmp_path.glob(".*again*")) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.update(format=2), "made by a newer Fieldcall"),
        (lambda m: m["databases"]["study"].update(revision="9999"), r"made by a newer Fieldcall \(the revision of its"),
        (lambda m: m["files"].pop(), "does not hold the files that it lists"),
        (lambda m: m["files"].append(m["files"][0]), "does not hold the files that it lists"),
        (lambda m: m.pop("key"), "cannot be read"),
        (lambda m: m.update(more=1), "cannot be read"),
        (lambda m: m["databases"]["study"]["tables"][0]["table"].update(name='x"; DROP TABLE party'), "cannot be read"),
    ],
)
def test_a_manifest_that_cannot_be_is_told(
    kept: Home, file: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    with pytest.raises(BackupError, match=message):
        restore(rewritten(file, kept.key, change), tmp_path / "again", kept.key)
    assert not (tmp_path / "again").exists()


def test_a_file_that_belongs_nowhere_is_refused(kept: Home, file: Path, tmp_path: Path) -> None:
    content = b"#!/bin/sh"

    def listed(manifest: dict[str, Any]) -> None:
        sha256 = hashlib.sha256(content).hexdigest()
        manifest["files"].append({"name": "elsewhere/x", "size": len(content), "sha256": sha256})

    with pytest.raises(BackupError, match="'elsewhere/x', which belongs to no place of a study"):
        restore(rewritten(file, kept.key, listed, **{"elsewhere/x": content}), tmp_path / "again", kept.key)
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("name", ["../../escaped", "/tmp/escaped", "a/../../escaped"])
def test_a_name_that_leads_out_of_the_inbox_is_refused(kept: Home, file: Path, tmp_path: Path, name: str) -> None:
    from storage.backup.places import Waiting, seal_names

    sealed = seal_names([Waiting(1, name, 0)], kept.key)
    with pytest.raises(BackupError, match="has no name inside it"):
        restore(rewritten(file, kept.key, **{"inbox/names": sealed}), tmp_path / "again", kept.key)
    assert not (tmp_path / "again").exists()
    assert not list(tmp_path.parent.rglob("escaped"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=3_000))
def test_whatever_a_file_holds_it_is_refused_in_words(kept: Home, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any.tar"
    stream = io.BytesIO()
    writer = ArchiveWriter(stream)
    for name in ("study.toml", MANIFEST, SEAL):
        writer.add(name, len(content), [content])
    writer.finish()
    for written in (content, stream.getvalue()):
        file.write_bytes(written)
        with pytest.raises(BackupError):
            check_backup(file, kept.key)
