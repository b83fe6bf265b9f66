"""`fieldcall transcribe` and `fieldcall transcripts`: from recordings to text, and the text to read."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import opened
from desk.output import JSON_OPTION, Row, say, show

if TYPE_CHECKING:
    from sqlmodel import Session

    from desk.opened import Opened
    from storage.exports.document import Document

RESEARCHER = "researcher"
ACTOR = typer.Option("--as", metavar="CODE", help="Who does it, by a code such as RES_01; else 'researcher'.")
TRANSCRIPT = typer.Option("--transcript", metavar="NAME", help="Of several recordings, the one of this delivered name.")
VERSION = typer.Option("--version", metavar="N", min=1, help="That version; else the newest.")

app = typer.Typer(
    help="List, read, edit and approve transcripts, and bring back what was set aside.", no_args_is_help=True
)


def transcribe(
    context: typer.Context,
    codes: Annotated[list[str] | None, typer.Argument(metavar="[CODE]...", help="Participants; else all.")] = None,
    until: Annotated[
        str | None, typer.Option(help="Begin nothing that would not be done by this time, such as 07:00.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many recordings.")] = None,
    model: Annotated[str | None, typer.Option(help="Model to use instead of the study's.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language that is spoken, if not the study's, such as cy.")
    ] = None,
) -> None:
    """Transcribe the recordings that wait for it. A run that was broken off is gone on with."""
    from desk.runs import run_flow
    from flows.options import NightOptions
    from storage.interviews import code_of

    options = NightOptions(
        codes=[code_of(code) for code in codes or []], until=until, limit=limit, model=model, language=language
    )
    summary = run_flow(opened(context).study, "transcribe-overnight", options)
    if codes and any(outcome.result == "skipped" for outcome in summary.outcomes):
        raise typer.Exit(1)


@app.command("list")
def list_(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show the transcripts with their newest version."""
    from storage.exports.document import percent
    from storage.lengths import length
    from storage.transcripts.listing import transcript_rows

    here = opened(context)
    with here.database.reading() as session:
        transcripts = transcript_rows(session, here.study.zone)
    rows = [
        {
            "interview": t.label,
            "version": f"{t.version_number} {t.version_kind}",
            "approved_by": t.approved_by,
            "length": length(t.duration_ms),
            "words": t.words,
            "completeness": "" if t.completeness is None else percent(t.completeness),
            "unclear": t.unclear,
            "set_aside": t.set_aside,
            "model": t.model,
            "state": t.state,
            "remark": t.remark,
        }
        for t in transcripts
    ]
    show(
        rows,
        title="Transcripts",
        as_json=as_json,
        empty="There are no transcripts yet. 'fieldcall transcribe' makes them.",
    )


@app.command("show")
def show_(
    context: typer.Context,
    code: str,
    set_aside: Annotated[bool, typer.Option("--set-aside", help="List what the machine wrote and set aside.")] = False,
    version: Annotated[int | None, VERSION] = None,
    transcript: Annotated[str, TRANSCRIPT] = "",
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Print a participant's transcript as text, or what was set aside in it, to be listened to."""
    from io import BytesIO

    from storage.exports.txt import write_txt

    here = opened(context)
    with here.database.reading() as session:
        documents = documents_of(here, session, code)
        if version is not None or transcript:
            document = one_of(documents, code, transcript)
            documents = (at_version(here, session, document, version) if version else document,)
    if set_aside or as_json:
        rows = [row for document in documents for row in (_set_aside if set_aside else _lines)(document)]
        show(rows, title="Set aside", as_json=as_json, empty=f"Nothing was set aside in the transcript of {code}.")
        return
    for document in documents:
        text = BytesIO()
        write_txt(document, text)
        say(text.getvalue().decode())


def documents_of(here: "Opened", session: "Session", code: str) -> "tuple[Document, ...]":
    """A participant's transcripts, newest versions. Raises StorageError where none may be read."""
    from storage.errors import StorageError
    from storage.exports.contents import read_contents

    contents = read_contents(session, here.study, {}, [code])
    if not contents.documents:
        raise StorageError("; ".join(f"{left_out} {reason}" for left_out, reason in contents.left_out) + ".")
    return contents.documents


def one_of(documents: "Sequence[Document]", code: str, name: str = "") -> "Document":
    """The document that has the name, or the only one. Raises StorageError where it is not clear which is meant."""
    from storage.errors import StorageError

    found = [document for document in documents if name in ("", document.name)]
    if len(found) == 1:
        return found[0]
    names = ", ".join(document.name for document in documents)
    raise StorageError(f"{code} has these transcripts: {names}. Name one of them with --transcript.")


def at_version(here: "Opened", session: "Session", document: "Document", number: int) -> "Document":
    """The document in an older version. Raises StorageError where there is none of that number."""
    from dataclasses import replace

    from storage.errors import StorageError
    from storage.transcripts.listing import versions_of
    from storage.transcripts.reading import read_version

    made = versions_of(session, document.transcript.transcript_guid)
    guid = next((version.guid for version in made if version.number == number), None)
    if guid is None:
        raise StorageError(f"{document.name} has versions 1 to {len(made)}; there is no version {number}.")
    transcript = read_version(session, here.study, guid)
    return replace(document, transcript=transcript, is_checked=bool(transcript.approved_by))


def actor_of(acting: str) -> str:
    """Who does something with a transcript, as its history names them: 'researcher', or a code."""
    from scheduling.participants_file import is_code

    actor = RESEARCHER if acting.strip().casefold() == RESEARCHER else acting.strip().upper()
    if actor != RESEARCHER and not is_code(actor):
        raise typer.BadParameter("--as takes a code such as RES_01, not a name: the history names nobody")
    return actor


def _set_aside(document: "Document") -> list[Row]:
    from storage.lengths import clock
    from storage.transcripts.passages import set_aside

    return [
        {
            "transcript": document.name,
            "from": clock(passage.start_ms),
            "to": clock(passage.end_ms + 999),
            "speaker": passage.speaker,
            "reason": passage.reason,
            "words": passage.text,
        }
        for passage in set_aside(document.transcript.utterances)
    ]


def _lines(document: "Document") -> list[Row]:
    from storage.exports.turns import lines_of

    return [
        {
            "transcript": document.name,
            "start_ms": line.start_ms,
            "end_ms": line.end_ms,
            "speaker": line.speaker,
            "pause": line.pause,
            "text": line.text,
        }
        for line in lines_of(document.transcript)
    ]


@app.command()
def restore(
    context: typer.Context,
    code: str,
    time: Annotated[str, typer.Argument(help="When the passage begins, as 'show --set-aside' says: 00:12:31.")],
    speaker: Annotated[str, typer.Option(help="Whose words, where two passages have the same time.")] = "",
    acting: Annotated[str, ACTOR] = RESEARCHER,
) -> None:
    """Bring back a passage that was set aside. It becomes text of a new version; the older ones stay."""
    from storage.lengths import read_clock
    from storage.transcripts.set_aside import find_passage
    from storage.transcripts.set_aside import restore as bring_back

    try:
        at_ms = read_clock(time)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    here, actor = opened(context), actor_of(acting)
    with here.database.writing() as session:
        transcripts = [document.transcript for document in documents_of(here, session, code)]
        transcript, passage = find_passage(transcripts, at_ms, speaker)
        version = bring_back(session, transcript, passage, actor=actor)
    words = "1 word is" if len(passage.places) == 1 else f"{len(passage.places)} words are"
    say(f"{transcript.label}: {words} text again in version {version.number}.")


@app.command()
def approve(
    context: typer.Context,
    code: str,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", min=1, help="Only if that is still the newest.")
    ] = None,
    acting: Annotated[str, ACTOR] = RESEARCHER,
) -> None:
    """Note that a person has checked the newest version of a transcript against its recording."""
    from storage.interviews import interview_of
    from storage.transcripts.approval import approve_transcript

    here, actor = opened(context), actor_of(acting)
    with here.database.writing() as session:
        interview = interview_of(session, code, here.study.zone)
        approved = approve_transcript(session, interview, actor=actor, version=version)
    versions = " and ".join(f"version {each.number} ({each.kind})" for each in approved)
    say(f"{interview.participant_code}: {versions} {'is' if len(approved) == 1 else 'are'} checked.")
