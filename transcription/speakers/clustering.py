"""From voiceprints to people: which prints are of one voice.

Average linkage finds the people, whatever part of the talk each has: the few minutes of a quiet person are a cluster
of their own, which centres placed at random would miss.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SAME_VOICE = 0.66  # mean similarity of the prints of one person among themselves; of two people it is lower

_FIRM_S = 1.0  # a print of less sound takes no part in finding the people
_MOST_PRINTS = 1000  # the firmest; the time that linkage takes grows faster than their square
_PERSON_S, _PERSON_SHARE = 4.0, 0.02  # whoever has less than both is a cough, a ring tone, a voice from the street


def centres_of(prints: NDArray[np.float32], seconds: NDArray[np.float32], people: int | None) -> NDArray[np.float32]:
    """(n, size) prints of length 1 and the seconds of sound in each -> (found, size): the middle of each voice.

    Not more than `people` are found, and fewer where the voices are no further apart than those of one person. Where
    `people` is None the voices alone decide. Each centre has length 1.
    """
    firm = np.flatnonzero(seconds >= min(_FIRM_S, float(seconds.max(initial=0.0))))
    firm = np.sort(firm[np.argsort(-seconds[firm], kind="stable")[:_MOST_PRINTS]])
    prints, seconds = prints[firm], seconds[firm]
    least_s = max(_PERSON_S, _PERSON_SHARE * float(seconds.sum()))
    clusters = _Clusters(prints, seconds)
    while len(clusters) > 1 and (
        clusters.similarity >= SAME_VOICE or (people is not None and clusters.bigger_than(least_s) > people)
    ):
        clusters.merge()
    return clusters.centres(least_s, people)


class _Clusters:
    """Groups of prints of which the two most similar are merged, one pair after the other.

    The mean similarity of two groups' prints is the product of the groups' means.
    """

    def __init__(self, prints: NDArray[np.float32], seconds: NDArray[np.float32]) -> None:
        self._means = prints.astype(np.float64)
        self._counts = np.ones(len(prints))
        self._seconds = seconds.astype(np.float64)
        self._similar = self._means @ self._means.T
        np.fill_diagonal(self._similar, -np.inf)

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def similarity(self) -> float:
        """Of the two most similar clusters."""
        return float(self._similar.max())

    def bigger_than(self, seconds: float) -> int:
        return int((self._seconds >= seconds).sum())

    def merge(self) -> None:
        """Make one of the two most similar, the first such pair."""
        kept, gone = sorted(divmod(int(self._similar.argmax()), len(self)))
        counts = self._counts[[kept, gone]]
        self._means[kept] = counts @ self._means[[kept, gone]] / counts.sum()
        self._counts[kept] = counts.sum()
        self._seconds[kept] += self._seconds[gone]
        rest = np.delete(np.arange(len(self)), gone)
        self._means, self._counts, self._seconds = self._means[rest], self._counts[rest], self._seconds[rest]
        self._similar = self._similar[np.ix_(rest, rest)]
        row = self._means @ self._means[kept]
        row[kept] = -np.inf
        self._similar[kept], self._similar[:, kept] = row, row

    def centres(self, least_s: float, most: int | None) -> NDArray[np.float32]:
        """Middles of the clusters with at least so many seconds, the biggest first; of the biggest where none has."""
        order = np.argsort(-self._seconds, kind="stable")
        big = order[self._seconds[order] >= least_s][:most] if self.bigger_than(least_s) else order[:1]
        means = self._means[big]
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)
