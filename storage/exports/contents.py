"""What a delivery tells: documents, people, interviews, read from the rows; and who is left out, and why."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, func, select

from storage.codes.codebook import read_codebook
from storage.errors import ExportError
from storage.exports.document import Document, month_of, percent
from storage.exports.identities import PROJECT
from storage.imports.coded_project import ProjectCode
from storage.interviews import code_of, current_consent, current_consents, label
from storage.study import Study
from storage.tables import (
    CLOSED_STATES,
    Binding,
    Change,
    Consent,
    Interview,
    Participant,
    Recording,
    State,
    VersionKind,
)
from storage.transcripts.reading import read_transcripts
from storage.transcripts.transcript import InterviewTranscript
from storage.transcripts.words import word_count

# an interview in one of these becomes 'delivered' by its delivery
READY_STATES = (State.TRANSCRIBED, State.CHECKED, State.PSEUDONYMISED)

LeftOut = tuple[str, str]  # code, and the reason, with the next step behind a semicolon
Remark = tuple[str, str]  # code or file, and what to know of it
HeldBack = Callable[[InterviewTranscript], str]  # why a transcript may not go out yet, or ''


@dataclass(frozen=True, slots=True)
class Person:
    """A participant as a case for coding, with what their newest consent allows."""

    code: str
    guid: str
    group: str
    quotation: bool = False
    archive: bool = False
    recontact: bool = False


@dataclass(frozen=True, slots=True)
class InterviewSummary:
    """One interview as the list of interviews shows it."""

    guid: str
    label: str
    code: str
    group: str
    mode: str
    interviewer: str
    starts_at: datetime
    state: str
    recordings: int
    length_ms: int
    words: int
    completeness: str  # of the least complete of its transcripts, or ''
    model: str
    remark: str


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording as a project file takes it: a file in the vault, inside the project or beside it.

    One that is kept back is referred to as if it lay beside the project, so that the text keeps its link in time.
    """

    path: Path | None  # None: it is kept back
    is_internal: bool


@dataclass(frozen=True)
class Contents:
    """All that goes out in one delivery.

    `sounds` has, by recording GUID, the recordings that are sound; `remarks` tell of things (a code, a file) that go
    out in another way than one would expect.
    """

    title: str
    zone: str
    guids: Mapping[str, str]
    documents: tuple[Document, ...]
    people: tuple[Person, ...]
    interviews: tuple[InterviewSummary, ...]
    left_out: tuple[LeftOut, ...]
    sounds: Mapping[str, Sound] = field(default_factory=dict)
    codebook: tuple[ProjectCode, ...] = ()
    remarks: tuple[Remark, ...] = ()

    @property
    def project_guid(self) -> str:
        return self.guids[PROJECT]

    @property
    def made_at(self) -> datetime:
        """When the newest text was made: the only date that a delivered file carries."""
        return max(document.transcript.made_at for document in self.documents)


def read_contents(
    session: Session,
    study: Study,
    guids: Mapping[str, str],
    codes: Collection[str] = (),
    held_back: HeldBack = lambda _: "",
) -> Contents:
    """What can be delivered of the participants named (codes or labels), or of all, but for what is held back."""
    wanted = sorted({code_of(code) for code in codes})
    names = {code.strip().upper() for code in codes}
    of_these = read_transcripts(session, study, wanted)
    transcripts = [t for t in of_these if not names or names & {t.code, t.label}]
    people = _people(session, wanted)
    reasons = {t.transcript_guid: reason_against(session, t.code, t.state) or held_back(t) for t in transcripts}
    documents = tuple(d for d in _documents(session, transcripts) if not reasons[d.transcript.transcript_guid])
    refused = {(t.code, reasons[t.transcript_guid]) for t in transcripts if reasons[t.transcript_guid]}
    missing = [(name, _why_none(session, name, of_these)) for name in names if not _names_one(name, transcripts)]
    return Contents(
        title=study.study.title,
        zone=study.study.zone,
        guids=guids,
        documents=documents,
        people=people,
        interviews=tuple(_summaries(session, study, wanted, documents)),
        left_out=tuple(sorted([*refused, *missing])),
        codebook=read_codebook(session),
    )


def _people(session: Session, codes: Sequence[str]) -> tuple[Person, ...]:
    """Participants by code, without those who have withdrawn."""
    query = select(Participant).order_by(col(Participant.code))
    if codes:
        query = query.where(col(Participant.code).in_(codes))
    consents = current_consents(session)
    people = ((p, consents.get(p.code)) for p in session.exec(query))
    return tuple(_person(p, consent) for p, consent in people if consent is None or consent.interview)


def _person(participant: Participant, consent: Consent | None) -> Person:
    """Whoever has not said anything yet has not allowed anything."""
    person = Person(participant.code, participant.guid, participant.group)
    if consent is None:
        return person
    return replace(person, quotation=consent.quotation, archive=consent.archive, recontact=consent.recontact)


def reason_against(session: Session, code: str, state: str) -> str:
    """Why the transcript of a participant's interview in this state must not go out, or ''."""
    if state in CLOSED_STATES:
        return f"its interview is {state}, so its transcript is not handed over"
    consent = current_consent(session, code)
    if consent is None or not (consent.interview and consent.recording):
        return "the newest consent does not allow a recording; record a new consent if that is wrong"
    return ""


def not_pseudonymised(transcript: InterviewTranscript) -> str:
    """Why the newest version of a transcript may not go out of a study that pseudonymises, or ''."""
    if transcript.version_kind != VersionKind.PSEUDONYMISED:
        return (
            f"its newest version ({transcript.version_number}, {transcript.version_kind}) is not pseudonymised; "
            f"'fieldcall transcripts pseudonymise {transcript.code}' does that"
        )
    if not transcript.approved_by:
        return (
            f"nobody has approved its pseudonymised version {transcript.version_number}; read it, then "
            f"'fieldcall transcripts approve {transcript.code}'"
        )
    return ""


def _names_one(name: str, transcripts: Iterable[InterviewTranscript]) -> bool:
    """Whether a name is the code or the label of one of these."""
    return any(name in (t.code, t.label) for t in transcripts)


def _why_none(session: Session, name: str, transcripts: Iterable[InterviewTranscript]) -> str:
    """Why a code or a label means no transcript; those of other labels may be there."""
    code = code_of(name)
    if session.get(Participant, code) is None:
        return "is not a participant of this study; 'fieldcall participants list' shows those there are"
    if labels := [t.label for t in transcripts if t.code == code]:
        return f"is no interview with a transcript; that of {code} is {' or '.join(labels)}"
    return "has no transcript yet; 'fieldcall recordings' shows how far its recording is"


def refuse_strangers(contents: Contents, unapproved: Collection[str]) -> None:
    """Raise ExportError for a code that was named to go out as it is, and of which there is nothing to hand over."""
    there = {document.transcript.code for document in contents.documents} | {code for code, _ in contents.left_out}
    if strangers := sorted(set(unapproved) - there):
        raise ExportError(
            f"{', '.join(strangers)} of --unapproved {'is' if len(strangers) == 1 else 'are'} not among those that are "
            "handed over, so nothing was written. 'fieldcall transcripts list' shows the codes there are."
        )


def _documents(session: Session, transcripts: Iterable[InterviewTranscript]) -> list[Document]:
    """Transcripts with names that differ: `_2` is added to the second recording of an interview."""
    checked_at = _checked_at(session)
    taken: dict[str, int] = {}
    documents = []
    for transcript in transcripts:
        name = _file_name(transcript)
        taken[name] = taken.get(name, 0) + 1
        number = f"_{taken[name]}" if taken[name] > 1 else ""
        checked = checked_at.get(transcript.interview_guid)
        is_checked = checked is not None and checked > transcript.made_at  # nobody checks what is not there yet
        documents.append(Document(transcript, name + number, is_checked))
    return documents


def _checked_at(session: Session) -> dict[str, datetime]:
    """When a person last checked the text that there was, by interview GUID."""
    query = (
        select(Interview.guid, func.max(Change.at))
        .join(Change, col(Change.interview_id) == Interview.id)
        .where(Change.state == State.CHECKED)
        .group_by(col(Interview.guid))
    )
    return dict(session.exec(query).all())


def _file_name(transcript: InterviewTranscript) -> str:
    """`C_031_06/20` as `C_031_2020-06`: safe as a file's name anywhere, and sorted by date."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", f"{transcript.code}_{month_of(transcript)}")


def _summaries(
    session: Session, study: Study, codes: Sequence[str], documents: Sequence[Document]
) -> Iterable[InterviewSummary]:
    query = (
        select(Interview, Participant.group)
        .join(Participant, col(Participant.code) == Interview.participant_code)
        .order_by(col(Interview.participant_code), col(Interview.starts_at), col(Interview.id))
    )
    if codes:
        query = query.where(col(Participant.code).in_(codes))
    spoken: dict[str, list[InterviewTranscript]] = {}
    for document in documents:
        spoken.setdefault(document.transcript.interview_guid, []).append(document.transcript)
    for interview, group in session.exec(query):
        recordings = session.exec(
            select(Recording)
            .join(Binding, col(Binding.recording_id) == Recording.id)
            .where(Binding.interview_id == interview.id)
            .order_by(col(Recording.id))
        ).all()
        transcripts = spoken.get(interview.guid, [])
        known = [t.completeness for t in transcripts if t.completeness is not None]
        yield InterviewSummary(
            guid=interview.guid,
            label=label(interview.participant_code, interview.starts_at, study.zone),
            code=interview.participant_code,
            group=group,
            mode=interview.mode,
            interviewer=interview.interviewer_code,
            starts_at=interview.starts_at,
            state=interview.state,
            recordings=len(recordings),
            length_ms=sum(recording.duration_ms for recording in recordings),
            words=sum(word_count(u.text) for t in transcripts for u in t.utterances),
            completeness=percent(min(known)) if known else "",
            model=", ".join(sorted({t.model for t in transcripts})),
            remark="; ".join(recording.remark for recording in recordings if recording.remark),
        )
