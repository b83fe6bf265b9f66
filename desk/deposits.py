"""`fieldcall deposit`: the pack for an archive such as the UK Data Service."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from desk.opened import opened
from desk.output import complain, progress_bar, say


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    app.command()(deposit)


def deposit(
    context: typer.Context,
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="Where; else deposits/ of the study.")] = None,
    unapproved: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Take this one's text as it is, though its names may still be in it."),
    ] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Only look whether a deposit is whole and as it should be.")
    ] = None,
) -> None:
    """Write transcripts with numbered lines, a data list and a method note, of those who agreed to archiving."""
    from storage.deposit.check import check_pack
    from storage.deposit.pack import deposit as write
    from storage.interviews import code_of

    if check:
        if to or unapproved:
            raise typer.BadParameter(
                "--check only looks at a deposit that is there; give it without --to and --unapproved"
            )
        _tell_faults(check, check_pack(check))
        return
    here = opened(context)
    with progress_bar("deposit") as moved:
        made = write(
            here.database,
            here.study,
            here.contacts.all(),
            folder=to or here.study.place("deposits"),
            unapproved=[code_of(code) for code in unapproved or []],
            now=datetime.now(UTC),
            progress=moved,
        )
    for code, reason in made.left_out:
        complain(f"{code} is not in the deposit: {reason}")
    if made.folder is None:
        say("There is nothing to deposit.")
        raise typer.Exit(1)
    say(f"{made.transcripts} {'transcript' if made.transcripts == 1 else 'transcripts'} in {made.folder}")


def _tell_faults(folder: Path, faults: list[str]) -> None:
    for fault in faults:
        complain(fault)
    if faults:
        raise typer.Exit(1)
    say(f"{folder} is whole and as it should be.")
