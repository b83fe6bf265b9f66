"""How good a machine transcript is by its own account, read from the rows."""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby

from sqlmodel import Session, col, select

from flows.outcomes import Quality
from storage.tables import Transcript, Utterance, Version
from storage.transcripts.words import DISPUTED, SET_ASIDE, SPEAKER, UNCLEAR, StoredWord, words_of


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
    rows = session.exec(select(Utterance.words).where(Utterance.version_id == version.id)).all()
    spoken = [words_of(utterance) for utterance in rows]
    return Quality(
        completeness=version.completeness,
        unclear_ms=version.unclear_ms,
        unclear=sum(UNCLEAR in word.marks for words in spoken for word in words),
        disputed=_passages(spoken, {DISPUTED}),
        doubtful_speakers=_passages(spoken, {SPEAKER}),
        set_aside=_passages(spoken, SET_ASIDE),
    )


def _passages(spoken: Iterable[Sequence[StoredWord]], marks: Collection[str]) -> int:
    """Runs of words with one of these marks, each within an utterance."""
    return sum(
        is_marked
        for words in spoken
        for is_marked, _ in groupby(words, key=lambda word: not word.marks.isdisjoint(marks))
    )
