"""Speech without words: found by comparing what the detector heard with what the recognizer wrote.

Whisper at times passes over a whole sentence between two others. Where a window is divided at that place and its two
parts are heard one by one, it does not. What stays without words even so is written as unclear, with its times, and
counts against the completeness of the transcript.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from transcription.speech import Span
from transcription.transcript import Mark, Word
from transcription.windows import Window

LEAST_MS = 1_200  # padding and words that end slowly leave shorter stretches everywhere; a phrase is longer


def without_words(speech: Sequence[Span], words: Sequence[Word], least_ms: int = LEAST_MS) -> list[Span]:
    """Stretches of speech in which no word lies that is shown, in order. Both come in order of time."""
    shown = [word for word in words if not word.is_set_aside]
    stretches = []
    for span in speech:
        at_ms = span.start_ms
        for word in shown:
            if word.end_ms > at_ms and word.start_ms < span.end_ms:
                stretches.append(Span(at_ms, word.start_ms))
                at_ms = word.end_ms
        stretches.append(Span(at_ms, span.end_ms))
    return [stretch for stretch in stretches if stretch.length_ms >= least_ms]


def divided(window: Window, stretch: Span) -> tuple[Window, ...]:
    """The window cut where a stretch in it begins, or where it ends if it begins with the window.

    All of the window's speech is in the parts, once; where the stretch is the whole window there is one part.
    """
    cut_ms = stretch.start_ms if stretch.start_ms > window.start_ms else stretch.end_ms
    before = [Span(span.start_ms, min(span.end_ms, cut_ms)) for span in window.speech if span.start_ms < cut_ms]
    after = [Span(max(span.start_ms, cut_ms), span.end_ms) for span in window.speech if span.end_ms > cut_ms]
    return tuple(Window(window.channel, tuple(speech)) for speech in (before, after) if speech)


def unclear(words: Sequence[Word], speech: Sequence[Span]) -> tuple[Word, ...]:
    """The words with `[unclear 00:12:31-00:12:38]` in every stretch of speech that has none, in order of time."""
    marks = [
        Word(f"[unclear {clock(span.start_ms)}-{clock(span.end_ms)}]", span.start_ms, span.end_ms, 0.0, (Mark.UNCLEAR,))
        for span in without_words(speech, words)
    ]
    return tuple(sorted((*words, *marks), key=lambda word: word.start_ms)) if marks else tuple(words)


def clock(time_ms: int) -> str:
    """'00:12:31'"""
    seconds = time_ms // 1000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def unclear_ms(words: Iterable[Word]) -> int:
    """How much speech is marked as unclear."""
    return sum(word.end_ms - word.start_ms for word in words if Mark.UNCLEAR in word.marks)


def completeness(speech_ms: int, words: Iterable[Word]) -> float:
    """The part of the speech that has words, 0 to 1; 1 where there is no speech."""
    return 1.0 - unclear_ms(words) / speech_ms if speech_ms else 1.0
