"""The errors of this room.

StorageError
├── StudyFileError     study.toml is missing, unreadable or says something that cannot be
├── DatabaseError      the database cannot be opened, or is newer than the program
├── ContactsError      contact details cannot be opened with the key at hand
├── VaultError         a recording cannot be stored or read back as it was
├── IntakeError        a file in the inbox cannot be taken
├── BackupError        a backup cannot be written, or is not what it should be
├── ExportError        something cannot be written in the form asked for
├── EditError          an edited transcript cannot be taken back as it is
└── PseudonymError     what somebody decided on pseudonyms cannot be done
"""


class StorageError(Exception):
    """Something kept cannot be read or written; the message says which, why, and what to do."""


class StudyFileError(StorageError):
    """`study.toml` is missing, unreadable, or says something that cannot be."""


class DatabaseError(StorageError):
    """The database cannot be opened, or does not fit this version of the program."""


class ContactsError(StorageError):
    """Contact details cannot be opened with the key at hand."""


class VaultError(StorageError):
    """A recording cannot be stored or read back as it was."""


class IntakeError(StorageError):
    """A file in the inbox cannot be taken."""


class BackupError(StorageError):
    """A backup cannot be written, or is not what it should be."""


class ExportError(StorageError):
    """Something cannot be written in the form asked for."""


class EditError(StorageError):
    """An edited transcript cannot be taken back as it is; nothing was changed."""


class PseudonymError(StorageError):
    """What somebody decided on pseudonyms cannot be done."""
