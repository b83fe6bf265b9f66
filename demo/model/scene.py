"""A training window in the making: utterances laid into it, with a label for every frame."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from demo.model.corpus import TimedWord, Utterance
from demo.model.espeak import SAMPLE_RATE
from demo.model.sound import Samples

FRAMES_PER_S = 50  # of the encoder; one timestamp token is one frame
Labels = NDArray[np.int64]


class Placed(NamedTuple):
    """A word and its time in seconds of the window."""

    word: TimedWord
    start: float
    end: float


@dataclass(frozen=True)
class Heard:
    """What a window holds of an utterance: its whole words, and whether the window's end cuts it off."""

    words: list[Placed]
    start: float
    end: float
    cut: bool


@dataclass
class Scene:
    """A window in the making; `content` is where its sound ends, in seconds."""

    seconds: float
    wave: Samples = field(init=False)
    phones: Labels = field(init=False)
    words: Labels = field(init=False)
    heard: list[Heard] = field(default_factory=list)
    content: float = field(init=False)

    def __post_init__(self) -> None:
        self.wave = np.zeros(int(self.seconds * SAMPLE_RATE), np.float32)
        self.phones = np.zeros(int(self.seconds * FRAMES_PER_S), np.int64)
        self.words = np.zeros(int(self.seconds * FRAMES_PER_S), np.int64)
        self.content = self.seconds

    def add(self, utterance: Utterance, speech: Samples, speed: float, at: float) -> None:
        """Lay an utterance at `at` seconds, which may be before the window begins."""
        first = int(at * SAMPLE_RATE)
        skipped, begin = max(0, -first), max(0, first)
        count = min(len(speech) - skipped, len(self.wave) - begin)
        if count > 0:
            self.wave[begin : begin + count] += speech[skipped : skipped + count]
        for number, start, end in utterance.phones:
            frames = slice(_frame(at + start / speed), _frame(at + end / speed))
            self.phones[frames] = number
        words, cut = self._label_words(utterance, speed, at)
        start = at + utterance.words[0].start / speed
        if words:
            self.heard.append(Heard(words, words[0].start, words[-1].end, cut))
        elif cut and start < self.seconds - 0.1:
            self.heard.append(Heard([], max(0.0, start), self.seconds, True))

    def _label_words(self, utterance: Utterance, speed: float, at: float) -> tuple[list[Placed], bool]:
        words: list[Placed] = []
        for word in utterance.words:
            start, end = at + word.start / speed, at + word.end / speed
            if start < -0.01:
                self.words[: max(0, int(end * FRAMES_PER_S))] = 0
                continue
            if end > self.seconds - 0.01:
                return words, True
            self.words[_frame(start) : int(end * FRAMES_PER_S)] = word.number
            words.append(Placed(word, max(0.0, start), end))
        return words, False


def _frame(seconds: float) -> int:
    return max(0, int(seconds * FRAMES_PER_S))
