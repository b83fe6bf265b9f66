"""From what a recognizer heard in a window to words that can be kept: placed, doubted, completed.

1. Words are put into times of the recording, each inside one span of speech.
2. Loops are set aside.
3. Speech that got no words is heard again, from where they are missing.
4. What the recognizer does not believe itself, or what looks invented, is heard again from a shifted start; where the
   two do not agree, the words are marked.
5. Speech that still has no words is written as what it is: unclear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from transcription.coverage import divided, unclear, without_words
from transcription.doubts import compared, looks_invented, set_aside
from transcription.recognizers.base import Heard, Recognizer
from transcription.speech import Span
from transcription.transcript import Word
from transcription.windows import Window

_SAMPLES_PER_MS = 16
_LONGEST_WORD_MS = 2_000
_DIVISIONS = 2  # times that a window may be divided again: to a quarter
_SHIFT_MS = 500
_LONGEST_MS = 30_000

Sound = NDArray[np.float32]


def listened(recognizer: Recognizer, window: Window, sound: Sound, heard: Heard) -> tuple[Word, ...]:
    """Words of a window in times of the recording. `heard` is what the recognizer made of it in its batch."""
    words = _completed(recognizer, window, sound, set_aside(settled(heard.words, window)), _DIVISIONS)
    if words and (not heard.is_sure or looks_invented(words, window.speech)):
        words = compared(words, _heard_shifted(recognizer, window, sound))
    return unclear(words, window.speech)


def _completed(
    recognizer: Recognizer, window: Window, sound: Sound, words: tuple[Word, ...], divisions: int
) -> tuple[Word, ...]:
    """The words, with those of the part that begins where they are missing heard anew, if that leaves less without any.

    Words that were set aside are kept in either case.
    """
    missed = without_words(window.speech, words)
    parts = divided(window, missed[0]) if missed else ()
    if len(parts) < 2 or not divisions:
        return words
    part, rest = parts if missed[0].start_ms == window.start_ms else parts[::-1]
    replaced = [word for word in words if part.start_ms < word.end_ms and word.start_ms < part.end_ms]
    kept = tuple(word for word in words if word not in replaced)
    part_sound = sound_of(part, window, sound)
    (heard,) = recognizer.recognize([part_sound])
    again = _completed(recognizer, part, part_sound, set_aside(settled(heard.words, part)), divisions - 1)
    others = _completed(recognizer, rest, sound_of(rest, window, sound), kept, divisions - 1)
    aside = (word for word in replaced if word.is_set_aside)
    completed = tuple(sorted((*aside, *again, *others), key=lambda word: word.start_ms))
    return completed if _length_ms(without_words(window.speech, completed)) < _length_ms(missed) else words


def _heard_shifted(recognizer: Recognizer, window: Window, sound: Sound) -> tuple[Word, ...]:
    """The words of the same speech when it begins half a second later; a full window is divided for that."""
    words: tuple[Word, ...] = ()
    for part in _halves(window) if window.length_ms + _SHIFT_MS > _LONGEST_MS else (window,):
        silence = np.zeros(_SHIFT_MS * _SAMPLES_PER_MS, np.float32)
        (heard,) = recognizer.recognize([np.concatenate((silence, sound_of(part, window, sound)))])
        words += settled([_earlier(word, _SHIFT_MS) for word in heard.words], part)
    return words


def _halves(window: Window) -> tuple[Window, ...]:
    """The window cut in the middle of its sound, between spans where there are several."""
    half_ms = window.length_ms // 2
    edges = window.offsets_ms()[1:-1]
    cut_ms = window.start_at(min(edges, key=lambda edge: abs(edge - half_ms)) if edges else half_ms)
    return divided(window, Span(cut_ms, window.end_ms))


def _earlier(word: Word, by_ms: int) -> Word:
    return replace(word, start_ms=max(0, word.start_ms - by_ms), end_ms=max(0, word.end_ms - by_ms))


def sound_of(part: Window, window: Window, sound: Sound) -> Sound:
    """The sound of a part of a window, out of the window's."""
    pieces = [np.zeros(0, np.float32)]
    for span in part.speech:
        for home, offset_ms in zip(window.speech, window.offsets_ms(), strict=False):
            first_ms, last_ms = max(span.start_ms, home.start_ms), min(span.end_ms, home.end_ms)
            if first_ms < last_ms:
                first, last = (offset_ms + time_ms - home.start_ms for time_ms in (first_ms, last_ms))
                pieces.append(sound[first * _SAMPLES_PER_MS : last * _SAMPLES_PER_MS])
    return np.concatenate(pieces)


def _length_ms(spans: Sequence[Span]) -> int:
    return sum(span.length_ms for span in spans)


def settled(words: Sequence[Word], window: Window) -> tuple[Word, ...]:
    """Words of a window's sound in times of the recording: in order, none over another, none longer than two seconds.

    A word that reaches over a cut belongs to the span that holds most of it, and ends with it.
    """
    offsets = window.offsets_ms()
    placed: list[Word] = []
    earliest_ms = window.start_ms
    for word in words:
        place = max(range(len(window.speech)), key=lambda number: _shared_ms(word, offsets[number : number + 2]))
        begins, ends = max(word.start_ms, offsets[place]), min(word.end_ms, offsets[place + 1])
        if begins > ends:  # outside of all sound, or without length
            begins = ends = min(max(word.start_ms, 0), offsets[-1])
            start_ms = end_ms = window.start_at(begins)
        else:
            start_ms, end_ms = (window.speech[place].start_ms + time_ms - offsets[place] for time_ms in (begins, ends))
        start_ms = min(max(start_ms, earliest_ms), window.end_ms)
        end_ms = min(max(end_ms, start_ms), start_ms + _LONGEST_WORD_MS, window.end_ms)
        placed.append(replace(word, start_ms=start_ms, end_ms=end_ms))
        earliest_ms = end_ms
    return tuple(placed)


def _shared_ms(word: Word, edges: Sequence[int]) -> int:
    return min(word.end_ms, edges[1]) - max(word.start_ms, edges[0])
