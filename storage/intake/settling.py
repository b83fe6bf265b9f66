"""Which files lie in a folder, and whether each is complete as far as can be seen from outside."""

import fcntl
import os
import re
import signal
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

# what browsers and copy programs call a file that they have not finished
_UNFINISHED = {".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".download"}
_LITTER = {"desktop.ini", "thumbs.db"}
# what a terminal would obey, and the bytes of a name that are not UTF-8 (PEP 383)
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Look:
    """A file as it looked at one moment: equal looks mean that nobody wrote in between."""

    size: int
    modified_ns: int
    changed_ns: int  # of the content or the name; unlike `modified_ns` no copy program can set it
    inode: int


@dataclass(frozen=True, slots=True)
class Found:
    """Something in the folder; `name` is its path inside it. No look: a link, a closed folder, no regular file."""

    path: Path
    name: PurePath
    look: Look | None

    @property
    def shown(self) -> str:
        """Its name as it can be printed: whatever no terminal can show, or would obey, is written as an escape."""
        return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), str(self.name))


def files_in(folder: Path) -> list[Found]:
    """The files of a folder and its sub-folders by name; links are found but never followed.

    Hidden files, those that are still being fetched, and the litter of desktops are passed over.
    """
    return sorted(_walk(folder, folder), key=lambda found: found.name)


def _walk(folder: Path, root: Path) -> Iterator[Found]:
    with os.scandir(folder) as entries:
        for entry in entries:
            path = Path(entry.path)
            if _is_passed_over(entry.name):
                continue
            if entry.is_dir(follow_symlinks=False) and os.access(path, os.R_OK | os.X_OK):
                yield from _walk(path, root)
            else:
                yield Found(path, path.relative_to(root), look_at(path))


def _is_passed_over(name: str) -> bool:
    lower = name.lower()
    return name.startswith((".", "~$")) or PurePath(lower).suffix in _UNFINISHED or lower in _LITTER


def look_at(path: Path) -> Look | None:
    """How a file looks now; None for a link, for anything but a regular file, and where nothing is."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Look(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def is_settled(found: Found, settle_s: float) -> bool:
    """Whether nothing has touched the file for `settle_s` seconds, and nobody holds it open for writing."""
    if found.look is None or settle_s == 0:
        return True
    touched_s = max(found.look.modified_ns, found.look.changed_ns) / 1e9
    return time.time() - touched_s >= settle_s and not is_being_written(found.path)


def is_unchanged(found: Found) -> bool:
    """Whether the file looks as it did when it was found, and nobody holds it open for writing."""
    return look_at(found.path) == found.look and not is_being_written(found.path)


def is_being_written(path: Path) -> bool:
    """Whether a program on this machine holds the file open for writing; False where that cannot be known.

    Linux grants a read lease only on a file that nobody writes (fcntl(2), F_SETLEASE).
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        # whoever opens the file while we hold the lease is told by a signal, which must not end the program
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return False
