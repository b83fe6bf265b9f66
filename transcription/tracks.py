"""Separate tracks: several files of one conversation, a person each, as conference programs leave them.

Each was begun at a moment of its own and written by a clock of its own. Where a track lies in another file that hears
the same voice (the mixed recording, or a neighbour's microphone), and how fast its clock runs against that file's, is
found by comparing envelopes: stretches of the track are looked up in the other file, and a line is laid through the
places where they are found. A line that few of them lie on is no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from transcription.audio import AudioReader
from transcription.channels import MOST_CHANNELS
from transcription.envelopes import FRAME_MS, Envelopes
from transcription.errors import TranscriptionError
from transcription.first_pass import hear
from transcription.speech import Span, SpeechOptions

Levels: TypeAlias = NDArray[np.float64]
Progress: TypeAlias = Callable[[int], None]
"""Called with the milliseconds that are behind."""

_SILENCE = 1e-9  # power per band, -90 dB: differences below it are no sound
_POOL = 20  # frames: whole files are compared at 200 ms, through which a clock that runs wrong for an hour still fits
_LEAST_COMMON = 0.2  # of a track's speech must lie inside the other file, wherever it is looked up
_STRETCH_FRAMES = 2_000  # 20 s
_LEAST_SPOKEN = 200  # frames in a stretch: 2 s of speech
_OWN_VOICE = 0.05  # 13 dB below the mean of a track's speech
_SEARCHED_FRAMES = 100  # 1 s to each side, and what a clock may have gained
_MOST_DRIFT = 500e-6  # cheap sound cards stay below 200 ppm
_LIKE = 0.3  # correlation below which a stretch has not been found
_NEAR_FRAMES = 1.5  # 15 ms from the line
_LEAST_PLACES = 3
_SURE = 0.5  # of the stretches must lie on the line
_SAME_LENGTH_MS = 500


class UnplacedTrack(TranscriptionError):
    """A track of which it cannot be known where it belongs."""


@dataclass(frozen=True, slots=True)
class Track:
    """A file heard once: the channel that holds it all, its envelopes, and the frames in which its person speaks."""

    path: Path
    channel: int
    duration_ms: int
    envelopes: Envelopes
    spoken: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a track lies: a moment t of it is at `offset_ms + t * (1 + drift_ppm / 1e6)` of the whole conversation.

    `found` says how that is known: the track was 'heard' in another file, or only the 'length' of the files agrees;
    'reference' is the track that the others are laid against. `confidence` is the part of the track's stretches that
    were found where this placement has them, 0 .. 1.
    """

    offset_ms: float
    drift_ppm: float
    confidence: float
    found: Literal["heard", "length", "reference"]


def listened(path: Path, progress: Progress = lambda _: None) -> Track:
    """Hear a track once. Raises the `AudioError` family, and `UnplacedTrack` where several people have channels."""
    heard = hear(AudioReader(path), SpeechOptions(), progress)
    if heard.layout.kind == "parties":
        raise UnplacedTrack(
            "One of the files holds several people on channels of their own, so it is no track of one person. "
            "Put it into the inbox as it is."
        )
    channel = heard.layout.channels[0]
    spoken = _spoken(heard.envelopes, channel, heard.speech[channel])
    return Track(path, channel, heard.duration_ms, heard.envelopes, spoken)


def _spoken(envelopes: Envelopes, channel: int, speech: Sequence[Span]) -> NDArray[np.bool_]:
    """The frames of speech that are as loud as the person of the track; others come in softer, from a loudspeaker."""
    spoken = np.zeros(envelopes.frames, np.bool_)
    for span in speech:
        spoken[span.start_ms // FRAME_MS : span.end_ms // FRAME_MS] = True
    loudness = np.concatenate([envelopes.power(channel, *piece).sum(axis=0) for piece in envelopes.pieces()])
    return np.asarray(spoken & (loudness > _OWN_VOICE * loudness[spoken].mean() if spoken.any() else spoken), np.bool_)


def placements(tracks: Sequence[Track], mix: Track | None = None) -> tuple[Placement, ...]:
    """Where each track lies, the earliest beginning at 0.

    They are looked up in the `mix` if there is one, else in each other. Where a microphone hears another person out of
    a loudspeaker only, that person's track comes late by what the line and the loudspeaker take, unless each hears the
    other. A track that is heard nowhere is placed by its length, if that is the length of what it belongs to. Raises
    `UnplacedTrack`.
    """
    if not 2 <= len(tracks) <= MOST_CHANNELS:
        raise UnplacedTrack(f"There are {len(tracks)} tracks; from 2 to {MOST_CHANNELS} can be joined.")
    known: dict[int, tuple[Track, Placement]] = {}
    if mix is not None:
        known[-1] = (mix, Placement(0.0, 0.0, 1.0, "reference"))
    else:
        known[0] = (tracks[0], Placement(0.0, 0.0, 1.0, "reference"))
    while new := _next_heard(tracks, known):
        number, placement = new
        known[number] = (tracks[number], placement)
    reference = mix or tracks[0]
    for number, track in enumerate(tracks):
        if number not in known:
            known[number] = (track, _by_length(number, track, reference))
    placed = [known[number][1] for number in range(len(tracks))]
    earliest_ms = min(placement.offset_ms for placement in placed)
    return tuple(replace(placement, offset_ms=placement.offset_ms - earliest_ms) for placement in placed)


def _next_heard(tracks: Sequence[Track], known: dict[int, tuple[Track, Placement]]) -> tuple[int, Placement] | None:
    """The first track that is not known yet and is heard in one that is, or hears one."""
    for number, track in enumerate(tracks):
        if number in known:
            continue
        for reference, placement in known.values():
            if found := _between(track, reference):
                return number, _through(found, placement)
    return None


def _between(track: Track, reference: Track) -> Placement | None:
    """Where a track lies in another. Found from both sides, the time a voice takes to get there cancels."""
    there = _heard_in(track, reference)
    back = _heard_in(reference, track)
    turned = back and _turned(back)
    if there and turned:
        return Placement(
            (there.offset_ms + turned.offset_ms) / 2,
            (there.drift_ppm + turned.drift_ppm) / 2,
            max(there.confidence, turned.confidence),
            "heard",
        )
    return there or turned


def _turned(placement: Placement) -> Placement:
    """Where the reference's track lies in the track, turned round."""
    rate = 1 + placement.drift_ppm / 1e6
    return replace(placement, offset_ms=-placement.offset_ms / rate, drift_ppm=(1 / rate - 1) * 1e6)


def _through(inner: Placement, outer: Placement) -> Placement:
    """A placement in a track that is itself placed."""
    rate = 1 + outer.drift_ppm / 1e6
    drift = rate * (1 + inner.drift_ppm / 1e6) - 1
    return replace(inner, offset_ms=outer.offset_ms + rate * inner.offset_ms, drift_ppm=drift * 1e6)


def _by_length(number: int, track: Track, reference: Track) -> Placement:
    apart_ms = abs(track.duration_ms - reference.duration_ms)
    if apart_ms <= _SAME_LENGTH_MS:
        return Placement(0.0, 0.0, 0.0, "length")
    raise UnplacedTrack(
        f"Nothing tells where track {number + 1} belongs: its voice is not heard in the other files, and it is "
        f"{apart_ms / 1000:.1f} s longer or shorter than they are. Give the mixed recording of the conversation as "
        "well (--mix), or cut the files so that they begin and end together."
    )


def _heard_in(track: Track, reference: Track) -> Placement | None:
    """Where a track's voice is heard in another file; None where that is not sure."""
    coarse = _coarsely(track, reference)
    if coarse is None:
        return None
    times, lags, stretches = [], [], 0
    for first, spoken in _stretches(track):
        stretches += 1
        found = _lag_of(track, reference, first, spoken, coarse)
        if found is not None:
            times.append(first + float(np.flatnonzero(spoken).mean()))
            lags.append(found)
    line = _line(np.array(times), np.array(lags))
    if line is None or line.places < max(_LEAST_PLACES, _SURE * stretches):
        return None
    return Placement(line.begin * FRAME_MS, line.slope * 1e6, line.places / stretches, "heard")


def _coarsely(track: Track, reference: Track) -> int | None:
    """Frames by which a track begins after another file, to within a second; the best place there is."""
    ours, theirs = (np.log(each.envelopes.pooled(_POOL)[each.channel] + _SILENCE) for each in (track, reference))
    pools = np.add.reduceat(track.spoken.astype(int), np.arange(0, len(track.spoken), _POOL))
    spoken = pools >= _POOL // 2
    if not spoken.any():
        return None
    inside = np.pad(np.ones(theirs.shape[1]), (len(spoken), len(spoken)))
    around = np.pad(theirs, ((0, 0), (len(spoken), len(spoken))))
    likeness = _likeness(ours, spoken, around, inside, _LEAST_COMMON * spoken.sum())
    return (int(np.argmax(likeness)) - len(spoken)) * _POOL


def _stretches(track: Track) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    """First frame of each stretch in which enough is said, and the frames of it in which it is."""
    spoken = np.pad(track.spoken, (0, -len(track.spoken) % _STRETCH_FRAMES))
    for number, here in enumerate(spoken.reshape(-1, _STRETCH_FRAMES)):
        if here.sum() >= _LEAST_SPOKEN:
            yield number * _STRETCH_FRAMES, here


def _lag_of(track: Track, reference: Track, first: int, spoken: NDArray[np.bool_], coarse: int) -> float | None:
    """Frames by which a stretch comes later in the other file than in the track; None where it is not found."""
    searched = _SEARCHED_FRAMES + round(_MOST_DRIFT * track.envelopes.frames)
    ours = _levels(track, first, first + len(spoken))
    begin = first + coarse - searched
    theirs = _levels(reference, begin, begin + len(spoken) + 2 * searched)
    inside = np.arange(begin, begin + theirs.shape[1])
    valid = ((inside >= 0) & (inside < reference.envelopes.frames)).astype(np.float64)
    likeness = _likeness(ours, spoken, theirs, valid, 0.9 * spoken.sum())
    best = int(np.argmax(likeness))
    if likeness[best] < _LIKE or not 0 < best < len(likeness) - 1:
        return None
    before, peak, after = likeness[best - 1 : best + 2]
    return coarse - searched + best + float((before - after) / (2 * (before - 2 * peak + after)))


def _levels(track: Track, first: int, last: int) -> Levels:
    """(bands, last - first): logarithms of power; silence where the file is not."""
    frames = track.envelopes.frames
    power = track.envelopes.power(track.channel, min(max(first, 0), frames), min(max(last, 0), frames))
    before = min(max(0, -first), last - first)
    padded = np.pad(power, ((0, 0), (before, last - first - before - power.shape[1])))
    return np.asarray(np.log(padded + _SILENCE), np.float64)


def _likeness(ours: Levels, spoken: NDArray[np.bool_], theirs: Levels, inside: Levels, least: float) -> Levels:
    """(lags,): correlation of our levels with theirs from each place on, over the frames that are spoken and inside.

    The mean over the bands, less where only a part lies inside, as chance is more likely there; -1 where fewer than
    `least` frames do. All places at once by Fourier transforms.
    """
    size = 1 << (theirs.shape[1] + ours.shape[1]).bit_length()
    lags = theirs.shape[1] - ours.shape[1] + 1
    mask = np.conj(np.fft.rfft(spoken.astype(np.float64), size))

    def moved(kernel: NDArray[np.complex128], values: Levels) -> Levels:
        return np.asarray(np.fft.irfft(kernel * np.fft.rfft(values, size), size)[:lags], np.float64)

    count = np.maximum(moved(mask, inside), 1.0)
    total = np.zeros(lags)
    for level, other in zip(ours, theirs, strict=True):
        level = np.where(spoken, level - level[spoken].mean(), 0.0)
        other = (other - other.mean()) * inside
        kernel = np.conj(np.fft.rfft(level, size))
        mean = moved(mask, other) / count
        spread = np.maximum(moved(mask, other**2) / count - mean**2, 1e-6)
        total += moved(kernel, other) / count / np.sqrt(spread * max(float((level**2).sum() / spoken.sum()), 1e-6))
    return np.where(count >= least, total / len(ours) * np.sqrt(count / spoken.sum()), -1.0)


@dataclass(frozen=True, slots=True)
class _Line:
    begin: float
    slope: float
    places: int


def _line(times: Levels, lags: Levels) -> _Line | None:
    """The line that most places lie near, drawn through each two of them, then fitted to all near it."""
    best = np.zeros(len(times), np.bool_)
    for one, other in combinations(_spread(len(times)), 2):
        slope = (lags[other] - lags[one]) / (times[other] - times[one])
        if abs(slope) <= _MOST_DRIFT:
            near = np.abs(lags - lags[one] - slope * (times - times[one])) <= _NEAR_FRAMES
            best = near if near.sum() > best.sum() else best
    if best.sum() < 2:
        return None
    slope, begin = np.polyfit(times[best], lags[best], 1)
    return _Line(float(begin), float(slope), int(best.sum()))


def _spread(places: int) -> list[int]:
    """At most 60 of the places, evenly: lines through each two of a few are enough to find the one of many."""
    return sorted(set(np.linspace(0, places - 1, min(places, 60)).round().astype(int).tolist())) if places else []
