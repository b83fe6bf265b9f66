"""What happens to speech on its way into a recording: noise, telephone lines, other speeds and timbres."""

import random

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from demo.model.espeak import SAMPLE_RATE

Samples = NDArray[np.float32]
Rng = random.Random

SPEECH_LEVEL = 0.06  # root mean square of speech in all training windows
_NOISE_S = 120
_PAD = 1_600  # room, so that filters do not wrap round


def noise_bank(rng: np.random.Generator) -> list[Samples]:
    """Two minutes each of noise with four spectral slopes, and of mains hum; root mean square about 1."""
    n = _NOISE_S * SAMPLE_RATE
    frequency = np.maximum(np.fft.rfftfreq(n, 1 / SAMPLE_RATE), 20.0)
    bank: list[Samples] = []
    for slope in (0.0, -0.5, -1.0, 0.3):
        spectrum = scipy.fft.rfft(rng.standard_normal(n).astype(np.float32))
        noise = scipy.fft.irfft(spectrum * (frequency**slope).astype(np.float32), n)
        bank.append((noise / noise.std()).astype(np.float32))
    time = np.arange(n)
    waves = [np.sin(2 * np.pi * 50 * k * time / SAMPLE_RATE) / k for k in (1, 2, 3, 5)]
    hum = np.sum(waves, axis=0).astype(np.float32)
    bank.append(hum / hum.std() * 0.7 + bank[1] * 0.7)
    return bank


def add_noise(wave: Samples, bank: list[Samples], rng: Rng, silent: bool = False) -> Samples:
    """Mostly add noise, 15 to 50 dB below speech, or as loud as speech where there is none."""
    if rng.random() < 0.15:
        return wave
    snr = rng.uniform(0, 60) if silent else rng.uniform(15, 50)
    noise = rng.choice(bank)
    start = rng.randrange(len(noise) - len(wave))
    return wave + noise[start : start + len(wave)] * np.float32(SPEECH_LEVEL * 10 ** (-snr / 20))


def telephone(wave: Samples, rng: Rng) -> Samples:
    """A whole window, noise and pauses included, through one telephone line."""
    spectrum, frequency, size = _spectrum(wave)
    return _through_line(spectrum, frequency, size, rng)[: len(wave)].astype(np.float32)


def augment(speech: Samples, rng: Rng, phone: bool, strength: float) -> tuple[Samples, float]:
    """Speed (with pitch and formants), spectral tilt, perhaps a telephone line, gain. Returns the speed too."""
    speed = 1 + strength * rng.uniform(-0.1, 0.1) if rng.random() < 0.6 * strength else 1.0
    if speed != 1.0:
        points = np.arange(int(len(speech) / speed)) * speed
        speech = np.interp(points, np.arange(len(speech)), speech).astype(np.float32)
    if rng.random() < 0.6 or phone:
        n = len(speech)
        spectrum, frequency, size = _spectrum(speech)
        spectrum = spectrum * (np.maximum(frequency, 60.0) / 1000) ** rng.uniform(-0.35, 0.35)
        speech = _through_line(spectrum, frequency, size, rng) if phone else scipy.fft.irfft(spectrum, size)
        speech = speech[:n]
    level = np.sqrt((speech**2).mean()) + 1e-6
    gain = SPEECH_LEVEL / level * 10 ** (rng.uniform(-7, 5) / 20)
    return (speech * gain).astype(np.float32), speed


def mu_law(wave: Samples) -> Samples:
    """Quantise to the 8 bits of G.711's mu-law, the peak being full scale."""
    peak = np.abs(wave).max() + 1e-9
    code = np.sign(wave) * np.log1p(255 * np.abs(wave / peak)) / np.log(256)
    code = np.round(code * 127) / 127
    expanded = np.sign(code) * (256 ** np.abs(code) - 1) / 255 * peak
    return np.asarray(expanded, np.float32)


def _spectrum(wave: Samples) -> tuple[NDArray[np.complex64], Samples, int]:
    """Spectrum, its frequencies in Hz, and the even size of the transform."""
    size = scipy.fft.next_fast_len(len(wave) + _PAD)
    size += size % 2
    spectrum = scipy.fft.rfft(wave, size)
    return spectrum, np.arange(len(spectrum), dtype=np.float32) * (SAMPLE_RATE / size), size


def _through_line(spectrum: NDArray[np.complex64], frequency: Samples, size: int, rng: Rng) -> Samples:
    """Band from 200..400 to 3000..3700 Hz, 8 kHz, mostly mu-law; back at 16 kHz."""
    low, high = rng.uniform(200, 400), rng.uniform(3000, 3700)
    band = 1 / (1 + (low / np.maximum(frequency, 1.0)) ** 6) / (1 + (frequency / high) ** 12)
    quarter = size // 4 + 1
    narrow = scipy.fft.irfft((spectrum * band)[:quarter], size // 2)
    if rng.random() < 0.7:
        narrow = mu_law(narrow)
    wide = np.zeros(size // 2 + 1, np.complex64)
    wide[:quarter] = scipy.fft.rfft(narrow)[:quarter]
    return np.asarray(scipy.fft.irfft(wide, size))
