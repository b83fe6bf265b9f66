"""That a person stands for the newest version of a transcript."""

from sqlmodel import Session, col, select

from storage.errors import StorageError
from storage.interviews import record_change
from storage.tables import (
    Approval,
    Interview,
    State,
    Transcript,
    Version,
    VersionKind,
)
from storage.transcripts.reading import newest_version


def approve_transcript(
    session: Session, interview: Interview, *, actor: str, version: int | None = None
) -> list[Version]:
    """Note that a person stands for the newest version of each transcript, delivered before or not; returns those.

    Where `version` is given, that number must still be the newest, so that nobody stands for what they have not read.
    The interview is `checked` by it, or `pseudonymised` where that is what the newest versions are; deliver it again
    to say so. Raises StorageError when there is nothing to approve.
    """
    query = select(Transcript).where(Transcript.interview_id == interview.id).order_by(col(Transcript.id))
    newest = [newest_version(session, transcript) for transcript in session.exec(query)]
    waiting = [each for each in newest if session.get(Approval, each.id) is None]
    if not waiting:
        raise StorageError(
            f"{interview.participant_code} is {interview.state}, so there is no unchecked transcript to approve. "
            "'fieldcall transcripts list' shows those there are."
        )
    if version is not None and {each.number for each in waiting} != {version}:
        numbers = " and ".join(str(each.number) for each in waiting)
        raise StorageError(
            f"Of {interview.participant_code}, version {numbers} is to be approved, not {version}: "
            "somebody has changed the text since, or it is approved already. Read the newest, then approve that."
        )
    for each in waiting:
        assert each.id is not None, "rows that were read have an id"
        session.add(Approval(version_id=each.id, actor=actor))
    if all(each.kind == VersionKind.PSEUDONYMISED for each in newest):
        record_change(session, interview, State.PSEUDONYMISED, actor=actor, cause="its pseudonyms were approved")
    else:
        record_change(session, interview, State.CHECKED, actor=actor, cause="checked against the recording")
    return waiting
