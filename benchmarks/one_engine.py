"""One engine measured in a process of its own.

A piece of sound is transcribed before the clock is started, so that what an engine compiles or allocates at its first
use is not counted as slowness; the memory for it is counted.
"""

from __future__ import annotations

import ctypes
import os
import time
import wave
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.encoder_passes import watch
from benchmarks.engines import ENGINES, Device, Transcribed

_WARM_UP_S = 30


@dataclass(frozen=True, slots=True)
class Measured:
    """One recording through one engine. `memory_mib`: the most in use at once, above what the loaded model takes."""

    seconds: float
    processor_seconds: float  # of all threads: less than `seconds` times threads where others were at work too
    memory_mib: float
    passes: int
    windows: int
    transcribed: Transcribed


def measure(engine: str, checkpoint: Path, device: Device, threads: int, recordings: list[Path]) -> list[Measured]:
    """Measure the engine on each of the recordings, the model loaded once, in a new process."""
    os.environ["OMP_NUM_THREADS"] = str(threads)  # for the new process: CTranslate2's and torch's
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(_measure, engine, checkpoint, device, threads, recordings).result()


def _measure(engine: str, checkpoint: Path, device: Device, threads: int, recordings: list[Path]) -> list[Measured]:
    import torch

    torch.set_num_threads(threads)
    transcribe = ENGINES[engine](checkpoint, device, threads)
    ctypes.CDLL(None).malloc_trim(0)  # what loading has left over is not the model's
    in_use = _resident_mib()
    with TemporaryDirectory() as folder:
        transcribe(_beginning(recordings[0], Path(folder) / "beginning.wav"))
    passes = watch()
    results = []
    for recording in recordings:
        passes.forget()
        _forget_peak()
        begun, worked = time.perf_counter(), time.process_time()
        transcribed = transcribe(recording)
        seconds, processor_seconds = time.perf_counter() - begun, time.process_time() - worked
        windows = passes.different if transcribed.windows is None else transcribed.windows
        memory_mib = _peak_mib() - in_use
        results.append(Measured(seconds, processor_seconds, memory_mib, passes.count, windows, transcribed))
    return results


def _beginning(recording: Path, target: Path) -> Path:
    with wave.open(str(recording)) as source, wave.open(str(target), "wb") as file:
        file.setparams(source.getparams())
        file.writeframes(source.readframes(_WARM_UP_S * source.getframerate()))
    return target


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _forget_peak() -> None:
    """Let the kernel count the most memory in use anew (Linux, proc(5): clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak_mib() -> float:
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
