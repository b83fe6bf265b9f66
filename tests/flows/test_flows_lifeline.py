"""What hangs on a lifeline ends with its keeper, also when that is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.lifeline import keeping, wait_for_followers

PROJECT = Path(__file__).parents[2]
KEEPER = """
import subprocess, sys
from pathlib import Path
from flows.lifeline import keeping
with keeping(Path(sys.argv[1])):
    command = [sys.executable, "-c", sys.argv[2], sys.argv[1]]
    follower = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    follower.stdout.readline()
    print(follower.pid, flush=True)
    sys.stdin.read()
"""
FOLLOWER = """
import signal, sys, time
from pathlib import Path
from flows import lifeline
{setup}
lifeline.follow(Path(sys.argv[1]))
print("following", flush=True)
time.sleep(60)
"""
STUBBORN = "lifeline.GRACE_S = 0.3; signal.signal(signal.SIGTERM, signal.SIG_IGN)"


@pytest.mark.parametrize("setup", ["", STUBBORN], ids=["willing", "stubborn"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_follower_ends_when_its_keeper_is_killed(tmp_path: Path, setup: str, number: int) -> None:
    lifeline = tmp_path / "lifeline"
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPER, str(lifeline), FOLLOWER.format(setup=setup)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )
    assert keeper.stdin
    assert keeper.stdout
    with keeper.stdin, keeper.stdout:
        follower = int(keeper.stdout.readline())
        os.kill(follower, 0)
        keeper.send_signal(number)
        keeper.wait()
        wait_for_followers(lifeline)
    deadline = time.monotonic() + 60  # it has let go of all its files; the system may still be clearing it away
    while is_running(follower):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    return status.exists() and "State:\tZ" not in status.read_text()


def test_only_one_keeps_a_lifeline(tmp_path: Path) -> None:
    with keeping(tmp_path / "lifeline") as let_go:
        assert let_go is not None
        with keeping(tmp_path / "lifeline") as second:
            assert second is None
        let_go()
        with keeping(tmp_path / "lifeline") as third:
            assert third is not None
