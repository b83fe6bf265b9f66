"""Speed, memory and errors of transcription beside stock `whisper.transcribe`: `python -m benchmarks.transcription`.

The same audio (demo recordings one after the other), the same weights (the demo model), the same machine, one run.
Every row is a process of its own. Memory is the most that was in use at once, above what it was with the model loaded;
it is what grows with the length of a recording.
"""

import argparse
import json
import lzma
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo.script import read_script
from desk.output import print_table

DEMO = Path(__file__).parents[1] / "demo"
RATE = 16_000
Engine = Callable[[Path], Callable[[Path], str]]  # model -> (recording -> text)


def fieldcall(model: Path) -> Callable[[Path], str]:
    from transcription.decode import decode
    from transcription.plan import make_plan
    from transcription.recognizers.openai_whisper import load_recognizer
    from transcription.transcript import Word

    recognizer = load_recognizer(model)

    def transcribe(recording: Path) -> str:
        words: list[Word] = []
        plan = make_plan(recording)
        decode(recording, plan, recognizer, on_window=lambda _, found, __: words.extend(found))
        return " ".join(word.text for word in words)

    return transcribe


def stock(model: Path, *, word_timestamps: bool = False) -> Callable[[Path], str]:
    import whisper

    loaded = whisper.load_model(str(model))

    def transcribe(recording: Path) -> str:
        return str(
            loaded.transcribe(
                _whole(recording),
                language="en",
                fp16=loaded.device.type == "cuda",
                condition_on_previous_text=False,
                word_timestamps=word_timestamps,
            )["text"]
        )

    return transcribe


def stock_with_word_times(model: Path) -> Callable[[Path], str]:
    return stock(model, word_timestamps=True)


ENGINES: dict[str, Engine] = {
    "fieldcall (with word times)": fieldcall,
    "whisper.transcribe": stock,
    "whisper.transcribe, word times": stock_with_word_times,
}


def _whole(recording: Path) -> NDArray[np.float32]:
    """All samples, as `whisper.load_audio` gives them, without the ffmpeg program that it needs."""
    with wave.open(str(recording)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    return samples.astype(np.float32) / np.float32(32768)


def make_recording(minutes: float, target: Path) -> str:
    """Whole demo recordings, mixed to one channel, one after the other until the time is full; returns what is said."""
    from transcription.audio import AudioReader

    said, samples = [], 0
    with wave.open(str(target), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        for path in cycle(sorted((DEMO / "scripts").glob("*.json"))):
            if samples >= minutes * 60 * RATE:
                break
            script = read_script(path)
            for block in AudioReader(DEMO / "recordings" / script.recording):
                file.writeframes((block.mean(axis=0) * 32767).astype(np.int16).tobytes())
                samples += block.shape[1]
            said += [turn.text for turn in script.turns]
    return " ".join(said)


@contextmanager
def _most_memory() -> Iterator[list[int]]:
    """Resident bytes at the beginning and, in the end, the most there were, looked at fifty times a second."""
    seen = [_resident()]
    finished = threading.Event()

    def look() -> None:
        while not finished.wait(0.02):
            seen[1:] = [max(*seen, _resident())]

    watcher = threading.Thread(target=look)
    watcher.start()
    yield seen
    finished.set()
    watcher.join()


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def measure(engine: str, model: Path, recording: Path, threads: int) -> dict[str, float | str]:
    """Run in a process of its own."""
    import torch

    if threads:
        torch.set_num_threads(threads)
    transcribe = ENGINES[engine](model)
    with _most_memory() as memory:
        began = time.monotonic()
        text = transcribe(recording)
        seconds = time.monotonic() - began
    return {"seconds": seconds, "memory_mib": (memory[-1] - memory[0]) / 2**20, "text": text}


def _row(engine: str, model: Path, recording: Path, said: str, threads: int) -> dict[str, object]:
    from demo.measure import word_error_rate

    command = [sys.executable, "-m", "benchmarks.transcription", "--threads", str(threads)]
    command += ["--measure", engine, str(model), str(recording)]
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    measured = json.loads(finished.stdout)
    with wave.open(str(recording)) as file:
        length_s = file.getnframes() / RATE
    return {
        "minutes": round(length_s / 60, 1),
        "engine": engine,
        "seconds": round(measured["seconds"], 1),
        "times_real_time": round(length_s / measured["seconds"], 1),
        "MiB_over_model": round(measured["memory_mib"]),
        "word_error_rate": f"{word_error_rate(said, measured['text']):.1%}",
    }


def _rows(minutes: list[float], engines: list[str], threads: int) -> Iterator[dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "whisper-demo.pt"
        with lzma.open(DEMO / "model" / "whisper-demo.pt.xz") as packed, model.open("wb") as target:
            shutil.copyfileobj(packed, target)
        for length in minutes:
            recording = Path(folder) / "recording.wav"
            said = make_recording(length, recording)
            for engine in engines:
                row = _row(engine, model, recording, said, threads)
                print(row, file=sys.stderr, flush=True)
                yield row


def _machine(threads: int) -> str:
    import torch

    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {device}, torch {torch.__version__} "
        f"with {threads or torch.get_num_threads()} threads, Python {platform.python_version()}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, nargs="+", default=[10, 60, 180])
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES), metavar="ENGINE")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch; 0: as many as torch takes")
    parser.add_argument("--measure", nargs=3, metavar=("ENGINE", "MODEL", "RECORDING"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        engine, model, recording = given.measure
        print(json.dumps(measure(engine, Path(model), Path(recording), given.threads)))
        return
    rows = list(_rows(given.minutes, given.engines, given.threads))
    print_table(rows, f"Transcription with the demo model on {_machine(given.threads)}")


if __name__ == "__main__":
    main()
