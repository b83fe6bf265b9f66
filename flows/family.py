"""The processes of `serve`: each in a group of its own with a log file, hung on a lifeline, ended with it."""

import os
import signal
import site
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from flows.lifeline import GRACE_S, keeping, wait_for_followers

LOOK_S = 0.2


@dataclass(frozen=True)
class Child:
    """A process, what it is to people, and what it had to say."""

    name: str
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def is_dead(self) -> bool:
        return self.process.poll() is not None


@dataclass(frozen=True)
class Family:
    """Processes on one lifeline; what they start themselves may hang on it too."""

    lifeline: Path
    logs: Path
    let_go: Callable[[], None]
    children: list[Child] = field(default_factory=list)

    def start(self, name: str, command: list[str]) -> Child:
        """Start a Prefect command; its output goes to a log file of its name."""
        log = self.logs / f"{name.replace(' ', '-')}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter with our own arguments
                [sys.executable, "-m", "flows.child", str(self.lifeline), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=_environment(),
            )
        child = Child(name, log, process)
        self.children.append(child)
        return child

    def end(self) -> None:
        """End all of them and what they started, and wait until they are gone."""
        self.let_go()
        deadline = time.monotonic() + GRACE_S + 2
        while any(not child.is_dead for child in self.children) and time.monotonic() < deadline:
            time.sleep(LOOK_S)
        for child in self.children:
            with suppress(ProcessLookupError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        wait_for_followers(self.lifeline)


def _environment() -> dict[str, str]:
    """Ours, and where our code is, for it may be run from a checkout that is not installed."""
    ours = str(Path(__file__).parent.parent)
    known = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    path = [p for p in (ours, *known) if p and p not in site.getsitepackages()]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path)}


@contextmanager
def family(lifeline: Path, logs: Path) -> Iterator[Family | None]:
    """A family that ends with this context; None when another process keeps its lifeline."""
    with keeping(lifeline) as let_go:
        if let_go is None:
            yield None
            return
        logs.mkdir(parents=True, exist_ok=True)
        members = Family(lifeline, logs, let_go)
        try:
            yield members
        finally:
            members.end()
