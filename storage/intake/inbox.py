"""The inbox: a folder into which people and programs put recordings.

What can be taken is stored and then removed from the folder; what cannot stays where it is, with a
reason. One bad file never stops the others, and running it again, or twice at once, changes nothing.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from storage.contacts import Contacts
from storage.database import Database
from storage.errors import DatabaseError, IntakeError, StorageError
from storage.files import locked, sync_folder
from storage.intake.bundles import bundles_of
from storage.intake.contradiction import contradiction
from storage.intake.gathering import BundleRefused, gather
from storage.intake.settling import Found, Look, files_in, is_settled, is_unchanged, look_at
from storage.intake.take import (
    Intake,
    Known,
    Lay,
    StillChanging,
    Taken,
    Unusable,
    open_intake,
    read,
    take,
    unexpected,
)
from storage.intake.tools.base import Bundle
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


@dataclass(frozen=True, slots=True)
class _Item:
    """What is taken at once: a file that stands alone, or the files of a bundle."""

    files: tuple[Found, ...]
    bundle: Bundle | None = None


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
    lay: Lay | None = None,
) -> CaptureReport:
    """Take every file of the inbox that has settled, and bind it to its interview where that is clear.

    A file has settled when nothing has touched it for `settle_s` seconds (None: as the study file says; 0:
    all have). With `wait`, younger files are watched for that long and then taken if nothing touched them.
    `progress` is told file name, bytes done and bytes in all. Files that a tool left together are taken together, once
    all have settled; `lay` joins those of one person each that are not in step. Waits for another capture of this
    study. Raises IntakeError when there is no inbox, ContactsError when contacts cannot be opened; whatever is wrong
    with a single file is in the report.
    """
    inbox = study.place(study.capture.inbox)
    if not inbox.is_dir():
        raise IntakeError(f"There is no inbox at {inbox}. Make that folder, or name another as capture.inbox.")
    settle_s = study.capture.settle_seconds if settle_s is None else settle_s
    intake = open_intake(study, database, contacts, actor=actor, now=now, lay=lay)
    tally = _Tally()
    with locked(intake.vault.lock):
        intake.vault.remove_leftovers()
        began_s = time.monotonic()
        items = _strongest_first(intake, _items(files_in(inbox)))
        fresh = [item for item in items if not all(is_settled(found, settle_s) for found in item.files)]
        for item in items:
            if item not in fresh:
                _take(intake, item, tally, progress)
        if fresh and wait:
            _pass_time(began_s + settle_s, settle_s, progress)
        for item in fresh:
            if wait and all(is_unchanged(found) for found in item.files):
                _take(intake, item, tally, progress)
            else:
                tally.waiting += [found.shown for found in item.files]
        _keep_refusals_of(intake, tally.unusable)
    return tally.report()


def _items(files: list[Found]) -> list[_Item]:
    """The bundles among the files, and each other file by itself."""
    found = {each.name: each for each in files}
    bundles = bundles_of([each.name for each in files if each.look])
    together = {name for bundle in bundles for name in bundle.names}
    return [
        *(_Item(tuple(found[name] for name in bundle.names), bundle) for bundle in bundles),
        *(_Item((each,)) for each in files if each.name not in together),
    ]


def _strongest_first(intake: Intake, items: list[_Item]) -> list[_Item]:
    """What has a code in a name comes first, so that a binding by time knows of it; then by name."""
    by_name = sorted(items, key=lambda item: item.files[0].name)
    return sorted(by_name, key=lambda item: not any(read(intake, found.name).codes for found in item.files))


def _pass_time(until_s: float, of_s: float, progress: Progress | None) -> None:
    while (left_s := until_s - time.monotonic()) > 0:
        if progress:
            progress("files that have only just arrived", int((of_s - left_s) * 1000), int(of_s * 1000))
        time.sleep(min(_GLANCE_S, left_s))


def _take(intake: Intake, item: _Item, tally: _Tally, progress: Progress | None) -> None:
    if item.bundle is None:
        (found,) = item.files
        _take_one(intake, found, tally, progress)
    else:
        _take_together(intake, item, item.bundle, tally, progress)


def _take_together(intake: Intake, item: _Item, bundle: Bundle, tally: _Tally, progress: Progress | None) -> None:
    """Take a bundle and write down in the tally what became of its files; raises nothing that concerns only them."""
    found = {each.name: each for each in item.files}

    def told_as(name: PurePath) -> Callable[[int], None] | None:
        look = found[name].look
        return _told_as(found[name].shown, look.size if look else 0, progress)

    try:
        gathered = gather(intake, bundle, {name: each.path for name, each in found.items()}, told_as)
    except StillChanging:
        tally.waiting += [each.shown for each in item.files if look_at(each.path)]
    except BundleRefused as error:
        tally.unusable |= error.digests
        tally.refused += [Refused(found[name].shown, reason) for name, reason in error.reasons.items()]
    except Exception as error:  # whatever it is, it concerns this bundle, and the others are still to be taken
        tally.refused += [Refused(each.shown, _reason(error)) for each in item.files if each.path.exists()]
    else:
        tally.taken += gathered.taken
        codes = tuple(sorted({code for name in bundle.names for code in read(intake, name).codes}))
        for name, sha256 in gathered.digests.items():
            if not gathered.taken:
                if against := contradiction(intake, codes, sha256):
                    tally.refused.append(Refused(found[name].shown, against))
                    continue
                tally.duplicates.append(Duplicate(found[name].shown, sha256))
            if look := found[name].look:
                _clear(found[name], look, sha256, tally)


def _take_one(intake: Intake, found: Found, tally: _Tally, progress: Progress | None) -> None:
    """Take one file and write down in the tally what became of it; raises nothing that concerns only this file."""
    name, look = found.shown, look_at(found.path)
    if look is None:
        if found.path.is_symlink() or found.path.exists():
            tally.refused.append(Refused(name, _what_it_is(found)))
        return
    told = read(intake, found.name)
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
