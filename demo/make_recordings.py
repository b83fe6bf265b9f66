"""Makes the demo's recordings and the scripts that hold the truth about them.

``python -m demo.make_recordings`` writes ``demo/recordings/`` and ``demo/scripts/`` anew, always alike with
the same versions of espeak-ng and PyAV. Needs espeak-ng and the extra ``train``.
"""

import multiprocessing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt

from demo import dialogues
from demo.encoding import Encoding, write_media
from demo.model.espeak import SAMPLE_RATE
from demo.performance import Performance, Voice, perform
from demo.script import SPEAKERS, Script, write_script

FOLDER = Path(__file__).parent
_PHONE_RATE = 8_000
_PHONE_BAND_HZ = (300, 3400)
_NOISE_LEVEL = 0.06 * 10 ** (-40 / 20)  # 40 dB below the speech

_MU_LAW = Encoding("wav", "wav", "pcm_mulaw", _PHONE_RATE, "s16")
_AMR = Encoding("amr", "amr", "libopencore_amrnb", _PHONE_RATE, "s16", 12_200)
_M4A = Encoding("m4a", "ipod", "aac", SAMPLE_RATE, "fltp", 23_000)
_MP4 = Encoding("mp4", "mp4", "aac", SAMPLE_RATE, "fltp", 23_000, picture=True)
_OPUS = Encoding("ogg", "ogg", "libopus", SAMPLE_RATE, "flt", 8_000)


@dataclass(frozen=True)
class Recipe:
    """One recording: what is said, by whom, and how it is kept. `between_s` and `overlap` as in `perform`."""

    name: str
    dialogue: str
    voices: tuple[Voice, Voice]
    seed: int
    encoding: Encoding
    two_channels: bool = False
    between_s: tuple[float, float] = (0.5, 1.5)
    overlap: float = 0.0


RECIPES = (
    Recipe(
        "client_choir_two_channel_phone",
        dialogues.CLIENT_CHOIR,
        (Voice("en-gb+f1", 160, 42), Voice("en-gb-x-rp+f4", 164, 50)),
        777,
        _MU_LAW,
        two_channels=True,
        between_s=(0.3, 0.9),
        overlap=0.15,
    ),
    Recipe(
        "client_garden_phone",
        dialogues.CLIENT_GARDEN,
        (Voice("en-us+f4", 165, 40), Voice("en-us+m1", 166, 43)),
        138,
        _MU_LAW,
    ),
    Recipe(
        "client_kitchen_amr",
        dialogues.CLIENT_KITCHEN,
        (Voice("en-gb+m3", 165, 57), Voice("en-gb+f3", 170, 59)),
        630,
        _AMR,
    ),
    Recipe(
        "link_worker_m4a",
        dialogues.LINK_WORKER,
        (Voice("en-gb+f4", 160, 50), Voice("en-gb+m3", 160, 50)),
        8,
        _M4A,
    ),
    Recipe(
        "manager_video",
        dialogues.MANAGER,
        (Voice("en-gb+m8", 150, 53), Voice("en-gb-x-rp+f4", 167, 60)),
        103,
        _MP4,
    ),
    Recipe(
        "client_carer_opus",
        dialogues.CLIENT_CARER,
        (Voice("en-gb+m3", 167, 41), Voice("en-gb-x-rp+m8", 155, 47)),
        279,
        _OPUS,
    ),
)


def make(recipe: Recipe) -> str:
    """Write one recording and its script; returns a line about it."""
    performance = perform(recipe.dialogue, recipe.voices, recipe.seed, recipe.between_s, recipe.overlap)
    sound = _captured(performance, recipe)
    path = FOLDER / "recordings" / f"{recipe.name}.{recipe.encoding.suffix}"
    write_media(path, sound, recipe.encoding)
    duration_ms = round(sound.shape[1] * 1000 / recipe.encoding.rate)
    channels = SPEAKERS if recipe.two_channels else ()
    script = Script(path.name, duration_ms, channels, performance.turns)
    write_script(FOLDER / "scripts" / f"{recipe.name}.json", script)
    return f"{path.name}: {duration_ms / 1000:.1f} s, {path.stat().st_size / 1000:.0f} kB"


def through_telephone(sound: NDArray[np.floating]) -> NDArray[np.floating]:
    """Sound at 16 kHz, along the last axis, as a telephone line leaves it: 300 to 3400 Hz, at 8 kHz."""
    band = butter(4, _PHONE_BAND_HZ, "bandpass", fs=SAMPLE_RATE, output="sos")
    return np.asarray(resample_poly(sosfilt(band, sound), 1, SAMPLE_RATE // _PHONE_RATE, axis=-1))


def _captured(performance: Performance, recipe: Recipe) -> NDArray[np.float32]:
    """The tracks as a recorder hears them: one channel or two, line noise, telephone band."""
    sound = performance.tracks if recipe.two_channels else performance.tracks.sum(0, keepdims=True)
    noise = np.random.default_rng(recipe.seed).standard_normal(sound.shape) * _NOISE_LEVEL
    sound = sound + noise
    if recipe.encoding.rate == _PHONE_RATE:
        sound = through_telephone(sound)
    return np.clip(sound, -0.98, 0.98).astype(np.float32)


def main() -> None:
    """Make all recordings, each in a fresh process, because espeak-ng keeps state between sentences."""
    for folder in ("recordings", "scripts"):
        (FOLDER / folder).mkdir(exist_ok=True)
    with multiprocessing.get_context("spawn").Pool(2, maxtasksperchild=1) as pool:
        for line in pool.imap(make, RECIPES, chunksize=1):
            print(line)


if __name__ == "__main__":
    main()
