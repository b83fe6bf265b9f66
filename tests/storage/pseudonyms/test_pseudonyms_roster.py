"""The roster: names that the data manager adds, from a file or one by one, and who is known in which transcript."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from storage.contacts import Contacts
from storage.database import Database
from storage.errors import PseudonymError
from storage.pseudonyms.allotment import allot
from storage.pseudonyms.finding.findings import Kind
from storage.pseudonyms.listing import pseudonym_rows, put_on_roster
from storage.pseudonyms.roster import add_entry, read_entries, read_roster_file, roster_of
from storage.study import Study
from storage.transcripts.transcript import InterviewTranscript


def test_names_are_read_from_a_file_with_semicolons_or_commas() -> None:
    for delimiter in ";,":
        content = "\ufeffName;Kind;Pseudonym\nDr Oyelaran;person;\nElm House;place;a day centre\n\n".replace(
            ";", delimiter
        )
        rows = read_roster_file(content.encode())
        assert [(row.line, row.name, row.kind, row.pseudonym) for row in rows] == [
            (2, "Dr Oyelaran", Kind.PERSON, ""),
            (3, "Elm House", Kind.PLACE, "a day centre"),
        ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name,pseudonym\nAnn,x\n", "The roster file lacks the column kind"),
        ("name;kind\nAnn;pirate\n", "Line 2 of the roster file: the kind is none of person, place"),
        ("name;kind\n…;person\n", "Line 2 of the roster file has no name"),
        ('name;kind\n"Ann;person\n', "The roster file cannot be read at line 2"),
    ],
)
def test_a_roster_file_that_cannot_be_read_is_told_by_line_and_never_by_name(content: str, message: str) -> None:
    with pytest.raises(PseudonymError, match=message) as caught:
        read_roster_file(content.encode())
    assert "Ann" not in str(caught.value)


def test_a_name_is_on_the_roster_once_however_it_is_spaced_and_capitalised(contacts: Contacts) -> None:
    first = add_entry(contacts, "  Elm   House ", Kind.PLACE)
    assert add_entry(contacts, "elm house", Kind.PLACE) == first
    assert [entry.name for entry in read_entries(contacts)] == ["Elm House"]


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [("", Kind.PERSON, "needs letters"), ("x" * 101, Kind.PERSON, "at most 100"), ("Ann", Kind.PHONE, "no|not a kind")],
)
def test_what_is_no_name_is_refused(contacts: Contacts, name: str, kind: Kind, message: str) -> None:
    with pytest.raises(PseudonymError, match=message):
        add_entry(contacts, name, kind)


def test_a_pseudonym_that_would_tell_a_name_is_refused(people: Contacts) -> None:
    put_on_roster(people, "Xanthe Birtwhistle", Kind.PERSON)
    for pseudonym in ("Margaret", "old Mr Renshaw", "[xanthe]"):
        with pytest.raises(PseudonymError, match="is the name of somebody whom this study knows") as caught:
            put_on_roster(people, "Doreen", Kind.PERSON, pseudonym)
        assert pseudonym not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "kind", "pseudonym", "message"),
    [
        ("Xanthe Birtwhistle", Kind.PERSON, "Xanthe", "is the name of somebody"),
        ("Xanthe Birtwhistle", Kind.PERSON, "Ms Birtwhistle", "is the name of somebody"),
        ("Jesmond Hospital", Kind.PLACE, "a hospital in Jesmond", "is the name of somebody"),
        ("Xanthe Birtwhistle", Kind.PERSON, "a [friend]", "without brackets"),
    ],
)
def test_where_a_pseudonym_is_refused_its_name_is_not_on_the_roster_either(
    contacts: Contacts, name: str, kind: Kind, pseudonym: str, message: str
) -> None:
    """A name that stands for itself is none; and what a command or a file refuses, it does not do by half."""
    with pytest.raises(PseudonymError, match=message):
        put_on_roster(contacts, name, kind, pseudonym)
    assert pseudonym_rows(contacts) == ()


def test_what_a_place_is_may_be_its_pseudonym(contacts: Contacts) -> None:
    assert put_on_roster(contacts, "Jesmond Hospital", Kind.PLACE, "a hospital") == "[a hospital]"


def test_the_list_tells_each_name_with_its_pseudonym_and_where_it_is_from(people: Contacts) -> None:
    assert put_on_roster(people, "Elm House", Kind.PLACE, "a day centre") == "[a day centre]"
    assert put_on_roster(people, "Doreen", Kind.PERSON) == ""
    allot(people, [("C_001", "Person"), ("name:ann", "Person"), ("place:jesmond", "Place")])
    assert [(row.name, row.kind, row.pseudonym, row.source, row.replaced) for row in pseudonym_rows(people)] == [
        ("Elm House", "place", "[a day centre]", "roster", 0),
        ("Doreen", "person", "", "roster", 0),
        ("ann", "person", "[Person 1]", "met in a transcript", 0),
        ("jesmond", "place", "[Place 1]", "met in a transcript", 0),
    ]


def test_who_belongs_to_an_interview_is_known_by_the_first_name_there(
    database: Database, study: Study, people: Contacts, transcribed: Callable[..., InterviewTranscript]
) -> None:
    transcript = transcribed("C_001")
    entry = add_entry(people, "Elm House", Kind.PLACE)
    with database.reading() as session:
        roster = roster_of(session, study, transcript, people, [entry])
    assert {known.key: known.by_first_name for known in roster.known} == {
        "C_001": True,
        "C_002": False,
        "LW_01": True,  # who referred C_001
        "place:elm house": True,
    }


def test_names_and_places_that_the_study_file_tells_whisper_are_known(
    database: Database, study: Study, people: Contacts, transcribed: Callable[..., InterviewTranscript]
) -> None:
    transcript = transcribed("C_001")
    terms = study.transcription.model_copy(update={"names": ["Zebedee"], "places": ["Elm House"], "services": ["Ways"]})
    with database.reading() as session:
        roster = roster_of(session, study.model_copy(update={"transcription": terms}), transcript, people, [])
    assert {known.key for known in roster.known} >= {"name:zebedee", "place:elm house"}
    assert not any("ways" in known.key for known in roster.known)


def test_who_has_a_code_is_their_code_whatever_else_has_their_name(
    database: Database, study: Study, people: Contacts, transcribed: Callable[..., InterviewTranscript]
) -> None:
    """The names that Whisper is told may be participants' own; such a name was a stranger's then."""
    transcript = transcribed("C_001")
    name = people.all()["C_001"].name
    with pytest.raises(PseudonymError, match="the name of C_001, whose code stands for it already"):
        put_on_roster(people, name.upper(), Kind.PERSON)
    terms = study.transcription.model_copy(update={"names": [name]})
    entry = add_entry(people, name, Kind.PERSON)  # before they became a participant
    with database.reading() as session:
        roster = roster_of(session, study.model_copy(update={"transcription": terms}), transcript, people, [entry])
    assert {known.key for known in roster.known} == {"C_001", "C_002", "LW_01"}


def test_who_was_on_the_roster_before_they_were_booked_is_still_meant_by_the_first_name(
    database: Database, study: Study, people: Contacts, transcribed: Callable[..., InterviewTranscript]
) -> None:
    transcript = transcribed("C_001")
    entry = add_entry(people, people.all()["C_002"].name, Kind.PERSON)
    with database.reading() as session:
        roster = roster_of(session, study, transcript, people, [entry])
    assert {known.key: known.by_first_name for known in roster.known}["C_002"] is True


def test_the_roster_is_sealed(people: Contacts, study: Study) -> None:
    put_on_roster(people, "Xanthe Birtwhistle", Kind.PERSON, "a friend")
    with sqlite3.connect(study.place(study.storage.contacts)) as connection:
        rows: list[Any] = [
            *connection.execute("SELECT sealed FROM roster_entry UNION ALL SELECT sealed FROM pseudonym")
        ]
    assert len(rows) == 2
    for (sealed,) in rows:
        assert b"anthe" not in sealed and b"friend" not in sealed
