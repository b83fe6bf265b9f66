"""What a backup says of itself: every file with its SHA-256, every table with its rows, and the key that opens it.

The key of the contact details is never in a backup. Its fingerprint says which one is needed, and a seal made with it
(HMAC-SHA256 over the manifest) says that nobody without it has changed what the manifest says.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, ValidationError

from storage.backup.archive import Archive, Member
from storage.backup.places import VAULT
from storage.backup.rows import Table
from storage.errors import BackupError

FORMAT = 1  # rises when a backup can no longer be read by a program that knows only the older form
MANIFEST, SEAL = "manifest.json", "manifest.hmac"
LINES = ("study", "contacts")  # the databases of a study, by the line of their migrations
_LARGEST = 256 << 20  # bytes of a manifest: millions of files


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class KeptTable(_Part):
    """A table in the backup: its rows, the SHA-256 of their lines, and the last number it has given to one."""

    table: Table
    rows: int
    sha256: str
    last_id: int


class KeptDatabase(_Part):
    """A database in the backup: its revision and its tables, each after those that it refers to."""

    revision: str
    tables: tuple[KeptTable, ...]


class KeptFile(_Part):
    """A file in the backup."""

    name: str
    size: int
    sha256: str


class Manifest(_Part):
    """All that a backup holds. `missing` are files that the study should have had and that were not there."""

    format: int
    study: str
    made_at: str
    key: str
    databases: dict[str, KeptDatabase]
    files: tuple[KeptFile, ...]
    missing: tuple[str, ...]

    @property
    def damaged(self) -> tuple[str, ...]:
        """Files of the vault that are kept as they lay there, and lay there otherwise than they were captured.

        They are named by the sum of what was captured.
        """
        vault = (file for file in self.files if file.name.startswith(f"{VAULT}/"))
        return tuple(file.name for file in vault if PurePosixPath(file.name).name.partition(".")[0] != file.sha256)


@dataclass(slots=True)
class Tally:
    """How many lines went by, and their SHA-256."""

    rows: int = 0
    sha256: str = hashlib.sha256().hexdigest()


def tallied(lines: Iterable[bytes], tally: Tally) -> Iterator[bytes]:
    """The lines as they are; `tally` is right once all went by."""
    digest, rows = hashlib.sha256(), 0
    for line in lines:
        digest.update(line)
        rows += 1
        yield line
    tally.rows, tally.sha256 = rows, digest.hexdigest()


def fingerprint(key: bytes) -> str:
    """Which key it is, without telling anything of it."""
    return hashlib.sha256(b"fieldcall: which key is this? " + key).hexdigest()[:16]


def seal_of(manifest: bytes, key: bytes) -> bytes:
    """What only the owner of the key can make of a manifest, in hexadecimal."""
    return hmac.new(key, manifest, hashlib.sha256).hexdigest().encode()


def rows_member(line: str, table: str) -> str:
    """The name of a table's lines in the archive."""
    return f"rows/{line}/{table}.jsonl.gz"


def file_of(member: Member) -> KeptFile:
    return KeptFile(name=member.name, size=member.size, sha256=member.sha256)


def read_manifest(archive: Archive, key: bytes) -> Manifest:
    """The manifest of a backup, which lists its files and no others. Raises BackupError."""
    if archive.names[-2:] != (MANIFEST, SEAL) or archive.size(MANIFEST) > _LARGEST:
        raise BackupError("The file is no backup of a study, or is incomplete. Use another one.")
    written = b"".join(archive.read(MANIFEST))
    manifest = _parsed(written)
    if manifest.key != fingerprint(key):
        raise BackupError(
            f"The backup belongs to the key with the fingerprint {manifest.key}, and the key given has "
            f"{fingerprint(key)}. Give the key that the study had when the backup was made."
        )
    if not hmac.compare_digest(b"".join(archive.read(SEAL)), seal_of(written, key)):
        raise BackupError("The list of what the backup holds was altered. Use another backup.")
    if archive.names[:-2] != tuple(file.name for file in manifest.files):
        raise BackupError("The backup does not hold the files that it lists. Use another one.")
    return manifest


def _parsed(written: bytes) -> Manifest:
    try:
        if (number := _AnyForm.model_validate_json(written).format) > FORMAT:
            raise BackupError(
                f"The backup was made by a newer Fieldcall (its form is {number}, this program's {FORMAT}). "
                "Install the newer version; nothing was changed."
            )
        return Manifest.model_validate_json(written)
    except ValidationError:
        raise BackupError(
            "The list of what the backup holds cannot be read; it was altered. Use another backup."
        ) from None


class _AnyForm(BaseModel):
    format: int
