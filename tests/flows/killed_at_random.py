"""Transcribes the recording that waits in a study, killed again and again: `python killed_at_random.py STUDY KILLS`.

Prints one JSON row for each life: how many windows were given to the recognizer in it, their milliseconds, how many
were kept. The recognizer needs no model and takes a moment over each window.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
from counting_recognizer import Counting
from numpy.typing import NDArray
from sqlmodel import func, select

from flows.engine import Engine
from flows.one_recording import transcribe_one
from flows.transcription_queue import to_transcribe
from storage.database import open_database
from storage.study import load_study
from storage.tables import Window
from transcription.transcript import Word

MOMENT_S = 0.02
MOST_WINDOWS = 3  # given to the recognizer before the end of a life; none: it ends before, or while the sound is heard


class Noted(Counting):
    """Writes down what it is given before it works on it."""

    def __init__(self, notes: Path) -> None:
        super().__init__()
        self._notes = notes

    def words(self, sound: NDArray[np.float32]) -> tuple[Word, ...]:
        with self._notes.open("a") as file:
            file.write(f"{len(sound) // 16}\n")
        time.sleep(MOMENT_S)
        return super().words(sound)


def live(folder: Path, notes: Path) -> None:
    """One life: go on with the recording until it is done."""
    study = load_study(folder)
    database = open_database(study)
    with database.reading() as session:
        recording = to_transcribe(session, study)[0]
    outcome = transcribe_one(study, database, recording, Engine("counting", Noted(notes)))
    assert outcome.result == "done", outcome


def kept(folder: Path) -> int:
    with open_database(load_study(folder)).reading() as session:
        return session.exec(select(func.count()).select_from(Window)).one()


def main() -> None:
    folder, kills = Path(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(20)
    before = kept(folder)
    for number in range(kills + 1):
        notes = folder / f"given-{number}"
        notes.touch()
        child = os.fork()
        if child == 0:
            live(folder, notes)
            os._exit(0)
        if number < kills:
            windows = chance.randint(0, MOST_WINDOWS)
            while len(notes.read_text().splitlines()) < windows:
                time.sleep(0.002)
            time.sleep(chance.uniform(0.0, 3 * MOMENT_S))
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        given = [int(line) for line in notes.read_text().splitlines()]
        after = kept(folder)
        print(json.dumps({"given": len(given), "given_ms": given, "kept": after - before}), flush=True)
        before = after


if __name__ == "__main__":
    main()
