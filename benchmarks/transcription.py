"""Transcription beside stock Whisper and faster-whisper: `python -m benchmarks.transcription`.

The same sound, the same weights, the same machine, one run; every row is a process of its own. The demo model shows
speed and quality. Checkpoints of real sizes with random weights show speed alone: they write the same number of words
for each window in every engine, whatever they hear. Sections that take long are asked for by name.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import scores
from benchmarks.checkpoints import SIZES, unpack_demo_model, write_random_checkpoint
from benchmarks.engines import ENGINES, OURS, Device, converted
from benchmarks.one_engine import Measured, measure
from benchmarks.sounds import NON_SPEECH, Recording, call, conversation, without_speech

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a run was asked for, and the folder for its sounds and models."""

    folder: Path
    engines: tuple[str, ...]
    sizes: tuple[str, ...]
    devices: tuple[Device, ...]
    threads: int
    minutes: float
    non_speech_minutes: float

    def checkpoint(self, model: str) -> Path:
        """The demo's model, or a random one of a size; made the first time."""
        target = self.folder / f"{model}.pt"
        if not target.exists():
            _ = unpack_demo_model(target) if model == "demo" else write_random_checkpoint(model, target)
            if any("faster" in engine or "CTranslate2" in engine for engine in self.engines):
                for device in self.devices:
                    converted(target, device)
        return target

    def run(self, engine: str, model: str, device: Device, recordings: Sequence[Recording]) -> list[Measured]:
        print(f"{model}, {device}: {engine}", file=sys.stderr, flush=True)
        return measure(engine, self.checkpoint(model), device, self.threads, [one.path for one in recordings])


def demo(bench: Bench) -> None:
    """Speed and quality on the demo's model."""
    spoken = conversation(bench.minutes, bench.folder / "conversation.wav")
    two = call(2, bench.folder / "call.wav", mixed=False)
    silent = [without_speech(kind, bench.non_speech_minutes, bench.folder / f"{kind}.wav") for kind in NON_SPEECH]
    quality: list[Row] = []
    invented: list[Row] = []
    for device in bench.devices:
        for engine in bench.engines:
            speech, conversed, *nothing = bench.run(engine, "demo", device, [spoken, two, *silent])
            words = {kind: _words(found) for kind, found in zip(NON_SPEECH, nothing, strict=True)}
            quality.append(
                {
                    "engine": engine,
                    "device": device,
                    **_cost(spoken, speech),
                    "word_error_rate": f"{scores.error_rate(spoken, speech.transcribed):.1%}",
                    "words_on_non-speech": sum(words.values()),
                    **_coverage(spoken, speech),
                    "starts_within_200_ms": _share(scores.starts_near(spoken, speech.transcribed)),
                    "wrong_speaker": _share(scores.wrong_speaker(two, conversed.transcribed)),
                }
            )
            invented.append({"engine": engine, "device": device, **words})
    _show(quality, f"Demo model, {spoken.seconds / 60:.1f} min of the demo's recordings in one channel")
    _show(invented, f"Words written on {bench.non_speech_minutes:g} min each of what is no speech")


def random_weights(bench: Bench) -> None:
    """Speed alone, on checkpoints of real sizes."""
    spoken = conversation(bench.minutes, bench.folder / "conversation.wav")
    for size in bench.sizes:
        rows = [
            {
                "engine": engine,
                "device": device,
                **_cost(spoken, found),
                "windows": found.windows,
                "words_per_window": f"{_words(found) / found.windows:.1f}",
                "s_per_window": f"{found.seconds / found.windows:.2f}",
                "processor_s_per_window": f"{found.processor_seconds / found.windows:.2f}",
            }
            for device in bench.devices
            for engine in bench.engines
            for found in bench.run(engine, size, device, [spoken])
        ]
        _show(rows, f"RANDOM weights of size {size}: speed alone, {spoken.seconds / 60:.1f} min")


def two_channels(bench: Bench) -> None:
    """What a call costs as two channels, beside the same call mixed to one."""
    two = call(bench.minutes, bench.folder / "two.wav", mixed=False)
    one = call(bench.minutes, bench.folder / "one.wav", mixed=True)
    rows: list[Row] = []
    for model in ("demo", *bench.sizes[:1]):
        for engine in (engine for engine in bench.engines if engine in OURS):
            apart, mixed = bench.run(engine, model, bench.devices[0], [two, one])
            rows.append(
                {
                    "engine": engine,
                    "model": model,
                    "two_channels_s": round(apart.seconds, 1),
                    "one_channel_s": round(mixed.seconds, 1),
                    "ratio": f"{apart.seconds / mixed.seconds:.2f}",
                    "windows": f"{apart.windows} : {mixed.windows}",
                    "wrong_speaker": _share(scores.wrong_speaker(two, apart.transcribed)) if model == "demo" else "",
                }
            )
    _show(rows, f"A two-channel call of {two.seconds / 60:.1f} min, each channel heard by itself")


def memory(bench: Bench) -> None:
    """Memory over the model by the length of the recording."""
    rows: list[Row] = []
    for minutes in (10, 60, 360):
        spoken = conversation(minutes, bench.folder / "long.wav")
        for engine in bench.engines:
            (found,) = bench.run(engine, "demo", bench.devices[0], [spoken])
            rows.append({"minutes": minutes, "engine": engine, **_cost(spoken, found)})
    _show(rows, "Memory by the length of the recording, demo model")


def three_hours(bench: Bench) -> None:
    """Whether word times still hold at the end of a long recording."""
    spoken = conversation(180, bench.folder / "long.wav")
    last_minute = round(spoken.seconds * 1000) - 60_000
    rows: list[Row] = []
    for engine in bench.engines:
        (found,) = bench.run(engine, "demo", bench.devices[0], [spoken])
        rows.append(
            {
                "engine": engine,
                **_cost(spoken, found),
                "word_error_rate": f"{scores.error_rate(spoken, found.transcribed):.1%}",
                "starts_within_200_ms": _share(scores.starts_near(spoken, found.transcribed)),
                "in_the_last_minute": _share(scores.starts_near(spoken, found.transcribed, last_minute)),
            }
        )
    _show(rows, f"Word times over {spoken.seconds / 3600:.2f} h, demo model")


def _show(rows: Sequence[Row], title: str) -> None:
    """Print a table as Markdown, as it is wanted in the documentation."""
    columns = list(rows[0])
    cells = [[name.replace("_", " ") for name in columns], *([str(row[name]) for name in columns] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(columns))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    lines.insert(1, " | ".join("-" * width for width in widths))
    print("\n".join(["", f"**{title}**", "", *(f"| {line} |" for line in lines)]), flush=True)


SECTIONS: dict[str, Callable[[Bench], None]] = {
    "demo": demo,
    "random": random_weights,
    "two-channel": two_channels,
    "memory": memory,
    "three-hours": three_hours,
}


def _cost(recording: Recording, found: Measured) -> Row:
    return {
        "×_real_time": f"{recording.seconds / found.seconds:.1f}",
        "MiB_over_model": round(found.memory_mib),
        "passes_per_window": f"{found.passes / found.windows:.2f}" if found.windows else "-",
    }


def _coverage(recording: Recording, found: Measured) -> Row:
    missed = scores.without_words(recording, found.transcribed)
    return {
        "speech_without_words": _share(missed and missed[0]),
        "and_not_marked": _share(missed and missed[1]),
    }


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


def _words(found: Measured) -> int:
    return sum(len(text.split()) for _, text in found.transcribed.turns)


def _machine(threads: int) -> str:
    import torch

    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "no CUDA"
    packages = [f"{name} {_version(name)}" for name in ("torch", "openai-whisper", "faster-whisper", "ctranslate2")]
    parts = [_processor(), f"{threads} threads of {os.cpu_count()}", card, f"Python {platform.python_version()}"]
    return ", ".join([*parts, *packages])


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _devices() -> Iterator[Device]:
    import torch

    yield "cpu"
    if torch.cuda.is_available():
        yield "cuda"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--sections", nargs="+", choices=list(SECTIONS), default=["demo", "random", "two-channel"])
    parser.add_argument("--engines", nargs="+", choices=list(ENGINES), default=list(ENGINES), metavar="ENGINE")
    parser.add_argument("--models", nargs="*", choices=SIZES, default=["base", "small"], help="sizes of random weights")
    parser.add_argument("--devices", nargs="+", choices=["cpu", "cuda"], default=list(_devices()))
    parser.add_argument("--minutes", type=float, default=4, help="of speech: a full batch of faster-whisper's is 4")
    parser.add_argument("--non-speech-minutes", type=float, default=1, help="of each kind")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        bench = Bench(
            Path(folder),
            tuple(given.engines),
            tuple(given.models),
            tuple(given.devices),
            given.threads,
            given.minutes,
            given.non_speech_minutes,
        )
        print(_machine(given.threads))
        for section in given.sections:
            SECTIONS[section](bench)


if __name__ == "__main__":
    main()
