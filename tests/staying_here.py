"""No test opens a connection off this machine, or looks up another's name: an audit hook (PEP 578) sees to it.

The hook sees every socket of this process, whatever makes it; not those of libraries that are no Python, such as
libpq, nor those of other processes.
"""

import socket
import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

_CONNECTS = ("socket.connect", "socket.sendto", "socket.sendmsg")
_LOOKS_UP = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")

went_out: list[str] = []  # what was tried, however the code under test took the error


def _watch(event: str, given: tuple[Any, ...]) -> None:
    if event in _CONNECTS:
        opened, address = given[:2]
        host = address[0] if opened.family in (socket.AF_INET, socket.AF_INET6) and address else None
    elif event in _LOOKS_UP:
        host = given[0]
    else:
        return
    if not is_here(host):
        went_out.append(f"{event} {host}")
        raise AssertionError(f"A test opens a connection off this machine: {event} {host}")


def is_here(host: object) -> bool:
    """Whether an address or a name is this machine's; what is no text at all names no machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or name in ("", "localhost", socket.gethostname()):
        return True
    try:
        return ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def no_way_out() -> Iterator[None]:
    """A test that tried to go off this machine fails, also where the code under test has swallowed the error."""
    yield
    tried = went_out.copy()
    went_out.clear()
    assert not tried, f"went off this machine: {', '.join(tried)}"


sys.addaudithook(_watch)
