"""A command of `fieldcall` as a whole process, from the start of Python to its last line, as a person waits for it."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds that a command took, by the clock and of the processor."""

    clock: float
    processor: float


def spent(arguments: list[str], compiled: Path, *, runs: int) -> list[Spent]:
    """What each of several runs took, after one that finds nothing in memory and is not counted.

    That run also leaves the compiled modules in the folder `compiled`, as the first run after an installation does
    beside the modules.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(compiled)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return [_run(arguments, environment) for _ in range(runs + 1)][1:]


def _run(arguments: list[str], environment: dict[str, str]) -> Spent:
    began, before = time.perf_counter(), os.times()
    command = [sys.executable, "-m", "desk", *arguments]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
    clock, after = time.perf_counter() - began, os.times()
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return Spent(clock, worked)
