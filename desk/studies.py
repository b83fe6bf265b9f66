"""`fieldcall init · demo · status · doctor · serve`: a study as a whole."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import Opened, opened
from desk.output import JSON_OPTION, complain, print_table, say, show

if TYPE_CHECKING:
    from scheduling.recruitment import GroupRecruitment

EXAMPLE = Path(__file__).parent / "example"
# what a study folder keeps for itself: keys and personal data never go into version control
IGNORED = "data/\nkeys/\ninbox/\ndeliveries/\ndeposits/\nmodels/\ncalendar/\n"


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    for command in (init, demo, status, doctor, serve):
        app.command()(command)


def init(context: typer.Context, folder: Annotated[Path | None, typer.Argument(metavar="[DIR]")] = None) -> None:
    """Make a study folder: study.toml to fill in, a key for contact details, an empty inbox.

    What is there already is kept, so a folder with a study.toml of its own is only completed.
    """
    from storage.contacts import make_key, open_contacts
    from storage.database import open_database
    from storage.study import FILE_NAME, load_study

    folder = folder or context.obj or Path()
    if folder.exists() and not folder.is_dir():
        raise typer.BadParameter(f"{folder} is a file; name the folder of the study")
    folder.mkdir(parents=True, exist_ok=True)
    for name in (FILE_NAME, "participants.csv"):
        if not (folder / name).exists():
            shutil.copyfile(EXAMPLE / name, folder / name)
    if not (folder / ".gitignore").exists():
        (folder / ".gitignore").write_text(IGNORED)
    study = load_study(folder)
    for place in (study.capture.inbox, study.transcription.models):
        study.place(place).mkdir(exist_ok=True)
    if not study.place(study.storage.contacts).exists():  # a lost key is not replaced by one that opens nothing
        make_key(study.place(study.storage.contacts_key))
    open_database(study)
    open_contacts(study)
    say(f"The study folder is {study.folder}. Next:")
    say(f"  1. fill in {FILE_NAME}")
    say("  2. fieldcall participants import participants.csv")
    say(f"  3. fieldcall models pull {study.transcription.model}")
    say(f"Keep a copy of {study.storage.contacts_key} in a safe place: without it no contact can be read.")


def demo(folder: Annotated[Path, typer.Argument(metavar="[DIR]")] = Path("fieldcall-demo")) -> None:
    """Run a whole small study in a new folder: book 57 interviews, capture, transcribe, deliver."""
    from demo.run import run_demo

    run_demo(folder)


def status(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show recruitment against target, and what needs a person."""
    from scheduling.recruitment import recruitment

    here = opened(context)
    with here.database.reading() as session:
        groups = recruitment(session, here.study, datetime.now(UTC))
    stand, course = [stand_row(group) for group in groups], [course_row(group) for group in groups]
    if as_json:
        show([{**one, **other} for one, other in zip(stand, course, strict=True)], title="", as_json=True)
        return
    print_table(stand, here.study.study.title)
    print_table(course, "How it went")
    _tell_what_waits(here, sum(group.due for group in groups))


def stand_row(group: "GroupRecruitment") -> dict[str, object]:
    """Where one group stands against its target, as a row of a table."""
    counts = ("target", "participants", "to_book", "booked", "due", "held", "recorded", "transcribed", "delivered")
    return {"group": group.label, **{name: getattr(group, name) for name in counts}}


def course_row(group: "GroupRecruitment") -> dict[str, object]:
    """What it took with one group, as a row of a table."""
    counts = ("bookings", "attempts", "moves", "cancelled", "no_shows", "no_show_twice", "withdrawn")
    return {"group": group.label, **{name: getattr(group, name) for name in counts}}


def _tell_what_waits(here: Opened, due: int) -> None:
    from desk.recordings import review_rows
    from flows.outlook import outlook
    from storage.alerts import alerts
    from storage.tables import now

    if due:
        say(f"{due} {'interview is' if due == 1 else 'interviews are'} due: see 'fieldcall due'.")
    with here.database.reading() as session:
        if words := outlook(session, here.study, now()):
            say(words)
        matters = len(alerts(session))
    waiting = review_rows(here)
    if waiting:
        say(f"{len(waiting)} recordings need a person: see 'fieldcall recordings --review'.")
    if matters:
        say(f"{matters} {'matter needs' if matters == 1 else 'matters need'} a person: see 'fieldcall alerts'.")


def doctor(context: typer.Context) -> None:
    """Look whether everything a study needs is in place, and say what to do where it is not."""
    from desk.checks import check_study

    here = opened(context)
    rows = check_study(here)
    print_table([{"check": c.name, "finding": c.finding, "next step": c.next_step} for c in rows], "doctor")
    if any(check.next_step for check in rows):
        complain("Something needs a person.")
        raise typer.Exit(1)


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 4200,
) -> None:
    """Run Prefect's server and UI with the study's schedules and workers, until Ctrl-C."""
    from flows.serve import serve as serve_study

    raise typer.Exit(serve_study(opened(context).study, host, port))
