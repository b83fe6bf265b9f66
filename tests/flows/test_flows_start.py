"""Flows started by hand are recorded in the study, and the server they need ends with their process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.errors import ServeError
from flows.server import require_free
from storage.study import Study

PROJECT = Path(__file__).parents[2]
BY_HAND = """
import json, sys
from pathlib import Path
from flows.options import BookOptions, DeliverOptions
from flows.start import run
from storage.study import load_study

assert "prefect" not in sys.modules
study = load_study(Path(sys.argv[1]))
booked = run(study, "book-interviews", BookOptions(codes=["C_099"]))
delivered = run(study, "deliver-transcripts", DeliverOptions())
print(json.dumps([[s.message, s.failed] for s in (booked, delivered)]), flush=True)
sys.stdin.read()
"""


def children_of(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL])
def test_a_flow_by_hand_says_how_it_ended_and_leaves_no_server_behind(study: Study, number: int) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    process = subprocess.Popen(
        [sys.executable, "-c", BY_HAND, str(study.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    with process.stdin, process.stdout, process.stderr:
        (booked, book_failed), (delivered, deliver_failed) = json.loads(process.stdout.readline())
        assert "C_099" in booked
        assert delivered.startswith("nothing to deliver")
        assert (book_failed, deliver_failed) == (True, False)
        (server,) = children_of(process.pid)
        process.send_signal(number)
        process.wait()
        assert process.stderr.read() == b"", "a person sees messages, not a log"
    deadline = time.monotonic() + 60
    while is_running(server):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert (study.folder / "data" / "prefect" / "prefect.db").is_file()


def test_a_port_in_use_is_said_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServeError, match=f"Port {port} .* cannot be used .*--port {port + 1}"):
            require_free("127.0.0.1", port)
