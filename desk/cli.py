"""The command `fieldcall`: exit status 0 done, 1 something needs a person, 2 wrong usage."""

import gc
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from desk import (
    attempts,
    backups,
    bookings,
    codes,
    deliveries,
    deposits,
    google,
    mail,
    models,
    outside,
    participants,
    plans,
    pseudonyms,
    recordings,
    studies,
    transcripts,
    versions,
)
from desk.output import complain
from flows.errors import FlowError
from scheduling.errors import SchedulingError
from storage.errors import StorageError
from transcription.errors import TranscriptionError

# families whose messages say what happened, to which item, and what to do next
MESSAGES = (StorageError, SchedulingError, TranscriptionError, FlowError)

app = typer.Typer(
    name="fieldcall",
    help="Books remote research interviews, captures and transcribes their recordings, and delivers them for coding.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for group in (studies, bookings, plans, attempts, outside, recordings, deliveries, deposits, backups):
    group.register(app)
app.add_typer(participants.app, name="participants")
versions.register(transcripts.app)
app.add_typer(transcripts.app, name="transcripts")
app.add_typer(pseudonyms.app, name="pseudonyms")
app.add_typer(codes.app, name="codes")
app.add_typer(models.app, name="models")
app.add_typer(mail.app, name="mail")
app.add_typer(google.app, name="google")
app.command("transcribe")(transcripts.transcribe)
transcripts.app.command("pseudonymise")(pseudonyms.pseudonymise)


@app.callback()
def options(
    context: typer.Context,
    study: Annotated[
        Path | None,
        typer.Option("--study", metavar="DIR", help="Folder of the study; else the nearest study.toml upward."),
    ] = None,
) -> None:
    context.obj = study


def main() -> None:
    """Run the command line. A message is for people; a traceback is for bugs."""
    gc.set_threshold(50_000)  # starting makes many objects and hardly any rubbish: a tenth of every command's time
    try:
        app()
    except MESSAGES as error:
        complain(str(error))
        sys.exit(1)
    except ValueError as error:
        if not hasattr(error, "errors"):
            raise
        complain(_wrong_options(error.errors()))  # what pydantic says of a flow's options
        sys.exit(2)


def _wrong_options(faults: list[dict[str, Any]]) -> str:
    """One line per option that has a wrong value, with what was given and an example where there is one."""
    examples = {"until": "a time such as 07:00", "codes": "codes such as C_031", "model": "a name from 'models list'"}
    lines = []
    for fault in faults:
        option = str(fault["loc"][0]) if fault["loc"] else ""
        lines.append(f"{option} is {fault['input']!r}; allowed: {examples.get(option, fault['msg'])}")
    return "\n".join(lines)
