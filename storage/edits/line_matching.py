"""Which utterances of a version became which of another, by what no edit changes: channel and time of start.

An utterance that was split begins where it began, and its other parts begin within its time. Words are never looked
for in another utterance: what was cut in one place and typed in another is not the same words again.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Protocol


class Timed(Protocol):
    """An utterance as stored or as it goes out: text, channel, times in milliseconds."""

    @property
    def text(self) -> str: ...
    @property
    def channel(self) -> int: ...
    @property
    def start_ms(self) -> int: ...
    @property
    def end_ms(self) -> int: ...


Matches = dict[int, tuple[int, ...]]


def matched(old: Sequence[Timed], new: Sequence[Timed]) -> Matches:
    """The numbers of the new utterances that came of each old one, by time; of one that is gone, none."""
    of = _paired(old, range(len(old)), new, range(len(new)), lambda each: (each.start_ms, each.channel, each.text))
    left_old = [number for number in range(len(old)) if number not in of]
    left_new = sorted(set(range(len(new))) - set(of.values()))
    changed = _paired(old, left_old, new, left_new, lambda each: (each.start_ms, each.channel))
    matches: Matches = {number: (other,) for number, other in (of | changed).items()}
    for other in sorted(set(left_new) - set(changed.values()), key=lambda number: new[number].start_ms):
        whole = _split_one(old, changed, new[other])
        if whole is not None:
            matches[whole] += (other,)
    return matches


def _paired(
    old: Sequence[Timed],
    old_numbers: Iterable[int],
    new: Sequence[Timed],
    new_numbers: Iterable[int],
    key: Callable[[Timed], Hashable],
) -> dict[int, int]:
    """Pairs with the same key. Where several share one, either side must have as many, or the old side one."""
    those, these = _by_key(old, old_numbers, key), _by_key(new, new_numbers, key)
    pairs: dict[int, int] = {}
    for its_key, numbers in those.items():
        others = these.get(its_key, [])
        if len(numbers) == len(others) or len(numbers) == 1:
            pairs.update(zip(numbers, others, strict=False))
    return pairs


def _by_key(
    lines: Sequence[Timed], numbers: Iterable[int], key: Callable[[Timed], Hashable]
) -> dict[Hashable, list[int]]:
    found: dict[Hashable, list[int]] = {}
    for number in numbers:
        found.setdefault(key(lines[number]), []).append(number)
    return found


def _split_one(old: Sequence[Timed], changed: Iterable[int], part: Timed) -> int | None:
    """The changed utterance within whose time a new one begins; of several, the last to begin."""
    around = [
        number
        for number in changed
        if old[number].channel == part.channel and old[number].start_ms <= part.start_ms <= old[number].end_ms
    ]
    return max(around, key=lambda number: (old[number].start_ms, number), default=None)
