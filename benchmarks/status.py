"""How long `fieldcall --help` and `fieldcall status` take, as whole processes: `python -m benchmarks.status`."""

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from desk.output import print_table

ROOT = Path(__file__).parents[1]
RUNS = 11


def main() -> None:
    """Time the commands on a study with the demo's 57 participants and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        fieldcall("init", str(study))
        shutil.copyfile(ROOT / "demo" / "participants.csv", study / "participants.csv")
        fieldcall("--study", str(study), "participants", "import", str(study / "participants.csv"))
        commands = {"--help": ["--help"], "status, 57 participants": ["--study", str(study), "status"]}
        print_table([timed(name, arguments) for name, arguments in commands.items()], f"{RUNS} runs each, seconds")


def timed(name: str, arguments: list[str]) -> dict[str, object]:
    """Least, median and greatest wall-clock time of a command after one run that is not counted."""
    fieldcall(*arguments)
    seconds = sorted(fieldcall(*arguments) for _ in range(RUNS))
    return {
        "fieldcall": name,
        "least": f"{seconds[0]:.2f}",
        "median": f"{statistics.median(seconds):.2f}",
        "greatest": f"{seconds[-1]:.2f}",
    }


def fieldcall(*arguments: str) -> float:
    """Run a command to its end and return the seconds it took."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "desk", *arguments], check=True, capture_output=True, cwd=ROOT)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
