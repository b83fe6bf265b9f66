"""Files and folders that are not finished: hidden beside the place that they are for, and cleared away after a kill.

Whoever writes one holds a lock on it. The operating system lets go of that however the writer ends, so that the next
one knows what is abandoned and what is not.
"""

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PART = re.compile(r"\..+\.[0-9a-f]{8}\.fieldcall-part")


def part_beside(place: Path) -> Path:
    """A hidden name beside `place` that nothing has yet."""
    return place.with_name(f".{place.name}.{secrets.token_hex(4)}.fieldcall-part")


@contextmanager
def held(part: Path) -> Iterator[None]:
    """Hold the lock on an unfinished file or folder that is there."""
    descriptor = os.open(part, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def clear_abandoned(folder: Path) -> None:
    """Remove the unfinished files and folders that nobody works on any more."""
    for part in sorted(folder.iterdir()) if folder.is_dir() else []:
        if _PART.fullmatch(part.name) and not part.is_symlink() and _is_abandoned(part):
            remove(part)


def remove(part: Path) -> None:
    """Remove an unfinished file or folder, with whatever is in it."""
    if part.is_dir():
        shutil.rmtree(part)
    else:
        part.unlink(missing_ok=True)


def show(part: Path, place: Path) -> None:
    """Give a finished file its name. Raises FileExistsError where there is something of that name."""
    try:
        os.link(part, place)  # unlike a rename, it never takes the place of a file
    except FileExistsError:
        raise
    except OSError:  # a disk that knows no links, such as a memory stick
        if place.exists():
            raise FileExistsError(place) from None
        part.rename(place)
    with suppress(FileNotFoundError):
        part.unlink()


def _is_abandoned(part: Path) -> bool:
    try:
        descriptor = os.open(part, os.O_RDONLY)
    except OSError:  # not ours to read: not ours to remove either
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(descriptor)
