"""`fieldcall mail`: the wording of invitations and reminders, a mail to try, mails that came back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.opened import Opened, opened
from desk.output import complain, say

if TYPE_CHECKING:
    from email.message import EmailMessage

    from scheduling.mails.letters import Letter

app = typer.Typer(help="Edit and try the wording of mails; note mails that came back.", no_args_is_help=True)


@app.command()
def wording(context: typer.Context) -> None:
    """Put the wording of every mail into the study's folder, to be edited; what is there stays, and is checked."""
    from scheduling.mails.wording import TEMPLATES, folder_of, read_wording, unused_templates, write_wording

    study = opened(context).study
    written = write_wording(study)
    for name in TEMPLATES:
        read_wording(study, name)
    for name in unused_templates(study):
        complain(f"{name} is not used for any mail: its name is none of {', '.join(TEMPLATES)}.")
    say(f"{len(written)} written to {folder_of(study)}, {len(TEMPLATES) - len(written)} were there and are sound.")
    say("See how one reads with 'fieldcall mail preview invitation'. One that is removed is sent as shipped.")


@app.command()
def preview(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="invitation, update, cancellation, reminder; also with -attending.")],
    code: Annotated[str | None, typer.Argument(help="Whose interview; else an invented one.")] = None,
    to: Annotated[Path | None, typer.Option(metavar="FILE.eml", help="Write it to open in a mail program.")] = None,
) -> None:
    """Show a mail as it would be sent now; nothing is sent."""
    from desk.sheets import write_named
    from scheduling.mails.invitations import message_of
    from scheduling.mails.wording import TEMPLATES, read_wording

    if name not in TEMPLATES:
        raise typer.BadParameter(f"{name} is not a mail; allowed: {', '.join(TEMPLATES)}")
    here = opened(context)
    letter = _letter(here, name, code) if code else _invented(here, name)
    message = message_of(letter, read_wording(here.study, name))
    if to:
        write_named(to, message.as_bytes())
        say(f"It is in {to}.")
        return
    say(_shown(message))


@app.command()
def test(context: typer.Context, address: str) -> None:
    """Send a short mail to an address of your own, to see that the mail server lets us in."""
    from scheduling.errors import AccountRefused
    from scheduling.mails.invitations import trial_message
    from scheduling.mails.smtp import open_post

    here = opened(context)
    post = open_post(here.study)
    if post is None:
        raise AccountRefused("No mail can be sent: mail.server is missing in study.toml. Give the server there.")
    message = trial_message(here.study, address, now=datetime.now(UTC))
    with post.connected() as line:
        line.send(message, "that address")
    say(f"{here.study.mail.server} has taken it. Look whether it has arrived, and in the folder for spam.")


@app.command()
def bounced(
    context: typer.Context,
    place: Annotated[Path, typer.Argument(metavar="FILE_OR_FOLDER", exists=True, help="Mails as .eml files.")],
) -> None:
    """Read mails that came back, and note on each of ours that it has not arrived."""
    from scheduling.errors import MailError
    from scheduling.mails.bounces import mark_bounced, read_bounce

    here = opened(context)
    files = sorted(place.glob("*.eml")) if place.is_dir() else [place]
    try:
        found = [bounce for file in files if (bounce := read_bounce(file.read_bytes()))]
    except OSError as error:
        raise MailError(f"A file of what you named cannot be read: {error.strerror}. Nothing was noted.") from error
    with here.database.writing() as session:
        noted = [effect.failure for effect in mark_bounced(session, found)]
    for failure in noted:
        complain(failure)
    say(f"Files read: {len(files)}. Mails that came back: {len(found)}, of this study and new: {len(noted)}.")
    if noted:
        raise typer.Exit(1)


def _letter(here: Opened, name: str, code: str) -> "Letter":
    """What would be said now of somebody's interview, to them or to their link worker."""
    from dataclasses import replace

    from scheduling.errors import SchedulingError
    from scheduling.mails.letters import Role, letter_of
    from scheduling.mails.wording import TEMPLATES
    from scheduling.participants import participant_of
    from storage.interviews import code_of, interview_of
    from storage.tables import Effect, Participant, Placement

    kind, role = TEMPLATES[name]
    now = datetime.now(UTC)
    with here.database.reading() as session:
        participant = participant_of(session, code_of(code))
        interview = interview_of(session, code, here.study.zone)
        recipient = participant.code if role == Role.PARTICIPANT else participant.link_worker
        if recipient is None:
            raise SchedulingError(f"{participant.code} has no link worker whom this mail would be for.")
        person, placement = session.get(Participant, recipient), session.get(Placement, interview.id)
    effect = Effect(
        key=f"preview {name}",
        kind=kind,
        interview_id=interview.id or 0,
        sequence=interview.sequence,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        recipient=recipient,
        due_at=now,
    )
    contact = here.contacts.get(recipient)
    letter = letter_of(here.study, effect, interview, person=person, contact=contact, placement=placement, now=now)
    return replace(letter, recipient=replace(letter.recipient, role=role))


def _invented(here: Opened, name: str) -> "Letter":
    """A letter to nobody, to see how the wording reads."""
    from scheduling.mails.letters import Letter, Recipient
    from scheduling.mails.wording import TEMPLATES

    study = here.study
    kind, role = TEMPLATES[name]
    group = next(iter(study.groups.values()))
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    starts_at = now + timedelta(days=7)
    return Letter(
        key=f"preview {name}",
        kind=kind,
        recipient=Recipient(f"{group.prefix}_000", "Ann Example", "ann@example.org", study.zone, role),
        participant_code=f"{group.prefix}_000",
        guid="00000000-0000-4000-8000-000000000000",
        sequence=0,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=group.minutes),
        mode=group.modes[0],
        study_title=study.study.title,
        study_zone=study.zone,
        sender_name=study.mail.sender_name,
        sender_address=study.mail.sender or "research@example.org",
        made_at=now,
    )


def _shown(message: "EmailMessage") -> str:
    """A mail for the eye: its headers, its text, and what goes into the calendar."""
    headers = [f"{name}: {message[name]}" for name in ("From", "To", "Subject")]
    shown = [part for part in message.walk() if part.get_content_type() in ("text/plain", "text/calendar")]
    texts = [str(part.get_content()).replace("\r\n", "\n") for part in shown]
    return "\n".join([*headers, "", *texts])
