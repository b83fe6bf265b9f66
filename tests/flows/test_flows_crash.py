"""Killed with `kill -9` in the middle of a recording, transcription goes on where it was, and nothing differs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import select

from flows.engine import load_engine
from flows.one_recording import transcribe_one
from flows.transcription_queue import to_transcribe
from storage.database import Database, open_database
from storage.study import Study
from storage.tables import Recording, Transcription, Window
from storage.transcripts.reading import read_transcripts

PROJECT = Path(__file__).parents[2]
HALF_WAY = """
import sys, time
from pathlib import Path
from flows.engine import load_engine
from flows.one_recording import HEARING, transcribe_one
from flows.transcription_queue import to_transcribe
from storage.database import open_database
from storage.study import load_study

study = load_study(Path(sys.argv[1]))
database = open_database(study)
with database.reading() as session:
    recording = to_transcribe(session, study)[0]

def progress(part):
    if part > HEARING:      # a batch is kept and the next is in hand: wait here to be killed
        time.sleep(300)

transcribe_one(study, database, recording, load_engine(study), progress)
"""


def wait_for_a_window(database: Database, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended before it was killed"
        with database.reading() as session:
            if session.exec(select(Window)).first():
                return
        time.sleep(0.1)
    raise AssertionError("no window was kept")


# whisper leaves the file of its vocabulary to the garbage collector
@pytest.mark.filterwarnings("ignore:Exception ignored in.*tiktoken:pytest.PytestUnraisableExceptionWarning")
def test_a_recording_whose_run_was_killed_is_finished_by_the_next(
    demo_study: Study, add_recording: Callable[..., Recording], long_talk: Path
) -> None:
    database = open_database(demo_study)
    add_recording("C_001", long_talk, day=0)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    process = subprocess.Popen([sys.executable, "-c", HALF_WAY, str(demo_study.folder)], env=environment)
    try:
        wait_for_a_window(database, process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with database.reading() as session:
        kept = {window.number: window.done_at for window in session.exec(select(Window))}
        plan = session.exec(select(Transcription)).one().plan
    assert plan is not None
    assert 1 <= len(kept) < len(plan["windows"])

    add_recording("C_002", long_talk, day=1)
    engine = load_engine(demo_study)
    with database.reading() as session:
        broken, unbroken = to_transcribe(session, demo_study)
    assert transcribe_one(demo_study, database, broken, engine).result == "done"
    assert transcribe_one(demo_study, database, unbroken, engine).result == "done"

    with database.reading() as session:
        after = {
            window.number: window.done_at for window in session.exec(select(Window).where(Window.transcription_id == 1))
        }
        first, second = read_transcripts(session, demo_study)
    assert {number: after[number] for number in kept} == kept, "what was kept is not done again"
    assert (first.code, second.code) == ("C_001", "C_002")
    assert [(u.channel, u.text, u.words) for u in first.utterances] == [
        (u.channel, u.text, u.words) for u in second.utterances
    ]
    assert sum(len(u.words) for u in first.utterances) > 10
