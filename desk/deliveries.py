"""`fieldcall deliver · check`: what goes out for coding."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import opened
from desk.output import JSON_OPTION, complain, progress_bar, say, show

if TYPE_CHECKING:
    from storage.exports.checks.findings import Finding


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    app.command()(deliver)
    app.command()(check)


def deliver(
    context: typer.Context,
    codes: Annotated[list[str] | None, typer.Argument(metavar="[CODE]...", help="Participants; else all.")] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="F",
            help="Can be repeated; all is every one. Else docx, txt, vtt, srt, qdpx, qdc, csv.",
        ),
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
    from desk.runs import leave_with, tell_of_flow
    from flows.options import DeliverOptions
    from storage.errors import ExportError
    from storage.exports.formats import chosen_formats
    from storage.interviews import code_of

    try:
        chosen = chosen_formats(formats or [])
    except ExportError as error:
        raise typer.BadParameter(str(error)) from error
    options = DeliverOptions.model_validate(
        {
            "codes": [code_of(code) for code in codes or []],
            "formats": chosen,
            "unapproved": [code_of(code) for code in unapproved or []],
            "with_recordings": with_recordings,
        }
    )
    summary = tell_of_flow(opened(context).study, "deliver-transcripts", options)
    folder = summary.folder
    if folder:
        say(f"It is in {folder}")
    if to and folder:
        say(f"Copied to {_copy(folder, to)}")
    leave_with(summary)  # who was asked for by name and is left out is a matter for a person; the rest is theirs


def _copy(folder: Path, to: Path) -> Path:
    """Copy a delivery into `to`, never over anything and never by half. Raises ExportError."""
    import shutil

    from storage.backup.parts import clear_abandoned, held, part_beside
    from storage.errors import ExportError

    target = to / folder.name
    if target.exists():
        raise ExportError(f"{target} is there already, so nothing was copied. Name another folder.")
    part = part_beside(target)
    try:
        clear_abandoned(to)
        part.mkdir(parents=True)
        with held(part):
            shutil.copytree(folder, part, dirs_exist_ok=True)
            part.rename(target)
    except OSError as error:
        raise ExportError(
            f"The delivery is whole where it is, but could not be copied to {to}: "
            f"{error.strerror or 'not every file could be written'}. Copy it by hand, or deliver to another folder."
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A project (.qdpx) or a codebook (.qdc).")],
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Check a REFI-QDA project or codebook against its schema and the rules that the schema cannot express."""
    findings = _findings(file)
    if as_json:
        show([{**asdict(each), "next_step": each.next_step} for each in findings], title=file.name, as_json=True)
    else:
        for finding in findings:
            complain(str(finding))
    if findings:
        complain(f"{file.name} does not conform to REFI-QDA 1.5: {_count(len(findings))}.")
        raise typer.Exit(1)
    if not as_json:
        say(f"{file.name} conforms to REFI-QDA 1.5.")


def _findings(file: Path) -> "list[Finding]":
    """What is wrong with a file of either kind. Raises BadParameter where it is none, or its name is of neither."""
    from storage.exports.qdc_check import check_qdc
    from storage.exports.qdpx_check import check_qdpx

    match file.suffix.lower():
        case ".qdpx" | ".qdc" if not file.is_file():
            raise typer.BadParameter(f"{file} is not a file; name the project or codebook to be checked.")
        case ".qdpx":
            with progress_bar("checking") as progress:
                return check_qdpx(file, progress=progress)
        case ".qdc":
            return check_qdc(file)
    raise typer.BadParameter(f"{file.name} is neither a project (.qdpx) nor a codebook (.qdc).")


def _count(findings: int) -> str:
    from storage.exports.checks.findings import MOST_FINDINGS

    if findings == MOST_FINDINGS:
        return f"{findings:,} findings or more"
    return "1 finding" if findings == 1 else f"{findings} findings"
