"""Editing a transcript as a file: written from the newest version, and taken back as the next one."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from storage.edits.edit_file import edit_text, read_edit, shown_speaker
from storage.edits.edited_utterances import edited_utterances
from storage.errors import EditError
from storage.tables import Interview, VersionKind
from storage.transcripts.listing import versions_of
from storage.transcripts.saving import save_next_version
from storage.transcripts.transcript import InterviewTranscript

DRAFTS = "data/edits"  # in the study's folder: texts that are in an editor, or could not be taken back from one


@dataclass(frozen=True, slots=True)
class Taken:
    """An edited file that was taken: of which transcript, as which version (None where nothing was changed)."""

    transcript: InterviewTranscript
    number: int | None
    kind: VersionKind
    note: str


def edit_file(session: Session, transcript: InterviewTranscript) -> bytes:
    """The file in which a version is edited."""
    return edit_text(transcript, speakers_of(session, transcript)).encode()


def take_edit(session: Session, transcripts: Sequence[InterviewTranscript], data: bytes, *, actor: str) -> Taken:
    """Store what a person made of the newest version of one of the transcripts as its next version.

    A pseudonymised version stays one, anything else becomes a corrected one. Raises EditError, and nothing is stored,
    where the file cannot be taken as it is or was made from a version that is not the newest any more.
    """
    file = read_edit(data)
    transcript = next((each for each in transcripts if each.version_guid == file.version_guid), None)
    if transcript is None:
        raise EditError(_why_not(session, transcripts, file.version_guid))
    edited = edited_utterances(transcript, file, speakers_of(session, transcript))
    kind = kind_after(transcript.version_kind)
    if not edited.note:
        return Taken(transcript, None, kind, "")
    version = save_next_version(session, transcript, edited.utterances, kind=kind, actor=actor, note=edited.note)
    return Taken(transcript, version.number, kind, edited.note)


def kind_after(kind: str) -> VersionKind:
    """The kind of what a person makes of a version by hand."""
    return VersionKind.PSEUDONYMISED if kind == VersionKind.PSEUDONYMISED else VersionKind.CORRECTED


def speakers_of(session: Session, transcript: InterviewTranscript) -> tuple[str, ...]:
    """Who can have spoken in the interview, by code, and the voices in it that have no name yet."""
    interview = session.exec(select(Interview).where(Interview.guid == transcript.interview_guid)).one()
    present = [transcript.code, transcript.interviewer_code, *filter(None, [interview.attending_code])]
    voices = sorted({shown_speaker(each.speaker) for each in transcript.utterances if each.speaker})
    return tuple(dict.fromkeys((*present, *voices)))


def _why_not(session: Session, transcripts: Sequence[InterviewTranscript], guid: str) -> str:
    """Why a file is not one of the newest versions, and what to do."""
    for newest in transcripts:
        made = {version.guid: version for version in versions_of(session, newest.transcript_guid)}
        if guid in made:
            old, since, code = made[guid].number, made[newest.version_guid], newest.code
            return (
                f"The file was made from version {old} of {newest.label}, and {since.actor} has made version "
                f"{since.number} since. Nothing was overwritten, and the file stays as it is. See what was changed "
                f"with 'fieldcall transcripts diff {code} --from {old}', write the newest version with 'fieldcall "
                f"transcripts edit {code} --to FILE' and carry your changes over into it."
            )
    label = ", ".join(sorted({each.label for each in transcripts}))
    return f"The file was not made from a transcript of {label}. Name the participant whose transcript it is."
