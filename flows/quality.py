"""How good a machine transcript is by its own account, read from the rows."""

from collections.abc import Iterable, Sequence, Set
from itertools import groupby
from typing import Any

from sqlmodel import Session, col, select

from flows.outcomes import Quality
from storage.tables import Transcript, Utterance, Version
from transcription.transcript import SET_ASIDE, Mark


def quality_of(session: Session, recording_id: int) -> Quality:
    """Of version 1 of a recording's transcript; nothing is known where there is none."""
    query = (
        select(Version)
        .join(Transcript, col(Transcript.id) == Version.transcript_id)
        .where(Transcript.recording_id == recording_id, Version.number == 1)
    )
    version = session.exec(query).one_or_none()
    if version is None:
        return Quality()
    spoken = session.exec(select(Utterance.words).where(Utterance.version_id == version.id)).all()
    return Quality(
        completeness=version.completeness,
        unclear_ms=version.unclear_ms,
        unclear=sum(_has(word, {Mark.UNCLEAR}) for words in spoken for word in words),
        disputed=_passages(spoken, {Mark.DISPUTED}),
        doubtful_speakers=_passages(spoken, {Mark.SPEAKER}),
        set_aside=_passages(spoken, SET_ASIDE),
    )


def _passages(spoken: Iterable[Sequence[Sequence[Any]]], marks: Set[Mark]) -> int:
    return sum(marked for words in spoken for marked, _ in groupby(words, key=lambda word: _has(word, marks)))


def _has(word: Sequence[Any], marks: Set[Mark]) -> bool:
    """Whether a stored word, `[text, start_ms, end_ms, probability, marks]`, has one of these marks."""
    return len(word) > 4 and not marks.isdisjoint(word[4])
