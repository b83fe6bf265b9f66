"""Recordings at rest: a folder addressed by content (SHA-256). Originals are never changed.

A recording with the digest `ab12…` and suffix `.wav` lies at `ab/ab12….wav`, read-only.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from storage.errors import VaultError
from storage.files import replacing, sync_folder, write_with

BLOCK = 1 << 20
_CHANGING = (
    "The copy of a recording differs from the file in the inbox, which may still be changing. "
    "Nothing was stored; capture again when it is complete."
)


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in the vault: its digest in hexadecimal, its size in bytes, where it lies."""

    sha256: str
    size: int
    path: Path


@dataclass(frozen=True, slots=True)
class Vault:
    folder: Path

    def path(self, sha256: str, suffix: str) -> Path:
        """Where a recording lies, whether it is there or not."""
        return self.folder / sha256[:2] / f"{sha256}{suffix}"

    def store(
        self, source: Path, suffix: str, progress: Callable[[int], None] | None = None, *, sha256: str = ""
    ) -> Stored:
        """Copy `source`, whose digest was `sha256` if given, into the vault; storing it again changes nothing.

        `suffix` is that of the format and never taken from the file's name unseen, for a name can end in
        anything, a person's name included. The copy is read back and compared before it takes its name.
        `progress` is told the bytes done. Raises VaultError when the source changes meanwhile, the disk is
        full, or the copy differs; the source is never touched.
        """
        try:
            digest, size = digest_of(source)
            if sha256 and digest != sha256:
                raise VaultError(_CHANGING)
            target = self.path(digest, suffix)
            if not (target.is_file() and digest_of(target)[0] == digest):
                self._copy(source, target, digest, size, progress)
        except OSError as error:
            raise VaultError(
                f"The recording could not be stored: {error.strerror}. Nothing was lost, the file is still where it "
                "came from; make room or mend the disk, then capture again."
            ) from error
        return Stored(digest, size, target)

    def _copy(self, source: Path, target: Path, digest: str, size: int, progress: Callable[[int], None] | None) -> None:
        done = 0
        with source.open("rb") as original, replacing(target, mode=0o400) as copy:
            # no further than it was: a file that grows as fast as it is copied would fill the disk
            while block := original.read(min(BLOCK, size - done)):
                copy.write(block)
                done += len(block)
                if progress:
                    progress(done)
            copy.flush()
            if original.read(1) or digest_of(Path(copy.name))[0] != digest:
                raise VaultError(_CHANGING)

    def make(self, suffix: str, write: Callable[[IO[bytes]], object]) -> Stored:
        """Store what `write` writes into the file it is given; the same content again changes nothing.

        Raises VaultError when the disk is full, and whatever `write` raises; nothing is left behind then.
        """
        made = self.folder / "made" / f".{secrets.token_hex(8)}.part"  # named as what a killed program leaves
        try:
            write_with(made, write, mode=0o400)
            digest, size = digest_of(made)
            target = self.path(digest, suffix)
            target.parent.mkdir(parents=True, exist_ok=True)
            made.replace(target)
            sync_folder(target.parent)
        except OSError as error:
            made.unlink(missing_ok=True)
            raise VaultError(
                f"The joined recording could not be stored: {error.strerror}. Nothing was lost, its files are still in "
                "the inbox; make room or mend the disk, then capture again."
            ) from error
        return Stored(digest, size, target)

    def remove_leftovers(self) -> None:
        """Remove the half copies that a killed program left. Only for whoever alone may store (see `lock`)."""
        for part in self.folder.glob("*/.*.part"):
            part.unlink(missing_ok=True)

    @property
    def lock(self) -> Path:
        """The lock file held by whoever stores recordings."""
        return self.folder / ".storing"

    def in_hand(self, recording_id: int) -> Path:
        """The lock file held by whoever transcribes a recording; every machine that does sees this folder."""
        return self.folder / "in-hand" / f"{recording_id}.lock"

    def verify(self, sha256: str, suffix: str) -> None:
        """Raise VaultError when a recording is missing or no longer what was captured."""
        path = self.path(sha256, suffix)
        if not path.is_file():
            raise VaultError(f"Recording {sha256[:12]} is missing from the vault. Restore it from a backup.")
        if digest_of(path)[0] != sha256:
            raise VaultError(
                f"Recording {sha256[:12]} in the vault is damaged (its content has changed). Restore it from a backup."
            )


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 in hexadecimal and size in bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size
