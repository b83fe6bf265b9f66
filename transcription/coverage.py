"""Speech without words: found by comparing what the detector heard with what the recognizer wrote.

Whisper at times passes over a whole sentence between two others. Where a window is divided at that place and its two
parts are heard one by one, it does not.
"""

from __future__ import annotations

from collections.abc import Sequence

from transcription.speech import Span
from transcription.transcript import Word
from transcription.windows import Window

LEAST_MS = 1_200  # padding and words that end slowly leave shorter stretches everywhere; a phrase is longer


def without_words(speech: Sequence[Span], words: Sequence[Word], least_ms: int = LEAST_MS) -> list[Span]:
    """Stretches of speech in which no word lies, in order. Both `speech` and `words` are in order of time."""
    stretches = []
    for span in speech:
        at_ms = span.start_ms
        for word in words:
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
