"""No test leaves this machine: the guard sees every way out, and tells of it at the end of the test."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httplib2
import pytest
from staying_here import is_here, went_out

AWAY = ("192.0.2.1", 9)  # RFC 5737: nobody's


@pytest.fixture
def told() -> Iterator[list[str]]:
    """What the guard has noted; taken from it, so that these tests themselves pass."""
    yield went_out
    went_out.clear()


def connect() -> None:
    with socket.socket() as opened:
        opened.settimeout(0.1)
        opened.connect(AWAY)


def connect_ex() -> None:
    with socket.socket() as opened:
        opened.settimeout(0.1)
        opened.connect_ex(AWAY)


def datagram() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as opened:
        opened.sendto(b"x", AWAY)


def connect_by_ipv6() -> None:
    with socket.socket(socket.AF_INET6) as opened:
        opened.settimeout(0.1)
        opened.connect(("2001:db8::1", 9))


def look_up() -> None:
    socket.getaddrinfo("www.googleapis.com", 443)


def client() -> None:
    httplib2.Http(timeout=0.1).request("https://oauth2.googleapis.com/token")


def loop() -> None:
    asyncio.run(_open())


async def _open() -> None:
    await asyncio.wait_for(asyncio.open_connection(*AWAY), 0.1)


@pytest.mark.parametrize("leave", [connect, connect_ex, datagram, connect_by_ipv6, look_up, client, loop])
def test_every_way_out_is_closed_and_noted_even_where_the_error_is_swallowed(
    leave: Callable[[], None], told: list[str]
) -> None:
    with pytest.raises(AssertionError, match="off this machine"):
        leave()
    with suppress(AssertionError):
        leave()
    assert len(told) >= 2


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_UNIX])
def test_loopback_and_the_files_of_this_machine_are_open(
    family: int, tmp_path_factory: pytest.TempPathFactory, told: list[str]
) -> None:
    place: object = str(tmp_path_factory.mktemp("s") / "s") if family == socket.AF_UNIX else ("127.0.0.1", 0)
    with socket.socket(family) as server, socket.socket(family) as opened:
        server.bind(place)
        server.listen()
        opened.connect(server.getsockname())
    assert told == []


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", b"localhost", "", None])
def test_what_is_this_machine(host: object) -> None:
    assert is_here(host)


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "10.0.0.1", "0.0.0.0", "::", "fe80::1%eth0", "example.org", "localhost.x"]
)
def test_and_what_is_not(host: object) -> None:
    assert not is_here(host)


SWALLOWING = """
import contextlib, socket
from staying_here import no_way_out

def test_swallows():
    with contextlib.suppress(BaseException), socket.socket() as opened:
        opened.connect(("192.0.2.1", 9))
"""


def test_a_test_that_has_gone_out_fails_at_its_end(tmp_path: Path) -> None:
    file = tmp_path / "test_swallowing.py"
    file.write_text(SWALLOWING)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", file]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert run.returncode == 1
    assert "1 passed, 1 error" in run.stdout
    assert "went off this machine: socket.connect 192.0.2.1" in run.stdout
