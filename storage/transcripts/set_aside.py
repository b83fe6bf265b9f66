"""Finding a passage that the machine wrote and set aside, and bringing it back."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlmodel import Session

from storage.errors import StorageError
from storage.lengths import clock
from storage.tables import Version, VersionKind
from storage.transcripts.passages import Passage, set_aside
from storage.transcripts.saving import save_next_version
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.transcripts.words import brought_back, text_of


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
