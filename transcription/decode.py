"""The second pass over a recording: every window that is not done yet is given to a recognizer, a batch at a time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from transcription.audio import RATE, AudioReader
from transcription.bleed import marked
from transcription.channels import at_most_eight
from transcription.listening import listened
from transcription.plan import Plan, Progress
from transcription.recognizers.base import Recognizer
from transcription.transcript import Word
from transcription.windows import Window


@dataclass(frozen=True, slots=True)
class Done:
    """A window that was transcribed: its words in times of the recording, and what it took."""

    index: int  # in the plan
    words: tuple[Word, ...]
    seconds: float
    language: str = ""  # that the recognizer took it for, '' where it knows but one
    language_probability: float = 0.0


OnWindows: TypeAlias = Callable[[Sequence[Done]], None]
"""Called with the windows of a batch together: a batch is done as a whole or not at all."""


def decode(
    path: Path,
    plan: Plan,
    recognizer: Recognizer,
    *,
    done: Collection[int] = (),
    on_windows: OnWindows,
    progress: Progress | None = None,
) -> None:
    """Transcribe the windows of a plan whose index is not in `done`, in order.

    Which windows make a batch follows from the plan alone, so any split into runs gives the same words. What
    `on_windows` or `progress` raises ends the pass there. Raises the `AudioError` family.
    """
    batches = [batch for batch in batches_of(plan, recognizer.at_once) if not set(batch) <= set(done)]
    windows = [plan.windows[index] for batch in batches for index in batch]
    sounds = sounds_of(path, windows)
    decoded_ms = sum(window.length_ms for index, window in enumerate(plan.windows)) - sum(w.length_ms for w in windows)
    for batch in batches:
        begun = time.monotonic()
        given = [next(sounds) for _ in batch]
        heard = recognizer.recognize(given)
        words = [
            listened(recognizer, plan.windows[index], sound, one)
            for index, sound, one in zip(batch, given, heard, strict=True)
        ]
        seconds = (time.monotonic() - begun) / len(batch)
        results = [
            Done(index, said, seconds, one.language, one.language_probability)
            for index, said, one in zip(batch, words, heard, strict=True)
        ]
        on_windows([result for result in results if result.index not in done])
        decoded_ms += sum(plan.windows[index].length_ms for index in batch)
        if progress is not None:
            progress(decoded_ms, plan.speech_ms)


def batches_of(plan: Plan, at_once: int) -> list[tuple[int, ...]]:
    """Indices of the windows that are decoded together."""
    numbers = range(len(plan.windows))
    return [tuple(numbers[first : first + at_once]) for first in range(0, len(numbers), at_once)]


def sounds_of(path: Path, windows: Sequence[Window]) -> Iterator[NDArray[np.float32]]:
    """The sound of each window, in one pass that holds little more than the sound of the windows begun.

    `windows` come in the order of their ends. A recording that has become shorter gives shorter sounds.
    """
    waiting = deque(sorted(range(len(windows)), key=lambda number: windows[number].start_ms))
    begun: dict[int, list[NDArray[np.float32]]] = {}
    given = heard = 0
    for block in AudioReader(path) if windows else ():
        sound = at_most_eight(block)
        until = heard + sound.shape[1]
        while waiting and _samples(windows[waiting[0]].start_ms) < until:
            begun[waiting.popleft()] = []
        for number, parts in begun.items():
            for span in windows[number].speech:
                first, last = max(_samples(span.start_ms), heard), min(_samples(span.end_ms), until)
                if first < last:
                    parts.append(sound[windows[number].channel, first - heard : last - heard].copy())
        heard = until
        while given < len(windows) and _samples(windows[given].end_ms) <= heard:
            yield np.concatenate(begun.pop(given))
            given += 1
        if given == len(windows):
            return
    for number in range(given, len(windows)):
        yield np.concatenate([np.zeros(0, np.float32), *begun.pop(number, [])])


def _samples(time_ms: int) -> int:
    return time_ms * RATE // 1000


def words_by_channel(plan: Plan, words: Mapping[int, Sequence[Word]]) -> dict[int, tuple[Word, ...]]:
    """Words of the windows (by index) put together for each channel that speaks, in order of time, bleed marked."""
    said: dict[int, list[Word]] = {channel: [] for channel in plan.channels}
    for index, window in enumerate(plan.windows):
        said[window.channel] += words.get(index, ())
    return {channel: marked(found, plan.echoes.get(channel, ())) for channel, found in said.items()}
