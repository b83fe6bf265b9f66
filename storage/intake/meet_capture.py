"""Capturing from Google Meet: what was recorded of the study's interviews is looked for, bound, fetched and taken.

Running it again changes nothing, and of two runs at once the second leaves it to the first. A download holds up no
other capture: the vault is locked only while a file that has come whole is taken into it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from storage.contacts import Contacts
from storage.database import Database
from storage.errors import IntakeError, StorageError
from storage.files import locked
from storage.google.account import build_service, credentials_of
from storage.google.calls import GoogleAccessLost, GoogleUnavailable
from storage.intake.binding import Bound, Candidate, Review
from storage.intake.contradiction import contradiction
from storage.intake.fetching import Fetched, Gone, NoRoom, NotReady, discard, fetch, keep_only, look_up
from storage.intake.meet_alarms import sound_alarms
from storage.intake.meet_binding import Foreign, Wait
from storage.intake.meet_rows import (
    EXPECTED,
    FETCHED,
    FOREIGN,
    GONE,
    READY,
    REVIEW,
    Noted,
    barred,
    decide,
    note_found,
    put_decision,
)
from storage.intake.meet_search import search
from storage.intake.names import NameClues
from storage.intake.recordings import BY_HAND, SHORT, bind, bindable
from storage.intake.remote import find_remote, remote_review
from storage.intake.take import Intake, Known, Taken, Unusable, Whose, open_intake, take
from storage.interviews import current_consent
from storage.study import Study
from storage.tables import Binding, Recording, Refusal, RemoteRecording
from storage.vault import Vault, digest_of

Progress = Callable[[str, int, int], None]
_UNREACHABLE = 2  # files in a row after which Google is left alone until the next run


@dataclass(frozen=True, slots=True)
class MeetAndDrive:
    """The clients of the two APIs; for one thread."""

    meet: Any
    drive: Any


@dataclass(frozen=True, slots=True)
class NotFetched:
    """A recording that is an interview's and could not be fetched; `name` is how people call it."""

    name: str
    label: str
    reason: str
    is_news: bool


@dataclass(frozen=True, slots=True)
class MeetReport:
    """What a capture from Meet found and did.

    `to_review` are recordings that need a person and did not before, those `not_fetched` apart; `waiting` those
    without a file yet, `foreign` those of no interview, `others` the account's other meetings, not looked into.
    `alarms` are new. `failures` say what of Meet could not be read. With `is_busy` another run was at it, and nothing
    was done.
    """

    taken: tuple[Taken, ...] = ()
    known: int = 0
    not_fetched: tuple[NotFetched, ...] = ()
    to_review: int = 0
    waiting: int = 0
    foreign: int = 0
    others: int = 0
    resumed_bytes: int = 0
    alarms: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    is_busy: bool = False


@dataclass(slots=True)
class _Tally:
    taken: list[Taken] = field(default_factory=list)
    known: int = 0
    not_fetched: list[NotFetched] = field(default_factory=list)
    resumed_bytes: int = 0


@contextmanager
def meet_and_drive(study: Study, key: Fernet) -> Iterator[MeetAndDrive]:
    """The clients as the study's account, closed at the end. Raises GoogleAccessLost."""
    credentials = credentials_of(study, key)
    services = MeetAndDrive(build_service("meet", credentials), build_service("drive", credentials))
    try:
        yield services
    finally:
        services.meet.close()
        services.drive.close()


def capture_meet(
    study: Study,
    database: Database,
    contacts: Contacts,
    services: MeetAndDrive,
    *,
    now: datetime,
    actor: str,
    progress: Progress | None = None,
) -> MeetReport:
    """Look for the recordings of the study's meetings, and take those that are an interview's.

    `progress` is told the interview's label, bytes done and bytes in all. Whatever is wrong with one meeting or one
    file is in the report, in its row and, in time, an alert; errors of the database are raised.
    """
    intake = open_intake(study, database, contacts, actor=actor, now=now)
    with locked(_lock(intake.vault), wait=False) as is_free:
        if not is_free:
            return MeetReport(is_busy=True)
        before = _names_in_review(intake)
        found = search(services.meet, database, now=now)
        with database.writing() as session:
            noted = note_found(session, study, found, now=now)
        tally = _Tally()
        _settle_all(intake, services.drive.files(), noted, tally, progress)
        _forget_parts(intake)
        alarms = sound_alarms(database, study, services.meet, found, now=now)
    counts = _counts(database)
    told = {one.name for one in tally.not_fetched}
    return MeetReport(
        tuple(tally.taken),
        tally.known,
        tuple(tally.not_fetched),
        len(_names_in_review(intake) - before - told),
        counts.get(EXPECTED, 0),
        counts.get(FOREIGN, 0),
        found.others,
        tally.resumed_bytes,
        tuple(alarms),
        found.failures,
    )


def fetch_by_hand(
    study: Study,
    database: Database,
    contacts: Contacts,
    services: MeetAndDrive,
    name: str,
    interview: str,
    *,
    now: datetime,
    actor: str,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[str, str]:
    """Fetch a recording such as 'meet-12' and bind it to an interview by hand; returns its digest and the label.

    Raises StorageError: it is here already, has no file, may not be fetched, or another run is fetching.
    """
    intake = open_intake(study, database, contacts, actor=actor, now=now)
    with locked(_lock(intake.vault), wait=False) as is_free:
        if not is_free:
            raise IntakeError(
                "Another capture is fetching from Google Meet at this moment; try again when it has ended."
            )
        with database.reading() as session:
            row = find_remote(session, name)
            target, its_label = bindable(session, study, interview)
            if why := barred(target, current_consent(session, target.participant_code)):
                raise IntakeError(f"{name} is not fetched for {its_label}: {why}.")
        if row.sha256:
            raise IntakeError(f"{name} is here already, as recording {row.sha256[:SHORT]}: bind that one.")
        if not row.file_id:
            raise IntakeError(f"{name} has no file yet: Google is still making it. Try again later.")
        fetched = fetch(services.drive.files(), row.file_id, _folder(intake.vault), progress)
        with locked(intake.vault.lock):
            outcome = take(intake, fetched.path, PurePath(fetched.name), NameClues(), whose=_waits_for_its_person)
        with database.writing() as session:
            bind(session, study, outcome.sha256, interview, actor=actor)
            row = find_remote(session, name)
            row.state, row.interview_id, row.reason = FETCHED, target.id, BY_HAND
            row.sha256, row.failure = outcome.sha256, ""
            session.add(row)
        discard(_folder(intake.vault), row.file_id)
    return outcome.sha256, its_label


def _waits_for_its_person(_session: Session) -> Review:
    return Review(("fetched from Google Meet to be bound by hand",))


def _lock(vault: Vault) -> Path:
    return vault.folder / ".fetching"


def _folder(vault: Vault) -> Path:
    return vault.folder / "fetching"


def _settle_all(intake: Intake, files: Any, noted: list[Noted], tally: _Tally, progress: Progress | None) -> None:
    """Fetch what is an interview's, what Google forgets first before the rest; one that fails stops no other."""
    unreachable = 0
    far = datetime.max.replace(tzinfo=UTC)
    for one in sorted(noted, key=lambda one: one.remote.conference.expires_at or far):
        interview = _interview_of(one)
        if interview is None or not one.remote.file_id:
            continue
        try:
            _settle(intake, files, one, interview, tally, progress)
            unreachable = 0
        except DBAPIError:
            raise
        except NotReady as error:
            _put(intake, one, state=EXPECTED, reason=str(error))
        except Gone as error:
            _put(intake, one, state=GONE, reason=str(error))
        except Unusable as error:
            _forget_refusal(intake, error.sha256)
            _put(intake, one, state=REVIEW, reason=f"its file came, and cannot be used. {error}", sha256=error.sha256)
            tally.not_fetched.append(_not_fetched(one, interview, str(error), is_news=True))
        except Exception as error:  # whatever it is, it concerns this file, and the others are still to be fetched
            reason = _reason(error)
            is_news = _put(intake, one, failure=reason)
            tally.not_fetched.append(_not_fetched(one, interview, reason, is_news=is_news))
            unreachable += isinstance(error, GoogleUnavailable)
            if isinstance(error, GoogleAccessLost | NoRoom) or unreachable == _UNREACHABLE:
                return  # it would be the same for every other


def _interview_of(one: Noted) -> Candidate | None:
    """The interview that a recording is bound to, or may be the one of."""
    if isinstance(one.decision, Bound):
        return one.decision.interview
    return one.decision.proposal if isinstance(one.decision, Review) else None


def _settle(
    intake: Intake, files: Any, one: Noted, interview: Candidate, tally: _Tally, progress: Progress | None
) -> None:
    """Fetch a recording unless its bytes are here already, under whatever name they came."""
    if known := _recording_of(intake, look_up(files, one.remote.file_id).sha256):
        _settle_known(intake, one, interview, known, tally)
    elif isinstance(one.decision, Bound):
        told = (lambda done, total: progress(interview.label, done, total)) if progress else None
        fetched = fetch(files, one.remote.file_id, _folder(intake.vault), told)
        tally.resumed_bytes += fetched.resumed
        with locked(intake.vault.lock):
            _take(intake, one, interview, fetched, tally)
        discard(_folder(intake.vault), one.remote.file_id)


def _take(intake: Intake, one: Noted, interview: Candidate, fetched: Fetched, tally: _Tally) -> None:
    """Take a file into the vault, if it is still the interview's: a download takes long, and people withdraw."""
    with intake.database.writing() as session:
        decision = decide(session, intake.study, one.remote)
        if not isinstance(decision, Bound):
            put_decision(session.get_one(RemoteRecording, one.row_id), decision)
            return
    digest, _ = digest_of(fetched.path)
    outcome = take(
        intake, fetched.path, PurePath(fetched.name), NameClues(), whose=_as_noted(intake.study, one, digest)
    )
    if isinstance(outcome, Known):
        with intake.database.reading() as session:
            known = session.exec(select(Recording).where(Recording.sha256 == digest)).one()
        _settle_known(intake, one, interview, known, tally)
    else:
        tally.taken.append(outcome)


def _as_noted(study: Study, one: Noted, digest: str) -> Whose:
    """Decides in the transaction that enters the recording, and lets its row follow there: both happen or neither."""

    def whose(session: Session) -> Bound | Review:
        decision = decide(session, study, one.remote)
        row = session.get_one(RemoteRecording, one.row_id)
        put_decision(row, decision)
        row.sha256, row.failure = digest, ""
        if isinstance(decision, Foreign | Wait):
            return Review((decision.reason,))
        if isinstance(decision, Bound):
            row.state = FETCHED
        return decision

    return whose


def _settle_known(intake: Intake, one: Noted, interview: Candidate, known: Recording, tally: _Tally) -> None:
    """Let a recording whose bytes came before say whose they are; a mere proposal speaks against no binding."""
    against = ""
    if isinstance(one.decision, Bound):
        against = contradiction(intake, (interview.code,), known.sha256, witness="its meeting", or_else="")
    with intake.database.reading() as session:
        binding = session.get(Binding, known.id)
    if against or binding is None:
        waits = f"It is recording {known.sha256[:SHORT]}, which is bound to nobody yet: 'fieldcall bind' settles it."
        _put(intake, one, state=REVIEW, reason=against or waits, sha256=known.sha256)
    else:
        reason = f"the same file is here as recording {known.sha256[:SHORT]}"
        _put(intake, one, state=FETCHED, interview_id=binding.interview_id, reason=reason, sha256=known.sha256)
        tally.known += 1


def _recording_of(intake: Intake, sha256: str) -> Recording | None:
    with intake.database.reading() as session:
        return session.exec(select(Recording).where(Recording.sha256 == sha256)).first() if sha256 else None


def _put(intake: Intake, one: Noted, **facts: Any) -> bool:
    """Write into a recording's row; whether it had not failed before."""
    with intake.database.writing() as session:
        row = session.get_one(RemoteRecording, one.row_id)
        was = row.failure
        for name, value in ({"failure": ""} | facts).items():
            setattr(row, name, value)
        session.add(row)
    return not was


def _forget_refusal(intake: Intake, sha256: str) -> None:
    """It stands in the recording's own row; only files of the inbox are refused."""
    with intake.database.writing() as session:
        refusal = session.get(Refusal, sha256)
        if refusal and refusal.first_seen == intake.now:
            session.delete(refusal)


def _not_fetched(one: Noted, interview: Candidate, reason: str, *, is_news: bool) -> NotFetched:
    return NotFetched(f"meet-{one.row_id}", interview.label, reason, is_news)


def _reason(error: Exception) -> str:
    if isinstance(error, StorageError):
        return str(error)
    what = error.strerror if isinstance(error, OSError) else ""
    return (
        f"It met an error that was not expected ({what or type(error).__name__}). What has come of it is kept; it is "
        "tried again by the next capture. If it comes back, report it."
    )


def _forget_parts(intake: Intake) -> None:
    """Keep what has come of files only while they are to be fetched."""
    with intake.database.reading() as session:
        wanted = session.exec(select(RemoteRecording.file_id).where(RemoteRecording.state == READY)).all()
    keep_only(_folder(intake.vault), wanted)


def _names_in_review(intake: Intake) -> set[str]:
    with intake.database.reading() as session:
        return {row.name for row in remote_review(session, intake.study)}


def _counts(database: Database) -> dict[str, int]:
    with database.reading() as session:
        query = select(RemoteRecording.state, func.count(col(RemoteRecording.id))).group_by(RemoteRecording.state)
        return dict(session.exec(query).all())
