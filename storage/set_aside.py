"""What the machine wrote and set aside: passages to listen to, and bringing one of them back."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from storage.errors import StorageError
from storage.lengths import clock
from storage.tables import Version, VersionKind
from storage.transcripts import InterviewTranscript, Spoken, save_next_version
from storage.words import StoredWord, brought_back, text_of, words_of

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


def set_aside(utterances: Sequence[Spoken]) -> tuple[Passage, ...]:
    """All passages that are set aside, by start."""
    passages: list[Passage] = []
    for voice in {(spoken.channel, spoken.speaker) for spoken in utterances}:
        passages += _of_voice(voice, utterances)
    return tuple(sorted(passages, key=lambda passage: (passage.start_ms, passage.channel, passage.speaker)))


def find_passage(
    transcripts: Iterable[InterviewTranscript], at_ms: int, speaker: str = ""
) -> tuple[InterviewTranscript, Passage]:
    """The passage at a time, with its transcript; of two that share a second, the one that begins in it.

    Raises StorageError where there is none, or more than one.
    """
    found = [
        (transcript, passage)
        for transcript in transcripts
        for passage in set_aside(transcript.utterances)
        if passage.holds(at_ms) and speaker.casefold() in ("", passage.speaker.casefold())
    ]
    begun = [each for each in found if each[1].start_ms // 1000 == at_ms // 1000]
    if len(found) == 1 or len(begun) == 1:
        return (begun or found)[0]
    if not found:
        raise StorageError(
            f"Nothing was set aside at {clock(at_ms)}{f' of {speaker}' if speaker else ''}. "
            "'fieldcall transcripts show CODE --set-aside' lists what was."
        )
    speakers = ", ".join(sorted({passage.speaker or "a speaker without a name" for _, passage in found}))
    raise StorageError(
        f"{len(found)} passages were set aside at {clock(at_ms)} ({speakers}). "
        "Name the speaker with --speaker, or a time that lies in one of them only."
    )


def restore(session: Session, transcript: InterviewTranscript, passage: Passage, *, actor: str) -> Version:
    """Store a new version in which the passage is text again. Raises StorageError where that cannot be."""
    if transcript.version_kind == VersionKind.PSEUDONYMISED:
        raise StorageError(
            f"The newest version of {transcript.label} is pseudonymised, and words brought back may hold names. "
            "Write them into that version by hand."
        )
    note = f"The passage at {clock(passage.start_ms)} that was set aside ({passage.reason}) was brought back."
    utterances = with_passage(transcript.utterances, passage)
    return save_next_version(session, transcript, utterances, actor=actor, note=note)


def with_passage(utterances: Sequence[Spoken], passage: Passage) -> tuple[Spoken, ...]:
    """The utterances with the words of the passage shown. Raises StorageError in text that a person has rewritten."""
    places: dict[int, set[int]] = {}
    for number, place in passage.places:
        places.setdefault(number, set()).add(place)
    changed = list(utterances)
    for number, its_places in places.items():
        spoken = utterances[number]
        if spoken.text != text_of(spoken.words):
            raise StorageError(
                f"The text at {clock(spoken.start_ms)} was written by a person. Write the words into it by hand."
            )
        rows = [brought_back(row) if place in its_places else row for place, row in enumerate(spoken.words)]
        changed[number] = replace(spoken, words=rows, text=text_of(rows))
    return tuple(changed)


def _of_voice(voice: tuple[int, str], utterances: Sequence[Spoken]) -> Iterator[Passage]:
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
