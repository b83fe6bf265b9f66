"""Writing files so that a reader sees the old one or the new one, never half of either."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def replacing(path: Path, *, mode: int = 0o600) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path`; on success it is on disk (fsync) and renamed to `path`.

    On any error, a full disk included, the temporary file is removed and `path` is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            part.chmod(mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_bytes(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace `path` by `content` as a whole."""
    with replacing(path, mode=mode) as file:
        file.write(content)


def write_with(path: Path, save: Callable[[IO[bytes]], object], *, mode: int = 0o600) -> None:
    """Replace `path` by what `save` writes into the file it is given."""
    with replacing(path, mode=mode) as file:
        save(file)


def write_new(path: Path, save: Callable[[IO[bytes]], object], *, mode: int = 0o600) -> None:
    """Write a file into a folder that nobody reads yet, and to the disk; its folder is left to be synced once."""
    with path.open("xb") as file:
        path.chmod(mode)
        save(file)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock file `path`; yields whether it is held (always, when waiting).

    The operating system lets go of it when the process ends, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
