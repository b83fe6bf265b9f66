"""Which channels of a recording are to be transcribed: one voice on each of several, or everyone on one.

A channel in which nothing is heard but what others hold as well would double the text: a copy of another channel, a
second microphone in the same room, the mix that a recorder stores beside the single voices. It is left out. Copies are
known by their envelopes: whatever was done to a sound, its rise and fall in each band follows that of its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from transcription.envelopes import FRAME_MS, Envelopes, Power
from transcription.speech import Span

Kind = Literal["parties", "mono"]

MOST_CHANNELS = 8

_POOL = 32  # frames that are judged together, 320 ms: longer than an echo of a small room, shorter than a turn
_POOL_MS = _POOL * FRAME_MS
_ROUNDS = 100
_LEARNT_FROM = 10_000  # pools at most, evenly out of the whole recording
_FAR = 8.0  # 9 dB from what others hold: left out when learning how much of each arrives
_LOUD = 10.0  # times a channel's noise
_NEAR_SPEECH = 0.03  # 15 dB below a channel's speech: the softer ends of words differ between copies
_DIFFERS_DB = 3.0  # copies differ by less. Two people, each 3 dB louder on their own channel, differ by as much
_DIFFERS_PART = 0.2  # of the time
_OWN_DB = 8.0  # louder than all others together let expect: somebody's own voice
_OWN_POOLS = 2  # of it are enough to keep a channel: one "yes" in a whole conversation


@dataclass(frozen=True, slots=True)
class Layout:
    """The channels to transcribe. 'parties': each is a person's, two or more. 'mono': the one holds everyone."""

    kind: Kind
    channels: tuple[int, ...]


def at_most_eight(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Up to eight channels as they are; of more, neighbours mixed: pairs, and larger groups beyond sixteen."""
    channels = block.shape[0]
    if channels <= MOST_CHANNELS:
        return block
    size = -(-channels // MOST_CHANNELS)
    groups = [block[first : first + size].mean(axis=0, dtype=np.float32) for first in range(0, channels, size)]
    return np.stack(groups)


def layout_of(envelopes: Envelopes, speech: Sequence[Sequence[Span]]) -> Layout:
    """Decide from the envelopes and the speech (per channel) of a whole recording.

    A channel without speech is dead, whatever hums in it. Of the others the weakest that has nothing of its own is left
    out, until each that remains has.
    """
    power = envelopes.pooled(_POOL)
    loudness = power.sum(axis=1).mean(axis=1)
    speaking = [channel for channel, spans in enumerate(speech) if spans]
    if not speaking:
        return Layout("mono", (int(np.argmax(loudness)),))
    while copies := [channel for channel in speaking if not _has_own(power, speech, channel, speaking)]:
        speaking.remove(min(copies, key=lambda channel: (loudness[channel], -channel)))
    return Layout("parties" if len(speaking) > 1 else "mono", tuple(speaking))


def _has_own(power: Power, speech: Sequence[Sequence[Span]], channel: int, speaking: Sequence[int]) -> bool:
    """Whether a channel holds anything that the other speaking ones together do not."""
    others = [other for other in speaking if other != channel]
    if not others:
        return True
    spoken = np.logical_or.reduce([_spoken(speech[each], power.shape[2]) for each in speaking])
    noise = np.quantile(power, 0.05, axis=2, keepdims=True).astype(np.float32) * 2
    heard, noise_here = power[channel], noise[channel]
    expected = _expected(heard, np.maximum(power[others] - noise[others], 0), noise_here, spoken)
    least = max(
        _LOUD * noise_here.sum(), _NEAR_SPEECH * heard.sum(axis=0)[_spoken(speech[channel], heard.shape[1])].mean()
    )
    loud = spoken & (np.maximum(heard.sum(axis=0), expected.sum(axis=0)) > least)
    difference_db = _difference_db(heard, expected, noise_here)[loud]
    differing, own = np.abs(difference_db) > _DIFFERS_DB, difference_db > _OWN_DB
    return bool(differing.sum() > _DIFFERS_PART * len(differing) or own.sum() >= _OWN_POOLS)


def _spoken(spans: Sequence[Span], pools: int) -> NDArray[np.bool_]:
    spoken = np.zeros(pools, np.bool_)
    for span in spans:
        spoken[span.start_ms // _POOL_MS : -(-span.end_ms // _POOL_MS)] = True
    return spoken


def _expected(heard: Power, others: Power, noise: Power, spoken: NDArray[np.bool_]) -> Power:
    """(bands, pools): what arrives of the others, the part of each in each band learnt where anybody speaks.

    Multiplicative updates that lessen the Itakura-Saito divergence, the likelihood of powers (Févotte, Bertin and
    Durrieu 2009).
    """
    chosen = np.flatnonzero(spoken)
    chosen = chosen[:: -(-len(chosen) // _LEARNT_FROM)]
    y, x = heard[:, chosen], others[:, :, chosen]
    part = np.ones((len(x), 1, 1)) * np.median(y / (x.sum(axis=0) + noise), axis=1)[None, :, None]
    told = np.ones_like(y)
    for round_ in range(_ROUNDS):
        p = (part * x).sum(axis=0) + noise
        if round_ >= _ROUNDS // 5:
            told = np.abs(np.log(y / p)) < np.log(_FAR)
        part *= (told * y / p**2 * x).sum(axis=2, keepdims=True)
        part /= np.maximum((told / p * x).sum(axis=2, keepdims=True), 1e-30)
    return np.asarray((part * others).sum(axis=0) + noise, np.float32)


def _difference_db(heard: Power, expected: Power, noise: Power) -> NDArray[np.float64]:
    """(pools,): by how much more is heard than expected, the mean of the bands that rise above the noise."""
    risen = np.maximum(heard, expected) > 4 * noise
    return np.asarray((10 * np.log10(heard / expected) * risen).sum(axis=0) / np.maximum(1, risen.sum(axis=0)))
