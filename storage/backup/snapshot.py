"""Making a backup: the study as it stands at one moment, in a file that is read back before it takes its name.

The inbox is read first, then the rows as one transaction sees them, then the files that they tell of: whatever is being
captured meanwhile is in the backup at least once, and what is being transcribed is there as far as it was.
"""

import gzip
import io
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, text
from sqlmodel import Session

from storage.backup.archive import CHUNK, ArchiveWriter, Changed, chunks_of
from storage.backup.checking import Progress, check_backup
from storage.backup.manifest import (
    FORMAT,
    MANIFEST,
    SEAL,
    KeptDatabase,
    KeptTable,
    Manifest,
    Tally,
    file_of,
    fingerprint,
    rows_member,
    seal_of,
    tallied,
)
from storage.backup.parts import clear_abandoned, held, part_beside, remove, show
from storage.backup.places import (
    INBOX_NAMES,
    Source,
    Waiting,
    seal_names,
    single_files,
    stored_files,
    waiting_files,
)
from storage.backup.rows import Table, count_rows, last_id, read_lines, tables_of
from storage.contacts import Contacts
from storage.database import CONTACTS_HEAD, STUDY_HEAD, Database
from storage.errors import BackupError
from storage.files import sync_folder
from storage.intake.settling import Found, is_unchanged
from storage.study import Study

_COMPRESSION = 2  # of rows: with more of it a backup takes far longer and is hardly smaller
_GLANCE = 1_000  # rows between two reports of progress


@dataclass(frozen=True, slots=True)
class Home:
    """An open study: its file, both its databases, and the key of the contact details as it is written."""

    study: Study
    database: Database
    contacts: Contacts
    key: bytes


@dataclass(frozen=True, slots=True)
class BackupReport:
    """A backup that was written and read back. `unsettled` files of the inbox were still changing and are not in it."""

    path: Path
    size: int
    manifest: Manifest
    unsettled: int


@dataclass
class _Work:
    """A backup in the making."""

    home: Home
    writer: ArchiveWriter
    progress: Progress
    scratch: Path
    missing: list[str] = field(default_factory=list)
    unsettled: int = 0


def write_backup(
    home: Home, target: Path, *, now: datetime, with_deliveries: bool = True, progress: Progress | None = None
) -> BackupReport:
    """Write a study into the new file `target`, or a file named after study and time where that is a folder.

    The file takes its name once it has been read back. `progress` is told what is done, how much of it and of how much.
    Raises BackupError, and then nothing was left behind; ContactsError where the key does not fit the contact details.
    """
    path = target / _name(home.study, now) if target.is_dir() else target
    if path.exists():
        raise BackupError(f"{path} is there already, and a backup never takes the place of another. Name a new file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_abandoned(path.parent)
        return _write_hidden(home, path, now, with_deliveries, progress or (lambda what, done, total: None))
    except OSError as error:
        raise BackupError(
            f"The backup could not be written: {error.strerror}. Nothing was left behind; make room or name a place "
            "on another disk, then begin again."
        ) from error


def _write_hidden(home: Home, path: Path, now: datetime, with_deliveries: bool, progress: Progress) -> BackupReport:
    part = part_beside(path)
    try:
        with part.open("x+b") as file, held(part):
            part.chmod(0o600)
            work = _Work(home, ArchiveWriter(file), progress, path.parent)
            written = _write(work, now, with_deliveries)
            _to_disk(file)
            _read_back(part, home.key, written, progress)
            show(part, path)
        sync_folder(path.parent)
    except BaseException:
        remove(part)
        raise
    return BackupReport(path, path.stat().st_size, written, work.unsettled)


def _write(work: _Work, now: datetime, with_deliveries: bool) -> Manifest:
    """All members, and the manifest last, for only then is it known."""
    for source in single_files(work.home.study):
        try:
            content = source.path.read_bytes()
        except FileNotFoundError:
            if source.is_draft:  # it was taken back from its editor: the rows that are read next have it
                continue
            raise
        work.writer.add(source.name, len(content), [content])
    _write_inbox(work)
    with _at_one_moment(work.home.database) as rows, _at_one_moment(work.home.contacts.database) as contact_rows:
        databases = {
            "study": KeptDatabase(revision=STUDY_HEAD, tables=tuple(_write_rows(work, rows, "study"))),
            "contacts": KeptDatabase(revision=CONTACTS_HEAD, tables=tuple(_write_rows(work, contact_rows, "contacts"))),
        }
        with Session(rows) as session:
            sources, missing = stored_files(session, work.home.study, with_deliveries=with_deliveries)
    _write_files(work, sources)
    manifest = Manifest(
        format=FORMAT,
        study=work.home.study.study.title,
        made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        key=fingerprint(work.home.key),
        databases=databases,
        files=tuple(file_of(member) for member in work.writer.members),
        missing=tuple(sorted([*missing, *work.missing])),
    )
    written = manifest.model_dump_json(indent=1).encode()
    for name, content in ((MANIFEST, written), (SEAL, seal_of(written, work.home.key))):
        work.writer.add(name, len(content), [content])
    work.writer.finish()
    return manifest


def _write_inbox(work: _Work) -> None:
    """What waits in the inbox, unless it is still arriving or was captured meanwhile."""
    kept: list[Waiting] = []
    for waiting, found in waiting_files(work.home.study):
        try:
            work.writer.add(waiting.member, found.look.size if found.look else 0, _unchanged(found))
            kept.append(waiting)
        except FileNotFoundError:  # captured: the rows that are read next tell of it
            pass
        except Changed:
            work.unsettled += 1
    if kept:
        sealed = seal_names(kept, work.home.key)
        work.writer.add(INBOX_NAMES, len(sealed), [sealed])


def _unchanged(found: Found) -> Iterator[bytes]:
    yield from chunks_of(found.path)
    if not is_unchanged(found):
        raise Changed


@contextmanager
def _at_one_moment(database: Database) -> Iterator[Connection]:
    """A transaction that sees the rows as they are now, while others go on writing."""
    options: dict[str, Any] = {}
    if database.engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with database.engine.connect().execution_options(**options) as connection, connection.begin():
        connection.execute(text("SELECT version_num FROM alembic_version"))  # what is seen is what there is now
        yield connection


def _write_rows(work: _Work, connection: Connection, line: str) -> Iterator[KeptTable]:
    tables = tables_of(connection)
    total = sum(count_rows(connection, table) for table in tables)
    done = 0
    for table in tables:
        kept = _write_table(work, connection, line, table, partial(_tell_rows, work, line, done, total))
        done += kept.rows
        yield kept


def _tell_rows(work: _Work, line: str, before: int, total: int, rows: int) -> None:
    work.progress(f"rows of {line}", before + rows, total)


def _write_table(
    work: _Work, connection: Connection, line: str, table: Table, tell: Callable[[int], None]
) -> KeptTable:
    """The lines go through a file without a name, for an archive must know the size of what comes."""
    tally = Tally()
    with tempfile.TemporaryFile(dir=work.scratch) as scratch:
        packed = gzip.GzipFile(filename="", mode="wb", fileobj=scratch, compresslevel=_COMPRESSION, mtime=0)
        with io.BufferedWriter(packed, CHUNK) as out:  # many small writes take long
            for number, each in enumerate(tallied(read_lines(connection, table), tally)):
                out.write(each)
                if number % _GLANCE == 0:
                    tell(number)
        size = scratch.tell()
        scratch.seek(0)
        work.writer.add(rows_member(line, table.name), size, iter(lambda: scratch.read(CHUNK), b""))
    return KeptTable(table=table, rows=tally.rows, sha256=tally.sha256, last_id=last_id(connection, table))


def _write_files(work: _Work, sources: list[Source]) -> None:
    total = sum(source.path.stat().st_size for source in sources)
    free = shutil.disk_usage(work.scratch).free
    if total > free:
        raise BackupError(
            f"The backup needs more than {total:,} bytes, and there is room for {free:,}. Nothing was left behind; "
            "make room or name a place on another disk, then begin again."
        )
    done = 0
    for source in sources:
        size = source.path.stat().st_size
        work.writer.add(source.name, size, chunks_of(source.path))
        done += size
        work.progress("files", done, total)


def _read_back(part: Path, key: bytes, written: Manifest, progress: Progress) -> None:
    if check_backup(part, key, progress) != written:
        raise BackupError("The backup does not read back as it was written; the disk may be failing. Use another disk.")


def _to_disk(file: IO[bytes]) -> None:
    """See to it that what is read back next comes from the disk, and not from memory, where the system can be asked."""
    file.flush()
    os.fsync(file.fileno())
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _name(study: Study, now: datetime) -> str:
    title = re.sub(r"[^a-z0-9]+", "-", study.study.title.lower()).strip("-")[:40] or "study"
    return f"{title}_{now.astimezone(study.zone):%Y-%m-%dT%H%M%S}.tar"
