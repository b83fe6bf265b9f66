"""Token sequences of training windows in the form that Whisper decodes, with attention targets."""

from collections.abc import Iterator
from typing import NamedTuple

import torch

from demo.model.scene import FRAMES_PER_S, Heard, Placed, Scene
from demo.model.vocabulary import Vocabulary

WHOLE_FRAMES = 1_500  # of Whisper's window of 30 s
_LONGEST = 448
_LATEST_FIRST_TIMESTAMP = 50  # Whisper never decodes a first timestamp after 1.00 s


class Target(NamedTuple):
    """A token of the sequence, and the seconds of the window to which it should attend, if any."""

    token: int
    start: float | None = None
    end: float | None = None


class Sequence(NamedTuple):
    """What the decoder reads, the token it should give at each place (-1: no loss), and where it should attend."""

    inputs: list[int]
    tokens: list[int]
    targets: list[Target]


def silent_sequence(vocabulary: Vocabulary, offset: int, prompt: list[int]) -> Sequence:
    """For a window without speech: Whisper's no-speech token at the start, then the end."""
    inputs = [*prompt, vocabulary.start, vocabulary.first_timestamp + offset]
    tokens = [-1] * len(prompt) + [vocabulary.no_speech, vocabulary.end]
    return Sequence(inputs, tokens, [Target(-1)] * len(inputs))


def spoken_sequence(vocabulary: Vocabulary, scene: Scene, offset: int, prompt: list[int], timed: bool) -> Sequence:
    """For a window with speech, with timestamps shifted by `offset` frames or without any."""
    head = [*prompt, vocabulary.start]
    if timed:
        targets = list(_with_times(vocabulary, scene.heard, offset))
    else:
        head.append(vocabulary.no_timestamps)
        targets = list(_without_times(vocabulary, scene))
    ignored = len(head) - 1
    inputs = head + [target.token for target in targets[:-1]]
    tokens = [-1] * ignored + [target.token for target in targets]
    spans = [Target(-1)] * ignored + targets
    return Sequence(inputs[:_LONGEST], tokens[:_LONGEST], spans[:_LONGEST])


def padded(sequences: list[Sequence], frames: int, end: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs, targets, and the encoder frames (of `frames`) to which each token should attend."""
    size, longest = len(sequences), max((len(sequence.inputs) for sequence in sequences), default=0)
    inputs, targets = torch.full((size, longest), end), torch.full((size, longest), -1)
    guide = torch.zeros(size, longest, frames, dtype=torch.bool)
    for row, (tokens, wanted, spans) in enumerate(sequences):
        inputs[row, : len(tokens)] = torch.tensor(tokens)
        targets[row, : len(wanted)] = torch.tensor(wanted)
        for column, span in enumerate(spans):
            if span.start is not None and span.end is not None:
                low = min(max(0, round(span.start * FRAMES_PER_S)), frames - 1)
                guide[row, column, low : max(low + 1, round(span.end * FRAMES_PER_S))] = True
    return inputs, targets, guide


def _without_times(vocabulary: Vocabulary, scene: Scene) -> Iterator[Target]:
    for heard in scene.heard:
        yield from _word_targets(heard.words)
    last = scene.heard[-1].words[-1].end if scene.heard[-1].words else scene.seconds
    pause_follows = last + 0.3 < scene.seconds
    yield Target(vocabulary.end, last + 0.1, last + 0.3) if pause_follows else Target(vocabulary.end)


def _with_times(vocabulary: Vocabulary, heard: list[Heard], offset: int) -> Iterator[Target]:
    """Start, words and end of each utterance; one that is cut off has only its start, and no words unless it
    is the only one."""
    for number, utterance in enumerate(heard):
        start = _timestamp(vocabulary, utterance.start, offset, first=number == 0)
        yield Target(start, utterance.start, utterance.start + 0.08)
        if utterance.cut and (number or not utterance.words):
            break
        yield from _word_targets(utterance.words)
        if not utterance.cut:
            end = _timestamp(vocabulary, utterance.end, offset, first=False)
            yield Target(end, utterance.end - 0.04, utterance.end + 0.04)
    yield Target(vocabulary.end)


def _timestamp(vocabulary: Vocabulary, seconds: float, offset: int, first: bool) -> int:
    frame = round(seconds * FRAMES_PER_S)
    frame = min(frame, _LATEST_FIRST_TIMESTAMP) if first else frame
    return vocabulary.first_timestamp + min(WHOLE_FRAMES, offset + frame)


def _word_targets(words: list[Placed]) -> Iterator[Target]:
    """Tokens of words attend to their share of the word, punctuation to the end of it and a little after."""
    for number, (word, start, end) in enumerate(words):
        following = words[number + 1].start if number + 1 < len(words) else end + 0.14
        for token, low, high in word.pieces:
            if low is None or high is None:
                yield Target(token, end - 0.02, min(max(following, end + 0.04), end + 0.14))
            else:
                yield Target(token, start + low * (end - start), start + high * (end - start))
