"""A full disk: no fault of the recording in hand, and reason enough to begin no other."""

import errno
import shutil
import sqlite3

from storage.study import Study

LEAST_FREE = 100 * 1024 * 1024  # bytes: words, progress and logs of a long night need a part of it
POSTGRESQL_DISK_FULL = "53100"
FULL = "The disk is full. What was done so far is kept, and nothing is half written."
MAKE_ROOM = "Make room on the disk that holds the study, then start it again: it goes on where it was."


def is_full(error: BaseException | None) -> bool:
    """Whether an error, or what it came of, is that nothing more could be written."""
    while error is not None:
        original = getattr(error, "orig", None)  # of the database's driver
        if _says_full(error) or (isinstance(original, BaseException) and _says_full(original)):
            return True
        error = error.__cause__ or error.__context__
    return False


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return getattr(error, "sqlstate", None) == POSTGRESQL_DISK_FULL


def has_room(study: Study) -> bool:
    """Whether the study's disk has room for a night's work."""
    return shutil.disk_usage(study.folder).free >= LEAST_FREE
