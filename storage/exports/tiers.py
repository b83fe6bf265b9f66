"""Utterances in tiers, as programs for annotation have them: nothing in a tier overlaps."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from storage.exports.turns import Line


@dataclass(frozen=True, slots=True)
class Span:
    """An utterance in a tier: half-open milliseconds, at least one of them, and its text."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Tier:
    """Spans by start that do not overlap, of one speaker; at least one."""

    name: str
    speaker: str
    spans: tuple[Span, ...]


def tiers_of(lines: Iterable[Line]) -> tuple[Tier, ...]:
    """A tier per speaker, in order of their first words; a second one, `C_031 (2)`, for what would overlap in it.

    Two voices may share a name where a speaker is not known. No time is changed for it.
    """
    speakers: dict[str, list[list[Span]]] = {}
    for line in sorted(lines, key=lambda line: (line.start_ms, line.end_ms)):
        span = Span(line.start_ms, max(line.end_ms, line.start_ms + 1), line.text)
        tiers = speakers.setdefault(line.speaker, [])
        fitting = next((tier for tier in tiers if tier[-1].end_ms <= span.start_ms), None)
        if fitting is None:
            tiers.append([span])
        else:
            fitting.append(span)
    names = _names(speakers)
    return tuple(
        Tier(next(names[speaker]), speaker, tuple(spans)) for speaker, tiers in speakers.items() for spans in tiers
    )


def _names(speakers: Collection[str]) -> dict[str, Iterator[str]]:
    """For each speaker names of tiers: their own first, then numbered ones that no speaker has."""

    def of(speaker: str) -> Iterator[str]:
        yield speaker
        yield from (name for number in count(2) if (name := f"{speaker} ({number})") not in speakers)

    return {speaker: of(speaker) for speaker in speakers}
