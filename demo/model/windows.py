"""Training windows: utterances with pauses and noise, as log-mel, token sequences and attention targets.

They hold what `whisper.transcribe` meets: windows that begin or end within an utterance, prompts of earlier
text, no timestamps, silence, and a last window that is filled up with zeros.
"""

import random
from dataclasses import dataclass

import numpy as np
import torch
from whisper.audio import mel_filters

from demo.model.corpus import Corpus
from demo.model.espeak import SAMPLE_RATE
from demo.model.scene import FRAMES_PER_S, Scene
from demo.model.sequences import WHOLE_FRAMES, Sequence, padded, silent_sequence, spoken_sequence
from demo.model.sound import add_noise, augment, noise_bank, telephone
from demo.model.vocabulary import Vocabulary

_LONGEST_PROMPT = 223


@dataclass(frozen=True)
class Batch:
    """Tensors of equal windows. `guide` marks the encoder frames to which each token should attend; targets
    of -1 count for nothing. Without decoder the last three are empty."""

    mel: torch.Tensor
    phones: torch.Tensor
    words: torch.Tensor
    offsets: torch.Tensor
    inputs: torch.Tensor
    targets: torch.Tensor
    guide: torch.Tensor


class Windows:
    """A source of random batches; `strength` scales the changes of speed and formants."""

    def __init__(self, corpus: Corpus, vocabulary: Vocabulary, seed: int, strength: float = 1.0) -> None:
        self._corpus, self._vocabulary, self._strength = corpus, vocabulary, strength
        self._rng = random.Random(seed)  # noqa: S311 (reproducible, not secret)
        self._noise = noise_bank(np.random.default_rng(seed))
        self._filters = mel_filters("cpu", 80)
        self._hann = torch.hann_window(400)

    def batch(self, size: int, seconds: float, decoder: bool, prompts: float) -> Batch:
        """`size` windows of `seconds`; `prompts` is the share of batches whose windows follow earlier text."""
        rng, frames = self._rng, int(seconds * FRAMES_PER_S)
        prompted = rng.random() < prompts  # decided for the batch: padding the others would be waste
        scenes: list[Scene] = []
        offsets: list[int] = []
        sequences: list[Sequence] = []
        for _ in range(size):
            silent, line = rng.random() < 0.07, rng.random() < 0.4
            offset = rng.randint(0, WHOLE_FRAMES - frames) if frames < WHOLE_FRAMES else 0
            scene = Scene(seconds) if silent else self._conversation(seconds)
            scene.wave = add_noise(scene.wave, self._noise, rng, silent)
            if silent and rng.random() < 0.3:
                scene.content = rng.uniform(0, seconds)
            if line:
                scene.wave = telephone(scene.wave, rng)
            if decoder:
                prompt = self._prompt() if prompted and rng.random() < 0.9 else []
                sequences.append(self._sequence(scene, offset, prompt))
            scenes.append(scene)
            offsets.append(offset)
        waves = torch.from_numpy(np.stack([scene.wave for scene in scenes]))
        mel = self._mel(waves, [scene.content for scene in scenes])
        return Batch(
            mel,
            torch.from_numpy(np.stack([scene.phones for scene in scenes])),
            torch.from_numpy(np.stack([scene.words for scene in scenes])),
            torch.tensor(offsets),
            *padded(sequences, frames, self._vocabulary.end),
        )

    def _conversation(self, seconds: float) -> Scene:
        """Utterances with pauses, from somewhere within the first to the window's end or earlier."""
        rng, scene = self._rng, Scene(seconds)
        phones = rng.random()
        stop = seconds if rng.random() < 0.7 else rng.uniform(0.05, 1) * seconds
        at = self._first_start(seconds)
        while True:
            utterance = rng.choice(self._corpus.utterances)
            phone = phones < 0.2 or (phones > 0.84 and rng.random() < 0.5)
            speech, speed = augment(self._corpus.audio(utterance), rng, phone, self._strength)
            if at is None:
                at = -rng.uniform(0, len(speech) / SAMPLE_RATE)
            scene.add(utterance, speech, speed, at)
            end = at + len(speech) / SAMPLE_RATE
            if end >= seconds:
                return scene
            if end >= stop:
                scene.content = min(seconds, end + rng.choice([0, 0.1, rng.uniform(0, 2)]))
                return scene
            at = end + self._pause()
            if at >= seconds:
                return scene

    def _first_start(self, seconds: float) -> float | None:
        """When the first utterance begins; None: before the window."""
        rng = self._rng
        if rng.random() < 0.15:
            return None
        if rng.random() < 0.6:
            return rng.uniform(0, 0.6)
        return rng.uniform(0.6, 1.6) if seconds < 12 or rng.random() < 0.75 else rng.uniform(1.6, 5)

    def _pause(self) -> float:
        rng = self._rng
        share = rng.random()
        lengths = ((0.2, 0.02, 0.3), (0.75, 0.3, 1.2), (0.95, 1.2, 2.5), (1.0, 2.5, 6))
        return next(rng.uniform(low, high) for up_to, low, high in lengths if share < up_to)

    def _sequence(self, scene: Scene, offset: int, prompt: list[int]) -> Sequence:
        if not scene.heard:
            return silent_sequence(self._vocabulary, offset, prompt)
        untimed = self._rng.random() < 0.25 and any(heard.words for heard in scene.heard)
        return spoken_sequence(self._vocabulary, scene, offset, prompt, timed=not untimed)

    def _prompt(self) -> list[int]:
        """Earlier text as `whisper.transcribe` passes it: mostly with timestamps, cut at any place."""
        rng, first = self._rng, self._vocabulary.first_timestamp
        tokens: list[int] = []
        clock, plain = rng.uniform(0, 2), rng.random() < 0.2
        for _ in range(rng.choice([1, 2, 4, 8, 16])):
            utterance = rng.choice(self._corpus.utterances)
            duration = utterance.words[-1].end
            if clock + duration > 30:
                clock = rng.uniform(0, 1)
            text = [piece.token for word in utterance.words for piece in word.pieces]
            start, end = (first + int(t * FRAMES_PER_S) for t in (clock, clock + duration))
            tokens += text if plain else [start, *text, end]
            clock += duration + rng.uniform(0.2, 1.5)
        return [self._vocabulary.previous, *tokens[-_LONGEST_PROMPT:]]

    def _mel(self, waves: torch.Tensor, contents: list[float]) -> torch.Tensor:
        """`whisper.audio.log_mel_spectrogram` for a batch; the maximum may come from elsewhere in a recording,
        and the end of the last window is zero."""
        spectrum = torch.stft(waves, 400, 160, window=self._hann, return_complex=True)
        mel: torch.Tensor = self._filters @ (spectrum[..., :-1].abs() ** 2)
        mel = mel.clamp(min=1e-10).log10()
        loudest = mel.amax((1, 2), keepdim=True)
        for row in loudest:
            if row < -4 and self._rng.random() < 0.7:
                row[:] = self._rng.uniform(0, 2)  # silence in a recording with speech elsewhere
            elif self._rng.random() < 0.4:
                row += self._rng.uniform(0, 0.8)
        mel = (torch.maximum(mel, loudest - 8) + 4) / 4
        for row, content in zip(mel, contents, strict=True):
            frame = int(content * 100)
            if frame < mel.shape[2] and self._rng.random() < 0.7:
                row[:, frame:] = 0
        return mel
