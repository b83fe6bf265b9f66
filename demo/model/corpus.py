"""The training corpus: synthesised utterances with the times of all their words and phonemes.

``python -m demo.model.corpus --out corpus --utterances 24000`` writes ``audio.npy`` (int16, 16 kHz, all
utterances one after the other) and ``index.json`` (where each lies, its words and phonemes).
"""

import argparse
import hashlib
import json
import multiprocessing
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demo.model import grammar
from demo.model.espeak import SAMPLE_RATE, Espeak, Speech
from demo.model.vocabulary import Piece, Vocabulary

ACCENTS = (
    *["en-gb"] * 4,
    *["en-us"] * 3,
    *["en-gb-x-rp"] * 2,
    *["en-gb-scotland"] * 2,
    *["en-gb-x-gbclan", "en-gb-x-gbcwmd"],
)
MAIN_VARIANTS = ("", "m1", "m2", "m3", "m5", "m6", "m7", "m8", "f1", "f3", "f4", "f5")
MORE_VARIANTS = (
    *("Alex", "Andy", "Annie", "Denis", "Diogo", "Gene", "Jacky", "Lee", "Marco", "Mario", "Michael", "Mike"),
    *("Alicia", "Andrea", "anika", "steph", "adam", "antonio", "edward", "linda", "shelby", "paul", "rob"),
    *("victor", "boris"),
)
HELD_OUT_VOICES = ("en-gb+f2", "en-us+m4")  # neither voice nor variant occurs in the training data
_CHUNK = 250  # utterances of one seed


def is_held_out(text: str) -> bool:
    """Whether a sentence is one of the tenth (by hash) that never occurs in the training data."""
    return hashlib.md5(text.encode(), usedforsecurity=False).digest()[0] < 26


def random_voice(rng: random.Random) -> str:
    """A voice of the training data, mostly one of the main variants."""
    variant = rng.choice(MAIN_VARIANTS if rng.random() < 0.7 else MORE_VARIANTS)
    return rng.choice(ACCENTS) + ("+" + variant if variant else "")


@dataclass(frozen=True)
class TimedWord:
    """A word as tokens, its number for the word loss, and its time in seconds."""

    pieces: list[Piece]
    number: int
    start: float
    end: float


@dataclass(frozen=True)
class Utterance:
    """Where an utterance lies in the corpus, and what is in it; phonemes are (number, start, end)."""

    position: int
    length: int
    words: list[TimedWord]
    phones: list[tuple[int, float, float]]


class Corpus:
    """A corpus read back from its folder; phoneme number 0 is silence."""

    def __init__(self, folder: Path, vocabulary: Vocabulary) -> None:
        self._audio: NDArray[np.int16] = np.load(folder / "audio.npy", mmap_mode="r")
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        names = sorted({name for item in index for name, _, _ in item["phones"]} - {"sil"})
        numbers = {"sil": 0} | {name: number for number, name in enumerate(names, 1)}
        self.n_phones = len(names)
        self.utterances = [_utterance(item, vocabulary, numbers) for item in index]

    def audio(self, utterance: Utterance) -> NDArray[np.float32]:
        """Its samples, full scale 1."""
        end = utterance.position + utterance.length
        return self._audio[utterance.position : end].astype(np.float32) / np.float32(32768)


def make_corpus(folder: Path, utterances: int, processes: int = 2, seed: int = 1000) -> float:
    """Synthesise a corpus; returns its length in hours. `utterances` counts in steps of 250."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = range(seed, seed + utterances // _CHUNK)
    # espeak-ng keeps state between sentences: a fresh process for each seed makes the corpus reproducible
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload([__name__])
    with server.Pool(processes, maxtasksperchild=1) as pool:
        spoken = [item for part in pool.map(_speak_many, seeds, chunksize=1) for item in part]
    np.save(folder / "audio.npy", np.concatenate([speech.audio for _, speech in spoken]))
    index, position = [], 0
    for text, speech in spoken:
        length = len(speech.audio)
        place = {"text": text, "position": position, "length": length}
        index.append({**place, "words": speech.words, "phones": speech.phones})
        position += length
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")
    return position / SAMPLE_RATE / 3600


def _speak_many(seed: int) -> list[tuple[str, Speech]]:
    rng, espeak = random.Random(seed), Espeak()  # noqa: S311 (reproducible, not secret)
    spoken: list[tuple[str, Speech]] = []
    while len(spoken) < _CHUNK:
        text = rng.choice(grammar.SCRIPTED) if rng.random() < 0.05 else grammar.sentence(rng)
        if not is_held_out(text):
            voice, pace, pitch = random_voice(rng), rng.randint(130, 180), rng.randint(30, 70)
            spoken.append((text, espeak.speak(text, voice, pace, pitch)))
    return spoken


def _utterance(item: dict[str, Any], vocabulary: Vocabulary, phone_numbers: dict[str, int]) -> Utterance:
    words = [
        TimedWord(vocabulary.pieces(word), vocabulary.word_number(word), start, end)
        for word, start, end in item["words"]
    ]
    phones = [(phone_numbers[name], start, end) for name, start, end in item["phones"]]
    return Utterance(item["position"], item["length"], words, phones)


def main() -> None:
    """Make a corpus from the command line."""
    parser = argparse.ArgumentParser(description="Synthesise the training corpus of the demo model.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--utterances", type=int, default=24_000)
    arguments = parser.parse_args()
    hours = make_corpus(arguments.out, arguments.utterances)
    print(f"{arguments.utterances} utterances, {hours:.1f} h")


if __name__ == "__main__":
    main()
