"""`fieldcall transcribe` and `fieldcall transcripts`: from recordings to text, and the text to read."""

from typing import Annotated

import typer

from desk.opened import opened
from desk.output import JSON_OPTION, say, show

app = typer.Typer(help="List, read and approve transcripts.", no_args_is_help=True)


def transcribe(
    context: typer.Context,
    codes: Annotated[list[str] | None, typer.Argument(metavar="[CODE]...", help="Participants; else all.")] = None,
    until: Annotated[str | None, typer.Option(help="Take no new recording after this time, such as 07:00.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many recordings.")] = None,
    model: Annotated[str | None, typer.Option(help="Model to use instead of the study's.")] = None,
) -> None:
    """Transcribe the recordings that wait for it. A run that was broken off is gone on with."""
    from desk.runs import run_flow
    from flows.options import NightOptions
    from storage.interviews import code_of

    options = NightOptions(codes=[code_of(code) for code in codes or []], until=until, limit=limit, model=model)
    summary = run_flow(opened(context).study, "transcribe-overnight", options)
    if codes and any(outcome.result == "skipped" for outcome in summary.outcomes):
        raise typer.Exit(1)


@app.command("list")
def list_(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show the transcripts with their newest version."""
    from storage.lengths import length
    from storage.transcripts import read_transcripts

    here = opened(context)
    with here.database.reading() as session:
        transcripts = read_transcripts(session, here.study)
    rows = [
        {
            "interview": t.label,
            "version": f"{t.version_number} {t.version_kind}",
            "length": length(t.duration_ms),
            "words": sum(len(u.words) for u in t.utterances),
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
def show_(context: typer.Context, code: str) -> None:
    """Print a participant's transcript as text."""
    from io import BytesIO

    from storage.errors import StorageError
    from storage.exports.contents import read_contents
    from storage.exports.txt import write_txt

    here = opened(context)
    with here.database.reading() as session:
        contents = read_contents(session, here.study, {}, [code])
    for document in contents.documents:
        text = BytesIO()
        write_txt(document, text)
        say(text.getvalue().decode())
    if not contents.documents:
        raise StorageError("; ".join(f"{left_out} {reason}" for left_out, reason in contents.left_out) + ".")


@app.command()
def approve(context: typer.Context, code: str) -> None:
    """Note that a person has checked a transcript against its recording."""
    from storage.interviews import interview_of
    from storage.transcripts import approve_transcript

    here = opened(context)
    with here.database.writing() as session:
        approve_transcript(session, interview_of(session, code, here.study.zone), actor="researcher")
    say(f"{code}: checked.")
