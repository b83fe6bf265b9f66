"""From voiceprints to people: which prints are of one voice.

Average linkage finds the people, whatever part of the talk each has: the few minutes of a quiet person are a cluster
of their own, which centres placed at random would miss. A few rounds of k-means then settle the middle of each.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

SAME_VOICE = 0.5  # similarity of two clusters, averaged over all pairs of their prints: above it they are one person

_FIRM_S = 1.0  # a print of less sound takes no part in finding the people
_MOST_PRINTS = 1000  # evenly taken; the time that linkage takes grows faster than their square
_PERSON_S, _PERSON_SHARE = 4.0, 0.02  # whoever has less than either is a cough, a ring tone, a voice from the street
_MOST_PEOPLE = 8  # where nobody knows how many there are
_OTHERS = 2  # clusters besides the people: music, for one, is less like them than they are like each other
_ROUNDS = 5


def centres_of(prints: NDArray[np.float32], seconds: NDArray[np.float32], people: int | None) -> NDArray[np.float32]:
    """(n, size) prints of length 1 and the seconds of sound in each -> (found, size): the middle of each voice.

    Not more than `people` are found, and fewer where the voices are no further apart than those of one person. Where
    `people` is None the voices alone decide. Each centre has length 1.
    """
    firm = np.flatnonzero(seconds >= min(_FIRM_S, float(seconds.max(initial=0.0))))
    firm = firm[:: max(1, -(-len(firm) // _MOST_PRINTS))]
    prints, seconds = prints[firm], seconds[firm]
    if not len(prints):
        return prints
    by_number = {len(clusters): clusters for clusters in _merges(prints, seconds)}
    possible = sorted((number for number in by_number if number <= (people or _MOST_PEOPLE)), reverse=True)
    found = next(number for number in possible if _most_similar(prints, by_number[number]) < SAME_VOICE)
    biggest = [by_number[number][:found] for number in range(found, found + _OTHERS + 1) if number in by_number]
    settled = [_settled(prints, clusters) for clusters in biggest if _most_similar(prints, clusters) < SAME_VOICE]
    return max(settled, key=lambda centres: float((prints @ centres.T).max(axis=1).mean()))


def _merges(prints: NDArray[np.float32], seconds: NDArray[np.float32]) -> Iterator[list[NDArray[np.intp]]]:
    """The clusters big enough for a person, the biggest first, at each step of average linkage.

    The average similarity of two clusters is the product of their means.
    """
    members = {place: np.array([place]) for place in range(len(prints))}
    means = prints.astype(np.float64)
    similar = means @ means.T
    np.fill_diagonal(similar, -np.inf)
    total_s = seconds.astype(np.float64)
    least_s = max(_PERSON_S, _PERSON_SHARE * float(total_s.sum()))
    while True:
        big = [place for place in members if total_s[place] >= least_s] or list(members)
        yield [members[place] for place in sorted(big, key=lambda place: (-total_s[place], place))]
        if len(members) == 1:
            return
        kept, gone = sorted(divmod(int(similar.argmax()), len(prints)))
        members[kept] = np.concatenate((members[kept], members.pop(gone)))
        means[kept] = prints[members[kept]].mean(axis=0)
        total_s[kept] += total_s[gone]
        similar[gone], similar[:, gone] = -np.inf, -np.inf
        alive = np.array([place for place in members if place != kept], np.intp)
        similar[kept, alive] = similar[alive, kept] = means[alive] @ means[kept]


def _most_similar(prints: NDArray[np.float32], clusters: list[NDArray[np.intp]]) -> float:
    """Average similarity of the two clusters that are most alike."""
    means = np.stack([prints[one].mean(axis=0) for one in clusters])
    similar = means @ means.T
    np.fill_diagonal(similar, -np.inf)
    return float(similar.max())


def _settled(prints: NDArray[np.float32], clusters: list[NDArray[np.intp]]) -> NDArray[np.float32]:
    """Middles of the clusters, each moved to the prints nearest to it until nothing changes."""
    centres = _middles([prints[one] for one in clusters])
    for _ in range(_ROUNDS):
        nearest = (prints @ centres.T).argmax(axis=1)
        if len(set(nearest.tolist())) < len(centres):
            break
        centres = _middles([prints[nearest == who] for who in range(len(centres))])
    return centres


def _middles(groups: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    means = np.stack([group.mean(axis=0) for group in groups])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)
