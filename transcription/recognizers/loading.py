"""A recognizer for a model file: which engine, on which device, in which precision."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from transcription.errors import ModelError
from transcription.models import sha256_of
from transcription.recognizers.hearing import CHECKS, Checks, Whisper

if TYPE_CHECKING:
    from transcription.recognizers.faster_whisper import FasterWhisper
    from transcription.recognizers.openai_whisper import OpenAIWhisper

EngineName = Literal["openai-whisper", "faster-whisper"]
EngineChoice = Literal["auto", "openai-whisper", "faster-whisper"]

_TRIAL_S = 30


def load_recognizer(
    model: Path,
    *,
    engine: EngineChoice = "openai-whisper",
    language: str | None = "en",
    glossary: Sequence[str] = (),
    device: str | None = None,
    precision: str | None = None,
    checks: Checks = CHECKS,
) -> Whisper[Any]:
    """Load a checkpoint in openai-whisper's format. `language` None: found anew in each window.

    Engine: 'auto' is the faster of those installed, timed once on this machine. Device: CUDA where there is one, else
    the CPU, unless named. Precision: float16 on a card; on a CPU 8-bit linear layers where that is faster, else
    float32, unless named. Raises `ModelError`.
    """
    from whisper.tokenizer import LANGUAGES

    if language is not None and language not in LANGUAGES:
        raise ModelError(f"Whisper knows no language '{language}'. Use a code such as 'en', 'de' or 'cy'.")
    chosen = faster_engine(model, device) if engine == "auto" else engine
    loaded = _load(chosen, model, device, precision)
    if not loaded.is_multilingual and language not in (None, "en"):
        raise ModelError(
            f"The model '{model.stem}' knows English only, and the study's language is '{language}'. "
            "Use a model whose name does not end in '.en'."
        )
    return Whisper(loaded, language, glossary, checks)


def _load(engine: EngineName, model: Path, device: str | None, precision: str | None) -> OpenAIWhisper | FasterWhisper:
    import torch

    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    precision = precision or ("float16" if device == "cuda" else _cpu_precision(model))
    if engine == "faster-whisper":
        if not is_installed("faster-whisper"):
            raise ModelError(
                "faster-whisper is not installed. Install it with `pip install 'fieldcall[faster]'`, "
                'or set engine = "openai-whisper" in the study file.'
            )
        from transcription.recognizers import faster_whisper

        return faster_whisper.load(model, device, precision)
    from transcription.recognizers import openai_whisper

    return openai_whisper.load(model, device, precision)


def _cpu_precision(model: Path) -> str:
    from transcription.models import width_of
    from transcription.recognizers import int8

    return "int8" if int8.pays(width_of(model)) else "float32"


def is_installed(engine: EngineName) -> bool:
    return engine == "openai-whisper" or find_spec("ctranslate2") is not None


def faster_engine(model: Path, device: str | None = None) -> EngineName:
    """The fastest engine installed for this model on this machine. Timed once; the answer is kept beside the model."""
    engines: list[EngineName] = [engine for engine in get_args(EngineName) if is_installed(engine)]
    if len(engines) == 1:
        return engines[0]
    record = model.with_name(f"{model.stem}.engines.json")
    machine = {
        "sha256": sha256_of(model),
        "machine": platform.processor() or platform.machine(),
        "cpus": os.cpu_count(),
        "device": device or "",
        "versions": {package: version(package) for package in ("torch", "ctranslate2")},
    }
    known = _read(record)
    if known.get("of") != machine:
        known = {"of": machine, "seconds": {engine: _trial(engine, model, device) for engine in engines}}
        part = record.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(known), encoding="utf-8")
        part.replace(record)
    seconds: Mapping[EngineName, float] = known["seconds"]
    return min(engines, key=lambda engine: seconds[engine])


def _trial(engine: EngineName, model: Path, device: str | None) -> float:
    """Seconds for a batch of noise, the model loaded and warm."""
    loaded = _load(engine, model, device, None)
    noise = np.random.default_rng(0).standard_normal(_TRIAL_S * 16_000).astype(np.float32) * 0.05
    seconds = []
    for _ in range(2):
        begun = time.monotonic()
        loaded.greedy(loaded.encode([noise] * loaded.at_once), "en", "")  # type: ignore[arg-type]
        seconds.append(time.monotonic() - begun)
    return min(seconds)


def _read(record: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found
