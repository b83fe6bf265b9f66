"""`fieldcall backup · restore`: a whole study in one file, and back from it."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import Opened, opened
from desk.output import JSON_OPTION, Row, complain, print_json, print_table, progress_bar, say

if TYPE_CHECKING:
    from storage.backup.manifest import Manifest
    from storage.backup.restoring import RestoreReport
    from storage.backup.snapshot import Home


MOST_NAMED = 20  # recordings that are told of one by one


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    app.command()(backup)
    app.command()(restore)


def backup(
    context: typer.Context,
    target: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="A new file, or a folder to make it in.")],
    without_deliveries: Annotated[
        bool, typer.Option("--without-deliveries", help="Leave out what was handed over before.")
    ] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Write the whole study into one file, without its keys, and read that back. Flows may be running meanwhile."""
    from storage.backup.snapshot import write_backup

    is_new_file = target.suffix == ".tar"  # else a disk that is not mounted, or a folder with a slip in its name
    if not target.exists() and not is_new_file:
        raise typer.BadParameter(f"{target} is not there; make that folder first, or name a file that ends in .tar")
    home, now = _home(opened(context)), datetime.now(UTC)
    with _bars() as progress:
        report = write_backup(home, target, now=now, with_deliveries=not without_deliveries, progress=progress)
    held = _held(report.manifest)
    if as_json:
        facts = {"file": report.path, "bytes": report.size, "key": report.manifest.key, "unsettled": report.unsettled}
        print_json({**facts, "missing": report.manifest.missing, "damaged": report.manifest.damaged, "rows": held})
    else:
        print_table(held, "In the backup, read back as it was written")
        say(f"{report.path} ({report.size:,} bytes) holds what people said: keep it where the study's data plan says.")
        say(f"It opens with the key that has the fingerprint {report.manifest.key}, and that is not in it.")
    if report.unsettled:
        complain(f"{report.unsettled} files in the inbox were still arriving and are not in it. Make another later.")
    _end_with_missing(report.manifest)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup.")],
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="A folder for the study, new or empty.")] = None,
    key: Annotated[Path | None, typer.Option(metavar="KEY", help="The study's key, a file; else the variable.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only read the backup and compare it with itself.")] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Put a study back from its backup into a new folder, and compare all of it with the backup."""
    from storage.backup.checking import check_backup
    from storage.backup.restoring import restore as put_back

    if check == (to is not None):
        raise typer.BadParameter("name the folder for the study with --to, or only look with --check")
    if not file.is_file():
        raise typer.BadParameter(f"{file} is not a file; name a backup")
    with _bars() as progress:
        if to is None:
            manifest = check_backup(file, _key(key), progress)
            _show(_held(manifest), manifest, "In the backup, as it was written", as_json=as_json)
        else:
            report = put_back(file, to.absolute(), _key(key), with_key=key is not None, progress=progress)
            manifest = report.manifest
            _show(_compared(report), manifest, "Put back, and compared with the backup", as_json=as_json)
            if not as_json:
                _tell_next(report, with_key=key is not None)
    _end_with_missing(manifest)


def _show(rows: list[Row], manifest: "Manifest", title: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"rows": rows, "missing": manifest.missing, "damaged": manifest.damaged})
    else:
        print_table(rows, title)


def _home(here: Opened) -> "Home":
    from storage.backup.snapshot import Home
    from storage.contacts import read_key

    key = read_key(here.study.place(here.study.storage.contacts_key))
    return Home(here.study, here.database, here.contacts, key)


def _key(file: Path | None) -> bytes:
    from storage.contacts import KEY_VARIABLE, key_in, read_key

    if file is None and KEY_VARIABLE not in os.environ:
        raise typer.BadParameter(f"name the file of the study's key with --key, or give the key in {KEY_VARIABLE}")
    return key_in(file) if file else read_key(Path(KEY_VARIABLE))


def _held(manifest: "Manifest") -> list[Row]:
    """What a backup holds: rows of each table, files of each place."""
    rows: list[Row] = [
        {"what": f"{line} {kept.table.name}", "count": kept.rows, "bytes": None}
        for line, database in manifest.databases.items()
        for kept in database.tables
    ]
    heads = dict.fromkeys(head for file in manifest.files if (head := file.name.partition("/")[0]) != "rows")
    for head in heads:
        sizes = [file.size for file in manifest.files if file.name.partition("/")[0] == head]
        rows.append({"what": head, "count": len(sizes), "bytes": sum(sizes)})
    return rows


def _compared(report: "RestoreReport") -> list[Row]:
    return [
        {"what": one.what, "in_backup": one.kept, "restored": one.found, "equal": "yes" if one.is_equal else "NO"}
        for one in report.compared
    ]


def _tell_next(report: "RestoreReport", *, with_key: bool) -> None:
    for change in report.brought_up:
        say(f"The rows were made by an older Fieldcall and were brought up to this one's form ({change}).")
    for line in report.untouched:
        say(f"The {line} database held these very rows already; nothing was written into it.")
    say(f"The study is in {report.folder}. Next:")
    if not with_key:
        say("  put the study's key where [storage] contacts_key says, or keep it in FIELDCALL_CONTACTS_KEY")
    say(f"  fieldcall --study {report.folder} doctor")
    say("Models are not in a backup: 'fieldcall models pull' has them again. Nor are the keys of outside services.")


def _end_with_missing(manifest: "Manifest") -> None:
    """A recording that the study should have had, or has otherwise than it came, is a matter for a person."""
    _complain_of(manifest.missing, "was not in the vault when the backup was made. Look for it in older backups.")
    _complain_of(
        manifest.damaged,
        "was damaged in the vault when the backup was made. Look for it in older backups, and keep them.",
    )
    if manifest.missing or manifest.damaged:
        raise typer.Exit(1)


def _complain_of(names: Sequence[str], what: str) -> None:
    for name in names[:MOST_NAMED]:
        complain(f"{name} {what}")
    if len(names) > MOST_NAMED:
        complain(f"The same holds of {len(names) - MOST_NAMED:,} more; --json names them all.")


@contextmanager
def _bars() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar for each thing that is done, one after another."""
    with ExitStack() as bars:
        moving: dict[str, Callable[[int, int], None]] = {}

        def move(what: str, done: int, total: int) -> None:
            if what not in moving:
                bars.close()
                moving.clear()
                moving[what] = bars.enter_context(progress_bar(what))
            moving[what](done, total)

        yield move
