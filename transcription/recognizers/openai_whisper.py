"""OpenAI's Whisper, through its own package: each window encoded once, decoded with its own checks, words timed.

What `whisper.transcribe` does for a file is done here for one window: the temperature ladder with the thresholds for
repetition, probability and silence, and going on from the last timestamp where a decode stopped before the end. The
encoding serves every temperature and the word times. Text of other windows is never a prompt, so a window gives
the same words whenever it is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from transcription.errors import ModelError
from transcription.models import known_models, load_checkpoint, sha256_of
from transcription.recognizers.base import JSON
from transcription.recognizers.word_times import Segment, timed_words
from transcription.transcript import Word

if TYPE_CHECKING:
    import torch
    from whisper import DecodingResult, Whisper
    from whisper.tokenizer import Tokenizer

_RATE = 16_000
_HOP = 160  # samples of a mel frame
_WINDOW_SAMPLES = 30 * _RATE
_TIMESTAMP_S = 0.02
_LEAST_SAMPLES = _RATE // 5  # less than this after the last timestamp holds no word
_LEAST_STEP_SAMPLES = _RATE  # a decode that stops earlier than this would be repeated for ever
_CANDIDATES = 5  # drawn at each temperature above zero, as Whisper's command line does
_SEED = 0


@dataclass(frozen=True, slots=True)
class Checks:
    """When a decode is not believed; the values are Whisper's own."""

    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    compression_ratio: float = 2.4  # more is a loop
    average_logprob: float = -1.0  # less is a guess
    no_speech: float = 0.6  # more, and a guess besides, is silence


class OpenAIWhisper:
    """A loaded Whisper model as a recognizer."""

    name = "openai-whisper"

    def __init__(
        self, model: Whisper, model_sha256: str, language: str | None, glossary: Sequence[str], checks: Checks
    ) -> None:
        self._model = model
        self.model_sha256 = model_sha256
        self._language = language
        self._checks = checks
        self._half = model.device.type == "cuda"
        self._tokenizer = _tokenizer_of(model, language)
        self._glossary = _that_fits(glossary, self._tokenizer, model.dims.n_text_ctx // 2 - 1)

    @cached_property
    def parameters(self) -> Mapping[str, JSON]:
        return {
            "language": self._language,
            "glossary": list(self._glossary),
            "temperatures": list(self._checks.temperatures),
            "compression_ratio": self._checks.compression_ratio,
            "average_logprob": self._checks.average_logprob,
            "no_speech": self._checks.no_speech,
            "precision": "float16" if self._half else "float32",
            "device": self._model.device.type,
            "openai-whisper": version("openai-whisper"),
            "torch": version("torch"),
        }

    def recognize(self, audio: NDArray[np.float32]) -> tuple[Word, ...]:
        words: list[Word] = []
        start = 0
        while len(audio) - start >= _LEAST_SAMPLES:
            found, heard = self._hear(audio[start : start + _WINDOW_SAMPLES])
            words += [_later(word, start * 1000 // _RATE) for word in found]
            start += heard
        return tuple(words)

    def _hear(self, audio: NDArray[np.float32]) -> tuple[list[Word], int]:
        """Words of one decode, and how many samples they account for: all, unless it stopped at a timestamp before."""
        import torch

        with torch.inference_mode():
            encoded = self._encode(audio)
            result = self._decode(encoded)
            if self._is_silence(result):
                return [], len(audio)
            segments, end_s = segments_of(result.tokens, self._tokenizer.timestamp_begin, len(audio) / _RATE)
            words = timed_words(self._model, self._tokenizer, encoded, segments, len(audio) // _HOP)
        return words, len(audio) if end_s is None else max(round(end_s * _RATE), _LEAST_STEP_SAMPLES)

    def _encode(self, audio: NDArray[np.float32]) -> torch.Tensor:
        """(frames, states) of up to 30 s of sound, filled up with silence as in Whisper's training."""
        import torch
        from whisper.audio import log_mel_spectrogram, pad_or_trim

        sound = pad_or_trim(torch.from_numpy(audio), _WINDOW_SAMPLES)
        mel = log_mel_spectrogram(sound, self._model.dims.n_mels, device=self._model.device)
        encoded: torch.Tensor = self._model.encoder((mel.half() if self._half else mel).unsqueeze(0))
        return encoded[0]

    def _decode(self, encoded: torch.Tensor) -> DecodingResult:
        """Decode with the glossary as prompt, and without it where the model recited it instead of listening."""
        if self._glossary:
            result = self._decode_with(encoded, prompt=", ".join(self._glossary))
            if not recites(result.text, self._glossary):
                return result
        return self._decode_with(encoded, prompt=None)

    def _decode_with(self, encoded: torch.Tensor, prompt: str | None) -> DecodingResult:
        """The first temperature's result that passes the checks, else the least bad of all."""
        import torch
        from whisper import DecodingOptions, decode

        results = []
        with torch.random.fork_rng(devices=[self._model.device] if self._half else []):
            torch.manual_seed(_SEED)
            for temperature in self._checks.temperatures:
                options = DecodingOptions(
                    language=self._language,
                    temperature=temperature,
                    best_of=_CANDIDATES if temperature > 0 else None,
                    prompt=prompt,
                    fp16=self._half,
                )
                result = decode(self._model, encoded, options)
                if self._passes(result) or self._is_silence(result):
                    return result
                results.append(result)
        return min(results, key=self._badness)

    def _passes(self, result: DecodingResult) -> bool:
        checks = self._checks
        return bool(
            result.compression_ratio <= checks.compression_ratio and result.avg_logprob >= checks.average_logprob
        )

    def _is_silence(self, result: DecodingResult) -> bool:
        checks = self._checks
        return bool(result.no_speech_prob > checks.no_speech and result.avg_logprob < checks.average_logprob)

    def _badness(self, result: DecodingResult) -> tuple[bool, float]:
        return result.compression_ratio > self._checks.compression_ratio, -result.avg_logprob


def segments_of(tokens: Sequence[int], timestamp_begin: int, duration_s: float) -> tuple[list[Segment], float | None]:
    """Segments of decoded tokens, and the time from which to listen again; None where nothing is left to hear.

    Whisper's rule: timestamps come in pairs between segments; what follows the last pair without a timestamp at its
    end is unfinished and is decoded again from there.
    """
    stamped = [token >= timestamp_begin for token in tokens]
    cuts = [at for at in range(1, len(tokens)) if stamped[at - 1] and stamped[at]]
    finished = stamped[-2:] == [False, True]
    if not cuts:
        return [_segment(tokens, timestamp_begin, duration_s)], None
    if finished:
        cuts.append(len(tokens))
    segments = [_segment(tokens[start:end], timestamp_begin, duration_s) for start, end in pairwise([0, *cuts])]
    return segments, None if finished else segments[-1].end_s


def _segment(tokens: Sequence[int], timestamp_begin: int, duration_s: float) -> Segment:
    times = [(token - timestamp_begin) * _TIMESTAMP_S for token in tokens if token >= timestamp_begin]
    start_s = times[0] if times else 0.0
    end_s = times[-1] if len(times) > 1 else duration_s
    return Segment(start_s, end_s, tuple(token for token in tokens if token < timestamp_begin))


def recites(text: str, glossary: Sequence[str]) -> bool:
    """Whether a text holds two terms of the glossary side by side in its order, as speech hardly ever does."""
    spoken = f" {_letters(text)} "
    return any(f" {_letters(first)} {_letters(second)} " in spoken for first, second in pairwise(glossary))


def _letters(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _tokenizer_of(model: Whisper, language: str | None) -> Tokenizer:
    import warnings

    from whisper.tokenizer import get_tokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # the package leaves closing its vocabulary file to chance
        tokenizer: Tokenizer = get_tokenizer(
            model.is_multilingual, num_languages=model.num_languages, language=language or "en", task="transcribe"
        )
    return tokenizer


def _that_fits(glossary: Sequence[str], tokenizer: Tokenizer, limit: int) -> tuple[str, ...]:
    """As many terms from the front as Whisper's prompt has room for; it would itself drop the first ones."""
    kept: list[str] = []
    for term in glossary:
        if len(tokenizer.encode(" " + ", ".join([*kept, term]))) > limit:
            break
        kept.append(term)
    return tuple(kept)


def _later(word: Word, by_ms: int) -> Word:
    return replace(word, start_ms=word.start_ms + by_ms, end_ms=word.end_ms + by_ms)


def load_recognizer(
    model: Path,
    *,
    language: str | None = "en",
    glossary: Sequence[str] = (),
    device: str | None = None,
    checks: Checks = Checks(),
) -> OpenAIWhisper:
    """Load a checkpoint in openai-whisper's format. `language` None: found anew in each window.

    Device: CUDA where there is one, else the CPU, unless named. Raises `ModelError`.
    """
    import whisper
    from whisper.tokenizer import LANGUAGES

    sha256 = sha256_of(model)
    loaded = load_checkpoint(model, device)
    if language is not None and language not in LANGUAGES:
        raise ModelError(f"Whisper knows no language '{language}'. Use a code such as 'en', 'de' or 'cy'.")
    if not loaded.is_multilingual and language not in (None, "en"):
        raise ModelError(
            f"The model '{model.stem}' knows English only, and the study's language is '{language}'. "
            "Use a model whose name does not end in '.en'."
        )
    known = [known.name for known in known_models() if known.sha256 == sha256]
    if known:
        loaded.set_alignment_heads(whisper._ALIGNMENT_HEADS[known[0]])
    return OpenAIWhisper(loaded, sha256, language, glossary, checks)
