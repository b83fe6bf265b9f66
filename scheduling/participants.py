"""Participants and what is known of them: imported from a file, any number of times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from scheduling.eligibility import why_unfit
from scheduling.errors import UnknownParticipant
from scheduling.participants_file import GivenConsent, Row, RowProblem, local_today, number_of, read_file, read_rows
from storage.contacts import Contact, Contacts
from storage.database import Database
from storage.interviews import current_consent
from storage.study import Study
from storage.tables import Consent, Participant, Party, PartyKind

_CONTACT_COLUMNS = ("name", "phone", "email")
_OF_LINK_WORKER = ("link_worker", "link_worker_attends", "link_worker_reminded")
_OWN_COLUMNS = ("mode", "available", "zone", "language", "needs", *_OF_LINK_WORKER)
_NOBODY_FITS = "no interviewer in study.toml has the mode, the language and the skills that it asks for"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, by code; rows with a problem were not taken, notes stand in nobody's way."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    unchanged: tuple[str, ...]
    problems: tuple[RowProblem, ...]
    notes: tuple[str, ...]


def import_participants(
    study: Study,
    database: Database,
    contacts: Contacts,
    source: Path | str,
    *,
    now: datetime,
    actor: str = "coordinator",
) -> ImportReport:
    """Take every good row of a CSV file (a path, or the text itself); the same file twice changes nothing.

    Names, telephone numbers and addresses go to the contacts only. Raises ParticipantsFileError,
    ContactsError.
    """
    reading = read_rows(read_file(source), study, local_today(now, study))
    known_contacts = contacts.all()  # first, so that a wrong key stops the import before anything is taken
    outcomes: dict[str, list[str]] = {"added": [], "changed": [], "unchanged": []}
    changed_contacts: dict[str, Contact] = {}
    with database.writing() as session:
        spelt = _spelt(session, reading.rows)
        for row in reading.rows:
            if reason := _why_not(row, session.get(Participant, row.code), spelt):
                reading.problems.append(RowProblem(row.line, row.code, reason))
                continue
            outcome = _take_row(session, row, now, actor, reading.notes)
            if not _somebody_fits(study, session.get_one(Participant, row.code)):
                reading.notes.append(f"line {row.line}, {row.code}: {_NOBODY_FITS}")
            contact = _contact(row, known_contacts.get(row.code))
            if contact is not None:
                changed_contacts[row.code] = contact
                outcome = "changed" if outcome == "unchanged" else outcome
            outcomes[outcome].append(row.code)
    for code, contact in changed_contacts.items():
        contacts.put(code, contact)
    return ImportReport(
        added=tuple(outcomes["added"]),
        changed=tuple(outcomes["changed"]),
        unchanged=tuple(outcomes["unchanged"]),
        problems=tuple(sorted(reading.problems, key=lambda problem: problem.line)),
        notes=tuple(reading.notes),
    )


def participant_of(session: Session, code: str) -> Participant:
    """The participant with this code. Raises UnknownParticipant."""
    participant = session.get(Participant, code)
    if participant is None:
        raise UnknownParticipant(
            f"There is no participant {code}. See 'fieldcall participants list' for those there are."
        )
    return participant


def _spelt(session: Session, rows: Sequence[Row]) -> dict[tuple[str, int], str]:
    """Every code by its number, as it is written: participants count for more than link workers, records than rows."""
    link_workers = (*(row.link_worker for row in rows), *session.exec(select(Participant.link_worker)))
    codes = (*link_workers, *(row.code for row in rows), *session.exec(select(Participant.code)))
    return {number_of(code): code for code in codes if code}


def _why_not(row: Row, known: Participant | None, spelt: Mapping[tuple[str, int], str]) -> str:
    """Why a row does not go with what is on record, or ''; `spelt` is from `_spelt`."""
    for what, code in (("the code", row.code), ("link_worker", row.link_worker)):
        right = spelt.get(number_of(code), code) if code else code
        if right != code:
            return f"the study knows {right} already: write {what} in the same way"
    after = {column: getattr(known, column) for column in _OF_LINK_WORKER} if known else {}
    after |= _stated(row, _OF_LINK_WORKER)
    if not after.get("link_worker"):
        tasks = (column for column in _OF_LINK_WORKER[1:] if after.get(column))
        return next((f"{column} is yes, but no link_worker is named" for column in tasks), "")
    return ""


def _somebody_fits(study: Study, participant: Participant) -> bool:
    return any(not why_unfit(study, participant, who, participant.mode) for who in study.interviewers)


def _take_row(session: Session, row: Row, now: datetime, actor: str, notes: list[str]) -> str:
    """Add or change a participant and their consent; says whether it was 'added', 'changed' or 'unchanged'."""
    participant = session.get(Participant, row.code)
    added = participant is None
    if participant is None:
        session.merge(Party(code=row.code, kind=PartyKind.PARTICIPANT))
        session.flush()
        participant = Participant(code=row.code, group=row.group, mode=row.mode, added_at=now)
        session.add(participant)
        session.flush()
    stated = _stated(row, _OWN_COLUMNS)
    changed = {column: value for column, value in stated.items() if getattr(participant, column) != value}
    for column, value in changed.items():
        setattr(participant, column, value)
    consented = _take_consent(session, row, now, actor, notes)
    return "added" if added else "changed" if changed or consented else "unchanged"


def _stated(row: Row, columns: tuple[str, ...]) -> dict[str, Any]:
    """What the row says of these columns; an empty cell says nothing."""
    return {column: getattr(row, column) for column in columns if column in row.given}


def _take_consent(session: Session, row: Row, now: datetime, actor: str, notes: list[str]) -> bool:
    """Add the row's consent if it was given on a later day than the newest; any other changes nothing."""
    if row.consent is None:
        return False
    given = row.consent
    newest = current_consent(session, row.code)
    if newest and given.given_on <= newest.given_on:
        stated = (given.given_on, given.sheet, given.recording, True)
        if stated != (newest.given_on, newest.sheet, newest.recording, newest.interview):
            notes.append(f"line {row.line}, {row.code}: {_on_record(newest, given)}, that of the file was passed over")
        return False
    session.add(
        Consent(
            participant_code=row.code,
            given_on=given.given_on,
            sheet=given.sheet,
            recording=given.recording,
            actor=actor,
            entered_at=now,
        )
    )
    session.flush()
    return True


def _on_record(newest: Consent, given: GivenConsent) -> str:
    what = "consent" if newest.interview else "withdrawal"
    if given.given_on < newest.given_on:
        return f"a newer {what} is on record"
    return f"a {what} of the same day that says otherwise is on record"


def _contact(row: Row, known: Contact | None) -> Contact | None:
    """The contact to be written, or None when it is as it was."""
    contact = replace(known or Contact(), **_stated(row, _CONTACT_COLUMNS))
    return None if contact == (known or Contact()) else contact
