"""Who people really are: names, telephone numbers, e-mail addresses, in a database of its own.

Beside them lie the pseudonyms that stand for names in transcripts, and the log of what they replaced.

Everything in it is sealed with Fernet (AES-128-CBC with HMAC-SHA256, `cryptography`); the key comes from
the environment or a key file that is kept apart from the database. The study database knows only codes.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import LargeBinary
from sqlalchemy.engine import URL
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel, select

from storage.database import CONTACTS_HEAD, Database, open_at
from storage.errors import ContactsError
from storage.files import write_bytes
from storage.study import Study

KEY_VARIABLE = "FIELDCALL_CONTACTS_KEY"
# A file's name is bytes and need not be UTF-8; this is how Python carries the others (PEP 383).
_FILE_NAME_ERRORS = "surrogateescape"


class ContactsTable(SQLModel, registry=registry()):
    """Base of the tables of the contacts database, apart from those of the study."""


class SealedContact(ContactsTable, table=True):
    """A participant's contact details, sealed."""

    __tablename__ = "contact"

    code: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class SealedName(ContactsTable, table=True):
    """The name a recording's file had on arrival, sealed, for it may tell who it is."""

    __tablename__ = "original_name"

    sha256: str = Field(primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class SealedPseudonym(ContactsTable, table=True):
    """Who or what is meant, and the pseudonym that stands for them in the whole study, sealed."""

    __tablename__ = "pseudonym"

    id: int | None = Field(default=None, primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class SealedRosterEntry(ContactsTable, table=True):
    """A name of somebody or some place that the data manager has put on the study's roster, sealed."""

    __tablename__ = "roster_entry"

    id: int | None = Field(default=None, primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class SealedReplacement(ContactsTable, table=True):
    """One replacement of a pseudonymised version, sealed. `code` is the participant's, for erasing what is theirs."""

    __tablename__ = "replacement"

    version_guid: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    code: str = Field(index=True)
    sealed: bytes = Field(sa_type=LargeBinary)


@dataclass(frozen=True, slots=True)
class Contact:
    """A participant's name, telephone (E.164) and e-mail; empty where not known."""

    name: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True)
class Contacts:
    """The open contacts database with its key."""

    database: Database
    key: Fernet

    def put(self, code: str, contact: Contact) -> None:
        """Store or replace the contact of a participant."""
        sealed = self.key.encrypt(json.dumps(asdict(contact)).encode())
        with self.database.writing() as session:
            session.merge(SealedContact(code=code, sealed=sealed))

    def get(self, code: str) -> Contact | None:
        """The contact of a participant, or None. Raises ContactsError when the key does not fit."""
        with self.database.reading() as session:
            row = session.get(SealedContact, code)
        return Contact(**json.loads(self.unseal(row.sealed))) if row else None

    def all(self) -> dict[str, Contact]:
        """Every contact by code. Raises ContactsError when the key does not fit."""
        with self.database.reading() as session:
            rows = session.exec(select(SealedContact).order_by(SealedContact.code)).all()
        return {row.code: Contact(**json.loads(self.unseal(row.sealed))) for row in rows}

    def put_original_name(self, sha256: str, name: str) -> None:
        """Keep the name under which a recording first arrived."""
        with self.database.writing() as session:
            if session.get(SealedName, sha256) is None:
                sealed = self.key.encrypt(name.encode(errors=_FILE_NAME_ERRORS))
                session.add(SealedName(sha256=sha256, sealed=sealed))

    def original_name(self, sha256: str) -> str:
        """The name under which a recording arrived, or ''."""
        with self.database.reading() as session:
            row = session.get(SealedName, sha256)
        return self.unseal(row.sealed).decode(errors=_FILE_NAME_ERRORS) if row else ""

    def seal(self, content: bytes) -> bytes:
        """Seal with the study's key."""
        return self.key.encrypt(content)

    def unseal(self, sealed: bytes) -> bytes:
        """What `seal` sealed. Raises ContactsError when the key does not fit."""
        try:
            return self.key.decrypt(sealed)
        except InvalidToken:
            raise ContactsError(
                "The contact details cannot be opened: the key does not fit them. "
                f"Give the key they were sealed with in {KEY_VARIABLE} or in the study's key file."
            ) from None


def open_contacts(study: Study) -> Contacts:
    """Open the contacts database with the study's key. Raises ContactsError, DatabaseError."""
    url = URL.create("sqlite", database=str(study.place(study.storage.contacts)))
    key = Fernet(read_key(study.place(study.storage.contacts_key)))
    return Contacts(open_at(url, "contacts", CONTACTS_HEAD), key)


def make_key(path: Path) -> None:
    """Write a new key to `path`, readable by its owner only; an existing key is never replaced."""
    if not path.exists():
        write_bytes(path, Fernet.generate_key() + b"\n")


def read_key(path: Path) -> bytes:
    """The key in the environment, else that in the file at `path`, as it is written. Raises ContactsError."""
    key = os.environ.get(KEY_VARIABLE)
    return _checked(key, path) if key else key_in(path)


def key_in(path: Path) -> bytes:
    """The key in a file. Raises ContactsError."""
    try:
        return _checked(path.read_text().strip(), path)
    except FileNotFoundError:
        raise ContactsError(
            f"There is no key for the contact details: {KEY_VARIABLE} is not set and {path} does not exist. "
            "Put the study's key back; without it the contacts cannot be read."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ContactsError(f"The key in {path} cannot be read ({type(error).__name__}). Name another file.") from error


def _checked(key: str, path: Path) -> bytes:
    try:
        Fernet(key)
    except ValueError:
        raise ContactsError(
            f"The key for the contact details is not a key (44 characters are expected). "
            f"Look at {KEY_VARIABLE} and {path}."
        ) from None
    return key.encode()
