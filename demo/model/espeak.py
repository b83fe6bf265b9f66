"""Synthesised speech from libespeak-ng through ctypes, with the exact times of every word and phoneme.

espeak-ng reports where each word and phoneme begins, so labels and truth come for free. Interface:
espeak-ng's ``speak_lib.h``.
"""

import ctypes
import re
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

SAMPLE_RATE = 16_000

_SYNCHRONOUS, _PHONEME_EVENTS, _CHUNK_MS = 2, 1, 500
_WORD_EVENT, _PHONEME_EVENT = 1, 7
_RATE_PARAMETER, _PITCH_PARAMETER = 1, 3
_BY_CHARACTER, _UTF8 = 1, 1
_TAIL_S = 0.04  # kept after the last phoneme


class Span(NamedTuple):
    """A word or phoneme and its time in seconds from the start of the utterance."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Speech:
    """One spoken utterance: mono int16 samples at 16 kHz with its words and phonemes in order."""

    audio: NDArray[np.int16]
    words: list[Span]
    phones: list[Span]


class _EventId(ctypes.Union):
    _fields_: ClassVar[list[Any]] = [
        ("number", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("string", ctypes.c_char * 8),
    ]


class _Event(ctypes.Structure):
    _fields_: ClassVar[list[Any]] = [
        ("type", ctypes.c_int),
        ("uid", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("id", _EventId),
    ]


class Espeak:
    """The synthesiser; one per process, because the library keeps global state."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL("libespeak-ng.so.1")
        except OSError as error:
            raise RuntimeError("The speech synthesiser is missing. Install the package espeak-ng.") from error
        self._rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, _CHUNK_MS, None, _PHONEME_EVENTS)
        callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
        self._callback = callback(self._collect)  # kept: the library only borrows it
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: str, words_per_minute: int, pitch: int) -> Speech:
        """Say `text`; `voice` as in ``en-gb+f3``, `pitch` 0 to 99. ValueError where the voice is unknown."""
        self._chunks: list[NDArray[np.int16]] = []
        self._word_starts: dict[int, float] = {}
        self._phone_starts: list[tuple[str, float]] = []
        name = re.sub(r"^en-gb(?=\+|$)", "en", voice)  # the voice file of en-gb is called en
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice!r}.")
        self._library.espeak_SetParameter(_RATE_PARAMETER, words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH_PARAMETER, pitch, 0)
        raw = text.encode()
        self._library.espeak_Synth(raw, len(raw) + 1, 0, _BY_CHARACTER, 0, _UTF8, None, None)
        audio = np.concatenate(self._chunks).astype(np.float32)
        if self._rate == 22_050:
            audio = resample_poly(audio, 320, 441)
        phones, last = _phones(self._phone_starts, len(audio) / SAMPLE_RATE)
        audio = audio[: int((last + _TAIL_S) * SAMPLE_RATE)]
        words = _words(text, self._word_starts, phones, last)
        return Speech(np.clip(audio, -32768, 32767).astype(np.int16), words, phones)

    def _collect(self, samples: Any, count: int, events: Any) -> int:
        if samples and count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        position = 0
        while (event := events[position]).type:
            if event.type == _WORD_EVENT:
                self._word_starts.setdefault(event.text_position - 1, event.sample / self._rate)
            elif event.type == _PHONEME_EVENT:
                self._phone_starts.append((event.id.string.decode("latin1"), event.sample / self._rate))
            position += 1
        return 0


def _phones(starts: list[tuple[str, float]], duration_s: float) -> tuple[list[Span], float]:
    """Phonemes with their ends, and the end of the last that sounds; pauses are called ``sil``."""
    ends = [start for _, start in starts[1:]] + [duration_s]
    spans = [
        Span("sil" if not name or name.startswith("_") else name, start, end)
        for (name, start), end in zip(starts, ends, strict=True)
        if end > start
    ]
    last = max(span.end for span in spans if span.text != "sil")
    return [Span(s.text, s.start, min(s.end, last)) for s in spans if s.start < last], last


def _words(text: str, starts: dict[int, float], phones: list[Span], last: float) -> list[Span]:
    """Words with times. Words without an event of their own ("in the" is one entry of espeak-ng's
    dictionary) share the span of the word before."""
    tokens = [(match.group(), starts.get(match.start())) for match in re.finditer(r"\S+", text)]
    tokens[0] = (tokens[0][0], tokens[0][1] or 0.0)
    pauses = [phone.start for phone in phones if phone.text == "sil"]
    words: list[Span] = []
    first = 0
    while first < len(tokens):
        after = first + 1
        while after < len(tokens) and tokens[after][1] is None:
            after += 1
        start = tokens[first][1] or 0.0
        following = tokens[after][1] if after < len(tokens) else None
        end = min([last if following is None else following, *(p for p in pauses if p > start + 0.02)])
        words += _share([token for token, _ in tokens[first:after]], start, end, phones)
        first = after
    return words


def _share(tokens: list[str], start: float, end: float, phones: list[Span]) -> list[Span]:
    """Divide one span among several words: ``the`` begins at its sound, others by their length."""
    if len(tokens) == 2 and tokens[1] == "the":
        sounds = [p.start for p in phones if start < p.start < end and p.text.startswith("D")]
        cuts = [sounds[-1] if sounds else start + 0.6 * (end - start)]
    else:
        lengths = np.cumsum([len(token) + 1 for token in tokens]).tolist()
        cuts = [start + (end - start) * length / lengths[-1] for length in lengths[:-1]]
    edges = [start, *cuts, end]
    return [Span(token, edges[i], edges[i + 1]) for i, token in enumerate(tokens)]
