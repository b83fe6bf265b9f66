"""Which files of a study are kept in a backup, and where each of them belongs.

Kept are the study file, recordings, deliveries, the wording of mails, the sealed login, texts that somebody is editing,
and what waits in the inbox.
Not kept: keys, models (they are had again by name and checksum), calendars in the study's folder (made of the rows) and
the server's own database (the rows are the truth, not the runs). The names of files in the inbox may tell who it is:
they are sealed, and the files are numbered.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cryptography.fernet import Fernet
from sqlmodel import Session, select

from storage.backup.archive import is_member_name
from storage.edits.editing import DRAFTS
from storage.errors import BackupError
from storage.intake.settling import Found, files_in
from storage.study import FILE_NAME, Study
from storage.tables import Companion, Delivery, Recording
from storage.vault import Vault

STUDY_FILE, IGNORED, TOKEN = FILE_NAME, "gitignore", "google-token"
VAULT, DELIVERIES, TEMPLATES, EDITS, INBOX = "vault", "deliveries", "templates", "edits", "inbox"
INBOX_NAMES = f"{INBOX}/names"  # sealed
_FOLDERS: dict[str, Callable[[Study], Path]] = {
    VAULT: lambda study: study.place(study.storage.vault),
    DELIVERIES: lambda study: study.place(study.storage.deliveries),
    TEMPLATES: lambda study: study.place(study.mail.templates),
    EDITS: lambda study: study.place(DRAFTS),
}
_FILES: dict[str, Callable[[Study], Path]] = {
    STUDY_FILE: lambda study: study.place(FILE_NAME),
    IGNORED: lambda study: study.place(".gitignore"),
    TOKEN: lambda study: study.place(study.google.token),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A file to keep: its name in the archive, and where it is."""

    name: str
    path: Path
    is_draft: bool = False  # a text in an editor


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file in the inbox: its number in the archive, its name there, and when it was last written."""

    number: int
    name: str
    modified_ns: int

    @property
    def member(self) -> str:
        return f"{INBOX}/{self.number}"


def single_files(study: Study) -> list[Source]:
    """The study file first, for it says where everything else belongs; texts in an editor before the rows are read.

    So one that is taken back meanwhile is in the backup as a text, as a version, or as both.
    """
    found = [Source(name, place(study)) for name, place in _FILES.items()]
    drafts = [Source(f"{EDITS}/{path.name}", path, is_draft=True) for path in sorted(study.place(DRAFTS).glob("*.txt"))]
    return [each for each in (*found, *drafts) if each.path.is_file() and is_member_name(each.name)]


def waiting_files(study: Study) -> list[tuple[Waiting, Found]]:
    """The files that lie in the inbox."""
    inbox = study.place(study.capture.inbox)
    found = [(each, each.look) for each in (files_in(inbox) if inbox.is_dir() else [])]
    files = [(each, look) for each, look in found if look]
    return [(Waiting(number, str(each.name), look.modified_ns), each) for number, (each, look) in enumerate(files, 1)]


def stored_files(session: Session, study: Study, *, with_deliveries: bool) -> tuple[list[Source], list[str]]:
    """Recordings, wording and deliveries by name, and the names of the recordings that should be there and are not.

    A file of the vault that no row tells of is kept too: it may have come in while the rows were read.
    """
    vault = Vault(study.place(study.storage.vault))
    known = {_in_vault(vault, *row) for row in _recorded(session)}
    lying = {_in_vault(vault, path.stem, path.suffix) for path in vault.folder.glob("[0-9a-f][0-9a-f]/*")}
    wording = {f"{TEMPLATES}/{path.name}" for path in study.place(study.mail.templates).glob("*.txt")}
    names = known | lying | wording | (_delivered(session) if with_deliveries else set())
    sources = [Source(name, place_of(study, name)) for name in sorted(names) if is_member_name(name)]
    there = [source for source in sources if source.path.is_file()]
    return there, sorted(known - {source.name for source in there})


def place_of(study: Study, name: str) -> Path:
    """Where a file of the archive belongs. Raises BackupError for one that belongs nowhere."""
    head, _, rest = name.partition("/")
    if name in _FILES:
        return _FILES[name](study)
    if head not in _FOLDERS or not rest or not is_member_name(name):
        raise BackupError(f"The backup holds {name!r}, which belongs to no place of a study. Nothing was restored.")
    return _FOLDERS[head](study) / rest


def seal_names(waiting: list[Waiting], key: bytes) -> bytes:
    """The names of the files in the inbox, sealed."""
    return Fernet(key).encrypt(json.dumps([[w.number, w.name, w.modified_ns] for w in waiting]).encode())


def open_names(sealed: bytes, key: bytes) -> Iterator[Waiting]:
    """What `seal_names` sealed. Raises BackupError for a name that leads out of the inbox."""
    for number, name, modified_ns in json.loads(Fernet(key).decrypt(sealed)):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise BackupError(f"File {number} of the inbox in the backup has no name inside it. Nothing was restored.")
        yield Waiting(number, name, modified_ns)


def _recorded(session: Session) -> Iterator[tuple[str, str]]:
    """Digest and suffix of everything that the rows say is in the vault."""
    yield from session.exec(select(Recording.sha256, Recording.suffix))
    yield from session.exec(select(Companion.sha256, Companion.suffix))


def _in_vault(vault: Vault, sha256: str, suffix: str) -> str:
    return f"{VAULT}/{vault.path(sha256, suffix).relative_to(vault.folder).as_posix()}"


def _delivered(session: Session) -> set[str]:
    return {f"{DELIVERIES}/{file['name']}" for files in session.exec(select(Delivery.files)) for file in files}
