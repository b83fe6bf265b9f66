"""Evaluates a model with the unmodified `whisper.transcribe`: error rates, times of words, and what silence gives.

``python -m demo.model.evaluate --model whisper-demo.pt`` synthesises the test recordings from held-out
sentences, so nothing has to be kept. About 32 minutes of speech: some minutes of work on one core.
"""

import argparse
import difflib
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from demo.make_recordings import through_telephone
from demo.measure import word_error_rates
from demo.model import grammar
from demo.model.corpus import is_held_out
from demo.model.espeak import SAMPLE_RATE, Espeak
from demo.model.sound import SPEECH_LEVEL, mu_law

_NOISE_DB = -35  # of the line, against speech
_SILENCE_S = 60


@dataclass(frozen=True)
class TestSet:
    """Conversations of pairs of voices, `minutes` each, over the telephone or not."""

    pairs: tuple[tuple[str, str], ...]
    minutes: float
    telephone: bool


SETS = {
    "seen": TestSet(
        (("en-gb+f3", "en-gb+m3"), ("en-us", "en-gb-scotland+f1"), ("en-gb-x-rp+m7", "en-us+f4")), 4, False
    ),
    "held-out voices": TestSet((("en-gb+f2", "en-us+m4"), ("en-us+m4", "en-gb+f2")), 4, False),
    "telephone": TestSet((("en-gb+f3", "en-gb+m3"), ("en-us", "en-gb-scotland+f1")), 4, True),
    "telephone, held-out voices": TestSet((("en-gb+f2", "en-us+m4"),), 4, True),
}


@dataclass(frozen=True)
class Conversation:
    """float32 sound at 16 kHz, what is said, and when each word begins in seconds."""

    sound: NDArray[np.float32]
    text: str
    word_starts: list[tuple[str, float]]


def converse(espeak: Espeak, pair: tuple[str, str], minutes: float, telephone: bool, seed: int) -> Conversation:
    """Two voices taking turns with sentences that training never saw."""
    rng = random.Random(seed)  # noqa: S311 (reproducible, not secret)
    settings = [(voice, rng.randint(135, 175), rng.randint(35, 65)) for voice in pair]
    parts: list[NDArray[np.float32]] = []
    texts: list[str] = []
    words: list[tuple[str, float]] = []
    clock = 0.0
    while clock < minutes * 60:
        speaker = settings[len(texts) // 2 % 2]
        parts.append(np.zeros(int(rng.uniform(0.3, 1.5) * SAMPLE_RATE), np.float32))
        clock += len(parts[-1]) / SAMPLE_RATE
        texts.append(_held_out_sentence(rng))
        speech = espeak.speak(texts[-1], *speaker)
        samples = speech.audio.astype(np.float32) / 32768
        parts.append((samples * (SPEECH_LEVEL / np.sqrt((samples**2).mean()))).astype(np.float32))
        words += [(_bare(word), clock + start) for word, start, _ in speech.words]
        clock += len(samples) / SAMPLE_RATE
    sound = np.concatenate([*parts, np.zeros(SAMPLE_RATE // 2, np.float32)])
    noise = np.random.default_rng(seed).standard_normal(len(sound)) * SPEECH_LEVEL * 10 ** (_NOISE_DB / 20)
    sound = (sound + noise).astype(np.float32)
    return Conversation(_over_telephone(sound) if telephone else sound, " ".join(texts), words)


def evaluate(model: Any, test: TestSet, **options: Any) -> dict[str, float]:
    """Error rate, speed and, with word times, how far off they are; `options` are those of `whisper.transcribe`."""
    import whisper

    references, hypotheses, offs = [], [], []
    seconds = spent = 0.0
    espeak = Espeak()
    for seed, pair in enumerate(test.pairs):
        conversation = converse(espeak, pair, test.minutes, test.telephone, seed)
        begun = time.perf_counter()
        result = whisper.transcribe(model, conversation.sound, language="en", fp16=False, **options)
        spent += time.perf_counter() - begun
        seconds += len(conversation.sound) / SAMPLE_RATE
        references.append(conversation.text)
        hypotheses.append(result["text"])
        offs += list(_starts_off(conversation, result["segments"]))
    measured = {"word_error_rate": word_error_rates(references, hypotheses), "times_real_time": seconds / spent}
    return measured | ({"word_start_off_s": float(np.mean(offs))} if offs else {})


def silences() -> Iterator[tuple[str, NDArray[np.float32]]]:
    """A minute each of sounds in which nobody speaks."""
    rng, n = np.random.default_rng(5), _SILENCE_S * SAMPLE_RATE
    frequency = np.maximum(np.fft.rfftfreq(n, 1 / SAMPLE_RATE), 20)
    pink = np.fft.irfft(np.fft.rfft(rng.standard_normal(n)) / np.sqrt(frequency), n)
    hum = np.sin(2 * np.pi * 50 * np.arange(n) / SAMPLE_RATE)
    sounds = {
        "silence": np.zeros(n),
        "faint white noise": rng.standard_normal(n) * 10**-2.5,
        "white noise": rng.standard_normal(n) * 10**-1.5,
        "pink noise": pink / pink.std() * 0.02,
        "mains hum": hum * 0.02,
    }
    yield from ((name, sound.astype(np.float32)) for name, sound in sounds.items())


def _held_out_sentence(rng: random.Random) -> str:
    while True:
        share = rng.random()
        if share < 0.1:
            text = rng.choice(grammar.SCRIPTED)
        else:
            text = grammar.grammar_sentence(rng) if share < 0.8 else grammar.mixed_sentence(rng)
        if is_held_out(text):
            return text


def _over_telephone(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(resample_poly(mu_law(through_telephone(sound)), 2, 1), np.float32)


def _starts_off(conversation: Conversation, segments: list[dict[str, Any]]) -> Iterator[float]:
    """For words that were heard rightly, by how much their start is off; nothing without word times."""
    heard = [(_bare(word["word"]), word["start"]) for segment in segments for word in segment.get("words", [])]
    said = conversation.word_starts
    matcher = difflib.SequenceMatcher(None, [word for word, _ in said], [word for word, _ in heard], autojunk=False)
    for a, b, count in matcher.get_matching_blocks():
        yield from (abs(heard[b + k][1] - said[a + k][1]) for k in range(count))


def _bare(word: str) -> str:
    return word.strip(" ,.?").lower()


def main() -> None:
    """Evaluate a model file from the command line."""
    import torch
    import whisper

    parser = argparse.ArgumentParser(description="Evaluate the demo model with whisper.transcribe.")
    parser.add_argument("--model", required=True, help="an unpacked checkpoint")
    torch.set_num_threads(2)
    model = whisper.load_model(parser.parse_args().model, device="cpu")
    for name, test in SETS.items():
        for options in ({}, {"word_timestamps": True}):
            measured = evaluate(model, test, condition_on_previous_text=False, **options)
            print(name, options or "", {key: round(value, 4) for key, value in measured.items()}, flush=True)
    for name, sound in silences():
        result = whisper.transcribe(model, sound, language="en", fp16=False, condition_on_previous_text=False)
        print(f"{name}: {result['text']!r}", flush=True)


if __name__ == "__main__":
    main()
