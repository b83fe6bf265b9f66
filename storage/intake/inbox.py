"""The inbox: a folder into which people and programs put recordings.

What can be taken is stored and then removed from the folder; what cannot stays where it is, with a
reason. One bad file never stops the others, and running it again, or twice at once, changes nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from storage.contacts import Contacts
from storage.database import Database
from storage.errors import DatabaseError, IntakeError, StorageError
from storage.files import locked, sync_folder
from storage.intake.contradiction import contradiction
from storage.intake.names import read_name
from storage.intake.settling import Found, Look, files_in, is_settled, is_unchanged, look_at
from storage.intake.take import Intake, Known, StillChanging, Taken, Unusable, open_intake, take, unexpected
from storage.study import Study
from storage.tables import Refusal

Progress = Callable[[str, int, int], None]
_GLANCE_S = 0.2  # between two reports of progress while files settle


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that stays in the inbox, and why. The name, fit to be printed, is for the person's screen only."""

    file_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A file whose content had been captured before; it is no longer in the inbox."""

    file_name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class CaptureReport:
    """What became of each file in the inbox; `waiting` are names of files that are still changing."""

    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]
    waiting: tuple[str, ...]
    duplicates: tuple[Duplicate, ...]


@dataclass(slots=True)
class _Tally:
    taken: list[Taken] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    unusable: set[str] = field(default_factory=set)  # digests of files whose refusal is remembered

    def report(self) -> CaptureReport:
        return CaptureReport(tuple(self.taken), tuple(self.refused), tuple(self.waiting), tuple(self.duplicates))


def capture(
    study: Study,
    database: Database,
    contacts: Contacts,
    *,
    now: datetime,
    actor: str,
    progress: Progress | None = None,
    settle_s: float | None = None,
    wait: bool = True,
) -> CaptureReport:
    """Take every file of the inbox that has settled, and bind it to its interview where that is clear.

    A file has settled when nothing has touched it for `settle_s` seconds (None: as the study file says; 0:
    all have). With `wait`, younger files are watched for that long and then taken if nothing touched them.
    `progress` is told file name, bytes done and bytes in all. Waits for another capture of this study.
    Raises IntakeError when there is no inbox; whatever is wrong with a single file is in the report.
    """
    inbox = study.place(study.capture.inbox)
    if not inbox.is_dir():
        raise IntakeError(f"There is no inbox at {inbox}. Make that folder, or name another as capture.inbox.")
    settle_s = study.capture.settle_seconds if settle_s is None else settle_s
    intake = open_intake(study, database, contacts, actor=actor, now=now)
    tally = _Tally()
    with locked(intake.vault.lock):
        intake.vault.remove_leftovers()
        began_s = time.monotonic()
        files = _strongest_first(intake, files_in(inbox))
        fresh = [found for found in files if not is_settled(found, settle_s)]
        for found in files:
            if found not in fresh:
                _take(intake, found, tally, progress)
        if fresh and wait:
            _pass_time(began_s + settle_s, settle_s, progress)
        for found in fresh:
            if wait and is_unchanged(found):
                _take(intake, found, tally, progress)
            else:
                tally.waiting.append(found.shown)
        _keep_refusals_of(intake, tally.unusable)
    return tally.report()


def _strongest_first(intake: Intake, files: list[Found]) -> list[Found]:
    """Files with a code in their name come first, so that a binding by time knows of them."""
    zone = intake.study.zone
    return sorted(files, key=lambda found: not read_name(found.name, intake.codes, zone).codes)


def _pass_time(until_s: float, of_s: float, progress: Progress | None) -> None:
    while (left_s := until_s - time.monotonic()) > 0:
        if progress:
            progress("files that have only just arrived", int((of_s - left_s) * 1000), int(of_s * 1000))
        time.sleep(min(_GLANCE_S, left_s))


def _take(intake: Intake, found: Found, tally: _Tally, progress: Progress | None) -> None:
    """Take one file and write down in the tally what became of it; raises nothing that concerns only this file."""
    name, look = found.shown, look_at(found.path)
    if look is None:
        if found.path.is_symlink() or found.path.exists():
            tally.refused.append(Refused(name, _what_it_is(found)))
        return
    told = read_name(found.name, intake.codes, intake.study.zone)
    try:
        outcome = take(intake, found.path, found.name, told, _told_as(name, 2 * look.size, progress))
    except StillChanging:
        tally.waiting.append(name)
    except Exception as error:  # whatever it is, it concerns this file, and the others are still to be taken
        if isinstance(error, Unusable):
            tally.unusable.add(error.sha256)
        if found.path.exists():  # else somebody took it away meanwhile
            tally.refused.append(Refused(name, _reason(error)))
    else:
        if isinstance(outcome, Known):
            if against := contradiction(intake, told.codes, outcome.sha256):
                tally.refused.append(Refused(name, against))
                return
            tally.duplicates.append(Duplicate(name, outcome.sha256))
        else:
            tally.taken.append(outcome)
        _clear(found, look, outcome.sha256, tally)


def _what_it_is(found: Found) -> str:
    if found.path.is_dir() and not found.path.is_symlink():
        return "This folder cannot be opened. Look at its permissions, then capture again."
    return "It is a link or no regular file. Put the recording itself into the inbox."


def _told_as(name: str, total: int, progress: Progress | None) -> Callable[[int], None] | None:
    return (lambda done: progress(name, min(done, total), total)) if progress else None


def _clear(found: Found, look: Look, sha256: str, tally: _Tally) -> None:
    """Remove a file that is in the vault; one that has changed since stays and is looked at the next time."""
    if look_at(found.path) != look:
        return
    try:
        found.path.unlink()
        sync_folder(found.path.parent)
    except OSError as error:
        reason = (
            f"It is stored as recording {sha256[:12]}, but could not be removed from the inbox: {error.strerror}. "
            "Remove it by hand."
        )
        tally.refused.append(Refused(found.shown, reason))


def _reason(error: Exception) -> str:
    if isinstance(error, DBAPIError):
        return (
            f"It could not be written down: {error.orig}. Nothing was lost, the file is still in the inbox; make room "
            "or mend the database, then capture again."
        )
    if isinstance(error, OSError):
        return f"It cannot be read: {error.strerror}. Look at its permissions and the disk, then capture again."
    return str(error) if isinstance(error, StorageError) else unexpected(error)


def _keep_refusals_of(intake: Intake, digests: set[str]) -> None:
    """Forget the refusals of files that are no longer in the inbox."""
    try:
        with intake.database.writing() as session:
            for refusal in session.exec(select(Refusal)):
                if refusal.sha256 in digests:
                    refusal.last_seen = intake.now
                else:
                    session.delete(refusal)
    except DBAPIError as error:
        raise DatabaseError(
            f"The study database could not be written: {error.orig}. What was taken is safe; make room or mend the "
            "database, then capture again."
        ) from None
