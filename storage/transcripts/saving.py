"""Storing a version of a transcript: version 1 is the machine's, each later one is made of the newest. None changes."""

from collections.abc import Sequence

from sqlmodel import Session, select

from storage.errors import StorageError
from storage.interviews import record_change
from storage.tables import (
    Binding,
    Interview,
    State,
    Transcript,
    Transcription,
    Utterance,
    Version,
    VersionKind,
    new_guid,
)
from storage.transcripts.reading import newest_version
from storage.transcripts.sizes import size_of
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.transcripts.words import UNCLEAR, shown_words


def save_machine_version(
    session: Session,
    transcription: Transcription,
    utterances: Sequence[Spoken],
    *,
    completeness: float | None = None,
    unclear_ms: int = 0,
    notes: Sequence[str] = (),
) -> Version:
    """Store version 1 of the transcript of the recording, and mark its interview transcribed.

    `completeness` is the share of the time with speech that has words (0 to 1), `unclear_ms` how much speech is
    marked as unclear, `notes` sentences on what else a reader should know, without what was set aside, which is told
    from the words themselves.

    Saving a second time for the same recording returns the version that is there. The database refuses
    a transcript without consent to record (IntegrityError).
    """
    existing = session.exec(select(Transcript).where(Transcript.recording_id == transcription.recording_id)).first()
    if existing:
        return session.exec(select(Version).where(Version.transcript_id == existing.id, Version.number == 1)).one()
    binding = session.exec(select(Binding).where(Binding.recording_id == transcription.recording_id)).one()
    transcript = Transcript(interview_id=binding.interview_id, recording_id=transcription.recording_id)
    session.add(transcript)
    session.flush()
    version = Version(
        transcript_id=_id(transcript),
        number=1,
        kind=VersionKind.MACHINE,
        transcription_id=transcription.id,
        actor=transcription.engine,
        completeness=completeness,
        unclear_ms=unclear_ms,
        notes=list(notes),
    )
    _add(session, version, utterances)
    interview = session.get_one(Interview, binding.interview_id)
    if interview.state in (State.RECORDED, State.HELD, State.BOOKED, State.NO_SHOW):
        record_change(session, interview, State.TRANSCRIBED, actor=transcription.engine, cause=transcription.model)
    return version


def save_next_version(
    session: Session,
    previous: InterviewTranscript,
    utterances: Sequence[Spoken],
    *,
    kind: VersionKind = VersionKind.CORRECTED,
    actor: str,
    note: str,
    guid: str = "",
) -> Version:
    """Store what was made of the newest version as the next one; the sentence `note` says what was done.

    A text that was checked before is no longer checked as a whole. `guid` is the version's where it was given one
    before it is stored. Raises StorageError where `previous` is not the newest version any more; of two who save at
    once, the second waits for the first and learns of it here.
    """
    query = select(Transcript).where(Transcript.guid == previous.transcript_guid)
    transcript = session.exec(query.with_for_update()).one()
    if newest_version(session, transcript).guid != previous.version_guid:
        raise StorageError(f"{previous.label} was changed by someone else meanwhile. Look at it again and repeat.")
    completeness, unclear_ms = _completeness(previous, utterances)
    version = Version(
        guid=guid or new_guid(),
        transcript_id=_id(transcript),
        number=previous.version_number + 1,
        kind=kind,
        actor=actor,
        completeness=completeness,
        unclear_ms=unclear_ms,
        notes=[*previous.notes, note],
    )
    _add(session, version, utterances)
    interview = session.get_one(Interview, transcript.interview_id)
    # names taken out of a checked text leave its words checked; anything else is to be checked anew
    state = State.CHECKED if kind == VersionKind.PSEUDONYMISED else State.TRANSCRIBED
    if interview.state in (State.CHECKED, State.PSEUDONYMISED) and interview.state != state:
        record_change(session, interview, state, actor=actor, cause=note)
    return version


def _completeness(previous: InterviewTranscript, utterances: Sequence[Spoken]) -> tuple[float | None, int]:
    """The share of the speech that has words and how much is unclear, now that a person may have filled some in.

    What a person took out counts as no speech; where no word is left there is nothing to have a share of.
    """
    before, after = _unclear_ms(previous.utterances), _unclear_ms(utterances)
    unclear_ms = max(previous.unclear_ms - before + after, 0)
    if any(spoken.text for spoken in previous.utterances) and not any(spoken.text for spoken in utterances):
        return None, unclear_ms
    if previous.completeness is None or unclear_ms == previous.unclear_ms or not previous.unclear_ms:
        return previous.completeness, unclear_ms
    return 1 - (1 - previous.completeness) * unclear_ms / previous.unclear_ms, unclear_ms


def _unclear_ms(utterances: Sequence[Spoken]) -> int:
    words = (word for spoken in utterances for word in shown_words(spoken.words))
    return sum(word.end_ms - word.start_ms for word in words if UNCLEAR in word.marks)


def _add(session: Session, version: Version, utterances: Sequence[Spoken]) -> None:
    session.add(version)
    session.flush()
    for number, spoken in enumerate(utterances):
        session.add(_utterance_row(_id(version), number, spoken))
    session.add(size_of(_id(version), utterances))
    session.flush()


def _utterance_row(version_id: int, number: int, spoken: Spoken) -> Utterance:
    return Utterance(
        version_id=version_id,
        number=number,
        speaker=spoken.speaker,
        channel=spoken.channel,
        start_ms=spoken.start_ms,
        end_ms=spoken.end_ms,
        text=spoken.text,
        words=spoken.words,
    )


def _id(row: Transcript | Version) -> int:
    assert row.id is not None, "flushed rows have an id"
    return row.id
