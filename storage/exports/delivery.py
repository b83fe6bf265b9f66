"""Handing over: all files of a delivery in a folder of its own, complete or not there at all.

What the files say depends on the rows and never on the clock, so a delivery is known by its content: its GUID
is derived from that, and delivering the same again returns the folder that stands.
"""

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select

from storage.database import Database
from storage.errors import ExportError
from storage.exports.codebook import codebook_remarks
from storage.exports.contents import (
    READY_STATES,
    Contents,
    LeftOut,
    Remark,
    not_pseudonymised,
    read_contents,
    reason_against,
    refuse_strangers,
)
from storage.exports.fingerprint import delivery_guid
from storage.exports.folders import clear_abandoned, free_folder, new_part, remove_mark, set_mark
from storage.exports.formats import FORMATS, StudyFormat, chosen_formats, handed_over, name_of, why_empty
from storage.exports.identities import study_guids
from storage.exports.media import with_sounds, without_sounds
from storage.exports.qdpx import recordings_beside
from storage.exports.readme import write_readme
from storage.exports.refi_qda import LARGEST_INTERNAL
from storage.files import locked, sync_folder, write_new
from storage.interviews import record_change, withdrawn_codes
from storage.study import Study
from storage.tables import Delivery, Interview, State
from storage.transcripts.transcript import InterviewTranscript
from storage.vault import BLOCK, Vault, digest_of

Progress = Callable[[int, int], None]
Step = Callable[[], None]


@dataclass(frozen=True, slots=True)
class DeliveredFile:
    """A file of a delivery: its name in the folder, its size in bytes, its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What was delivered where, and what was left out: codes with reasons. No folder: there was nothing.

    `remarks` tell of codes or files that went out, or did not, in another way than one would expect.
    """

    folder: Path | None
    files: tuple[DeliveredFile, ...]
    left_out: tuple[LeftOut, ...]
    is_new: bool
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class _Order:
    formats: tuple[str, ...]
    parent: Path
    actor: str
    now: datetime
    largest_inside: int
    unapproved: frozenset[str]  # codes of those whose transcripts go out as they are
    with_recordings: bool


def deliver(
    database: Database,
    study: Study,
    *,
    codes: Collection[str] = (),
    formats: Collection[str] = (),
    folder: Path | None = None,
    unapproved: Collection[str] = (),
    with_recordings: bool = False,
    actor: str,
    now: datetime,
    progress: Progress | None = None,
    largest_inside: int = LARGEST_INTERNAL,
) -> DeliveryReport:
    """Write the transcripts of the participants named (or all) in the formats named (or the usual ones), and note it.

    A study that pseudonymises hands over approved pseudonymised versions alone, but for the participants `unapproved`,
    and no recordings, for a voice tells who it is, unless `with_recordings`. The files go into a new folder named after
    `now` inside `folder` (else the study's deliveries). `progress` is told steps done and steps in all. A recording of
    more than `largest_inside` bytes goes beside the project for coding, not into it. Raises ExportError, and then
    nothing was left behind.
    """
    parent = folder or study.place(study.storage.deliveries)
    order = _Order(
        formats=chosen_formats(formats),
        parent=parent,
        actor=actor,
        now=now,
        largest_inside=largest_inside,
        unapproved=frozenset(unapproved),
        with_recordings=with_recordings or not study.delivery.pseudonymise,
    )
    try:
        with locked(parent / ".delivering"):
            return _deliver(database, study, codes, order, progress)
    except (OSError, OperationalError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.orig
        raise ExportError(
            f"The delivery could not be written: {reason}. Nothing was left behind; make room on the disk "
            "or choose another folder, then deliver again."
        ) from error


def _deliver(
    database: Database, study: Study, codes: Collection[str], order: _Order, progress: Progress | None
) -> DeliveryReport:
    with database.writing() as session:
        guids = study_guids(session)
    with database.reading() as session:
        noted = session.exec(select(Delivery.guid)).all()
        contents = read_contents(session, study, guids, codes, partial(_held_back, study, order))
    refuse_strangers(contents, order.unapproved)
    clear_abandoned(order.parent, contents.project_guid, noted)
    contents, order = _what_there_is(contents, order)
    if not contents.documents or not order.formats:
        return DeliveryReport(None, (), contents.left_out, is_new=False, remarks=contents.remarks)
    done = count(1)
    if "qdpx" in order.formats:
        step = _steps(progress, done, contents, order.formats)
        vault = Vault(study.place(study.storage.vault))
        contents = (
            with_sounds(contents, vault, step, largest=order.largest_inside)
            if order.with_recordings
            else without_sounds(contents, step)
        )
    step = _steps(progress, done, contents, order.formats)
    contents = _as_delivered(contents, order.formats)
    guid, earlier = _earlier(database, contents, order)
    if earlier:
        return _report(order, earlier, contents, is_new=False)
    folder, files = _write(database, contents, order, guid, step)
    with suppress(OSError):  # it is handed over already; the next delivery takes away the mark
        remove_mark(folder)
    return _report(order, files, contents, is_new=True)


def _held_back(study: Study, order: _Order, transcript: InterviewTranscript) -> str:
    if not study.delivery.pseudonymise or transcript.code in order.unapproved:
        return ""
    return not_pseudonymised(transcript)


def _what_there_is(contents: Contents, order: _Order) -> tuple[Contents, _Order]:
    """The order without the files for which there is nothing to write, and the contents with remarks that say so."""
    empty = {name: why for name in order.formats if (why := why_empty(name, contents))}
    left = tuple(name for name in order.formats if name not in empty)
    told = [(name_of(name), f"not written, because {why}") for name, why in empty.items()]
    if {"qdpx", "qdc"} & set(left):
        told += (("codebook", remark) for remark in codebook_remarks(contents.codebook))
    return replace(contents, remarks=(*contents.remarks, *told)), replace(order, formats=left)


def _steps(progress: Progress | None, done: Iterator[int], contents: Contents, formats: Sequence[str]) -> Step:
    """A step is a recording read through for the project file, or a file written; `done` counts them."""
    total = len(list(_files(contents, formats))) + ("qdpx" in formats) * len(contents.documents)
    return lambda: progress(next(done), total) if progress else None


def _as_delivered(contents: Contents, formats: Sequence[str]) -> Contents:
    """The contents with each interview in the state that it has once they are handed over."""
    delivered = handed_over(contents, formats)
    interviews = (
        replace(i, state=State.DELIVERED) if i.guid in delivered and i.state in READY_STATES else i
        for i in contents.interviews
    )
    return replace(contents, interviews=tuple(interviews))


def _earlier(database: Database, contents: Contents, order: _Order) -> tuple[str, list[dict[str, object]]]:
    """The files of the same delivery where they stand as written, or none and the GUID of a new delivery."""
    with database.reading() as session:
        number = 0
        while True:
            guid = delivery_guid(contents, order.formats, number)
            row = session.exec(select(Delivery).where(Delivery.guid == guid)).first()
            if row is None:
                return guid, []
            if all(_stands(order.parent / file["name"], file) for file in row.files):
                return guid, row.files
            number += 1


def _stands(path: Path, file: dict[str, object]) -> bool:
    return path.is_file() and digest_of(path) == (file["sha256"], file["size"])


def _write(
    database: Database, contents: Contents, order: _Order, guid: str, step: Step
) -> tuple[Path, list[dict[str, object]]]:
    """Write all files into a hidden folder, note the delivery, and show the folder just before that is for good."""
    local = order.now.astimezone(ZoneInfo(contents.zone))
    folder = new_part(order.parent, local)
    try:
        set_mark(folder, contents.project_guid, guid)
        written = _write_files(folder, contents, order.formats, step)
        with database.writing() as session:
            target = free_folder(order.parent, local)
            files: list[dict[str, object]] = [{**file, "name": f"{target.name}/{file['name']}"} for file in written]
            delivery = Delivery(guid=guid, at=order.now, actor=order.actor, files=files)
            _note(session, contents, delivery, handed_over(contents, order.formats))
            folder = folder.rename(target)
            sync_folder(order.parent)
    except BaseException:
        shutil.rmtree(folder)  # what is not noted has not been handed over
        raise
    return folder, files


def _write_files(folder: Path, contents: Contents, formats: Sequence[str], step: Step) -> list[dict[str, object]]:
    files: list[dict[str, object]] = []
    for name, write in _files(contents, formats):
        write_new(folder / name, write)
        sha256, size = digest_of(folder / name)
        files.append({"name": name, "size": size, "sha256": sha256})
        step()
    sync_folder(folder)
    return files


def _files(contents: Contents, formats: Sequence[str]) -> Iterator[tuple[str, Callable[[IO[bytes]], None]]]:
    """Names and writers of the files of a delivery."""
    for kind in (FORMATS[name] for name in formats):
        if isinstance(kind, StudyFormat):
            yield kind.file_name, partial(kind.write, contents)
        else:
            for document in contents.documents:
                yield document.name + kind.ending, partial(kind.write, document)
    if "qdpx" in formats:
        for name, path in recordings_beside(contents):
            yield name, partial(_copy, path)
    yield "README.txt", partial(write_readme, contents, formats)


def _copy(path: Path, file: IO[bytes]) -> None:
    with path.open("rb") as source:
        shutil.copyfileobj(source, file, BLOCK)


def _note(session: Session, contents: Contents, delivery: Delivery, delivered: Collection[str]) -> None:
    """Store the delivery and mark interviews `delivered` (GUIDs), unless someone said no meanwhile."""
    folder = str(delivery.files[0]["name"]).partition("/")[0]
    interviews = _interviews(session, {document.transcript.interview_guid for document in contents.documents})
    _refuse_who_said_no(session, contents, interviews)
    for interview in interviews:
        if interview.guid in delivered and interview.state in READY_STATES:
            record_change(session, interview, State.DELIVERED, actor=delivery.actor, cause=folder)
    session.add(delivery)
    session.flush()


def _refuse_who_said_no(session: Session, contents: Contents, interviews: Iterable[Interview]) -> None:
    """Raise ExportError if a transcript, or a participant named as a case, may not go out any more."""
    reasons = [(i.participant_code, reason_against(session, i.participant_code, i.state)) for i in interviews]
    gone = withdrawn_codes(session) & {person.code for person in contents.people}
    for code, reason in [*reasons, *((code, "they have withdrawn") for code in sorted(gone))]:
        if reason:
            raise ExportError(f"{code} can no longer be delivered: {reason}. Nothing was handed over; deliver again.")


def _interviews(session: Session, guids: Collection[str]) -> Sequence[Interview]:
    return session.exec(select(Interview).where(col(Interview.guid).in_(guids)).order_by(col(Interview.id))).all()


def _report(order: _Order, files: Sequence[dict[str, object]], contents: Contents, *, is_new: bool) -> DeliveryReport:
    folder = order.parent / str(files[0]["name"]).partition("/")[0]
    listed = (DeliveredFile(str(f["name"]).partition("/")[2], int(str(f["size"])), str(f["sha256"])) for f in files)
    return DeliveryReport(folder, tuple(listed), contents.left_out, is_new, contents.remarks)
