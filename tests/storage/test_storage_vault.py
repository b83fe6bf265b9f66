"""Recordings at rest: stored as they were, once, and every later damage seen."""

import hashlib
import os
import stat
from pathlib import Path

import pytest

from storage.errors import VaultError
from storage.vault import BLOCK, Vault, digest_of

CONTENT = os.urandom(BLOCK + 1000)  # more than one block


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "Jane Featherstonehaugh.wav"
    path.write_bytes(CONTENT)
    return path


def stored_files(vault: Vault) -> list[Path]:
    return sorted(path for path in vault.folder.rglob("*") if path.is_file())


def test_a_recording_lies_under_its_digest_and_cannot_be_written(vault: Vault, source: Path) -> None:
    stored = vault.store(source, ".wav")
    assert stored.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert stored.size == len(CONTENT)
    assert stored.path == vault.folder / stored.sha256[:2] / f"{stored.sha256}.wav"
    assert stored.path.read_bytes() == CONTENT == source.read_bytes()
    assert stat.S_IMODE(stored.path.stat().st_mode) == 0o400
    assert stored_files(vault) == [stored.path]


def test_storing_it_again_changes_nothing(vault: Vault, source: Path) -> None:
    first = vault.store(source, ".wav")
    inode = first.path.stat().st_ino
    assert vault.store(source, ".wav") == first
    assert first.path.stat().st_ino == inode


def test_progress_is_told_in_bytes(vault: Vault, source: Path) -> None:
    told: list[int] = []
    vault.store(source, ".wav", told.append)
    assert told == [BLOCK, len(CONTENT)]


@pytest.mark.parametrize("place", [0, len(CONTENT) // 2, len(CONTENT) - 1])
def test_one_changed_byte_is_seen(vault: Vault, source: Path, place: int) -> None:
    stored = vault.store(source, ".wav")
    vault.verify(stored.sha256, ".wav")
    stored.path.chmod(0o600)
    damaged = bytearray(CONTENT)
    damaged[place] ^= 1
    stored.path.write_bytes(damaged)
    with pytest.raises(VaultError, match=f"Recording {stored.sha256[:12]} in the vault is damaged.*backup"):
        vault.verify(stored.sha256, ".wav")


def test_a_missing_recording_is_named(vault: Vault) -> None:
    with pytest.raises(VaultError, match=r"Recording aaaaaaaaaaaa is missing from the vault\. Restore it"):
        vault.verify("a" * 64, ".wav")


def test_a_damaged_copy_is_replaced_when_the_recording_comes_again(vault: Vault, source: Path) -> None:
    stored = vault.store(source, ".wav")
    stored.path.chmod(0o600)
    stored.path.write_bytes(CONTENT[:-1])
    vault.store(source, ".wav")
    vault.verify(stored.sha256, ".wav")


def test_a_source_that_is_no_longer_what_it_was_is_not_stored(vault: Vault, source: Path) -> None:
    with pytest.raises(VaultError, match="may still be changing"):
        vault.store(source, ".wav", sha256="a" * 64)
    assert stored_files(vault) == []


def test_a_source_that_changes_while_it_is_copied_is_not_stored(vault: Vault, source: Path) -> None:
    def overwrite(_done: int) -> None:
        with source.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"\0" if CONTENT[-1] else b"\1")

    with pytest.raises(VaultError, match="may still be changing"):
        vault.store(source, ".wav", overwrite)
    assert stored_files(vault) == []


def test_a_source_that_grows_while_it_is_copied_is_not_followed(vault: Vault, source: Path) -> None:
    told: list[int] = []

    def grow(done: int) -> None:
        told.append(done)
        with source.open("ab") as file:
            file.write(bytes(BLOCK))

    with pytest.raises(VaultError, match="may still be changing"):
        vault.store(source, ".wav", grow)
    assert told[-1] == len(CONTENT)
    assert stored_files(vault) == []


def test_a_source_that_is_not_there_is_told_without_its_name(vault: Vault, source: Path) -> None:
    source.unlink()
    with pytest.raises(VaultError, match="could not be stored: No such file or directory") as caught:
        vault.store(source, ".wav")
    assert "Featherstonehaugh" not in str(caught.value)


def test_half_copies_of_a_killed_program_are_removed(vault: Vault, source: Path) -> None:
    stored = vault.store(source, ".wav")
    half = stored.path.with_name(f".{stored.path.name}.0a1b2c3d.part")
    half.write_bytes(CONTENT[:100])
    vault.remove_leftovers()
    assert stored_files(vault) == [stored.path]


def test_the_digest_is_that_of_the_content(source: Path) -> None:
    assert digest_of(source) == (hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
