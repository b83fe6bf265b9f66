"""Going back to the text of an earlier version. It becomes the next one, for nothing that was stored is changed."""

from dataclasses import replace

from sqlmodel import Session

from storage.errors import StorageError
from storage.study import Study
from storage.tables import Version, VersionKind
from storage.transcripts.listing import versions_of
from storage.transcripts.reading import read_version
from storage.transcripts.saving import save_next_version
from storage.transcripts.transcript import InterviewTranscript


def revert(session: Session, study: Study, newest: InterviewTranscript, number: int, *, actor: str) -> Version:
    """Store the text of the version of a number as the next version of a transcript, its times and doubts with it.

    Raises StorageError where there is no such earlier version, and for a transcript that is pseudonymised: every later
    version of it may have taken out a name that an earlier one still holds.
    """
    earlier = {made.number: made for made in versions_of(session, newest.transcript_guid)}
    if number not in earlier or number == newest.version_number:
        there = f"has versions 1 to {newest.version_number}" if number not in earlier else "is at that version already"
        raise StorageError(f"{newest.label} {there}; 'fieldcall transcripts versions {newest.code}' lists them.")
    if newest.version_kind == VersionKind.PSEUDONYMISED:
        raise StorageError(
            f"Version {number} of {newest.label} may hold names that were taken out since, so it does not come back "
            f"as it is. Read it with 'fieldcall transcripts show {newest.code} --version {number}', and put what is "
            f"missing into the newest with 'fieldcall transcripts edit {newest.code}'."
        )
    old = read_version(session, study, earlier[number].guid)
    previous = replace(
        newest, utterances=old.utterances, completeness=old.completeness, unclear_ms=old.unclear_ms, notes=old.notes
    )
    note = f"The text is that of version {number} again."
    return save_next_version(session, previous, old.utterances, actor=actor, note=note)
