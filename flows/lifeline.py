"""Processes that end when the one that needs them is gone, however it went.

The keeper holds a lock file; a follower has a thread that waits for that lock. The operating system lets
go of it when the keeper ends, a `kill -9` included, and then the follower stops itself.
"""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

GRACE_S = 8.0


@contextmanager
def keeping(path: Path) -> Iterator[Callable[[], None] | None]:
    """Hold the lifeline `path`; yields a function that lets go of it early, or None when another holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield lambda: fcntl.flock(file, fcntl.LOCK_UN)


def follow(path: Path) -> None:
    """End this process soon after the keeper of `path` is gone: politely at first, then for certain."""
    here = _roll(path).open("a")
    fcntl.flock(here, fcntl.LOCK_SH)  # as long as the process lives
    threading.Thread(target=_wait_and_end, args=(path.open("a"), here), daemon=True, name="lifeline").start()


def wait_for_followers(path: Path) -> None:
    """Wait until every follower of a lifeline that was let go has ended."""
    with _roll(path).open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)


def _roll(path: Path) -> Path:
    """The file whose lock all followers share."""
    return path.with_name(path.name + ".followers")


def _wait_and_end(lifeline: IO[str], _here: IO[str]) -> None:
    fcntl.flock(lifeline, fcntl.LOCK_SH)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S)
    os.kill(os.getpid(), signal.SIGKILL)
