"""What the machine wrote and set aside, as passages to listen to. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.transcripts.words import StoredWord, words_of

if TYPE_CHECKING:
    from storage.transcripts.transcript import Spoken

APART_MS = 2_000  # words of a voice that are further apart are passages of their own


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive words of a voice that were set aside for one reason; its span in milliseconds.

    `places` are its words: number of the utterance and of the word in it.
    """

    speaker: str
    channel: int
    start_ms: int
    end_ms: int
    reason: str
    text: str
    places: tuple[tuple[int, int], ...]

    def holds(self, at_ms: int) -> bool:
        """Whether it lies at a time, or is shown under it when seconds are rounded down."""
        return self.start_ms // 1000 * 1000 <= at_ms < max(self.end_ms, self.start_ms + 1)


@dataclass(frozen=True, slots=True)
class _Placed:
    word: StoredWord
    place: tuple[int, int]


def set_aside(utterances: "Sequence[Spoken]") -> tuple[Passage, ...]:
    """All passages that are set aside, by start."""
    passages: list[Passage] = []
    for voice in {(spoken.channel, spoken.speaker) for spoken in utterances}:
        passages += _of_voice(voice, utterances)
    return tuple(sorted(passages, key=lambda passage: (passage.start_ms, passage.channel, passage.speaker)))


def _of_voice(voice: tuple[int, str], utterances: "Sequence[Spoken]") -> Iterator[Passage]:
    run: list[_Placed] = []
    for number, spoken in enumerate(utterances):
        if (spoken.channel, spoken.speaker) != voice:
            continue
        for place, word in enumerate(words_of(spoken.words)):
            if run and not _goes_on(run[-1].word, word):
                yield _passage(voice, run)
                run = []
            if word.is_set_aside:
                run.append(_Placed(word, (number, place)))
    if run:
        yield _passage(voice, run)


def _goes_on(before: StoredWord, word: StoredWord) -> bool:
    return before.reason == word.reason and word.start_ms - before.end_ms <= APART_MS


def _passage(voice: tuple[int, str], run: Sequence[_Placed]) -> Passage:
    channel, speaker = voice
    return Passage(
        speaker=speaker,
        channel=channel,
        start_ms=run[0].word.start_ms,
        end_ms=max(placed.word.end_ms for placed in run),
        reason=run[0].word.reason,
        text=" ".join(placed.word.text for placed in run),
        places=tuple(placed.place for placed in run),
    )
