"""`fieldcall deliver · check`: what goes out for coding."""

from pathlib import Path
from typing import Annotated

import typer

from desk.opened import opened
from desk.output import complain, say


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    app.command()(deliver)
    app.command()(check)


def deliver(
    context: typer.Context,
    codes: Annotated[list[str] | None, typer.Argument(metavar="[CODE]...", help="Participants; else all.")] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", metavar="F", help="docx, txt, vtt, srt, qdpx or csv; else all.")
    ] = None,
    unapproved: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Hand over this one's transcript though its names may still be in it."),
    ] = None,
    with_recordings: Annotated[
        bool, typer.Option("--with-recordings", help="Put recordings in though the study pseudonymises.")
    ] = False,
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="Copy the delivery here as well.")] = None,
) -> None:
    """Write the transcripts out for coding, in a new folder under the study's deliveries."""
    from desk.runs import run_flow
    from flows.options import DeliverOptions
    from storage.exports.formats import FORMATS
    from storage.interviews import code_of

    unknown = set(formats or ()) - FORMATS.keys()
    if unknown:
        raise typer.BadParameter(f"{', '.join(sorted(unknown))}: not a format; allowed: {', '.join(FORMATS)}")
    options = DeliverOptions.model_validate(
        {
            "codes": [code_of(code) for code in codes or []],
            "formats": formats or [],
            "unapproved": [code_of(code) for code in unapproved or []],
            "with_recordings": with_recordings,
        }
    )
    summary = run_flow(opened(context).study, "deliver-transcripts", options)
    folder = summary.folder
    if folder:
        say(f"It is in {folder}")
    if to and folder:
        say(f"Copied to {_copy(folder, to)}")


def _copy(folder: Path, to: Path) -> Path:
    """Copy a delivery into `to`, never over anything."""
    import shutil

    from storage.errors import ExportError

    target = to / folder.name
    if target.exists():
        raise ExportError(f"{target} is there already, so nothing was copied. Name another folder.")
    shutil.copytree(folder, target)
    return target


def check(file: Annotated[Path, typer.Argument(metavar="FILE.qdpx")]) -> None:
    """Check a REFI-QDA project against its schema and the rules that the schema cannot express."""
    from storage.exports.qdpx_check import check_qdpx

    findings = check_qdpx(file)
    for finding in findings:
        complain(str(finding))
    if findings:
        complain(f"{file.name}: {len(findings)} findings.")
        raise typer.Exit(1)
    say(f"{file.name} conforms to REFI-QDA 1.5.")
