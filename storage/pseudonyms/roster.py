"""Who and what a study knows by name: from the booking, the study file, and the roster that the data manager keeps.

The roster lies sealed in the contacts database. A file of names, `name;kind;pseudonym`, is read into it and can go.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from sqlmodel import Session, col, select

from storage.contacts import Contacts, SealedRosterEntry
from storage.errors import PseudonymError
from storage.pseudonyms.finding.findings import NUMBERED, Kind
from storage.pseudonyms.finding.known import Known, Roster, name_key, place_key
from storage.pseudonyms.finding.word_lists import phrase, stems
from storage.pseudonyms.table_file import read_table
from storage.study import Study
from storage.tables import Interview, Participant
from storage.transcripts.transcript import InterviewTranscript

COLUMNS = ("name", "kind", "pseudonym")
_LONGEST = 100  # characters of a name


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A name on the roster, of a person or a place, and the key of who is meant."""

    name: str
    kind: Kind
    meant: str


@dataclass(frozen=True, slots=True)
class RosterRow:
    """A row of a roster file; no pseudonym is one to be given."""

    line: int
    name: str
    kind: Kind
    pseudonym: str = ""


def read_entries(contacts: Contacts) -> tuple[RosterEntry, ...]:
    """The roster in the order in which it was filled."""
    with contacts.database.reading() as session:
        return tuple(_entries(session, contacts))


def entry_of(name: str, kind: Kind) -> RosterEntry:
    """A name as it would stand on the roster. Raises PseudonymError where it can be none."""
    name = " ".join(name.split())
    if kind not in NUMBERED:
        raise PseudonymError(f"{kind} is not a kind of name; allowed: {', '.join(NUMBERED)}.")
    if not phrase(name) or len(name) > _LONGEST:
        raise PseudonymError(f"A name needs letters, and at most {_LONGEST} characters.")
    return RosterEntry(name, kind, (name_key if kind == Kind.PERSON else place_key)(name))


def add_entry(contacts: Contacts, name: str, kind: Kind) -> RosterEntry:
    """Put a name on the roster; one that is on it already stays as it is. Raises PseudonymError."""
    entry = entry_of(name, kind)
    with contacts.database.writing() as session:
        there = {each.meant: each for each in _entries(session, contacts)}
        if entry.meant not in there:
            session.add(SealedRosterEntry(sealed=contacts.seal(json.dumps(asdict(entry)).encode())))
    return there.get(entry.meant, entry)


def roster_of(
    session: Session, study: Study, transcript: InterviewTranscript, contacts: Contacts, entries: Iterable[RosterEntry]
) -> Roster:
    """Everybody whom a transcript may name; who belongs to its interview is meant by the first name alone.

    Who has a code is their code, also where the roster or the study file has their name too.
    """
    here = _belonging(session, transcript)
    terms = study.transcription
    told = (
        *(Known(name_key(name), Kind.PERSON, name, True) for name in terms.names),
        *(Known(place_key(name), Kind.PLACE, name) for name in terms.places),
    )
    listed = [Known(entry.meant, entry.kind, entry.name, True) for entry in entries]
    by_first_name = {each.key for each in (*listed, *told) if each.by_first_name}
    people = [
        Known(code, Kind.PERSON, who.name, code in here or name_key(who.name) in by_first_name)
        for code, who in contacts.all().items()
        if who.name
    ]
    coded = {name_key(each.name) for each in people}
    known: dict[str, Known] = {}
    for each in (*people, *listed, *told):
        if each.key not in coded:
            known.setdefault(each.key, each)
    return Roster(tuple(each for each in known.values() if phrase(each.name)))


def names_known(contacts: Contacts) -> frozenset[str]:
    """Every word of a name of a participant or of somebody on the roster, in small letters; no pseudonym holds one."""
    names = [who.name for who in contacts.all().values()]
    names += [entry.name for entry in read_entries(contacts) if entry.kind == Kind.PERSON]
    return frozenset(word for name in names for word in stems(name))


def coded_names(contacts: Contacts) -> dict[str, str]:
    """The codes of those who are booked, by the keys of their names."""
    return {name_key(who.name): code for code, who in contacts.all().items() if who.name}


def read_roster_file(content: bytes) -> list[RosterRow]:
    """The rows of a roster file. Raises PseudonymError naming the line, never the name."""
    return [_roster_row(line, row) for line, row in read_table(content, COLUMNS[:2], "roster file")]


def _roster_row(line: int, row: dict[str, str]) -> RosterRow:
    kind = row["kind"].lower()
    if kind not in NUMBERED:
        raise PseudonymError(f"Line {line} of the roster file: the kind is none of {', '.join(NUMBERED)}.")
    if not phrase(row["name"]):
        raise PseudonymError(f"Line {line} of the roster file has no name.")
    return RosterRow(line, row["name"], Kind(kind), row.get("pseudonym", ""))


def _entries(session: Session, contacts: Contacts) -> Iterator[RosterEntry]:
    for row in session.exec(select(SealedRosterEntry).order_by(col(SealedRosterEntry.id))).all():
        told = json.loads(contacts.unseal(row.sealed))
        yield RosterEntry(told["name"], Kind(told["kind"]), told["meant"])


def _belonging(session: Session, transcript: InterviewTranscript) -> set[str]:
    """Codes of those who take part in an interview, and of the link worker who referred its participant."""
    interview = session.exec(select(Interview).where(Interview.guid == transcript.interview_guid)).one()
    person = session.get_one(Participant, transcript.code)
    codes = (transcript.code, transcript.interviewer_code, interview.attending_code, person.link_worker)
    return {code for code in codes if code}
