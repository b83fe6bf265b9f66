"""The engines that are compared: this one on both networks, openai-whisper's own loop, and faster-whisper's two.

All run the same weights without text of former windows as a prompt. Stock Whisper is given as `whisper.transcribe`
does by itself, which is greedy; faster-whisper with a beam of 5, which is what it does by itself, and of 1.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Device = Literal["cpu", "cuda"]

BATCH = 8


@dataclass(frozen=True, slots=True)
class WrittenWord:
    channel: int
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Transcribed:
    """What an engine made of a recording. `words` is empty where it does not tell when they were said.

    `windows`: pieces that it set out to decode, None where it has no plan; `unclear`: speech that it says it missed.
    """

    turns: tuple[tuple[int, str], ...]  # channel, text
    words: tuple[WrittenWord, ...]
    windows: int | None = None
    unclear: tuple[tuple[int, int], ...] = ()  # ms, half-open


Engine = Callable[[Path], Transcribed]
Loader = Callable[[Path, Device, int], Engine]  # checkpoint, device, threads


def fieldcall(checkpoint: Path, device: Device, threads: int, *, engine: Any) -> Engine:
    """Everything that a recording goes through here, from the file to utterances."""
    from transcription.decode import Done, decode, words_by_channel
    from transcription.plan import make_plan
    from transcription.recognizers.loading import load_recognizer
    from transcription.transcript import Mark, Transcript, Voice, Word, utterances_of

    recognizer = load_recognizer(checkpoint, engine=engine, device=device)

    def transcribe(recording: Path) -> Transcribed:
        found: dict[int, tuple[Word, ...]] = {}

        def keep(batch: Iterable[Done]) -> None:
            found.update({done.index: done.words for done in batch})

        plan = make_plan(recording)
        decode(recording, plan, recognizer, on_windows=keep)
        channels = {Voice(channel, ""): words for channel, words in words_by_channel(plan, found).items()}
        shown = {voice: [w for w in words if Mark.UNCLEAR not in w.marks] for voice, words in channels.items()}
        utterances = Transcript(utterances_of(shown)).utterances
        return Transcribed(
            turns=tuple((one.channel, one.text) for one in utterances if one.text),
            words=tuple(
                WrittenWord(one.channel, word.text, word.start_ms, word.end_ms)
                for one in utterances
                for word in one.words
                if not word.is_set_aside
            ),
            windows=len(plan.windows),
            unclear=tuple(
                (w.start_ms, w.end_ms) for words in channels.values() for w in words if Mark.UNCLEAR in w.marks
            ),
        )

    return transcribe


def stock(checkpoint: Path, device: Device, threads: int, *, word_times: bool = False) -> Engine:
    import whisper

    model = whisper.load_model(str(checkpoint), device=device)

    def transcribe(recording: Path) -> Transcribed:
        found = model.transcribe(
            _mono(recording),
            language="en",
            fp16=device == "cuda",
            condition_on_previous_text=False,
            word_timestamps=word_times,
        )
        words = (word for segment in found["segments"] for word in segment.get("words", ()))
        return _mixed(
            (segment["text"] for segment in found["segments"]),
            ((word["word"], word["start"], word["end"]) for word in words),
        )

    return transcribe


def faster_whisper(
    checkpoint: Path, device: Device, threads: int, *, beam: int, batched: bool, word_times: bool = False
) -> Engine:
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    precision = precision_on(device)
    folder = converted(checkpoint, device)
    model = WhisperModel(str(folder), device=device, compute_type=precision, cpu_threads=threads)
    given: dict[str, Any] = {"language": "en", "beam_size": beam, "word_timestamps": word_times}
    run = model.transcribe
    if batched:
        run, given["batch_size"] = BatchedInferencePipeline(model).transcribe, BATCH
    else:
        given["condition_on_previous_text"] = False

    def transcribe(recording: Path) -> Transcribed:
        segments = list(run(_mono(recording), **given)[0])
        words = (word for segment in segments for word in segment.words or ())
        return _mixed((segment.text for segment in segments), ((word.word, word.start, word.end) for word in words))

    return transcribe


def converted(checkpoint: Path, device: Device) -> Path:
    """The checkpoint as faster-whisper needs it on the device; made the first time."""
    from transcription.recognizers.ctranslate2_model import convert

    precision = precision_on(device)
    return convert(checkpoint, checkpoint.with_name(f"{checkpoint.stem}.ct2-{precision}"), precision)


def precision_on(device: Device) -> str:
    return "float16" if device == "cuda" else "int8"


def _mixed(texts: Iterable[str], words: Iterable[tuple[str, float, float]]) -> Transcribed:
    """The result of an engine that hears one channel; times in seconds."""
    return Transcribed(
        turns=tuple((0, text.strip()) for text in texts),
        words=tuple(WrittenWord(0, text.strip(), round(start * 1000), round(end * 1000)) for text, start, end in words),
    )


def _mono(recording: Path) -> NDArray[np.float32]:
    """All samples mixed to one channel, as both packages' own `load_audio` does with the program ffmpeg."""
    with wave.open(str(recording)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
    return np.asarray(samples.mean(axis=1, dtype=np.float32) / np.float32(32768))


_OURS: dict[str, Loader] = {
    "fieldcall": partial(fieldcall, engine="openai-whisper"),
    "fieldcall on CTranslate2": partial(fieldcall, engine="faster-whisper"),
}
_OTHERS: dict[str, Loader] = {
    "whisper.transcribe": stock,
    "whisper.transcribe, word times": partial(stock, word_times=True),
    "faster-whisper, beam 5": partial(faster_whisper, beam=5, batched=False),
    "faster-whisper, beam 5, word times": partial(faster_whisper, beam=5, batched=False, word_times=True),
    "faster-whisper batched, beam 1": partial(faster_whisper, beam=1, batched=True),
    "faster-whisper batched, beam 1, word times": partial(faster_whisper, beam=1, batched=True, word_times=True),
    "faster-whisper batched, beam 5": partial(faster_whisper, beam=5, batched=True),
    "faster-whisper batched, beam 5, word times": partial(faster_whisper, beam=5, batched=True, word_times=True),
}
OURS = tuple(_OURS)
ENGINES: dict[str, Loader] = {
    name: loader
    for name, loader in {**_OURS, **_OTHERS}.items()
    if find_spec("faster_whisper") is not None or not ("faster" in name or "CTranslate2" in name)
}
