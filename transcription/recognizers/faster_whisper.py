"""Whisper on CTranslate2, the engine of faster-whisper: the same weights, windows, checks and rules as the other one.

The checkpoint is converted once, into a folder beside it. CTranslate2 is called directly, because faster-whisper's own
loop knows no checks per window in a batch; the spectrogram and the tokens are those of openai-whisper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from transcription.errors import ModelError
from transcription.recognizers.base import JSON
from transcription.recognizers.hearing import Attempt, Decoded, windows_at_once
from transcription.recognizers.prompts import first_tokens, that_fit, tokenizer_of
from transcription.recognizers.spectrogram import spectrogram
from transcription.recognizers.word_times import Segment, words_on
from transcription.transcript import Word

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

_LONGEST_TEXT = 448  # positions of Whisper's decoder


@dataclass(frozen=True, slots=True)
class Encoded:
    """One window's place in the encoding of a batch (rows, frames, states)."""

    batch: Any
    rows: int
    row: int


class FasterWhisper:
    """A Whisper model loaded by CTranslate2, as an engine."""

    name = "faster-whisper"

    def __init__(self, converted: Path, model_sha256: str, device: str, precision: str) -> None:
        import ctranslate2
        import torch

        self.model_sha256 = model_sha256
        self._precision = precision
        self._model = ctranslate2.models.Whisper(
            str(converted), device=device, compute_type=precision, intra_threads=torch.get_num_threads()
        )
        self.at_once = windows_at_once(device)
        self.timestamp_begin = self._tokenizer("en").timestamp_begin

    @property
    def is_multilingual(self) -> bool:
        return bool(self._model.is_multilingual)

    @cached_property
    def parameters(self) -> Mapping[str, JSON]:
        return {
            "precision": self._precision,
            "device": str(self._model.device),
            "ctranslate2": version("ctranslate2"),
            "openai-whisper": version("openai-whisper"),
        }

    def that_fit(self, glossary: Sequence[str]) -> tuple[str, ...]:
        return that_fit(glossary, self._tokenizer("en"), _LONGEST_TEXT)

    def encode(self, sounds: Sequence[NDArray[np.float32]]) -> list[Encoded]:
        mels = np.stack([spectrogram(sound, self._model.n_mels).numpy() for sound in sounds])
        if self._model.device == "cpu":  # one by one is as fast there, in half the memory
            batch = _on_loan(np.concatenate([np.array(self._model.encode(_on_loan(mel[None]))) for mel in mels]))
        else:
            batch = self._model.encode(_on_loan(mels))
        return [Encoded(batch, len(sounds), row) for row in range(len(sounds))]

    def languages(self, encoded: Sequence[Encoded]) -> list[str]:
        return [max(likely, key=lambda code: likely[code], default="en") for likely in self._languages(encoded)]

    def _languages(self, encoded: Sequence[Encoded]) -> list[dict[str, float]]:
        """How likely each language is, for each window; nothing where the model knows but one."""
        if not self.is_multilingual:
            return [{} for _ in encoded]
        found = self._model.detect_language(_rows_of(encoded))
        return [{token.strip("<|>"): float(likely) for token, likely in row} for row in found]

    def greedy(self, encoded: Sequence[Encoded], language: str, prompt: str) -> list[Decoded]:
        results = self._generate(encoded, language, prompt, beam_size=1)
        return [
            self._decoded(result, language, languages)
            for result, languages in zip(results, self._languages(encoded), strict=True)
        ]

    def again(self, encoded: Encoded, language: str, prompt: str, attempt: Attempt) -> Decoded:
        """Decode one alone in another way; in place of a temperature, repetition is made the dearer the higher it is.

        CTranslate2 draws from a generator that cannot be set back, so what was drawn could not be had a second time.
        """
        penalty = 1 + attempt.temperature / 2
        (result,) = self._generate(
            [encoded], language, prompt, beam_size=attempt.beam or attempt.candidates, repetition_penalty=penalty
        )
        return self._decoded(result, language, {})

    def _generate(self, encoded: Sequence[Encoded], language: str, prompt: str, **how: Any) -> Any:
        first = first_tokens(self._tokenizer(language), prompt, _LONGEST_TEXT)
        return self._model.generate(
            _rows_of(encoded),
            [first] * len(encoded),
            return_scores=True,
            return_no_speech_prob=True,
            max_length=_LONGEST_TEXT,  # of which it gives half to new tokens, as Whisper does
            max_initial_timestamp_index=50,
            suppress_blank=True,
            suppress_tokens=[-1],
            **how,
        )

    def _decoded(self, result: Any, language: str, languages: Mapping[str, float]) -> Decoded:
        tokenizer = self._tokenizer(language)
        tokens = tuple(token for token in result.sequences_ids[0] if token != tokenizer.eot)
        sum_logprob = result.scores[0] * len(result.sequences_ids[0])
        return Decoded(
            tokens=tokens,
            text=tokenizer.decode([*tokens]).strip(),
            average_logprob=float(sum_logprob) / (len(tokens) + 1),
            no_speech=float(result.no_speech_prob),
            languages=languages,
        )

    def words(self, encoded: Encoded, language: str, segments: Sequence[Segment], frames: int) -> list[Word]:
        tokenizer = self._tokenizer(language)
        text = [token for segment in segments for token in segment.tokens]
        if not text:
            return []
        (aligned,) = self._model.align(_rows_of([encoded]), list(tokenizer.sot_sequence), [text], frames)
        path = np.array(aligned.alignments, np.int64).T
        return words_on(path, text, aligned.text_token_probs, tokenizer, segments)

    def _tokenizer(self, language: str) -> Tokenizer:
        languages = 100 if self._model.n_mels == 128 else 99  # large-v3 brought both
        return tokenizer_of(self.is_multilingual, languages, language)


def _rows_of(encoded: Sequence[Encoded]) -> Any:
    """The encoding of the windows as one batch: the very one they were encoded in where all of it is wanted."""
    import ctranslate2

    if [one.row for one in encoded] == list(range(encoded[0].rows)):
        return encoded[0].batch
    whole = np.array(encoded[0].batch.to_device(ctranslate2.Device.cpu))
    return _on_loan(whole[[one.row for one in encoded]])


def _on_loan(values: NDArray[Any]) -> Any:
    """An array as CTranslate2 takes it, without a copy."""
    import ctranslate2

    return ctranslate2.StorageView.from_array(np.ascontiguousarray(values))


def load(checkpoint: Path, device: str, precision: str) -> FasterWhisper:
    """Load a checkpoint in openai-whisper's format, converted beside it where it is not yet. Raises `ModelError`."""
    from transcription.recognizers.ctranslate2_model import convert, source_sha256

    folder = checkpoint.with_name(f"{checkpoint.stem}.ct2-{precision}")
    try:
        converted = convert(checkpoint, folder, precision)
        return FasterWhisper(converted, source_sha256(converted), device, precision)
    except RuntimeError as error:
        raise ModelError(
            f"The model '{checkpoint.stem}' could not be loaded by faster-whisper: {error}. "
            f'Remove the folder {folder.name} beside it, or set engine = "openai-whisper" in the study file.'
        ) from error
