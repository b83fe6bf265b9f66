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
from storage.exports.contents import (
    READY_STATES,
    Contents,
    LeftOut,
    Sound,
    not_pseudonymised,
    read_contents,
    reason_against,
)
from storage.exports.fingerprint import delivery_guid
from storage.exports.folders import clear_abandoned, free_folder, new_part, remove_mark, set_mark
from storage.exports.formats import FORMATS, StudyFormat, handed_over
from storage.exports.identities import study_guids
from storage.exports.media import find_sounds
from storage.exports.readme import NO_RECORDINGS, write_readme
from storage.files import locked, sync_folder, write_with
from storage.interviews import record_change, withdrawn_codes
from storage.study import Study
from storage.tables import Delivery, Interview, State
from storage.transcripts import InterviewTranscript
from storage.vault import Vault, digest_of

WITHOUT_RECORDINGS = f"{NO_RECORDINGS} --with-recordings adds them."

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
    """What was delivered where, and what was left out: codes with reasons. No folder: there was nothing."""

    folder: Path | None
    files: tuple[DeliveredFile, ...]
    left_out: tuple[LeftOut, ...]
    is_new: bool
    remark: str = ""  # what else is not in it, for all transcripts


@dataclass(frozen=True, slots=True)
class _Order:
    formats: tuple[str, ...]
    parent: Path
    actor: str
    now: datetime
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
) -> DeliveryReport:
    """Write the transcripts of the participants named (or all) in the formats named (or all), and note it.

    A study that pseudonymises hands over approved pseudonymised versions alone, but for the participants `unapproved`,
    and no recordings, for a voice tells who it is, unless `with_recordings`. The files go into a new folder named after
    `now` inside `folder` (else the study's deliveries). `progress` is told steps done and steps in all. Raises
    ExportError, and then nothing was left behind.
    """
    if unknown := sorted(set(formats) - FORMATS.keys()):
        raise ExportError(f"{unknown[0]!r} is not a format of a delivery; allowed: {', '.join(FORMATS)}.")
    parent = folder or study.place(study.storage.deliveries)
    order = _Order(
        formats=tuple(f for f in FORMATS if f in (formats or FORMATS)),
        parent=parent,
        actor=actor,
        now=now,
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
    contents = replace(contents, has_recordings=order.with_recordings)
    clear_abandoned(order.parent, contents.project_guid, noted)
    if not contents.documents:
        return DeliveryReport(None, (), contents.left_out, is_new=False)
    step = _steps(progress, contents, order.formats)
    if "qdpx" in order.formats:
        vault = Vault(study.place(study.storage.vault))
        contents = (_with_sounds if order.with_recordings else _without_sounds)(contents, vault, step)
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


def _steps(progress: Progress | None, contents: Contents, formats: Sequence[str]) -> Step:
    """A step is a recording read through for the project file, or a file written."""
    total = len(list(_files(contents, formats))) + ("qdpx" in formats) * len(contents.documents)
    done = count(1)
    return lambda: progress(next(done), total) if progress else None


def _with_sounds(contents: Contents, vault: Vault, step: Step) -> Contents:
    sounds, left_out = find_sounds(vault, contents.documents, step)
    return replace(contents, sounds=sounds, left_out=tuple(sorted([*contents.left_out, *left_out])))


def _without_sounds(contents: Contents, vault: Vault, step: Step) -> Contents:
    """The contents with a project that refers to each recording as to one beside it, which is not handed over."""
    sounds = {}
    for document in contents.documents:
        t = document.transcript
        sounds[t.recording_guid] = Sound(vault.path(t.recording_sha256, t.recording_suffix), is_internal=False)
        step()
    return replace(contents, sounds=sounds)


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
        write_with(folder / name, write)
        sha256, size = digest_of(folder / name)
        files.append({"name": name, "size": size, "sha256": sha256})
        step()
    return files


def _files(contents: Contents, formats: Sequence[str]) -> Iterator[tuple[str, Callable[[IO[bytes]], None]]]:
    """Names and writers of the files of a delivery."""
    for kind in (FORMATS[name] for name in formats):
        if isinstance(kind, StudyFormat):
            yield kind.file_name, partial(kind.write, contents)
        else:
            for document in contents.documents:
                yield document.name + kind.ending, partial(kind.write, document)
    yield "README.txt", partial(write_readme, contents, formats)


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
    remark = "" if order.with_recordings else WITHOUT_RECORDINGS
    return DeliveryReport(folder, tuple(listed), contents.left_out, is_new, remark)
