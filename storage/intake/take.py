"""Taking one file, wherever it came from: known already, refused, or stored, recorded and bound.

The order keeps everything safe at any moment: the vault's copy is on disk and compared, the name is
sealed, then all rows are written in one transaction. Only after that may the source be removed.
"""

import os
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from errno import ENOENT
from pathlib import Path, PurePath
from typing import IO

from sqlmodel import Session, select

from storage.contacts import Contact, Contacts
from storage.database import Database
from storage.errors import IntakeError, VaultError
from storage.intake.attachment import NO_CONSENT, attach
from storage.intake.binding import Bound, Clues, Review, decide
from storage.intake.candidates import load_candidates
from storage.intake.names import NameClues, read_name
from storage.intake.people import codes_of_numbers
from storage.intake.probe import Facts, probe
from storage.intake.settling import Look, look_at
from storage.interviews import current_consent
from storage.study import Study
from storage.tables import Companion, Interview, Participant, Recording, Refusal
from storage.vault import Stored, Vault, digest_of

# The suffixes of each container; the first is given to a file whose own suffix is none of them.
_SUFFIXES = {
    "wav": (".wav",),
    "mp3": (".mp3",),
    "mov": (".m4a", ".mp4", ".3gp", ".3g2", ".mov", ".m4b"),
    "matroska": (".mkv", ".webm", ".mka"),
    "ogg": (".ogg", ".opus", ".oga", ".ogv"),
    "amr": (".amr",),
}

Whose = Callable[[Session], Bound | Review]


Lay = Callable[[Sequence[Path], Path | None, IO[bytes]], str]
"""Writes files of one person each into an open file as one recording (FLAC), a channel each, laid side by side by what
is heard in them and in the mix of all, if there is one. Gives a remark for a person, or ''; raises IntakeError where it
cannot be done."""


class Unusable(IntakeError):
    """The file cannot be used as it is; that is remembered under its digest for whoever looks at it later."""

    def __init__(self, reason: str, sha256: str) -> None:
        super().__init__(reason)
        self.sha256 = sha256


class StillChanging(IntakeError):
    """The file changed while it was being read; it is left for the next run."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Where recordings are taken to, by whom and when; `people` are the contacts by code."""

    study: Study
    database: Database
    contacts: Contacts
    vault: Vault
    codes: frozenset[str]
    actor: str
    now: datetime
    people: Mapping[str, Contact] = field(default_factory=dict)
    lay: Lay | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """A recording that was stored: `code` and `label` of its interview, None where `reason` says why not."""

    sha256: str
    code: str | None
    label: str | None
    reason: str
    remark: str


@dataclass(frozen=True, slots=True)
class Known:
    """A recording that had been stored before; the vault's copy is sound."""

    sha256: str


def open_intake(
    study: Study, database: Database, contacts: Contacts, *, actor: str, now: datetime, lay: Lay | None = None
) -> Intake:
    """An intake for the study as it stands; `now` is when what is taken was seen. Raises ContactsError."""
    with database.reading() as session:
        codes = frozenset(session.exec(select(Participant.code)))
    vault = Vault(study.place(study.storage.vault))
    return Intake(study, database, contacts, vault, codes, actor, now, contacts.all(), lay)


def read(intake: Intake, name: PurePath) -> NameClues:
    """What a name tells: of codes, times and telephone numbers."""
    told = read_name(name, intake.codes, intake.study.zone)
    return replace(told, hinted=codes_of_numbers(name, intake.people))


def take(
    intake: Intake,
    path: Path,
    name: PurePath,
    told: NameClues,
    progress: Callable[[int], None] | None = None,
    whose: Whose | None = None,
) -> Taken | Known:
    """Take a file that is complete; `name` is sealed, `told` is what it says. Taking it again changes nothing.

    `whose` decides in the transaction that writes the rows, where more is known than a name and a time can tell.
    `progress` is told bytes done, of twice the file's size: once for reading, once for storing. Raises
    Unusable for a file that cannot be used, StillChanging for one that may be later, VaultError, OSError.
    """
    look = look_at(path)
    if look is None:
        raise FileNotFoundError(ENOENT, os.strerror(ENOENT))
    digest, size = digest_of(path)
    with intake.database.reading() as session:
        known: Recording | Companion | None
        known = session.exec(select(Recording).where(Recording.sha256 == digest)).first()
        known = known or session.exec(select(Companion).where(Companion.sha256 == digest)).first()
    if known:
        make_sound(intake.vault, known, path)
        return Known(digest)
    facts = probe_or_refuse(intake, path, digest, size, progress)
    suffix = suffix_of(path, facts)
    told_bytes = (lambda done: progress(size + done)) if progress else None
    try:
        stored = intake.vault.store(path, suffix, told_bytes, sha256=digest)
    except VaultError:
        if look_at(path) == look:
            raise
        raise StillChanging("It changed while it was being read. It is left for the next capture.") from None
    intake.contacts.put_original_name(digest, name.as_posix())
    with intake.database.writing() as session:
        decision = whose(session) if whose else _by_clues(session, intake, clues_of(facts, told, look, intake.now))
        return _record(session, intake, facts, stored, suffix, decision)


def suffix_of(path: Path, facts: Facts) -> str:
    """The suffix under which a file is kept: its own where it fits the format, else one that does."""
    family = facts.container.split(",")[0]
    fitting = _SUFFIXES.get(family, (f".{family}",))
    own = path.suffix.lower()
    if own in fitting:
        return own
    has_video = any(stream["type"] == "video" for stream in facts.streams)
    return ".mp4" if family == "mov" and has_video else fitting[0]


def make_sound(vault: Vault, known: Recording | Companion, path: Path) -> None:
    """Put what is known back into the vault where its copy there is missing or damaged; this file is the same."""
    vault.store(path, known.suffix, sha256=known.sha256)
    vault.verify(known.sha256, known.suffix)


def probe_or_refuse(
    intake: Intake, path: Path, digest: str, size: int, progress: Callable[[int], None] | None
) -> Facts:
    """What a file is. Raises OSError, and Unusable, which is remembered, where nothing of it can be used."""
    try:
        return probe(path, progress)
    except IntakeError as error:
        reason = str(error)
    except OSError:
        raise
    except Exception as error:  # what a decoder stumbles over in one file must not keep the others out
        reason = unexpected(error)
    refuse(intake, digest, size, reason)
    raise Unusable(reason, digest)


def refuse(intake: Intake, digest: str, size: int, reason: str) -> None:
    """Remember why a file stays in the inbox."""
    with intake.database.writing() as session:
        before = session.get(Refusal, digest)
        seen = {"first_seen": before.first_seen if before else intake.now, "last_seen": intake.now}
        session.merge(Refusal(sha256=digest, size=size, reason=reason, **seen))


def unexpected(error: Exception) -> str:
    """The reason for a file that met an error nobody thought of: its kind and place, as its message may be personal."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"It met an error that was not expected ({type(error).__name__}, {PurePath(place.filename).name}:"
        f"{place.lineno}). It stays in the inbox; convert it to WAV or M4A, or report the error."
    )


def clues_of(facts: Facts, told: NameClues, look: Look, now: datetime) -> Clues:
    """All that is known about a file when it is captured."""
    duration = timedelta(milliseconds=facts.duration_ms)
    # some recorders stamp the beginning, others the end
    created = (facts.created_at, facts.created_at - duration) if facts.created_at else ()
    dated = datetime.fromtimestamp(look.modified_ns / 1e9, UTC) - duration
    return Clues(duration, now, told.codes, told.times, created, dated, told.hinted)


def _by_clues(session: Session, intake: Intake, clues: Clues) -> Bound | Review:
    zone = intake.study.zone
    return decide(clues, load_candidates(session, clues, zone), zone)


def _record(
    session: Session, intake: Intake, facts: Facts, stored: Stored, suffix: str, decision: Bound | Review
) -> Taken:
    recording = Recording(
        sha256=stored.sha256,
        suffix=suffix,
        size=stored.size,
        container=facts.container,
        duration_ms=facts.duration_ms,
        streams=list(facts.streams),
        peak_dbfs=facts.peak_dbfs,
        started_at=decision.started_at,
        captured_at=intake.now,
        remark=facts.remark,
    )
    return bind_as_decided(session, intake, recording, decision)


def bind_as_decided(session: Session, intake: Intake, recording: Recording, decision: Bound | Review) -> Taken:
    """Add a new recording, and bind it or leave it for review, as was decided."""
    recording.review = "; ".join(decision.reasons) if isinstance(decision, Review) else ""
    session.add(recording)
    session.flush()
    if isinstance(decision, Review):
        return Taken(recording.sha256, None, None, recording.review, recording.remark)
    interview = session.get_one(Interview, decision.interview.interview_id)
    attach(session, recording, interview, reason=decision.reason, actor=intake.actor)
    consent = current_consent(session, interview.participant_code)
    remarks = (recording.remark, "" if consent and consent.recording else NO_CONSENT)
    found = decision.interview
    return Taken(recording.sha256, found.code, found.label, decision.reason, "; ".join(filter(None, remarks)))
