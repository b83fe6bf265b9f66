"""Run a Prefect command in this process for as long as a keeper lives: `python -m flows.child LIFELINE COMMAND…`."""

import runpy
import signal
import sys
from pathlib import Path

from flows.lifeline import follow


def main() -> None:
    lifeline, *command = sys.argv[1:]
    # a shell that starts commands in the background lets them ignore Ctrl-C, and Prefect relies on it
    signal.signal(signal.SIGINT, signal.default_int_handler)
    follow(Path(lifeline))
    sys.argv = ["prefect", *command]
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
