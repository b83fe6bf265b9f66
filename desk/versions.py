"""`fieldcall transcripts edit · diff · versions · revert`: what a person makes of a transcript, and what it was."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import Opened, opened
from desk.output import JSON_OPTION, Row, say, show
from desk.transcripts import ACTOR, RESEARCHER, TRANSCRIPT, actor_of, at_version, documents_of, one_of

if TYPE_CHECKING:
    from storage.edits.changes import Change
    from storage.exports.document import Document
    from storage.transcripts.transcript import Spoken


def register(app: typer.Typer) -> None:
    """Add the commands of this file to `fieldcall transcripts`."""
    for command in (edit, diff, versions, revert):
        app.command()(command)


def edit(
    context: typer.Context,
    code: str,
    to: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the text here, to be edited.")] = None,
    take: Annotated[Path | None, typer.Option(metavar="FILE", help="Take back a text that was edited.")] = None,
    transcript: Annotated[str, TRANSCRIPT] = "",
    acting: Annotated[str, ACTOR] = RESEARCHER,
) -> None:
    """Edit a transcript as plain text, in $EDITOR or as a file: words, speakers, doubts. It becomes a new version."""
    if to and take:
        raise typer.BadParameter("give --to to write the text, or --take to take it back, not both")
    here, actor = opened(context), actor_of(acting)
    if take:
        _take(here, code, take, actor)
    elif to:
        document = _write(here, code, transcript, to)
        say(f"Version {document.transcript.version_number} of {document.name} is in {to}. Edit it, then take it back:")
        say(f"  fieldcall transcripts edit {code} --take {to}")
        say("The file holds what was said: keep it where nobody else can read it, and delete it afterwards.")
    elif sys.stdin.isatty():
        _edit_at_once(here, code, transcript, actor)
    else:
        raise typer.BadParameter("there is no terminal for an editor; write the text with --to, take it with --take")


def diff(
    context: typer.Context,
    code: str,
    old: Annotated[int | None, typer.Option("--from", metavar="N", min=1, help="Else the one before --to.")] = None,
    new: Annotated[int | None, typer.Option("--to", metavar="N", min=1, help="Else the newest.")] = None,
    transcript: Annotated[str, TRANSCRIPT] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show which utterances differ between two versions: [-words that went-] and {+words that came+}."""
    from storage.edits.changes import changes

    here = opened(context)
    with here.database.reading() as session:
        newest = one_of(documents_of(here, session, code), code, transcript)
        new = new or newest.transcript.version_number
        old = old or max(new - 1, 1)
        before, after = (at_version(here, session, newest, number).transcript for number in (old, new))
    found = changes(before.utterances, after.utterances)
    show(
        [(_facts if as_json else _line)(change) for change in found],
        title=f"{newest.name}, version {old} to {new}",
        as_json=as_json,
        empty=f"Versions {old} and {new} of {newest.name} have the same words and speakers.",
    )


def versions(context: typer.Context, code: str, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show the versions of a participant's transcripts: who made each, when, and who stands for it."""
    from storage.transcripts.listing import versions_of

    here = opened(context)
    with here.database.reading() as session:
        made = [
            (document.name, version)
            for document in documents_of(here, session, code)
            for version in versions_of(session, document.transcript.transcript_guid)
        ]
    zone = here.study.zone
    rows = [
        {
            "transcript": name,
            "version": version.number,
            "kind": version.kind,
            "by": version.actor,
            "made_at": version.made_at if as_json else f"{version.made_at.astimezone(zone):%Y-%m-%d %H:%M}",
            "approved_by": version.approved_by,
            "last_note": version.notes[-1] if version.notes else "",
            **({"guid": version.guid} if as_json else {}),
        }
        for name, version in made
    ]
    show(rows, title="Versions", as_json=as_json)


def revert(
    context: typer.Context,
    code: str,
    to: Annotated[int, typer.Option("--to", metavar="N", min=1, help="The version whose text is wanted again.")],
    transcript: Annotated[str, TRANSCRIPT] = "",
    acting: Annotated[str, ACTOR] = RESEARCHER,
) -> None:
    """Go back to the text of an earlier version. It becomes a new version; those between stay."""
    from storage.transcripts.reverting import revert as go_back

    here, actor = opened(context), actor_of(acting)
    with here.database.writing() as session:
        newest = one_of(documents_of(here, session, code), code, transcript)
        version = go_back(session, here.study, newest.transcript, to, actor=actor)
    say(f"{newest.name}: version {version.number} ({version.kind}) has the text of version {to} again.")
    say(f"When it is checked: fieldcall transcripts approve {code} --version {version.number}")


def _write(here: Opened, code: str, name: str, path: Path) -> "Document":
    """Write the file of a transcript, over nothing that is there. Raises StorageError."""
    from desk.sheets import write_named
    from storage.edits.editing import edit_file
    from storage.errors import EditError

    with here.database.reading() as session:
        document = one_of(documents_of(here, session, code), code, name)
        content = edit_file(session, document.transcript)
    if path.exists():
        raise EditError(f"{path} is there already, so nothing was written. Name another file.")
    write_named(path, content)
    return document


def _take(here: Opened, code: str, path: Path, actor: str) -> None:
    """Take an edited file back and say what became of it. Raises StorageError; the file stays in any case."""
    from storage.edits.editing import take_edit
    from storage.errors import EditError

    try:
        content = path.read_bytes()
    except OSError as error:
        raise EditError(f"{path} cannot be read: {error.strerror}. Name the file that was edited.") from None
    with here.database.writing() as session:
        transcripts = [document.transcript for document in documents_of(here, session, code)]
        taken = take_edit(session, transcripts, content, actor=actor)
    label = taken.transcript.label
    if taken.number is None:
        say(f"{label}: nothing was changed, so there is no new version.")
        return
    say(f"{label}: version {taken.number} ({taken.kind}). {taken.note}")
    say(f"When it is checked: fieldcall transcripts approve {code} --version {taken.number}")


def _edit_at_once(here: Opened, code: str, name: str, actor: str) -> None:
    """Open the text in an editor and take it back. A text that cannot be taken is kept, and gone on with."""
    from storage.edits.editing import DRAFTS
    from storage.errors import EditError, StorageError

    with here.database.reading() as session:
        document = one_of(documents_of(here, session, code), code, name)
    path = here.study.place(DRAFTS) / f"{document.name}.txt"
    if path.exists():
        say(f"This goes on with the text that was left in {path}; delete it to begin anew.")
    else:
        _write(here, code, document.name, path)
    _open_editor(path)
    try:
        _take(here, code, path, actor)
    except StorageError as error:
        raise EditError(
            f"{error}\nThe text is kept in {path}: the same command goes on with it, deleting the file begins anew."
        ) from None
    path.unlink()


def _open_editor(path: Path) -> None:
    """Open $VISUAL or $EDITOR and wait until it is closed. Raises EditError."""
    import click

    from storage.errors import EditError

    try:
        click.edit(filename=str(path))
    except click.ClickException as error:
        raise EditError(
            f"The editor did not end well ({error.message}). Set EDITOR to one that waits until the file is closed, or "
            f"use --to and --take. The text is kept in {path}."
        ) from None


def _line(change: "Change") -> Row:
    from storage.edits.changes import in_line
    from storage.lengths import clock

    before, after = ([change.before] if change.before else []), change.after
    speakers = [", ".join(dict.fromkeys(map(_speaker, said))) for said in (before, after)]
    return {
        "time": clock(change.start_ms),
        "speaker": " → ".join(dict.fromkeys(filter(None, speakers))),
        "change": in_line(*(" ".join(each.text for each in said) for said in (before, after))),
    }


def _facts(change: "Change") -> Row:
    return {
        "start_ms": change.start_ms,
        "before": {"speaker": change.before.speaker, "text": change.before.text} if change.before else None,
        "after": [{"start_ms": s.start_ms, "speaker": s.speaker, "text": s.text} for s in change.after],
    }


def _speaker(spoken: "Spoken") -> str:
    from storage.edits.edit_file import shown_speaker

    return shown_speaker(spoken.speaker)
