"""OpenAI's Whisper through its own package, run so that nothing is computed twice.

The network, its weights and its rules are the package's. Here a window's encoding serves greedy decoding in batches,
every further attempt, the language and the word times; on a CPU the linear layers of larger models are 8-bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from transcription.models import load_checkpoint, set_alignment_heads, sha256_of
from transcription.recognizers.base import JSON
from transcription.recognizers.hearing import Attempt, Decoded, windows_at_once
from transcription.recognizers.prompts import that_fit, tokenizer_of
from transcription.recognizers.spectrogram import spectrogram
from transcription.recognizers.word_times import Segment, timed_words
from transcription.transcript import Word

if TYPE_CHECKING:
    import torch
    from whisper import Whisper as Model
    from whisper.decoding import DecodingTask
    from whisper.tokenizer import Tokenizer

    from transcription.recognizers.greedy import Greedy, Sound

_SEED = 0


@dataclass(frozen=True, slots=True)
class Encoded:
    """One window's encoding (frames, states), and its place among those that were encoded with it."""

    features: torch.Tensor
    sound: Sound
    row: int


class OpenAIWhisper:
    """A loaded Whisper model as an engine."""

    name = "openai-whisper"

    def __init__(self, model: Model, model_sha256: str, precision: str) -> None:
        import torch

        from transcription.recognizers.greedy import GreedyDecoder
        from transcription.recognizers.int8 import quantise

        self.model_sha256 = model_sha256
        self._model = model
        self._precision = precision
        self._half = precision == "float16"
        self.at_once = windows_at_once(model.device.type)
        self.timestamp_begin = self._tokenizer("en").timestamp_begin
        if precision == "int8":
            quantise(model)
        self._decoder = GreedyDecoder(model, torch.float16 if self._half else torch.float32)
        self._tasks: dict[tuple[str, str], DecodingTask] = {}

    @cached_property
    def parameters(self) -> Mapping[str, JSON]:
        return {
            "precision": self._precision,
            "device": self._model.device.type,
            "openai-whisper": version("openai-whisper"),
            "torch": version("torch"),
        }

    def that_fit(self, glossary: Sequence[str]) -> tuple[str, ...]:
        return that_fit(glossary, self._tokenizer("en"), self._model.dims.n_text_ctx)

    def encode(self, sounds: Sequence[NDArray[np.float32]]) -> list[Encoded]:
        import torch

        with torch.inference_mode():
            features = [self._features(sound) for sound in sounds]
            sound = self._decoder.listen(features)
        return [Encoded(one, sound, row) for row, one in enumerate(features)]

    def _features(self, sound: NDArray[np.float32]) -> torch.Tensor:
        """(frames, states) of up to 30 s of sound, filled up with silence as in Whisper's training."""
        mel = spectrogram(sound, self._model.dims.n_mels, self._model.device.type)
        encoded: torch.Tensor = self._model.encoder((mel.half() if self._half else mel).unsqueeze(0))
        return encoded[0]

    @property
    def is_multilingual(self) -> bool:
        return bool(self._model.is_multilingual)

    def languages(self, encoded: Sequence[Encoded]) -> list[str]:
        import torch

        if not self.is_multilingual:
            return ["en"] * len(encoded)
        with torch.inference_mode():
            features = torch.stack([one.features for one in encoded])
            _, likely = self._model.detect_language(features, self._tokenizer("en"))
        return [max(row, key=lambda code: row[code]) for row in likely]

    def greedy(self, encoded: Sequence[Encoded], language: str, prompt: str) -> list[Decoded]:
        import torch

        task = self._task(language, prompt)
        with torch.inference_mode():
            sound = encoded[0].sound.rows([one.row for one in encoded])
            return [self._decoded(greedy, task) for greedy in self._decoder.decode(sound, task)]

    def _decoded(self, greedy: Greedy, task: DecodingTask) -> Decoded:
        tokenizer = task.tokenizer
        languages: dict[str, float] = {}
        if self._model.is_multilingual:
            likely = greedy.at_start[list(tokenizer.all_language_tokens)]
            languages = dict(zip(tokenizer.all_language_codes, (likely / likely.sum()).tolist(), strict=True))
        return Decoded(
            tokens=greedy.tokens,
            text=tokenizer.decode([*greedy.tokens]).strip(),
            average_logprob=greedy.average_logprob,
            no_speech=float(greedy.at_start[tokenizer.no_speech]),
            languages=languages,
        )

    def again(self, encoded: Encoded, language: str, prompt: str, attempt: Attempt) -> Decoded:
        import torch
        from whisper import DecodingOptions, decode

        options = DecodingOptions(
            language=language,
            temperature=attempt.temperature,
            beam_size=attempt.beam or None,
            best_of=None if attempt.beam else attempt.candidates,
            prompt=prompt or None,
            fp16=self._half,
        )
        on_card = [self._model.device] if self._model.device.type == "cuda" else []
        with torch.inference_mode(), torch.random.fork_rng(devices=on_card):
            torch.manual_seed(_SEED)
            result = decode(self._model, encoded.features, options)
        return Decoded(tuple(result.tokens), result.text, result.avg_logprob, result.no_speech_prob)

    def words(self, encoded: Encoded, language: str, segments: Sequence[Segment], frames: int) -> list[Word]:
        import torch

        with torch.inference_mode():
            return timed_words(
                self._decoder, encoded.sound.rows([encoded.row]), self._tokenizer(language), segments, frames
            )

    def _task(self, language: str, prompt: str) -> DecodingTask:
        from whisper import DecodingOptions
        from whisper.decoding import DecodingTask

        if (language, prompt) not in self._tasks:
            self._tokenizer(language)  # made here first, where its warning is known
            options = DecodingOptions(language=language, prompt=prompt or None, fp16=self._half)
            self._tasks[language, prompt] = DecodingTask(self._model, options)
        return self._tasks[language, prompt]

    def _tokenizer(self, language: str) -> Tokenizer:
        return tokenizer_of(self._model.is_multilingual, self._model.num_languages, language)


def load(checkpoint: Path, device: str, precision: str) -> OpenAIWhisper:
    """Load a checkpoint in openai-whisper's format. Raises `ModelError`."""
    sha256 = sha256_of(checkpoint)
    model = load_checkpoint(checkpoint, device)
    set_alignment_heads(model, sha256)
    return OpenAIWhisper(model, sha256, precision)
