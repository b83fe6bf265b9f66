"""Pseudonyms at the desk: what is certain at once, a review in two steps, the roster, and strict deliveries."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EARLY = ("--as-of", "2020-04-27 09:00")
WORDS = (
    ("INT_01", "Hello Ann, how are you?"),
    ("C_001", "It was somewhere, NE28 maybe. My number is 0191 498 0855, Doreen Pattison says."),
)


@pytest.fixture
def transcribed(people: Any, at: Any, database: Any, study: Any) -> None:
    """The interview of C_001, Ann Example, with names in its transcript."""
    from storage.intake.attachment import attach
    from storage.interviews import interview_of
    from storage.tables import Recording, Transcription
    from storage.transcripts.saving import save_machine_version
    from storage.transcripts.transcript import Spoken

    assert at("book", "C_001", "--at", "2020-06-03 14:00", *EARLY).status == 0
    said = [
        Spoken(speaker, 0, n * 9_000, n * 9_000 + 8_000, text, [[w, n * 9_000 + i * 100, n * 9_000 + i * 100 + 90, 0.9]
                                                                for i, w in enumerate(text.split())])
        for n, (speaker, text) in enumerate(WORDS)
    ]  # fmt: skip
    with database.writing() as session:
        recording = Recording(sha256="a" * 64, suffix=".wav", size=9, container="wav", duration_ms=60_000, streams=[])
        session.add(recording)
        session.flush()
        attach(session, recording, interview_of(session, "C_001", study.zone), reason="code", actor="capture")
        facts = {"engine": "e", "model": "small", "model_sha256": "f" * 64, "parameters": {}, "versions": {}}
        work = Transcription(recording_id=recording.id, recipe="r", **facts)
        session.add(work)
        session.flush()
        save_machine_version(session, work, said)


def shown(at: Callable[..., Any]) -> list[str]:
    return [row["text"].partition(") ")[2] or row["text"] for row in at("transcripts", "show", "C_001", "--json").json]


def test_what_is_certain_is_replaced_and_what_is_not_is_asked_with_status_one(transcribed: None, at: Any) -> None:
    said = at("transcripts", "pseudonymise", "C_001")
    assert (said.status, "C_001_06/20: 3 replaced in version 2. Read it, then approve it." in said.out) == (1, True)
    assert "|NE28|" in said.out
    assert "1 to decide" in said.err
    assert shown(at)[0] == "Hello [C_001], how are you?"
    assert "[Phone number], [Person 1] says." in shown(at)[1]
    [row] = at("transcripts", "list", "--json").json
    assert row["version"] == "2 pseudonymised"


def test_a_review_is_written_decided_on_and_carried_out(transcribed: None, at: Any, tmp_path: Path) -> None:
    file = tmp_path / "review.csv"
    said = at("transcripts", "pseudonymise", "--all", "--review", file)
    assert (said.status, "4 rows are in" in said.out, "1 of them undecided" in said.out) == (0, True, True)
    assert file.stat().st_mode & 0o777 == 0o600
    undecided = at("transcripts", "pseudonymise", "--all", "--review", file)
    assert (undecided.status, "its decision is empty" in undecided.err) == (1, True)
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    with file.open("w", encoding="utf-8", newline="") as text:
        table = csv.DictWriter(text, rows[0])
        table.writeheader()
        table.writerows({**row, "decision": row["decision"] or "keep"} for row in rows)
    said = at("transcripts", "pseudonymise", "--all", "--review", file)
    assert (said.status, "3 replaced, 1 kept in version 2" in said.out, "Delete" in said.out) == (0, True, True)
    assert at("transcripts", "pseudonymise", "C_001").out.startswith("C_001_06/20: nothing new to replace.")
    assert at("transcripts", "approve", "C_001").status == 0
    assert at("transcripts", "list", "--json").json[0]["state"] == "pseudonymised"


def test_everyone_is_done_once(transcribed: None, at: Any) -> None:
    assert at("transcripts", "pseudonymise", "--all").status == 1
    again = at("transcripts", "pseudonymise", "--all")
    assert (again.status, "pseudonymised already" in again.out) == (0, True)


@pytest.mark.parametrize("arguments", [(), ("C_001", "--all")])
def test_whom_it_is_about_must_be_said_in_one_way(people: Any, at: Any, arguments: tuple[str, ...]) -> None:
    assert at("transcripts", "pseudonymise", *arguments).status == 2


def test_one_without_a_transcript_is_named(people: Any, at: Any) -> None:
    said = at("transcripts", "pseudonymise", "C_002")
    assert (said.status, "C_002 has no transcript" in said.err) == (1, True)


def test_who_withdrew_is_not_worked_on(transcribed: None, at: Any) -> None:
    assert at("participants", "withdraw", "C_001").status == 0
    said = at("transcripts", "pseudonymise", "C_001")
    assert said.status == 1
    assert "withdrawn" in said.err or "does not allow" in said.err


def test_a_review_of_transcripts_that_are_all_done_says_so(transcribed: None, at: Any, tmp_path: Path) -> None:
    at("transcripts", "pseudonymise", "--all")
    said = at("transcripts", "pseudonymise", "--all", "--review", tmp_path / "review.csv")
    assert (said.status, "Every transcript is pseudonymised already." in said.out) == (0, True)
    assert not (tmp_path / "review.csv").exists()


def test_a_name_put_on_the_roster_is_listed_and_found(transcribed: None, at: Any) -> None:
    said = at("pseudonyms", "add", "Doreen Pattison", "--kind", "person", "--as", "a neighbour")
    assert (said.status, "[a neighbour]" in said.out) == (0, True)
    at("transcripts", "pseudonymise", "C_001")
    assert shown(at)[1].endswith("[a neighbour] says.")
    assert at("pseudonyms", "list", "--json").json == [
        {"name": "Doreen Pattison", "kind": "person", "pseudonym": "[a neighbour]", "from": "roster", "replaced": 1}
    ]
    other = at("pseudonyms", "add", "doreen pattison", "--kind", "person", "--as", "another")
    assert (other.status, "[a neighbour] stands for that name" in other.err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("Ann", "--kind", "pirate"), 2, "person, place"),
        (("…", "--kind", "person"), 1, "needs letters"),
        (("Doreen", "--kind", "person", "--as", "Bob"), 1, "is the name of somebody"),
    ],
)
def test_what_cannot_be_on_the_roster_is_refused(
    people: Any, at: Any, arguments: tuple[str, ...], status: int, message: str
) -> None:
    said = at("pseudonyms", "add", *arguments)
    assert (said.status, message in said.err) == (status, True), said.err


def test_a_roster_file_is_read_row_by_row(people: Any, at: Any, tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_text("name;kind;pseudonym\nElm House;place;\nDoreen;person;Bob\n")
    said = at("pseudonyms", "import", file)
    assert (said.status, "line 3" in said.err, "1 of 2 names are on the roster" in said.out) == (1, True, True)
    assert "can go" not in said.out, "line 3 is to be mended in it"
    assert [row["name"] for row in at("pseudonyms", "list", "--json").json] == ["Elm House"]
    file.write_text("name;kind;pseudonym\nDoreen;person;a friend\n")
    assert at("pseudonyms", "import", file).out == "1 of 1 names are on the roster. The file can go.\n"


def test_an_empty_roster_says_so(people: Any, at: Any) -> None:
    assert "the roster is empty" in at("pseudonyms", "list").out


def test_a_delivery_is_told_what_goes_out_all_the_same(people: Any, at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from desk import runs
    from flows.outcomes import Summary

    asked: list[Any] = []

    def tell_of_flow(_: object, flow: str, options: Any) -> Summary:
        asked.append((flow, options.codes, options.unapproved, options.with_recordings))
        return Summary("nothing to deliver")

    monkeypatch.setattr(runs, "tell_of_flow", tell_of_flow)
    assert at("deliver", "--unapproved", "c_001", "--unapproved", "LW_01", "--with-recordings").status == 0
    assert at("deliver", "C_001").status == 0
    assert asked == [
        ("deliver-transcripts", [], ["C_001", "LW_01"], True),
        ("deliver-transcripts", ["C_001"], [], False),
    ]
