"""Prefect servers for a study: the one of `serve`, and one of our own for flows started by hand while there is none."""

import atexit
import os
import socket
import threading
import time
from contextlib import ExitStack

from flows.environment import home, is_healthy, prepare, running_server
from flows.errors import ServeError
from flows.family import LOOK_S, Family, family
from storage.study import Study

START_S = 120.0  # a server that does not answer by then never will
LOOPBACK = "127.0.0.1"
BY_HAND = "by-hand"  # folder with a lock file for every process that runs flows by hand

_own_urls: list[str] = []  # of the server that this process has started, if it has
_until_exit = ExitStack()
atexit.register(_until_exit.close)


def start_server(members: Family, host: str, port: int, api_url: str, stopped: threading.Event) -> None:
    """Start a server and wait until it answers, or until `stopped`. Raises ServeError."""
    child = members.start("server", ["server", "start", "--host", host, "--port", str(port)])
    deadline = time.monotonic() + START_S
    while not is_healthy(api_url) and not stopped.wait(LOOK_S):
        if child.is_dead or time.monotonic() > deadline:
            raise ServeError(f"The Prefect server did not start. The reason stands at the end of {child.log}.")


def require_free(host: str, port: int) -> None:
    """Raise ServeError when the port cannot be listened on."""
    try:
        with socket.create_server((host, port)):
            pass
    except OSError as error:
        raise ServeError(
            f"Port {port} on {host} cannot be used ({error.strerror}). Stop what uses it, "
            f"or choose another: 'fieldcall serve --port {port + 1}'."
        ) from None


def reach_server(study: Study) -> None:
    """Set Prefect up for flows in this process: on the study's server if it is up, else on one of our own.

    Our own ends with this process, however that ends. Raises ServeError when it does not start.
    """
    if url := running_server(study):
        prepare(study, url)
    elif _own_urls:
        prepare(study, _own_urls[0])  # Prefect has read its settings: one server per process
    else:
        _own_urls.append(_start_own(study))


def _start_own(study: Study) -> str:
    with socket.create_server((LOOPBACK, 0)) as free:
        port = free.getsockname()[1]
    url = f"http://{LOOPBACK}:{port}/api"
    prepare(study, url)
    members = _until_exit.enter_context(family(home(study) / BY_HAND / f"{os.getpid()}.server", home(study) / "logs"))
    assert members is not None, "no other process has our id"
    start_server(members, LOOPBACK, port, url, threading.Event())
    return url
