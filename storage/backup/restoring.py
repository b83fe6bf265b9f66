"""Putting a study back from its backup, into a place that has nothing yet.

The backup is read through before anything is written, and everything is read back from where it lies and compared with
the backup before the study takes its place. A PostgreSQL database must be empty, or hold these very rows already.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage.backup.archive import Archive
from storage.backup.checking import Progress, check_backup, checked_lines
from storage.backup.manifest import KeptDatabase, KeptFile, Manifest, Tally, tallied
from storage.backup.places import INBOX_NAMES, STUDY_FILE, VAULT, open_names, place_of
from storage.backup.rows import give_no_id_again, read_lines, tables_of, write_lines
from storage.backup.staging import Layout, laying_out
from storage.database import CONTACTS_HEAD, STUDY_HEAD, downgrade, make_engine, open_at, revisions, upgrade
from storage.errors import BackupError
from storage.files import replacing, write_bytes
from storage.guards import lifted
from storage.study import DATABASE_VARIABLE, Study
from storage.vault import digest_of

_HEADS = {"study": STUDY_HEAD, "contacts": CONTACTS_HEAD}


@dataclass(frozen=True, slots=True)
class Compared:
    """What the backup holds of something and what is there now: rows of a table, or files of a place."""

    what: str
    kept: int
    found: int
    is_equal: bool


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """A study that was put back, with everything that was compared.

    `brought_up` names the databases whose rows were of an older revision, `untouched` those that held these very rows
    already, so that nothing was written into them.
    """

    folder: Path
    manifest: Manifest
    compared: tuple[Compared, ...]
    brought_up: tuple[str, ...]
    untouched: tuple[str, ...]


def restore(
    backup: Path, folder: Path, key: bytes, *, with_key: bool = False, progress: Progress | None = None
) -> RestoreReport:
    """Put a study back into `folder`, which must be new or empty; `with_key` puts the key where its file wants it.

    The study database goes where the study file or the environment says. `progress` is told what is done, how much of
    it and of how much. Raises BackupError, ContactsError or StudyFileError, and then nothing was left behind.
    """
    tell = progress or (lambda what, done, total: None)
    try:
        manifest = check_backup(backup, key, tell)
        _refuse_newer(manifest)
        with backup.open("rb") as file:
            archive = Archive(file)
            with laying_out(folder, b"".join(archive.read(STUDY_FILE))) as layout:
                compared, untouched = _put_back(archive, manifest, layout, key, tell)
                if with_key:
                    _put_key(layout.study, key)
    except OSError as error:
        raise BackupError(
            f"The study could not be restored: {error.strerror}. Nothing was left behind; make room or name another "
            "place, then begin again."
        ) from error
    return RestoreReport(folder, manifest, tuple(compared), _brought_up(manifest), tuple(untouched))


def _put_back(
    archive: Archive, manifest: Manifest, layout: Layout, key: bytes, tell: Progress
) -> tuple[list[Compared], list[str]]:
    """Everything that was compared, and the databases that held their rows already."""
    places = _places(archive, manifest, layout.study, key)
    _put_files(archive, places, tell)
    compared = [*_compare_files(places, tell)]
    contacts = URL.create("sqlite", database=str(layout.study.place(layout.study.storage.contacts)))
    urls = {"study": layout.database_url, "contacts": contacts}
    untouched = []
    for line, kept in manifest.databases.items():
        tell(f"rows of {line}", 0, 0)
        rows, was_there = _put_database(archive, line, kept, urls[line], key)
        compared += rows
        untouched += [line] if was_there else []
    if wrong := [one.what for one in compared if not one.is_equal]:
        raise BackupError(f"What was written does not read back as it was in the backup: {', '.join(wrong)}.")
    return compared, untouched


@dataclass(frozen=True, slots=True)
class _Placed:
    """A file of the backup, the place where it goes, and when it was last written, where that is kept."""

    file: KeptFile
    path: Path
    modified_ns: int | None = None


def _places(archive: Archive, manifest: Manifest, study: Study, key: bytes) -> list[_Placed]:
    placed = []
    waiting = {}
    if INBOX_NAMES in archive.names:
        waiting = {each.member: each for each in open_names(b"".join(archive.read(INBOX_NAMES)), key)}
    for file in manifest.files:
        head = file.name.partition("/")[0]
        if file.name in waiting:
            name, modified_ns = waiting[file.name].name, waiting[file.name].modified_ns
            placed.append(_Placed(file, study.place(study.capture.inbox) / name, modified_ns))
        elif head != "rows" and file.name != INBOX_NAMES:
            placed.append(_Placed(file, place_of(study, file.name)))
    return placed


def _put_files(archive: Archive, places: list[_Placed], tell: Progress) -> None:
    total, done = sum(placed.file.size for placed in places), 0
    for placed in places:
        in_vault = placed.file.name.startswith(f"{VAULT}/")
        with replacing(placed.path, mode=0o400 if in_vault else 0o600) as out:
            out.writelines(archive.read(placed.file.name))
        if placed.modified_ns is not None:
            os.utime(placed.path, ns=(placed.modified_ns, placed.modified_ns))
        done += placed.file.size
        tell("files", done, total)


def _compare_files(places: list[_Placed], tell: Progress) -> Iterator[Compared]:
    """By the first part of their names in the backup."""
    heads = dict.fromkeys(placed.file.name.partition("/")[0] for placed in places)
    total, done = sum(placed.file.size for placed in places), 0
    for head in heads:
        of_head = [placed for placed in places if placed.file.name.partition("/")[0] == head]
        equal = 0
        for placed in of_head:
            equal += digest_of(placed.path) == (placed.file.sha256, placed.file.size)
            done += placed.file.size
            tell("comparing", done, total)
        yield Compared(head, len(of_head), equal, equal == len(of_head))


def _put_database(archive: Archive, line: str, kept: KeptDatabase, url: URL, key: bytes) -> tuple[list[Compared], bool]:
    """The rows that were compared, and whether they were there already."""
    engine = make_engine(url)
    try:
        is_empty = not inspect(engine).get_table_names()
        if is_empty:
            _load(archive, engine, line, kept, key)
        compared = list(_compare_rows(engine, line, kept))
        if not all(one.is_equal for one in compared):
            if not is_empty:
                raise BackupError(
                    f"The database for the {line} rows holds others already. Nothing was restored; name an empty one "
                    f"in {DATABASE_VARIABLE}."
                )
            _unload(engine, line)
    except DBAPIError as error:
        raise BackupError(
            f"The {line} rows could not be put into the database ({type(error.orig).__name__}). Nothing was restored; "
            "look whether it can be reached and written to, then begin again."
        ) from error
    finally:
        engine.dispose()
    open_at(url, line, _HEADS[line]).engine.dispose()
    return compared, not is_empty


def _load(archive: Archive, engine: Engine, line: str, kept: KeptDatabase, key: bytes) -> None:
    """All rows in one transaction, at the revision that they had."""
    with engine.execution_options(writing=True).begin() as connection:
        upgrade(connection, line, kept.revision)
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # a row may refer to a later one
        with lifted(connection):
            for each in kept.tables:
                write_lines(connection, each.table, checked_lines(archive, line, each, key))
                give_no_id_again(connection, each.table, each.last_id)


def _unload(engine: Engine, line: str) -> None:
    with engine.execution_options(writing=True).begin() as connection:
        downgrade(connection, line, "base")


def _compare_rows(engine: Engine, line: str, kept: KeptDatabase) -> Iterator[Compared]:
    """Every table, read as the backup has read it."""
    with engine.connect() as connection:
        there = {table.name: table for table in tables_of(connection)}
        for each in kept.tables:
            tally = Tally()
            if there.get(each.table.name) == each.table:
                for _ in tallied(read_lines(connection, each.table), tally):
                    pass
            is_equal = (tally.rows, tally.sha256) == (each.rows, each.sha256)
            yield Compared(f"{line} {each.table.name}", each.rows, tally.rows, is_equal)


def _put_key(study: Study, key: bytes) -> None:
    path = study.place(study.storage.contacts_key)
    if not path.exists():
        write_bytes(path, key + b"\n")


def _refuse_newer(manifest: Manifest) -> None:
    for line, kept in manifest.databases.items():
        if kept.revision not in revisions(line):
            raise BackupError(
                f"The backup was made by a newer Fieldcall (the revision of its {line} database is {kept.revision}, "
                f"this program's {_HEADS[line]}). Install the newer version; nothing was restored."
            )


def _brought_up(manifest: Manifest) -> tuple[str, ...]:
    older = {line: kept.revision for line, kept in manifest.databases.items() if kept.revision != _HEADS[line]}
    return tuple(f"{line}: {revision} to {_HEADS[line]}" for line, revision in older.items())
