"""What a speaker step is: something that says who speaks when on a channel that holds everyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from transcription.plan import Progress
from transcription.recognizers.base import JSON
from transcription.speech import Span

DOUBTFUL = 0.3  # words with less margin are marked


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of one speaker, half-open.

    `speaker` counts from 0 in the order in which they first speak. `margin`, 0 .. 1, is how much nearer the voice is
    to that speaker's own than to the next one's: 0 where it might as well be the other, 1 where there is no doubt.
    Turns of one speaker may follow each other, so that a doubtful stretch has a margin of its own.
    """

    start_ms: int
    end_ms: int
    speaker: int
    margin: float


def in_order_of_appearance(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """The same turns, in order of time, with their speakers counted from 0 as they first speak."""
    numbers = {speaker: number for number, speaker in enumerate(dict.fromkeys(turn.speaker for turn in turns))}
    return tuple(replace(turn, speaker=numbers[turn.speaker]) for turn in turns)


def turns_to_json(turns: Sequence[Turn]) -> list[list[int | float]]:
    return [[turn.start_ms, turn.end_ms, turn.speaker, turn.margin] for turn in turns]


def turns_from_json(stored: Sequence[Any]) -> tuple[Turn, ...]:
    return tuple(Turn(*turn) for turn in stored)


class SpeakerStep(Protocol):
    """A way of telling voices apart, with its model loaded."""

    @property
    def name(self) -> str:
        """The step, as stored with a transcript."""

    @property
    def parameters(self) -> Mapping[str, JSON]:
        """Everything else on which the turns depend: models with their sums, options, versions."""

    def turns(
        self,
        path: Path,
        channel: int,
        speech: Sequence[Span],
        people: int | None = 2,
        progress: Progress | None = None,
    ) -> tuple[Turn, ...]:
        """Turns in order of time, none overlapping another, none outside `speech` (spans of that channel, in order).

        `people` is how many were booked, None where nobody knows. Raises the `AudioError` family.
        """
