"""`fieldcall participants`: who takes part, and what they agreed to."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from desk.bookings import ACTOR, COORDINATOR, actor_of
from desk.opened import opened
from desk.output import JSON_OPTION, complain, say, show

if TYPE_CHECKING:
    from scheduling.participants import ImportReport
    from storage.contacts import Contact
    from storage.participants import ParticipantRow
    from storage.tables import Consent, Participant

app = typer.Typer(help="Import, list and show participants; record consent and withdrawal.", no_args_is_help=True)


@app.command("import")
def import_(context: typer.Context, file: Path) -> None:
    """Read participants from a CSV file. Good rows are kept, bad ones named; importing twice changes nothing."""
    from scheduling.participants import import_participants

    here = opened(context)
    report = import_participants(here.study, here.database, here.contacts, file, now=datetime.now(UTC))
    _tell(report)
    if report.problems:
        raise typer.Exit(1)


def _tell(report: "ImportReport") -> None:
    for note in report.notes:
        say(note)
    say(f"{len(report.added)} added, {len(report.changed)} changed, {len(report.unchanged)} unchanged.")
    for problem in report.problems:
        complain(f"line {problem.line}{f' ({problem.code})' if problem.code else ''}: {problem.reason}")
    if report.problems:
        complain(f"{len(report.problems)} rows were not taken. Mend them in the file and import it again.")


@app.command("list")
def list_(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show participants by code, with consent and the state of their interview."""
    from storage.participants import participant_rows

    here = opened(context)
    with here.database.reading() as session:
        rows = participant_rows(session)
    table = [_line(row) for row in rows]
    if not as_json:  # what nobody has would only take up room
        said = {column for line in table for column, value in line.items() if value}
        table = [{column: value for column, value in line.items() if column in said} for line in table]
    show(table, title="Participants", as_json=as_json, empty="There are no participants yet. Import a CSV file.")


def _line(row: "ParticipantRow") -> dict[str, object]:
    person = row.person
    return {
        "code": person.code,
        "group": person.group,
        "mode": person.mode,
        "available": person.available or "any time",
        "zone": person.zone,
        "language": person.language,
        "needs": person.needs,
        "link_worker": _link_worker(person),
        "consent": consent_text(row.consent_given_on, row.consent_recording),
        "interview": row.state or "to book",
    }


def _link_worker(person: "Participant") -> str:
    """Who referred a participant, and what they do for them besides."""
    tasks = ("attends" if person.link_worker_attends else "", "is reminded" if person.link_worker_reminded else "")
    return ", ".join(filter(None, (person.link_worker, *tasks)))


def consent_text(given_on: date | None, recording: bool) -> str:
    """Consent in a few words."""
    if given_on is None:
        return "none yet"
    return f"{given_on:%d %b %Y}" + ("" if recording else ", no recording")


@app.command("show")
def show_(context: typer.Context, code: str, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Show one participant with contact details, consent, and all that has happened; as JSON only what has happened."""
    from scheduling.history import participant_timeline
    from scheduling.local_time import show as show_time
    from scheduling.participants import participant_of
    from storage.interviews import code_of, current_consent

    here = opened(context)
    with here.database.reading() as session:
        person = participant_of(session, code_of(code))
        consent = current_consent(session, person.code)
        happenings = participant_timeline(session, here.study, person.code)
    if not as_json:
        _introduce(person, here.contacts.get(person.code), consent)
    rows = [
        {
            "when": h.at if as_json else show_time(h.at, here.study.zone),
            "interview": h.interview,
            "what": h.what,
            "by": h.actor,
            "cause": h.cause,
        }
        for h in happenings
    ]
    show(
        rows, title=f"History, in the time of {here.study.zone.key}", as_json=as_json, empty="Nothing has happened yet."
    )


def _introduce(person: "Participant", contact: "Contact | None", consent: "Consent | None") -> None:
    facts = (person.zone, person.language, person.needs, _link_worker(person))
    say(" · ".join(filter(None, (person.code, person.group, person.mode, person.available or "any time", *facts))))
    if contact:
        say(" · ".join(filter(None, (contact.name, contact.phone, contact.email))))
    agreed = consent_text(consent.given_on if consent else None, bool(consent and consent.recording))
    say(f"consent: {agreed}" + (f", sheet {consent.sheet}" if consent else ""))


@app.command()
def consent(
    context: typer.Context,
    code: str,
    sheet: Annotated[str, typer.Option(help="Version of the information sheet, such as v1.2.")],
    recording: Annotated[bool, typer.Option("--recording/--no-recording", help="May the interview be recorded?")],
    given_on: Annotated[datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="Default: today.")] = None,
    quotation: Annotated[bool, typer.Option(help="May words be quoted?")] = False,
    archive: Annotated[bool, typer.Option(help="May the transcript be archived?")] = False,
    recontact: Annotated[bool, typer.Option(help="May the participant be asked again?")] = False,
    acting: Annotated[str, ACTOR] = COORDINATOR,
) -> None:
    """Record what a participant agreed to; the newest record counts."""
    from scheduling.consent import record_consent

    here = opened(context)
    now = datetime.now(UTC)
    record_consent(
        here.database,
        here.study,
        code,
        given_on=given_on.date() if given_on else now.astimezone(here.study.zone).date(),
        sheet=sheet,
        recording=recording,
        quotation=quotation,
        archive=archive,
        recontact=recontact,
        now=now,
        actor=actor_of(here, acting, "consent", code),
    )
    say(f"{code}: consent recorded{'' if recording else '; recordings of this participant will not be transcribed'}.")


@app.command()
def withdraw(
    context: typer.Context,
    code: str,
    cause: Annotated[str, typer.Option(help="In a few words.")] = "",
    acting: Annotated[str, ACTOR] = COORDINATOR,
) -> None:
    """Note that a participant has withdrawn: their interview is cancelled, nothing more is transcribed."""
    from desk.outside import tell_outside
    from scheduling.consent import withdraw as withdraw_participant

    here = opened(context)
    actor = actor_of(here, acting, "withdraw", code)
    message = withdraw_participant(here.database, here.study, code, now=datetime.now(UTC), actor=actor, cause=cause)
    tell_outside(here)
    say(message)
