"""Killed at twenty random moments, a transcription ends in the very bytes of one that was left alone."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from counting_recognizer import counting
from flows_sounds import write_wav
from numpy.typing import NDArray

from flows.one_recording import transcribe_one
from flows.transcription_queue import to_transcribe
from storage.database import open_database
from storage.study import Study
from storage.tables import Recording
from storage.transcripts.reading import read_transcripts
from storage.transcripts.transcript import InterviewTranscript

HERE = Path(__file__).parent
KILLS = 20
MOST_REDONE_MS = 60_000


def as_bytes(transcript: InterviewTranscript) -> bytes:
    spoken = [(u.speaker, u.channel, u.start_ms, u.end_ms, u.text, u.words) for u in transcript.utterances]
    return json.dumps(spoken).encode()


def test_twenty_kills_change_nothing_and_cost_a_minute_of_sound_each(
    demo_study: Study,
    add_recording: Callable[..., Recording],
    demo_sound: NDArray[np.float32],
    tmp_path: Path,
) -> None:
    long = write_wav(tmp_path / "long.wav", np.tile(demo_sound, 8))
    database = open_database(demo_study)
    add_recording("C_001", long, day=0)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE)])}
    killed = [sys.executable, str(HERE / "killed_at_random.py"), str(demo_study.folder), str(KILLS)]
    lives = [
        json.loads(line)
        for line in subprocess.run(killed, env=environment, check=True, stdout=subprocess.PIPE).stdout.splitlines()
    ]
    assert len(lives) == KILLS + 1
    assert sum(life["kept"] > 0 for life in lives) >= 5, "it was killed in the midst of its work"
    for life in lives:
        redone = life["given_ms"][life["kept"] :]
        assert sum(redone) <= MOST_REDONE_MS

    add_recording("C_002", long, day=1)
    with database.reading() as session:
        (unbroken,) = to_transcribe(session, demo_study)
    assert transcribe_one(demo_study, database, unbroken, counting()).result == "done"
    with database.reading() as session:
        first, second = read_transcripts(session, demo_study)
    assert as_bytes(first).replace(b"C_001", b"C_002") == as_bytes(second)
    assert sum(len(u.words) for u in second.utterances) > 1_000
