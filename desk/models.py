"""`fieldcall models`: the Whisper model files of a study."""

from pathlib import Path
from typing import Annotated

import typer

from desk.opened import opened
from desk.output import JSON_OPTION, complain, progress_bar, say, show

app = typer.Typer(help="List, download, import and verify Whisper model files.", no_args_is_help=True)


def _folder(context: typer.Context) -> Path:
    study = opened(context).study
    return study.place(study.transcription.models)


@app.command("list")
def list_(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show the models that are here, and those that can be downloaded."""
    from transcription.models import known_models, list_models

    here = {model.name: model for model in list_models(_folder(context))}
    wanted = opened(context).study.transcription.model
    rows = [
        {
            "model": name,
            "here": "yes" if name in here else "no",
            "size": f"{here[name].size / 1e6:.0f} MB" if name in here else "",
            "sha256": here[name].sha256[:12] if name in here else "",
            "used by this study": "yes" if name == wanted else "",
        }
        for name in sorted({*here, *(known.name for known in known_models())})
    ]
    show(rows, title="Whisper models", as_json=as_json)


@app.command()
def pull(context: typer.Context, name: str) -> None:
    """Download a model and verify it; an interrupted download goes on where it stopped."""
    from transcription.models import pull_model

    with progress_bar(f"downloading {name}") as move:
        model = pull_model(name, _folder(context), move)
    say(f"{model.name} is here and verified (SHA-256 {model.sha256}).")


@app.command()
def add(
    context: typer.Context, file: Path, name: Annotated[str | None, typer.Option(help="Its name here.")] = None
) -> None:
    """Import a model file, for a machine without internet."""
    from transcription.models import add_model

    model = add_model(file, _folder(context), name)
    say(f"{model.name} is here (SHA-256 {model.sha256}). To use it, set transcription.model in study.toml.")


@app.command()
def verify(context: typer.Context) -> None:
    """Compare every model file with the sum that was recorded when it came."""
    from transcription.models import find_model, verify_models

    faults = 0
    for model, fault in verify_models(_folder(context)):
        faults += bool(fault)
        (complain if fault else say)(f"{model.name}: {fault or 'sound'}")
    find_model(opened(context).study.transcription.model, _folder(context))  # says so where the study's is missing
    if faults:
        raise typer.Exit(1)
