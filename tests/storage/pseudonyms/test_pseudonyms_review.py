"""The review: written, decided on by a person, and carried out; one that does not fit is refused whole."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from pseudonyms_study import SAID, said
from sqlmodel import func, select

from storage.contacts import Contacts
from storage.database import Database
from storage.errors import PseudonymError
from storage.pseudonyms import pseudonymise
from storage.pseudonyms.allotment import read_allotted
from storage.pseudonyms.decisions import Examined
from storage.pseudonyms.finding.findings import Kind
from storage.pseudonyms.log import Decision, read_log
from storage.pseudonyms.pseudonymise import (
    Pseudonymised,
    apply_certain,
    apply_review,
    examine,
    in_question,
    review_rows,
)
from storage.pseudonyms.review_file import COLUMNS, read_review, write_review
from storage.pseudonyms.roster import add_entry, read_entries
from storage.study import Study
from storage.tables import Version
from storage.transcripts.reading import read_transcripts
from storage.transcripts.saving import save_next_version

NOON = datetime(2020, 6, 10, 12, 0, tzinfo=UTC)
Rows = list[dict[str, str]]


class Review:
    """A review as a person has it before them: its rows, to be changed, and the command that carries it out."""

    def __init__(self, database: Database, study: Study, contacts: Contacts) -> None:
        self.database, self.study, self.contacts = database, study, contacts

    def found(self, content: bytes = b"") -> tuple[Examined, ...]:
        decided = read_review(content) if content else ()
        with self.database.reading() as session:
            transcripts = in_question(session, self.study, self.contacts, (), decided)
            return examine(session, self.study, self.contacts, transcripts)

    def written(self) -> bytes:
        return write_review([row for each in self.found() for row in review_rows(each, each.candidates)])

    def rows(self) -> Rows:
        return list(csv.DictReader(io.StringIO(self.written().decode("utf-8-sig"), newline="")))

    def carry_out(self, rows: Rows, columns: tuple[str, ...] = COLUMNS, delimiter: str = ",") -> list[Pseudonymised]:
        text = io.StringIO()
        table = csv.DictWriter(text, columns, extrasaction="ignore", delimiter=delimiter)
        table.writeheader()
        table.writerows(rows)
        content = text.getvalue().encode()
        decided = read_review(content)
        return apply_review(self.database, self.contacts, self.found(content), decided, actor="researcher", at=NOON)

    def texts(self, code: str = "C_001") -> list[str]:
        with self.database.reading() as session:
            [transcript] = read_transcripts(session, self.study, [code])
        return [spoken.text for spoken in transcript.utterances]

    def versions(self) -> int:
        with self.database.reading() as session:
            return session.exec(select(func.count()).select_from(Version)).one()


@pytest.fixture
def review(database: Database, study: Study, people: Contacts, transcribed: Callable[..., Any]) -> Review:
    transcribed()
    return Review(database, study, people)


def decided(rows: Rows, **decisions: str) -> Rows:
    """The rows with decisions by what they are about; what nobody names keeps its own, or is kept."""
    return [{**row, "decision": decisions.get(row["original"], row["decision"] or "keep")} for row in rows]


def test_the_review_shows_what_was_found_and_what_is_certain_is_decided(review: Review) -> None:
    rows = review.rows()
    assert [(row["time"], row["original"], row["pseudonym"], row["certainty"], row["decision"]) for row in rows] == [
        ("00:00:00", "Margaret", "[C_001]", "certain", "replace"),
        ("00:00:02", "Paul", "[LW_01]", "certain", "replace"),
        ("00:00:02", "Jesmond", "[Place 1]", "certain", "replace"),
        ("00:00:02", "Doreen Pattison", "[Person 1]", "certain", "replace"),
        ("00:00:08", "oh one nine one, four nine eight, oh eight double five", "[Phone number]", "certain", "replace"),
        ("00:00:15", "NE28", "[Postcode]", "doubtful", ""),
    ]
    assert rows[0]["context"] == "Hello |Margaret|, how are you?"
    assert {row["transcript"] for row in rows} == {"C_001_06/20"}


def test_each_row_is_replaced_or_kept_as_it_says(review: Review) -> None:
    [done] = review.carry_out(decided(review.rows(), NE28="replace", Jesmond="Keep "))
    assert review.texts() == [
        "Hello [C_001], how are you?",
        "Not bad. [LW_01] rang from Jesmond, and [Person 1]'s sister came.",
        "My number is [Phone number].",
        "Will you rest now? It was somewhere, [Postcode] maybe.",
    ]
    assert (done.version_number, done.replaced, done.kept, done.doubtful) == (2, 5, 1, ())


def test_what_a_person_kept_is_not_asked_or_replaced_again(review: Review) -> None:
    review.carry_out(decided(review.rows(), Jesmond="keep"))
    with review.database.reading() as session:
        found = examine(session, review.study, review.contacts, read_transcripts(session, review.study, ["C_001"]))
    assert found[0].candidates == ()
    logged = read_log(review.contacts, found[0].transcript.version_guid)
    assert [each.original for each in logged if each.decision == Decision.KEEP] == ["Jesmond", "NE28"]
    [done] = [apply_certain(review.database, review.contacts, each, actor="x", at=NOON) for each in found]
    assert done.version_number is None


def test_a_pseudonym_that_a_person_writes_is_used_with_its_brackets(review: Review) -> None:
    rows = decided(review.rows())
    for row in rows:
        row["pseudonym"] = {"Doreen Pattison": "the neighbour"}.get(row["original"], row["pseudonym"])
    review.carry_out(rows, delimiter=";")
    assert "[the neighbour]'s sister" in review.texts()[1]


def test_a_row_that_a_person_adds_counts_wherever_its_words_stand_and_goes_onto_the_roster(
    review: Review, transcribed: Callable[..., Any]
) -> None:
    transcribed("C_002", said([("C_002", "Sister came, my sister came, and sisters.")]))
    added = {"decision": "add", "original": "sister", "kind": "person"}
    review.carry_out([*decided(review.rows()), added])
    assert review.texts()[1].endswith("and [Person 1]'s [Person 2] came.")
    assert review.texts("C_002") == ["Sister came, my [Person 2] came, and sisters."]
    assert [(entry.name, entry.kind) for entry in read_entries(review.contacts)] == [("sister", "person")]


def test_the_pseudonym_of_an_added_name_stands_for_it_in_every_other_transcript_too(review: Review) -> None:
    """It was put onto the roster without its pseudonym, so that the next transcript gave it another one."""
    added = {"decision": "add", "original": "sister", "kind": "person", "pseudonym": "a relative"}
    review.carry_out([*decided(review.rows()), added])
    assert "[Person 1]'s [a relative] came." in review.texts()[1]
    assert read_allotted(review.contacts)["name:sister"] == "[a relative]"


def test_a_participant_whom_a_person_adds_is_their_code_and_needs_no_place_on_the_roster(
    review: Review, transcribed: Callable[..., Any]
) -> None:
    transcribed("C_002", said([("C_002", "It was margaret tolley who came.")]))
    rows = [{**row, "decision": "keep"} for row in review.rows()]
    added = {"decision": "add", "original": "margaret tolley", "kind": "person", "pseudonym": "a friend"}
    review.carry_out([*rows, added])
    assert review.texts("C_002") == ["It was [C_001] who came."]
    assert read_entries(review.contacts) == ()


def test_words_added_take_the_place_of_what_was_found_in_them(review: Review) -> None:
    added = {"decision": "add", "original": "Doreen Pattison's sister", "kind": "person", "pseudonym": "a friend",
             "transcript": "C_001"}  # fmt: skip
    review.carry_out([*decided(review.rows()), added])
    assert "and [a friend] came." in review.texts()[1]


def test_words_added_over_words_that_were_kept_are_replaced(review: Review) -> None:
    over = {"decision": "add", "original": "NE28 maybe", "kind": "place", "pseudonym": "somewhere else"}
    [done] = review.carry_out([*decided(review.rows()), over])
    assert review.texts()[3] == "Will you rest now? It was somewhere, [somewhere else]."
    assert (done.replaced, done.kept) == (6, 0)


def test_a_review_that_was_carried_out_by_half_is_gone_on_with(
    review: Review, transcribed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    transcribed("C_002", said([("C_002", "Doreen Pattison rang.")]))
    rows = decided(review.rows())
    save, calls = pseudonymise.save_next_version, []

    def dies_at_the_second(*arguments: Any, **named: Any) -> Version:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return save(*arguments, **named)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(pseudonymise, "save_next_version", dies_at_the_second)
        review.carry_out(rows)
    assert review.versions() == 3
    done = review.carry_out(rows)
    assert [each.version_number for each in done] == [None, 2]
    assert review.texts("C_002") == ["[Person 1] rang."]


def test_a_name_that_a_spreadsheet_would_compute_survives(review: Review, transcribed: Callable[..., Any]) -> None:
    transcribed("C_002", said([("C_002", "+44 7700 900123 is mine")]))
    content = review.written().decode("utf-8-sig")
    assert "'+44 7700 900123" in content
    review.carry_out(decided(review.rows()))
    assert review.texts("C_002") == ["[Phone number] is mine"]


def added(original: str, kind: str) -> dict[str, str]:
    return {"decision": "add", "original": original, "kind": kind}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[5].update(decision=""), "Line 7 of the review: its decision is empty"),
        (lambda rows: rows[0].update(decision="maybe"), "Line 2 of the review: its decision is none that there is"),
        (lambda rows: rows[0].update(start="7"), "Line 2 of the review is about words that are not found in C_001"),
        (lambda rows: rows[0].update(start="x"), "Line 2 of the review: text, start and end are not the numbers"),
        (lambda rows: rows[0].update(original="Mabel"), "Line 2 of the review is about words that are not found"),
        (lambda rows: rows[0].update(version="0"), "Line 2 of the review (C_001_06/20) is about a version that is not"),
        (lambda rows: rows.pop(2), "1 of the words found in C_001_06/20 are not in the review"),
        (lambda rows: rows.append(dict(rows[0])), "Lines 2 and 8 of the review are about the same words"),
        (lambda rows: rows.append(added("Zog", "person")), "Line 8 of the review adds words that do not stand"),
        (lambda rows: rows.append(added("rest", "ghost")), "Line 8 of the review adds something"),
        (lambda rows: rows.append(added("…", "person")), "Line 8 of the review adds something"),
        (lambda rows: rows[3].update(pseudonym="[Margaret's]"), "Line 5 of the review: its pseudonym holds a name"),
        (lambda rows: rows[0].update(pseudonym="old doreen"), "Line 2 of the review: its pseudonym holds a name"),
        (lambda rows: rows.append(added("sister", "person") | {"pseudonym": "a" * 61}), "at most 60 characters"),
        (lambda rows: rows[0].update(pseudonym="[a] or [b]"), "Line 2 of the review: a pseudonym is one line"),
    ],
)  # fmt: skip
def test_a_review_that_does_not_fit_is_refused_whole_with_its_line(
    review: Review, change: Callable[[Rows], object], message: str
) -> None:
    rows = decided(review.rows())
    change(rows)
    with pytest.raises(PseudonymError, match=re.escape(message)) as caught:
        review.carry_out(rows)
    assert review.versions() == 1
    assert read_entries(review.contacts) == ()
    for name in ("Margaret", "Mabel", "Zog"):
        assert name not in str(caught.value)


def test_an_added_name_is_no_pseudonym_for_itself(review: Review, transcribed: Callable[..., Any]) -> None:
    transcribed("C_002", said([("C_002", "It was zog who came.")]))
    itself = added("zog", "person") | {"pseudonym": "old Zog"}
    with pytest.raises(PseudonymError, match="its pseudonym holds a name"):
        review.carry_out([*decided(review.rows()), itself])


@pytest.mark.parametrize("column", ["decision", "version", "start", "original", "pseudonym"])
def test_a_review_that_lost_a_column_is_refused(review: Review, column: str) -> None:
    rows = decided(review.rows())
    with pytest.raises(PseudonymError, match=f"The review lacks the column {column}"):
        review.carry_out(rows, tuple(each for each in COLUMNS if each != column))


def test_a_review_of_a_transcript_that_was_changed_since_is_refused(review: Review, database: Database) -> None:
    rows = decided(review.rows())
    with database.writing() as session:
        [transcript] = read_transcripts(session, review.study, ["C_001"])
        save_next_version(session, transcript, transcript.utterances, actor="RES_02", note="corrected")
    with pytest.raises(PseudonymError, match="it was changed since the review was written"):
        review.carry_out(rows)
    assert review.versions() == 2


def test_a_review_written_before_the_roster_grew_is_refused(review: Review) -> None:
    rows = decided(review.rows())
    add_entry(review.contacts, "somewhere", Kind.PLACE)
    add_entry(review.contacts, "Bad", Kind.PERSON)
    with pytest.raises(PseudonymError, match="or the roster has grown since"):
        review.carry_out([{**row, "decision": row["decision"]} for row in rows[:-1]])


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"decision\n", b'transcript,"\n'])
def test_what_is_no_review_is_told_from_one(content: bytes) -> None:
    with pytest.raises(PseudonymError, match=r"The review (lacks|is not UTF-8|cannot be read)"):
        read_review(content)


def test_every_utterance_of_the_review_is_where_it_says(review: Review) -> None:
    for row in review.rows():
        text = SAID[int(row["text"])][1]
        assert text[int(row["start"]) : int(row["end"])] == row["original"]
