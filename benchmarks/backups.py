"""Whole studies into a backup and back, on both databases and across: `python -m benchmarks.backups`.

Times are those of the whole command's work: a backup is written and read back, a restore reads the backup, writes
everything, reads it back and compares it. A backup of one study is then altered in one byte a thousand times.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, make_url

from benchmarks.filled_study import Size, filled_study
from benchmarks.postgresql_server import NoServer, private_server
from desk.output import print_table
from storage.backup.checking import check_backup
from storage.backup.manifest import KeptDatabase, Manifest
from storage.backup.restoring import RestoreReport, restore
from storage.backup.snapshot import Home, write_backup
from storage.contacts import open_contacts, read_key
from storage.database import open_database
from storage.errors import StorageError
from storage.study import DATABASE_VARIABLE, load_study

Row = dict[str, object]
NOW = datetime(2020, 10, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Leg:
    """One study into a backup, and that into the next database."""

    backup_s: float
    restore_s: float
    size: int
    manifest: Manifest
    report: RestoreReport


def main() -> None:
    """Measure and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interviews", type=int, nargs="*", default=[57, 5_000])
    parser.add_argument("--media", type=int, default=2_000_000, help="bytes of each recording of the smallest study")
    parser.add_argument("--flips", type=int, default=1_000)
    chosen = parser.parse_args()
    for place, interviews in enumerate(chosen.interviews):
        size = Size(interviews, media_bytes=chosen.media if place == 0 else 20_000)
        print_table(rows(size), f"backups of {interviews} interviews, {os.cpu_count()} cores")
    print_table(flip_rows(chosen.flips), "one byte of a backup altered")


def rows(size: Size) -> list[Row]:
    """SQLite to SQLite, then SQLite to PostgreSQL to SQLite, each time compared with what went in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _home(""):
            filled_study(folder / "sqlite", size)
            found = [_row("SQLite to SQLite", _leg(folder, "sqlite", "", "again"))]
        try:
            with private_server() as url:
                return found + _across(folder, url)
        except NoServer as reason:
            return [*found, {**dict.fromkeys(found[0], ""), "way": f"PostgreSQL: not measured: {reason}"}]


def _across(folder: Path, url: str) -> list[Row]:
    """There, within, and back; the last study must have the very rows of the first."""
    made = [_new_database(url, name) for name in ("first", "second")]
    with _home(""):
        there = _leg(folder, "sqlite", made[0], "there")
    with _home(made[0]):
        within = _leg(folder, "there", made[1], "within")
        back = _leg(folder, "there", "", "back")
    with _home(""):
        last = check_backup(_backup(folder, "back")[0], _key(folder, "back"))
    same = last.databases == there.manifest.databases
    return [
        _row("SQLite to PostgreSQL", there),
        _row("PostgreSQL to PostgreSQL", within),
        _row("PostgreSQL to SQLite", back),
        {
            **dict.fromkeys(_row("", there), ""),
            "way": "SQLite to PostgreSQL to SQLite",
            "rows": _count(last.databases.values()),
            "rows equal": "100 %" if same else "NO",
        },
    ]


def flip_rows(times: int) -> list[Row]:
    """How many single altered bytes are found, at random in a whole backup of a small study."""
    with tempfile.TemporaryDirectory() as name, _home(""):
        folder, dice = Path(name), random.Random(1)
        filled_study(folder / "study", Size(5, utterances=20, media_bytes=2_000))
        file, _ = _backup(folder, "study")
        sound, key, found = file.read_bytes(), _key(folder, "study"), 0
        for _ in range(times):
            content = bytearray(sound)
            content[dice.randrange(len(sound))] ^= dice.randrange(1, 256)
            file.write_bytes(content)
            try:
                check_backup(file, key)
            except StorageError:
                found += 1
        return [{"backup of": f"{len(sound):,} bytes", "bytes altered": times, "found": found}]


def _leg(folder: Path, source: str, target_url: str, target: str) -> _Leg:
    """Back up the study in one folder and restore it into another, with its rows in the database at a URL."""
    file, backup_s = _backup(folder, source)
    with _home(target_url):
        began = time.perf_counter()
        report = restore(file, folder / target, _key(folder, source), with_key=True)
        restore_s = time.perf_counter() - began
    leg = _Leg(backup_s, restore_s, file.stat().st_size, report.manifest, report)
    file.unlink()
    return leg


def _backup(folder: Path, name: str) -> tuple[Path, float]:
    study = load_study(folder / name)
    home = Home(study, open_database(study), open_contacts(study), _key(folder, name))
    began = time.perf_counter()
    report = write_backup(home, folder / f"{name}.tar", now=NOW)
    seconds = time.perf_counter() - began
    home.database.engine.dispose()
    return report.path, seconds


def _key(folder: Path, name: str) -> bytes:
    return read_key(folder / name / "keys" / "contacts.key")


def _row(way: str, leg: _Leg) -> Row:
    files = [one for one in leg.report.compared if " " not in one.what]
    tables = [one for one in leg.report.compared if " " in one.what]
    return {
        "way": way,
        "backup s": f"{leg.backup_s:.1f}",
        "restore s": f"{leg.restore_s:.1f}",
        "backup MB": f"{leg.size / 1e6:.1f}",
        "rows": sum(one.found for one in tables),
        "rows equal": "100 %" if all(one.is_equal for one in tables) else "NO",
        "files": sum(one.found for one in files),
        "files equal": "100 %" if all(one.is_equal for one in files) else "NO",
    }


def _count(databases: Iterable[KeptDatabase]) -> int:
    return sum(table.rows for database in databases for table in database.tables)


def _new_database(url: str, name: str) -> str:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    engine.dispose()
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def _home(url: str) -> Iterator[None]:
    """Studies have their database at the URL, or where their file says."""
    before = os.environ.pop(DATABASE_VARIABLE, None)
    if url:
        os.environ[DATABASE_VARIABLE] = url
    try:
        yield
    finally:
        os.environ.pop(DATABASE_VARIABLE, None)
        if before is not None:
            os.environ[DATABASE_VARIABLE] = before


if __name__ == "__main__":
    main()
