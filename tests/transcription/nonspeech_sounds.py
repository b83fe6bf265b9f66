"""Sounds of a call in which nobody speaks, made from formulas: the same samples each time, at 16 kHz, peak 1."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
Sound = NDArray[np.float32]
Wave = NDArray[np.float64]
Maker = Callable[[float], Sound]

_KEYPAD = {
    key: (row, column)
    for row, keys in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for column, key in zip((1209, 1336, 1477, 1633), keys, strict=True)
}
_VOWELS = {  # formants of sung vowels in hertz: the first three decide which vowel is heard
    "ah": ((730, 80), (1090, 90), (2440, 120)),
    "oo": ((300, 60), (870, 80), (2240, 110)),
    "oh": ((570, 70), (840, 80), (2410, 110)),
}
_PROGRESSION = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))  # A minor, F, C, G as MIDI notes
_TUNE = (69, 72, 76, 74, 72, 69, 67, 64, 65, 69, 72, 71, 69, 67, 71, 74)


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE), np.float32)


def white_noise(seconds: float) -> Sound:
    return _peaked(_random(1).standard_normal(round(seconds * RATE)))


def pink_noise(seconds: float) -> Sound:
    return _peaked(_coloured(seconds, 0.5, 2))


def room_tone(seconds: float) -> Sound:
    """Air and traffic: noise that falls 6 dB an octave and swells and fades by 6 dB within seconds."""
    level = 10 ** (6 * _slow(seconds, 3) / 20)
    return _peaked(_coloured(seconds, 1.0, 4) * level)


def mains_hum(seconds: float, hertz: float = 50) -> Sound:
    """The hum of a bad cable: the mains with odd harmonics stronger than even ones, and its buzz at their top."""
    t = _times(seconds)
    harmonics = [(n, (1.0 if n % 2 else 0.4) / n) for n in range(1, 30)]
    return _peaked(_sum(level * np.sin(2 * np.pi * hertz * n * t + n) for n, level in harmonics))


def uk_ring_tone(seconds: float) -> Sound:
    return _cadence(seconds, (400, 450), (0.4, 0.2, 0.4, 2.0))


def us_ring_tone(seconds: float) -> Sound:
    return _cadence(seconds, (440, 480), (2.0, 4.0))


def european_ring_tone(seconds: float) -> Sound:
    return _cadence(seconds, (425,), (1.0, 4.0))


def uk_busy_tone(seconds: float) -> Sound:
    return _cadence(seconds, (400,), (0.375, 0.375))


def us_busy_tone(seconds: float) -> Sound:
    return _cadence(seconds, (480, 620), (0.5, 0.5))


def keypad(seconds: float) -> Sound:
    """Digits dialled in groups by a hand: tones of 80 to 300 ms, pauses of 60 ms to 1 s."""
    random, sound, at = _random(5), np.zeros(round(seconds * RATE)), 0.3
    while at < seconds - 0.4:
        row, column = _KEYPAD[str(random.choice(list("0123456789*#")))]
        length = random.uniform(0.08, 0.3)
        t = _times(length)
        _lay(sound, (np.sin(2 * np.pi * row * t) + np.sin(2 * np.pi * column * t)) * _edges(t, length, 0.005), at)
        at += length + (random.uniform(0.06, 0.25) if random.random() < 0.8 else random.uniform(0.4, 1.0))
    return _peaked(sound)


def melody(seconds: float) -> Sound:
    """Hold music: a tune with vibrato over broken chords, each note struck and dying away."""
    sound, beat = np.zeros(round(seconds * RATE)), 0.5
    for number in range(int(seconds / beat)):
        chord = _PROGRESSION[number // 4 % len(_PROGRESSION)]
        _lay(sound, 0.35 * _struck(chord[number % 3], 0.9, vibrato=0.0), number * beat)
        if number % 8 != 7:
            _lay(sound, _struck(_TUNE[number % len(_TUNE)], 0.8, vibrato=0.006), number * beat)
    return _peaked(sound)


def strings(seconds: float) -> Sound:
    """Hold music: slowly swelling chords of many bowed voices, each a little out of tune."""
    random, sound, bar = _random(6), np.zeros(round(seconds * RATE)), 2.5
    for number in range(int(seconds / bar) + 1):
        for note in _PROGRESSION[number % len(_PROGRESSION)]:
            for _ in range(4):
                detuned = note + random.normal(0, 0.06)
                _lay(sound, _sawtooth(detuned, bar + 0.4, random) * _swell(bar + 0.4, 0.5), number * bar)
    return _peaked(sound)


def drums(seconds: float) -> Sound:
    """Hold music: kick, snare and hi-hat at 110 beats a minute with a bass line."""
    random, sound, step = _random(7), np.zeros(round(seconds * RATE)), 60 / 110 / 2
    for number in range(int(seconds / step)):
        at = number * step
        _lay(sound, 0.25 * random.standard_normal(800) * np.exp(-np.arange(800) / 150), at)
        if number % 4 == 0:
            t = _times(0.25)
            _lay(sound, np.sin(2 * np.pi * (50 * t + 4 * (1 - np.exp(-t * 30)))) * np.exp(-t * 14), at)
            _lay(sound, 0.5 * _struck(_PROGRESSION[number // 16 % 4][0] - 24, 0.5, vibrato=0.0), at)
        if number % 4 == 2:
            noise = random.standard_normal(3200) * np.exp(-np.arange(3200) / 700)
            _lay(sound, 0.6 * noise, at)
    return _peaked(sound)


def choir(seconds: float) -> Sound:
    """Hold music at its worst: pads sung on vowels by voices with vibrato, as near to speech as music comes."""
    random, sound, bar = _random(8), np.zeros(round(seconds * RATE)), 2.0
    for number in range(int(seconds / bar) + 1):
        vowel = list(_VOWELS)[number % len(_VOWELS)]
        for note in _PROGRESSION[number % len(_PROGRESSION)]:
            for _ in range(3):
                _lay(sound, _sung(note - 6 + random.normal(0, 0.05), vowel, bar + 0.5, random), number * bar)
    return _peaked(sound)


def breathing(seconds: float) -> Sound:
    """Breath into the microphone: noise through a throat, in for 1.2 s, out for 1.6 s, with a rest."""
    noise = _shaped(_random(9).standard_normal(round(seconds * RATE)), ((500, 300), (1500, 500), (2600, 700)))
    phase = _times(seconds) % 4.0
    breath = np.where(phase < 1.2, np.sin(np.pi * phase / 1.2), 0.0) ** 2
    breath += 0.6 * np.where((phase > 1.5) & (phase < 3.1), np.sin(np.pi * (phase - 1.5) / 1.6), 0.0) ** 2
    return _peaked(noise * breath)


def typing(seconds: float) -> Sound:
    """Keys pressed and let go, in bursts: clicks of a few milliseconds with a dull body."""
    random, sound, at = _random(10), np.zeros(round(seconds * RATE)), 0.2
    while at < seconds - 0.3:
        for offset, loudness in ((0.0, 1.0), (random.uniform(0.06, 0.11), 0.5)):
            length = int(random.uniform(60, 200))
            click = random.standard_normal(length) * np.exp(-np.arange(length) / (length / 4))
            _lay(sound, loudness * random.uniform(0.4, 1.0) * click, at + offset)
        at += random.uniform(0.09, 0.25) if random.random() < 0.85 else random.uniform(0.5, 1.5)
    return _peaked(sound)


def music_on_hold(seconds: float) -> Sound:
    """What a switchboard plays: drums, strings and the tune together."""
    return _peaked(0.5 * melody(seconds) + 0.4 * strings(seconds) + 0.4 * drums(seconds))


SOUNDS: Mapping[str, Maker] = {
    "silence": silence,
    "white noise": white_noise,
    "pink noise": pink_noise,
    "room tone": room_tone,
    "mains hum": mains_hum,
    "UK ring tone": uk_ring_tone,
    "US ring tone": us_ring_tone,
    "European ring tone": european_ring_tone,
    "UK busy tone": uk_busy_tone,
    "US busy tone": us_busy_tone,
    "keypad": keypad,
    "melody": melody,
    "strings": strings,
    "drums": drums,
    "choir": choir,
    "hold music": music_on_hold,
    "breathing": breathing,
    "typing": typing,
}


def at_level(sound: Sound, decibels: float) -> Sound:
    """The sound with its peak at so many decibels below full scale, over a converter's last bit of noise."""
    return (sound * 10 ** (decibels / 20) + 1e-5 * _random(11).standard_normal(len(sound))).astype(np.float32)


def over_the_phone(sound: Sound) -> Sound:
    """Through a telephone line: 300 to 3,400 Hz, 8 kHz, 8 bits of mu-law; back at 16 kHz, even length."""
    even = sound[: len(sound) // 2 * 2].astype(np.float64)
    spectrum, hertz = np.fft.rfft(even), np.fft.rfftfreq(len(even), 1 / RATE)
    line = np.clip((hertz - 250) / 100, 0, 1) * np.clip((3_700 - hertz) / 300, 0, 1)
    narrow = np.fft.irfft(spectrum * line, len(even))[::2]
    coded = np.round(_mu_law(narrow) * 127) / 127
    wide = np.fft.rfft(_mu_law_back(coded))
    return (2 * np.fft.irfft(np.pad(wide, (0, len(even) // 2 + 1 - len(wide))), len(even))).astype(np.float32)


def _mu_law(sound: Wave) -> Wave:
    return np.sign(sound) * np.log1p(255 * np.minimum(np.abs(sound), 1)) / np.log(256)


def _mu_law_back(coded: Wave) -> Wave:
    return np.sign(coded) * np.expm1(np.abs(coded) * np.log(256)) / 255


def _random(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def _times(seconds: float) -> Wave:
    return np.arange(round(seconds * RATE)) / RATE


def _sum(waves: "Sequence[Wave] | object") -> Wave:
    return np.sum(np.stack(list(waves)), axis=0)  # type: ignore[call-overload]


def _peaked(sound: Wave | Sound) -> Sound:
    peak = float(np.abs(sound).max(initial=0.0))
    return (sound / peak if peak else sound).astype(np.float32)


def _lay(sound: Wave, part: Wave, at_s: float) -> None:
    first = round(at_s * RATE)
    fitting = part[: max(0, len(sound) - first)]
    sound[first : first + len(fitting)] += fitting


def _edges(t: Wave, length: float, ramp: float) -> Wave:
    return np.clip(np.minimum(t, length - t) / ramp, 0, 1)


def _swell(length: float, ramp: float) -> Wave:
    return _edges(_times(length), length, ramp)


def _cadence(seconds: float, tones: Sequence[float], on_off: Sequence[float]) -> Sound:
    """Tones switched on and off as a telephone exchange does, with ramps of 5 ms."""
    t = _times(seconds)
    phase, gate, at = t % sum(on_off), np.zeros(len(t)), 0.0
    for number, length in enumerate(on_off):
        if number % 2 == 0:
            inside = (phase >= at) & (phase < at + length)
            gate += np.where(inside, _edges(phase - at, length, 0.005), 0.0)
        at += length
    return _peaked(gate * np.sum([np.sin(2 * np.pi * hertz * t) for hertz in tones], axis=0))


def _coloured(seconds: float, slope: float, seed: int) -> Wave:
    """Noise whose amplitude falls with frequency to the power of `slope`, from 20 Hz."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(_random(seed).standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    return np.fft.irfft(spectrum * np.where(hertz < 20, 0.0, np.maximum(hertz, 20) ** -slope), count)


def _slow(seconds: float, seed: int) -> Wave:
    """A wandering line between -1 and 1 with a knot every 1.5 s."""
    knots = _random(seed).uniform(-1, 1, int(seconds / 1.5) + 3)
    return np.interp(_times(seconds), np.arange(len(knots)) * 1.5, knots)


def _hertz(note: float) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _struck(note: float, seconds: float, vibrato: float) -> Wave:
    t = _times(seconds)
    phase = 2 * np.pi * _hertz(note) * (t + vibrato / (2 * np.pi * 5.5) * np.sin(2 * np.pi * 5.5 * t))
    tone = np.sum([np.sin(n * phase) / n**1.5 * np.exp(-t * n) for n in range(1, 7)], axis=0)
    return np.asarray(tone * np.exp(-t * 2.5) * _edges(t, seconds, 0.01))


def _sawtooth(note: float, seconds: float, random: np.random.Generator) -> Wave:
    t, start, drift = _times(seconds), random.uniform(0, 1), random.uniform(4.5, 6)
    phase = 2 * np.pi * (_hertz(note) * (t + 0.004 / (2 * np.pi * drift) * np.sin(2 * np.pi * drift * t)) + start)
    return np.sum([np.sin(n * phase) / n**1.2 for n in range(1, 12)], axis=0)


def _sung(note: float, vowel: str, seconds: float, random: np.random.Generator) -> Wave:
    rate = random.uniform(5, 6)
    t = _times(seconds)
    phase = 2 * np.pi * _hertz(note) * (t + 0.01 / (2 * np.pi * rate) * np.sin(2 * np.pi * rate * t))
    phase += random.uniform(0, 2 * np.pi)
    buzz = np.sum([np.sin(n * phase) / n for n in range(1, int(4_000 / _hertz(note)))], axis=0)
    return _shaped(buzz, _VOWELS[vowel]) * _swell(seconds, 0.25)


def _shaped(sound: Wave, formants: Sequence[tuple[float, float]]) -> Wave:
    """The sound through resonances of (centre, width) in hertz."""
    spectrum, hertz = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / RATE)
    gain = np.sum([1 / (1 + ((hertz - centre) / width) ** 2) for centre, width in formants], axis=0)
    return np.fft.irfft(spectrum * gain, len(sound))
