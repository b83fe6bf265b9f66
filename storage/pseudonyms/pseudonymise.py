"""A transcript without names: examined, decided on, logged, and stored as its next version.

One at a time in a study (a lock), so that pseudonyms are given once and the log tells of versions that there are.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import UUID, uuid5

from sqlmodel import Session, col, select

from storage.contacts import Contacts
from storage.database import Database
from storage.errors import PseudonymError
from storage.exports.contents import reason_against
from storage.files import locked
from storage.lengths import clock
from storage.pseudonyms.allotment import allot, give, read_allotted
from storage.pseudonyms.candidates import (
    Candidate,
    apart_from,
    candidates_of,
    logged_of,
    named_by_hand,
    replacements_of,
    taking_over,
    wanted_pseudonyms,
    without_kept,
)
from storage.pseudonyms.decisions import (
    Choices,
    Examined,
    added_for,
    certain_ones,
    choices_of,
    refuse_strangers,
    refuse_telling,
)
from storage.pseudonyms.finding.findings import NUMBERED, Kind
from storage.pseudonyms.finding.known import name_key
from storage.pseudonyms.finding.recognise import findings_in
from storage.pseudonyms.log import Logged, clear_unmade, instant, read_log, replayed, write_log
from storage.pseudonyms.review_file import Decided, ReviewRow
from storage.pseudonyms.rewriting import replaced, rewritten
from storage.pseudonyms.roster import RosterEntry, add_entry, coded_names, names_known, read_entries, roster_of
from storage.study import Study
from storage.tables import Interview, Transcript, Version, VersionKind
from storage.transcripts.passages import set_aside
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_next_version
from storage.transcripts.transcript import InterviewTranscript, Spoken

Progress = Callable[[int, int], None]
NOTE = "note"  # who 'speaks' in a version's notes


@dataclass(frozen=True, slots=True)
class Pseudonymised:
    """What came of a transcript: its new version, None where nothing was to be done, and what is left to decide."""

    label: str
    version_number: int | None
    replaced: int
    kept: int
    doubtful: tuple[ReviewRow, ...]


@contextmanager
def one_at_a_time(study: Study) -> Iterator[None]:
    """Hold the lock of pseudonymisation while transcripts are examined and versions stored."""
    contacts = study.place(study.storage.contacts)
    with locked(contacts.with_name(contacts.name + ".pseudonymising")):
        yield


def in_question(
    session: Session, study: Study, contacts: Contacts, codes: Sequence[str], decided: Iterable[Decided] = ()
) -> list[InterviewTranscript]:
    """The transcripts named; else all that are not pseudonymised yet and those that a review is about.

    Raises PseudonymError for one that is not there or may not be worked on.
    """
    transcripts = read_transcripts(session, study, codes)
    if missing := sorted(set(codes) - {transcript.code for transcript in transcripts}):
        raise PseudonymError(f"{missing[0]} has no transcript. 'fieldcall transcripts list' shows those there are.")
    reasons = {each.transcript_guid: reason_against(session, each.code, each.state) for each in transcripts}
    if codes and (refused := [each for each in transcripts if reasons[each.transcript_guid]]):
        raise PseudonymError(f"{refused[0].code}: {reasons[refused[0].transcript_guid]}.")
    reviewed = {row.version_guid for row in decided}
    return [
        each
        for each in transcripts
        if not reasons[each.transcript_guid]
        and (
            codes
            or each.version_kind != VersionKind.PSEUDONYMISED
            or {each.version_guid, _source(contacts, each)} & reviewed
        )
    ]


def examine(
    session: Session,
    study: Study,
    contacts: Contacts,
    transcripts: Sequence[InterviewTranscript],
    progress: Progress | None = None,
) -> tuple[Examined, ...]:
    """What is found in transcripts that nobody has decided on, each with its pseudonym, new ones given as needed."""
    entries = read_entries(contacts)
    examined = []
    for number, transcript in enumerate(transcripts):
        examined.append(_examined(session, study, contacts, transcript, entries))
        if progress:
            progress(number + 1, len(transcripts))
    return tuple(examined)


def review_rows(examined: Examined, candidates: Iterable[Candidate]) -> tuple[ReviewRow, ...]:
    """Candidates as a review shows them."""
    utterances = examined.transcript.utterances
    rows = []
    for candidate in candidates:
        place = candidate.place[0]
        spoken = utterances[place] if place < len(utterances) else None
        time, speaker = (clock(spoken.start_ms), spoken.speaker) if spoken else ("", NOTE)
        rows.append(ReviewRow(examined.transcript.label, examined.transcript.version_guid, time, speaker, candidate))
    return tuple(rows)


def apply_certain(
    database: Database, contacts: Contacts, examined: Examined, *, actor: str, at: datetime
) -> Pseudonymised:
    """Replace what is certain; the rest is left for a person."""
    doubtful = tuple(candidate for candidate in examined.candidates if not candidate.is_certain)
    done = _apply(database, contacts, examined, certain_ones(examined), actor, at)
    return replace(done, doubtful=review_rows(examined, doubtful))


def apply_review(
    database: Database,
    contacts: Contacts,
    examined: Sequence[Examined],
    decided: Sequence[Decided],
    *,
    actor: str,
    at: datetime,
) -> list[Pseudonymised]:
    """Do what a review says, all of it or nothing. Raises PseudonymError where it does not fit what is found."""
    refuse_strangers(examined, decided)
    refuse_telling(examined, decided, names_known(contacts))
    choices = [choices_of(each, decided) for each in examined]
    codes = coded_names(contacts)
    by_hand = [_by_hand(contacts, each, added_for(each, decided), codes) for each in examined]
    return [
        _apply(
            database,
            contacts,
            each,
            Choices(taking_over(choice.replace, hand), apart_from(choice.keep, hand)),
            actor,
            at,
        )
        for each, choice, hand in zip(examined, choices, by_hand, strict=True)
    ]


def _examined(
    session: Session,
    study: Study,
    contacts: Contacts,
    transcript: InterviewTranscript,
    entries: Iterable[RosterEntry],
) -> Examined:
    _refuse_named_speakers(transcript)
    texts = (*(spoken.text for spoken in transcript.utterances), *transcript.notes)
    roster = roster_of(session, study, transcript, contacts, entries)
    fixed = {kind.pseudonym for kind in Kind if kind not in NUMBERED}
    found = findings_in(texts, roster, fixed | set(read_allotted(contacts).values()))
    candidates = candidates_of(texts, found, allot(contacts, wanted_pseudonyms(found)))
    logged = read_log(contacts, transcript.version_guid)
    return Examined(transcript, texts, without_kept(candidates, logged), _source(contacts, transcript))


def _source(contacts: Contacts, transcript: InterviewTranscript) -> str:
    """GUID of the version that a transcript's newest one was made of by pseudonymisation, or ''."""
    return next((each.source_guid for each in read_log(contacts, transcript.version_guid)), "")


def _refuse_named_speakers(transcript: InterviewTranscript) -> None:
    """Raise PseudonymError for a speaker who may be called by name."""
    for spoken in transcript.utterances:
        code = spoken.speaker.replace("_", "")
        if spoken.speaker and not spoken.speaker.startswith("Speaker") and not (code.isalnum() and code.isupper()):
            raise PseudonymError(
                f"{transcript.label}: the speaker at {clock(spoken.start_ms)} is not a code. "
                "Correct that with 'fieldcall transcripts edit', then pseudonymise it."
            )


def _by_hand(
    contacts: Contacts, examined: Examined, rows: Iterable[Decided], codes: Mapping[str, str]
) -> tuple[Candidate, ...]:
    """What a person has added, wherever it stands; a name of a person or place goes onto the roster.

    The pseudonym that they gave it is its own from then on, unless another stands for it already. Who has a code is
    their code, which `codes` has by the keys of names.
    """
    found: list[Candidate] = []
    for row in rows:
        kind = Kind(row.kind)
        pseudonym = row.pseudonym or kind.pseudonym
        if kind == Kind.PERSON and (code := codes.get(name_key(row.original))):
            pseudonym = f"[{code}]"
        elif kind in NUMBERED:
            entry = add_entry(contacts, row.original, kind)
            if row.pseudonym and entry.meant not in read_allotted(contacts):
                give(contacts, entry.meant, row.pseudonym, is_used=False)
            pseudonym = row.pseudonym or allot(contacts, [(entry.meant, kind.pseudonym[1:-1])])[entry.meant]
        found = list(taking_over(found, named_by_hand(examined.texts, row.original, kind, pseudonym)))
    return tuple(found)


def _apply(
    database: Database, contacts: Contacts, examined: Examined, choices: Choices, actor: str, at: datetime
) -> Pseudonymised:
    transcript = examined.transcript
    is_done = transcript.version_kind == VersionKind.PSEUDONYMISED
    counts = (len(choices.replace), len(choices.keep))
    if is_done and not any(counts):
        return Pseudonymised(transcript.label, None, *counts, ())
    logged = logged_of(transcript.version_guid, choices.replace, choices.keep, actor, instant(at))
    utterances, notes = _without_names(examined, choices)
    made = (*(spoken.text for spoken in utterances), *notes)
    assert replayed(examined.texts, logged) == made, "the log makes the new text again"
    guid = _guid(transcript, logged)
    clear_unmade(contacts, transcript.code, _versions(database, transcript.code))
    write_log(contacts, guid, transcript.code, logged)
    with database.writing() as session:
        version = save_next_version(
            session,
            replace(transcript, notes=notes),
            utterances,
            kind=VersionKind.PSEUDONYMISED,
            actor=actor,
            note=_note(transcript, *counts),
            guid=guid,
        )
    return Pseudonymised(transcript.label, version.number, *counts, ())


def _without_names(examined: Examined, choices: Choices) -> tuple[tuple[Spoken, ...], tuple[str, ...]]:
    """The utterances and the notes with their pseudonyms."""
    found = replacements_of(choices.replace)
    utterances = examined.transcript.utterances
    spoken = tuple(rewritten(each, found.get(number, ())) for number, each in enumerate(utterances))
    notes = enumerate(examined.texts[len(utterances) :], start=len(utterances))
    return spoken, tuple(replaced(note, found.get(number, ())) for number, note in notes)


def _guid(transcript: InterviewTranscript, logged: Iterable[Logged]) -> str:
    """The GUID of the version that these decisions make, whenever they are carried out."""
    told = [{**asdict(each), "at": ""} for each in logged]
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return str(uuid5(UUID(transcript.version_guid), f"pseudonymised {digest}"))


def _versions(database: Database, code: str) -> list[str]:
    """GUIDs of all versions of a participant's transcripts."""
    query = (
        select(Version.guid)
        .join(Transcript, col(Transcript.id) == Version.transcript_id)
        .join(Interview, col(Interview.id) == Transcript.interview_id)
        .where(Interview.participant_code == code)
    )
    with database.reading() as session:
        return list(session.exec(query))


def _note(transcript: InterviewTranscript, replaced_count: int, kept: int) -> str:
    """What is said of the version where it is read, without a word of what was replaced."""
    names = "1 name or other detail was" if replaced_count == 1 else f"{replaced_count} names and other details were"
    note = f"{names} replaced by pseudonyms in brackets{f', {kept} kept as harmless' if kept else ''}."
    passages = len(set_aside(transcript.utterances))
    if passages:
        note += f" What was set aside ({passages} {'passage' if passages == 1 else 'passages'}) is not in this version."
    return note
