"""Loudspeaker bleed: where a channel of a call holds nothing but another speaker, heard out of a loudspeaker.

A microphone beside a loudspeaker writes the other person down a second time, later, quieter and coloured by the room.
How much of one channel's power arrives in another, and how late, is learnt from the recording itself. Where a channel
is as loud as that lets expect, all of it is echo; where it is louder in any band, somebody speaks there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from transcription.envelopes import FRAME_MS, Envelopes, Power
from transcription.speech import Span
from transcription.transcript import Mark, Word

Frames = NDArray[np.bool_]

_TAPS = 40  # 400 ms: a lag of up to 200 ms, and a room that dies away
_LOUD = 100.0  # 20 dB above a channel's noise: frames that can tell anything
_AROUND = 31  # frames, 310 ms, about a word
_LEARNT_FROM = 20_000  # frames at most, evenly out of the whole recording
_ROUNDS = 40
_OWN = 4.0  # 6 dB above what is expected: a voice of the channel's own

_WINDOW_FRAMES = 1_000  # 10 s
_LEAST_WINDOWS = 3
_LEAST_FRAMES = 200  # of a window
_ALIKE = 0.5  # correlation. Echoes have 0.5 to 0.99, two people who talk at once at most 0.15
_ALIKE_WINDOWS = 0.15

# Evidence of an own voice is gathered from every band of every frame. It is weak where a channel is as loud as
# expected, so that doubt keeps the words, and a change between echo and own voice must be worth its price.
_EXCESS_DB = 3.0  # by so much an echo goes above its mean from one moment to the next
_DB_A_POINT = 2.0
_LEAST_POINTS, _MOST_POINTS = -0.05, 2.0
_CHANGE_POINTS = 5.0
_LONGEST_FRAMES = 3_000  # 30 s are judged at once
_NEAR_FRAMES = 1_000  # with the 10 s before and after telling how loud the loudspeaker is
_MOST_GAIN = 4.0  # 6 dB


@dataclass(frozen=True, slots=True)
class _Bleed:
    """What of a source arrives in a target: the part of its power in each band, after 0, 10, 20 ... ms."""

    source: int
    leading: Frames  # where the source is heard alone
    parts: Power  # (bands, taps)


def echoes(envelopes: Envelopes, speech: Sequence[Sequence[Span]]) -> tuple[tuple[Span, ...], ...]:
    """For each channel the stretches of its speech that are only echo of other channels, in order.

    `speech` holds the spans of each channel of the envelopes, none for a channel that is not transcribed. A recording
    without bleed gives none. What cannot be told for sure is no echo.
    """
    noise = [_noise(envelopes, channel) for channel in range(len(speech))]
    loud = [_loud(envelopes, channel, spans, noise[channel]) for channel, spans in enumerate(speech)]
    found = []
    for target, spans in enumerate(speech):
        bleeds = [
            bleed
            for source in range(len(speech))
            if source != target and spans and speech[source]
            for bleed in _bleed(envelopes, source, target, _leading(envelopes, source, target, loud), noise[target])
        ]
        found.append(tuple(_echo_spans(envelopes, target, bleeds, spans, noise[target])) if bleeds else ())
    return tuple(found)


def marked(words: Sequence[Word], spans: Sequence[Span]) -> tuple[Word, ...]:
    """The words, those that lie in the spans by their larger part marked as bleed; both in order of time."""
    return tuple(word.with_mark(Mark.BLEED) if _lies_in(word, spans) else word for word in words)


def _lies_in(word: Word, spans: Sequence[Span]) -> bool:
    shared = sum(max(0, min(word.end_ms, span.end_ms) - max(word.start_ms, span.start_ms)) for span in spans)
    return shared > (word.end_ms - word.start_ms) / 2


def _noise(envelopes: Envelopes, channel: int) -> Power:
    """(bands, 1): about the mean power of a channel where nobody speaks."""
    return envelopes.quantile(channel, 0.05)[:, None] * 3


def _loud(envelopes: Envelopes, channel: int, spans: Sequence[Span], noise: Power) -> Frames:
    """The frames in which somebody speaks well above the channel's noise."""
    loud = np.zeros(envelopes.frames, np.bool_)
    for first, last in _stretches(spans, envelopes.frames):
        loud[first:last] = envelopes.power(channel, first, last).sum(axis=0) > _LOUD * noise.sum()
    return loud


def _stretches(spans: Sequence[Span], frames: int) -> Iterator[tuple[int, int]]:
    """The spans as frames of the recording, none longer than is judged at once."""
    for span in spans:
        end = min(frames, -(-span.end_ms // FRAME_MS))
        for first in range(span.start_ms // FRAME_MS, end, _LONGEST_FRAMES):
            yield first, min(end, first + _LONGEST_FRAMES)


def _leading(envelopes: Envelopes, source: int, target: int, loud: Sequence[Frames]) -> Frames:
    """The loud frames of a source that are its own and no echo of the target: there it is the louder one.

    Each is compared with the loudness of its own speech, because one of two people may be recorded quietly.
    """
    usual = [_speech_power(envelopes, channel, loud[channel]) for channel in (source, target)]
    leading = loud[source].copy()
    for first, last in envelopes.pieces():
        ours, theirs = (
            _around(envelopes.power(channel, first, last).sum(axis=0)) / power
            for channel, power in zip((source, target), usual, strict=True)
        )
        leading[first:last] &= ours >= theirs
    return leading


def _speech_power(envelopes: Envelopes, channel: int, loud: Frames) -> float:
    total = 0.0
    for first, last in envelopes.pieces():
        total += float(envelopes.power(channel, first, last).sum(axis=0)[loud[first:last]].sum())
    return total / loud.sum() if loud.any() else 1.0


def _around(values: Power) -> Power:
    mean = np.convolve(values, np.full(_AROUND, 1 / _AROUND, np.float32))
    return np.asarray(mean[_AROUND // 2 :][: len(values)], np.float32)


def _bleed(envelopes: Envelopes, source: int, target: int, leading: Frames, noise: Power) -> list[_Bleed]:
    """What of a source arrives in a target, if anything, learnt from the frames in which the source leads."""
    every = max(1, -(-int(leading.sum()) // _LEARNT_FROM))
    chosen = np.flatnonzero(leading)[::every]
    if len(chosen) < _LEAST_WINDOWS * _LEAST_FRAMES // every:
        return []
    sent, heard = [], []
    for first, last in envelopes.pieces():
        here = chosen[np.searchsorted(chosen, first) : np.searchsorted(chosen, last)] - first
        sent.append(_delayed(envelopes, source, first, last)[:, :, here])
        heard.append(envelopes.power(target, first, last)[:, here])
    parts = _arriving(np.concatenate(sent, axis=2), np.concatenate(heard, axis=1), noise)
    bleed = _Bleed(source, leading, parts)
    return [bleed] if _is_echo(envelopes, bleed, target, noise) else []


def _delayed(envelopes: Envelopes, channel: int, first: int, last: int) -> Power:
    """(bands, taps, frames): a channel's power as it was 0, 10, 20 ... ms before."""
    power = envelopes.power(channel, first - _TAPS + 1, last)
    return np.lib.stride_tricks.sliding_window_view(power, _TAPS, axis=1)[:, :, ::-1].transpose(0, 2, 1)


def _arriving(sent: Power, heard: Power, noise: Power) -> Power:
    """(bands, taps): parts of the `sent` power that add up to the `heard` one, where nothing else is heard.

    Multiplicative updates that lessen the Itakura-Saito divergence, the likelihood of powers (Févotte, Bertin and
    Durrieu 2009). They begin below the echo and leave out what is much louder than it: somebody's own voice.
    """
    parts = np.repeat(np.quantile(heard / sent.sum(axis=1), 0.2, axis=1, keepdims=True), _TAPS, axis=1)
    for _ in range(_ROUNDS):
        expected = _sum(sent, parts) + noise
        told = _is_told(heard, expected)
        parts *= (sent @ (told * heard / expected**2)[:, :, None] / (sent @ (told / expected)[:, :, None]))[:, :, 0]
    return parts.astype(np.float32)


def _sum(sent: Power, parts: Power) -> Power:
    return np.asarray((parts[:, None, :] @ sent)[:, 0], np.float32)


def _is_told(heard: Power, expected: Power) -> Frames:
    """The frames in which what is heard can be an echo as expected, and no voice of its own is over it."""
    return np.asarray(heard.sum(axis=0) < _OWN * expected.sum(axis=0), np.bool_)


def _is_echo(envelopes: Envelopes, bleed: _Bleed, target: int, noise: Power) -> bool:
    """Whether the target rises and falls with what comes from the source, in enough of the recording."""
    alike = []
    for first in range(0, envelopes.frames, _WINDOW_FRAMES):
        here = bleed.leading[first : first + _WINDOW_FRAMES]
        if here.sum() >= _LEAST_FRAMES:
            heard = envelopes.power(target, first, first + len(here))
            expected = _expected(envelopes, bleed, first, first + len(here)) + noise
            alike.append(_likeness((heard + noise)[:, here], expected[:, here]) > _ALIKE)
    return len(alike) >= _LEAST_WINDOWS and sum(alike) >= _ALIKE_WINDOWS * len(alike)


def _likeness(heard: Power, expected: Power) -> float:
    """Mean correlation of the levels in the bands, where no other voice is over them; 0 where there is nearly none."""
    told = _is_told(heard, expected)
    if told.sum() < _LEAST_FRAMES / 2:
        return 0.0
    x, y = (np.log(power[:, told]) for power in (heard, expected))
    x, y = (level - level.mean(axis=1, keepdims=True) for level in (x, y))
    scale = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    return float(np.mean((x * y).sum(axis=1) / np.maximum(scale, 1e-9)))


def _expected(envelopes: Envelopes, bleed: _Bleed, first: int, last: int) -> Power:
    """(bands, frames): the power that comes from the source."""
    return _sum(_delayed(envelopes, bleed.source, first, last), bleed.parts)


def _echo_spans(
    envelopes: Envelopes, target: int, bleeds: Sequence[_Bleed], speech: Sequence[Span], noise: Power
) -> Iterator[Span]:
    for first, last in _stretches(speech, envelopes.frames):
        expected = noise.copy()
        for bleed in bleeds:
            gain = _gain(envelopes, bleed, target, first, last, noise)
            expected = expected + gain * _expected(envelopes, bleed, first, last)
        evidence = _evidence(envelopes.power(target, first, last), expected)
        for start, end in _runs(_is_own(evidence)):
            yield Span((first + start) * FRAME_MS, (first + end) * FRAME_MS)


def _gain(envelopes: Envelopes, bleed: _Bleed, target: int, first: int, last: int, noise: Power) -> float:
    """How much louder than usual the source arrives around a stretch: somebody moves, or turns the volume up.

    Never quieter: where both hear each other, frames that lead may hold the source's own echo, for which little comes.
    """
    first, last = max(0, first - _NEAR_FRAMES), min(envelopes.frames, last + _NEAR_FRAMES)
    here = bleed.leading[first:last]
    if here.sum() < _LEAST_FRAMES:
        return 1.0
    expected = (_expected(envelopes, bleed, first, last)[:, here] + noise).sum(axis=0)
    ratio = envelopes.power(target, first, last)[:, here].sum(axis=0) / expected
    alone = ratio[ratio < _OWN * np.median(ratio)]
    return float(np.clip(alone.mean(), 1.0, _MOST_GAIN))


def _evidence(heard: Power, expected: Power) -> NDArray[np.float64]:
    """(frames,): points for a voice of the channel's own, below 0 for an echo."""
    excess_db = 10 * np.log10(_smooth(heard) / _smooth(expected))
    points = np.clip((excess_db - _EXCESS_DB) / _DB_A_POINT, _LEAST_POINTS, _MOST_POINTS)
    return np.asarray(points.sum(axis=0), np.float64)


def _smooth(power: Power) -> Power:
    """Mean of each frame with the one before and the one after."""
    padded = np.pad(power, ((0, 0), (1, 1)), mode="edge")
    return np.asarray((padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / 3, np.float32)


def _is_own(evidence: NDArray[np.float64]) -> list[bool]:
    """For each frame whether it is an own voice: the course of most points, each change having its price (Viterbi)."""
    own, echo = 0.0, 0.0
    came_from_echo, came_from_own = [], []
    for points in evidence.tolist():
        came_from_echo.append(echo - _CHANGE_POINTS > own)
        came_from_own.append(own - _CHANGE_POINTS > echo)
        own, echo = max(own, echo - _CHANGE_POINTS) + points, max(echo, own - _CHANGE_POINTS)
    course, is_own = [], own >= echo
    for from_echo, from_own in zip(reversed(came_from_echo), reversed(came_from_own), strict=True):
        course.append(is_own)
        is_own = not from_echo if is_own else from_own
    return course[::-1]


def _runs(own: Sequence[bool]) -> list[tuple[int, int]]:
    """Half-open runs of frames that are no own voice."""
    edges = np.flatnonzero(np.diff(np.array(own, np.int8), prepend=1, append=1)).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))
