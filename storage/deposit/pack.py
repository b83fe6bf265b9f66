"""Writing a deposit: a folder that is whole and checked, or not there at all.

Only what its participant agreed to archive goes in, pseudonymised and approved; a last look compares every text with
the contacts of the study. What the files say depends on the rows alone.
"""

import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from storage.contacts import Contact
from storage.database import Database
from storage.deposit.check import DATA_LIST, METHOD_NOTE, SUMS, check_pack
from storage.deposit.data_list import write_data_list
from storage.deposit.identifiers import told_by
from storage.deposit.method_note import write_method_note
from storage.deposit.numbered import write_numbered
from storage.errors import ExportError
from storage.exports.contents import Contents, LeftOut, not_pseudonymised, read_contents, refuse_strangers
from storage.exports.folders import clear_abandoned, free_folder, new_part
from storage.exports.identities import study_guids
from storage.exports.rtf import write_rtf
from storage.files import locked, sync_folder, write_new
from storage.interviews import current_consents
from storage.study import Study
from storage.tables import Consent
from storage.transcripts.transcript import InterviewTranscript
from storage.vault import digest_of

Write = Callable[[IO[bytes]], object]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Deposit:
    """What was deposited where, and who is left out and why. No folder: there was nothing to deposit."""

    folder: Path | None
    transcripts: int
    left_out: tuple[LeftOut, ...]


def deposit(
    database: Database,
    study: Study,
    contacts: Mapping[str, Contact],
    *,
    folder: Path,
    unapproved: Collection[str] = (),
    now: datetime,
    progress: Progress | None = None,
) -> Deposit:
    """Write the deposit into a new folder named after `now` inside `folder`.

    Of the participants `unapproved` the newest text goes in as it is. Raises ExportError, with nothing left behind,
    where a text holds somebody's name, telephone number or address, or the files cannot be written.
    """
    contents = _contents(database, study, frozenset(unapproved))
    if not contents.documents:
        return Deposit(None, 0, contents.left_out)
    _refuse_contacts(contents, contacts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder / ".depositing"):
            clear_abandoned(folder, contents.project_guid, ())
            written = _write(contents, folder, now.astimezone(ZoneInfo(contents.zone)), progress)
    except OSError as error:
        raise ExportError(
            f"The deposit could not be written: {error.strerror}. Nothing was left behind; make room on the disk or "
            "choose another folder with --to, then deposit again."
        ) from error
    return Deposit(written, len(contents.documents), contents.left_out)


def _contents(database: Database, study: Study, unapproved: Collection[str]) -> Contents:
    with database.writing() as session:
        guids = study_guids(session)
    with database.reading() as session:
        consents = current_consents(session)
        contents = read_contents(session, study, guids, (), partial(_held_back, consents, unapproved))
    refuse_strangers(contents, unapproved)
    return replace(contents, documents=tuple(replace(each, with_day=False) for each in contents.documents))


def _held_back(consents: Mapping[str, Consent], unapproved: Collection[str], transcript: InterviewTranscript) -> str:
    consent = consents.get(transcript.code)
    if consent is None or not consent.archive:
        return "the newest consent does not allow archiving; record a new consent if that is wrong"
    return "" if transcript.code in unapproved else not_pseudonymised(transcript)


def _refuse_contacts(contents: Contents, contacts: Mapping[str, Contact]) -> None:
    for document in contents.documents:
        texts = "\n".join((document.plain.text, *document.transcript.notes, document.transcript.remark))
        for code, what in told_by(texts, contacts):
            raise ExportError(
                f"{document.name} holds the {what} of {code}, so nothing was deposited. Take it out with 'fieldcall "
                f"transcripts pseudonymise {document.transcript.code} --review FILE', approve that, and deposit again."
            )


def _files(contents: Contents) -> dict[str, Write]:
    return {
        **{f"{document.name}.txt": partial(write_numbered, document) for document in contents.documents},
        **{f"{document.name}.rtf": partial(write_rtf, document) for document in contents.documents},
        DATA_LIST: partial(write_data_list, contents),
        METHOD_NOTE: partial(write_method_note, contents),
    }


def _write(contents: Contents, parent: Path, local: datetime, progress: Progress | None) -> Path:
    """Write into a hidden folder, look through it, and show it."""
    part = new_part(parent, local)
    try:
        files = _files(contents)
        for number, (name, write) in enumerate(files.items(), 1):
            write_new(part / name, write)
            if progress:
                progress(number, len(files))
        sums = "".join(f"{digest_of(part / name)[0]}  {name}\n" for name in sorted(files))
        write_new(part / SUMS, lambda file: file.write(sums.encode()))
        _refuse_faults(part)
        sync_folder(part)
        shown = part.rename(free_folder(parent, local))
        sync_folder(parent)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return shown


def _refuse_faults(folder: Path) -> None:
    if faults := check_pack(folder):
        raise ExportError(f"The deposit is not as it should be: {faults[0]}. Nothing was left behind; report this.")
