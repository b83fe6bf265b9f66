"""`fieldcall capture · recordings · bind`: what has arrived, and whose it is."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from desk.joining import join
from desk.opened import Opened, opened
from desk.output import JSON_OPTION, say, show

if TYPE_CHECKING:
    from storage.intake.recordings import RecordingRow
    from storage.intake.remote import RemoteRow


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the command line."""
    app.command()(capture)
    group = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
    group.callback()(recordings)
    group.command()(join)
    app.add_typer(group, name="recordings")
    app.command()(bind)


def capture(context: typer.Context) -> None:
    """Take what lies in the inbox or at Google Meet: check, store, and bind each recording to its interview."""
    from desk.runs import run_flow
    from flows.options import CaptureOptions

    run_flow(opened(context).study, "capture-recordings", CaptureOptions())


def recordings(
    context: typer.Context,
    review: Annotated[bool, typer.Option("--review", help="Only what needs a person, with the reasons.")] = False,
    as_json: Annotated[bool, JSON_OPTION] = False,
) -> None:
    """Show the recordings and how far each is."""
    from storage.intake.recordings import recording_rows

    if context.invoked_subcommand:
        return
    here = opened(context)
    if review:
        show(
            review_rows(here, with_names=True),
            title="To be looked at",
            as_json=as_json,
            empty="Nothing needs a person.",
        )
        return
    with here.database.reading() as session:
        rows = [_row(here, row, as_json) for row in recording_rows(session, here.study)]
    show(rows, title="Recordings", as_json=as_json, empty="There are no recordings yet. Put them into the inbox.")


def _row(here: Opened, row: "RecordingRow", as_json: bool) -> dict[str, object]:
    from scheduling.local_time import show as show_time
    from storage.lengths import length

    started = row.started_at if as_json or not row.started_at else show_time(row.started_at, here.study.zone)
    return {
        "recording": row.sha256 if as_json else row.short,
        "interview": row.label or "",
        "length": row.duration_ms if as_json else length(row.duration_ms),
        "sound": row.streams,
        "started": started or "",
        "state": row.state,
        "remark": row.remark,
    }


def review_rows(here: Opened, *, with_names: bool = False) -> list[dict[str, object]]:
    """What needs a person: recordings that are unbound, without consent, or elsewhere, and files not taken.

    Only `with_names` are files of the inbox read and sealed names opened, to tell which file each one was.
    """
    from storage.intake.recordings import review_list

    with here.database.reading() as session:
        review = review_list(session, here.study)
    bound = [(f"{row.short} {_original(here, row.sha256) if with_names else ''}", row.reason) for row in review.unbound]
    agreed = [(f"{row.short} {row.label or ''}", row.reason) for row in review.without_consent]
    away = [(_elsewhere(here, row), row.reason) for row in review.elsewhere]
    names = _inbox_names(here, {refusal.size for refusal in review.refusals}) if with_names else {}
    refused = [(names.get(r.sha256, "a file that has gone or cannot be read"), r.reason) for r in review.refusals]
    steps = {
        "unbound": "fieldcall bind RECORDING INTERVIEW",
        "no consent to record": "fieldcall participants consent CODE, if it was given",
        "at Google Meet": "fieldcall bind RECORDING INTERVIEW, which fetches it, if it is the interview's",
        "not taken": "replace the file in the inbox, or remove it",
    }
    return [
        {"item": item, "what": what, "reason": reason, "next step": steps[what]}
        for what, items in (
            ("unbound", bound),
            ("no consent to record", agreed),
            ("at Google Meet", away),
            ("not taken", refused),
        )
        for item, reason in items
    ]


def _elsewhere(here: Opened, row: "RemoteRow") -> str:
    """'meet-3 2020-06-03 14:01 BST, C_031_06/20?'"""
    from scheduling.local_time import show as show_time

    began = f" {show_time(row.began_at, here.study.zone)}" if row.began_at else ""
    return f"{row.name}{began}{f', {row.label}?' if row.label else ''}"


def _inbox_names(here: Opened, sizes: set[int]) -> dict[str, str]:
    """Names of the inbox's files of these sizes by digest: names are not kept, for they may tell who it is."""
    from storage.intake.settling import files_in
    from storage.vault import digest_of

    inbox = here.study.place(here.study.capture.inbox)
    names = {}
    for found in files_in(inbox) if sizes and inbox.is_dir() else ():
        if found.look and found.look.size in sizes:
            with suppress(OSError):  # it may be closed to this person, or gone by now
                names[digest_of(found.path)[0]] = found.shown
    return names


def _original(here: Opened, sha256: str) -> str:
    """The name a recording came under, for this terminal only."""
    return here.contacts.original_name(sha256).encode(errors="backslashreplace").decode()


def bind(context: typer.Context, recording: str, interview: str) -> None:
    """Say whose interview a recording is; RECORDING as `fieldcall recordings` shows it."""
    from storage.intake.recordings import bind as bind_recording
    from storage.intake.remote import is_remote
    from storage.interviews import code_of, current_consent

    here = opened(context)
    if is_remote(recording):
        _fetch(here, recording, interview)
        return
    with here.database.writing() as session:
        label = bind_recording(session, here.study, recording, interview, actor="coordinator")
        consent = current_consent(session, code_of(label))
    say(f"{recording[:12]} belongs to {label}.")
    if not (consent and consent.recording):
        say("It will not be transcribed: there is no consent to record.")


def _fetch(here: Opened, recording: str, interview: str) -> None:
    """Fetch a recording that lies at Google Meet, for a person has said whose it is."""
    from desk.output import progress_bar
    from storage.intake.meet_capture import fetch_by_hand, meet_and_drive
    from storage.tables import now

    with meet_and_drive(here.study, here.contacts.key) as services, progress_bar(recording) as moved:
        where = (here.study, here.database, here.contacts, services)
        sha256, label = fetch_by_hand(*where, recording, interview, now=now(), actor="coordinator", progress=moved)
    say(f"{recording} is fetched, as recording {sha256[:12]}; it belongs to {label}.")
