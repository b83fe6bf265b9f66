"""`fieldcall pseudonyms` and `fieldcall transcripts pseudonymise`: names taken out, and who stands for whom."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import opened
from desk.output import JSON_OPTION, complain, progress_bar, say, show

if TYPE_CHECKING:
    from desk.opened import Opened
    from storage.pseudonyms.decisions import Examined
    from storage.pseudonyms.pseudonymise import Pseudonymised
    from storage.pseudonyms.review_file import Decided, ReviewRow

ACTOR = "researcher"
ALL_DONE = "Every transcript is pseudonymised already. Name a participant to go through theirs again."

app = typer.Typer(help="Names that a study knows, and the pseudonyms that stand for them.", no_args_is_help=True)


def pseudonymise(
    context: typer.Context,
    codes: Annotated[list[str] | None, typer.Argument(metavar="[CODE]...", help="Participants.")] = None,
    everyone: Annotated[
        bool, typer.Option("--all", help="Every transcript that is not pseudonymised yet, and those of the review.")
    ] = False,
    review: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            metavar="FILE.csv",
            help="Write what was found there, to decide on; where it is, carry it out.",
        ),
    ] = None,
) -> None:
    """Put pseudonyms into transcripts, as new versions: what is certain, or what a review says."""
    from storage.interviews import code_of

    if bool(codes) == everyone:
        raise typer.BadParameter("name participants, or say --all")
    here = opened(context)
    named = [code_of(code) for code in codes or []]
    if review is None:
        _pseudonymise(here, named)
    elif review.exists():
        _carry_out(here, named, review)
    else:
        _write(here, named, review)


def _pseudonymise(here: "Opened", codes: Sequence[str]) -> None:
    """Each transcript by itself, so that one that cannot be done holds up no other."""
    from storage.errors import StorageError
    from storage.pseudonyms.pseudonymise import apply_certain, examine, in_question, one_at_a_time

    doubtful: list[ReviewRow] = []
    failures = []
    with one_at_a_time(here.study), here.database.reading() as session, progress_bar("transcripts") as move:
        transcripts = in_question(session, here.study, here.contacts, codes)
        for number, transcript in enumerate(transcripts):
            try:
                [examined] = examine(session, here.study, here.contacts, [transcript])
                done = apply_certain(here.database, here.contacts, examined, actor=ACTOR, at=datetime.now(UTC))
            except StorageError as error:
                failures.append(str(error))
                continue
            _tell(done)
            doubtful += done.doubtful
            move(number + 1, len(transcripts))
    if not transcripts:
        say(ALL_DONE)
    for failure in failures:
        complain(failure)
    _ask_about(doubtful)
    if failures or doubtful:
        raise typer.Exit(1)


def _write(here: "Opened", codes: Sequence[str], file: Path) -> None:
    from desk.sheets import write_named
    from storage.pseudonyms.pseudonymise import review_rows
    from storage.pseudonyms.review_file import write_review

    examined = _examined(here, codes)
    rows = [row for each in examined for row in review_rows(each, each.candidates)]
    if not examined:
        say(ALL_DONE)
        return
    if not rows:
        say("Nothing was found. Run it without --review to store that as pseudonymised.")
        return
    write_named(file, write_review(rows))
    undecided = sum(not row.candidate.is_certain for row in rows)
    say(
        f"{len(rows)} rows are in {file}, {undecided} of them undecided. Write replace or keep into each, add rows of "
        "your own with add, and give the same command again. The file holds what was said: keep it safe."
    )


def _carry_out(here: "Opened", codes: Sequence[str], file: Path) -> None:
    from storage.pseudonyms.pseudonymise import apply_review, one_at_a_time
    from storage.pseudonyms.review_file import read_review

    decided = read_review(file.read_bytes())
    with one_at_a_time(here.study):
        examined = _examined(here, codes, decided)
        now = datetime.now(UTC)
        for done in apply_review(here.database, here.contacts, examined, decided, actor=ACTOR, at=now):
            _tell(done)
    say(f"Delete {file} now: it holds the names.")


def _examined(here: "Opened", codes: Sequence[str], decided: "Sequence[Decided]" = ()) -> "tuple[Examined, ...]":
    from storage.pseudonyms.pseudonymise import examine, in_question

    with here.database.reading() as session, progress_bar("transcripts") as move:
        transcripts = in_question(session, here.study, here.contacts, codes, decided)
        return examine(session, here.study, here.contacts, transcripts, move)


def _tell(done: "Pseudonymised") -> None:
    if done.version_number is None:
        say(f"{done.label}: nothing new to replace.")
        return
    kept = f", {done.kept} kept" if done.kept else ""
    say(f"{done.label}: {done.replaced} replaced{kept} in version {done.version_number}. Read it, then approve it.")


def _ask_about(rows: "Sequence[ReviewRow]") -> None:
    table = [
        {
            "transcript": row.label,
            "time": row.time,
            "speaker": row.speaker,
            "kind": str(row.candidate.kind),
            "words": row.candidate.context,
            "why": row.candidate.rule,
        }
        for row in rows
    ]
    if table:
        show(table, title="To decide: left as they are", as_json=False)
        complain(
            f"{len(table)} to decide: 'fieldcall transcripts pseudonymise … --review FILE.csv' writes them to a file."
        )


@app.command("list")
def list_(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show who and what has a pseudonym, how often it stands in transcripts, and who is on the roster."""
    from storage.pseudonyms.listing import pseudonym_rows

    rows = [
        {"name": row.name, "kind": row.kind, "pseudonym": row.pseudonym, "from": row.source, "replaced": row.replaced}
        for row in pseudonym_rows(opened(context).contacts)
    ]
    show(rows, title="Pseudonyms", as_json=as_json, empty="No pseudonyms were given yet, and the roster is empty.")


@app.command()
def add(
    context: typer.Context,
    name: str,
    kind: Annotated[str, typer.Option(help="person or place.")],
    pseudonym: Annotated[
        str, typer.Option("--as", metavar="PSEUDONYM", help="What is to stand for it; else a word and a number.")
    ] = "",
) -> None:
    """Put a name on the study's roster, to be found in every transcript."""
    from storage.pseudonyms.finding.findings import NUMBERED
    from storage.pseudonyms.listing import put_on_roster

    if kind not in list(NUMBERED):
        raise typer.BadParameter(f"{kind}: allowed: {', '.join(NUMBERED)}", param_hint="--kind")
    stands = put_on_roster(opened(context).contacts, name, kind, pseudonym)
    say(f"On the roster; {stands or 'a pseudonym is given when it is met'}.")


@app.command("import")
def import_(context: typer.Context, file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Read names into the roster from a CSV file: name;kind;pseudonym, the last of which may be empty."""
    from storage.errors import StorageError
    from storage.pseudonyms.listing import put_on_roster
    from storage.pseudonyms.roster import read_roster_file

    contacts = opened(context).contacts
    rows = read_roster_file(file.read_bytes())
    failures = 0
    for row in rows:
        try:
            put_on_roster(contacts, row.name, row.kind, row.pseudonym)
        except StorageError as error:
            failures += 1
            complain(f"line {row.line}: {error}")
    done = "" if failures else " The file can go."
    say(f"{len(rows) - failures} of {len(rows)} names are on the roster.{done}")
    if failures:
        raise typer.Exit(1)
