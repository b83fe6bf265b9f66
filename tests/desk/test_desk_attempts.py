"""The day of an interview at the desk: who is due, how an attempt went, who did what, and what happened."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

EARLY = ("--as-of", "2020-04-27 09:00")


@pytest.fixture
def clock() -> Iterator[Any]:
    """The day before the first interviews; a test moves it on."""
    with time_machine.travel(datetime(2020, 6, 2, 9, 0, tzinfo=UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def team(at: Any, tmp_path: Path, clock: Any) -> None:
    """Two clients, one abroad and referred by a link worker, booked for 14:00 and 16:00 of 3 June 2020 in London."""
    file = tmp_path / "participants.csv"
    file.write_text(
        "code,group,name,zone,needs,link_worker,link_worker_reminded\n"
        "C_001,client,Ann Example,America/New_York,,LW_02,yes\n"
        "C_002,client,Bob Example,,,,\n"
        "LW_02,link_worker,Cat Example,,,,\n"
    )
    assert at("participants", "import", file).status == 0
    for code, hour, who in (("C_001", "14:00", "lw_02"), ("C_002", "16:00", "coordinator")):
        when = ("--at", f"2020-06-03 {hour}", "--interviewer", "INT_02")
        said = at("book", code, *when, "--as", who, *EARLY)
        assert said.status == 0, said.err


def test_what_is_told_of_an_interview_has_the_times_of_both_sides(team: None, at: Any) -> None:
    both = "Wed 3 Jun 2020 14:00 BST (09:00 EDT in America/New_York)"
    assert both in at("interviews").out
    moved = at("move", "C_001", "2020-06-05 14:00")
    assert "Fri 5 Jun 2020 14:00 BST (09:00 EDT in America/New_York)" in moved.out
    assert "EDT" not in at("slots", "C_002", *EARLY).out


def test_from_due_to_no_show(team: None, at: Any, clock: Any) -> None:
    assert at("due").out.strip() == "No interview is due."
    clock.move_to(datetime(2020, 6, 3, 12, 45, tzinfo=UTC))
    [row] = at("due", "--json").json
    assert row == {
        "interview": "C_001_06/20",
        "when": "2020-06-03T13:00:00+00:00",
        "zones": ["Europe/London", "America/New_York"],
        "with": "INT_02",
        "mode": "phone",
        "attempts": [],
        "next_at": "2020-06-03T13:00:00+00:00",
        "next_step": "call",
    }
    clock.move_to(datetime(2020, 6, 3, 13, 2, 30, tzinfo=UTC))
    said = at("attempt", "C_001", "no-answer", "--as", "INT_02")
    assert said.out.strip() == (
        "C_001_06/20: no-answer is noted. Next: Wed 3 Jun 2020 14:22 BST (09:22 EDT in America/New_York), try again."
    )
    clock.move_to(datetime(2020, 6, 3, 13, 22, tzinfo=UTC))
    assert at("attempt", "c_001_06/20", "call-back", "--call-back", "14:40").status == 0
    late = at("attempt", "C_001", "call-back", "--at", "14:10", "--call-back", "2020-06-03 15:01")
    assert late.status == 1
    assert "the slot is kept until Wed 3 Jun 2020 15:00 BST" in late.err
    shown = at("due").out
    assert "call back" in shown and "14:40" in shown
    clock.move_to(datetime(2020, 6, 3, 13, 40, tzinfo=UTC))
    third = at("attempt", "C_001", "no-answer")
    assert "Next: Wed 3 Jun 2020 15:00 BST (10:00 EDT in America/New_York), try again: only 45 minutes" in third.out
    assert "yet to come" in at("attempt", "C_001", "no-answer", "--at", "14:41").err
    clock.move_to(datetime(2020, 6, 3, 13, 59, tzinfo=UTC))
    last = at("attempt", "C_001", "no-answer")
    assert "Next: 3 attempts without an answer; decide: fieldcall no-show C_001" in last.out
    assert [row["state"] for row in at("interviews", "--json").json] == ["due", "booked"]  # nobody has decided yet
    assert at("no-show", "C_001").status == 0
    assert at("due").out.strip() == "No interview is due."


def test_an_attempt_says_what_is_wrong_with_it(team: None, at: Any) -> None:
    wrong = at("attempt", "C_001", "voice-mail")
    assert (wrong.status, "allowed: no-answer, call-back, reached" in wrong.err) == (2, True)
    early = at("attempt", "C_001", "no-answer")
    assert early.status == 1
    assert "attempts count from 30 minutes before" in early.err
    for said in (at("attempt", "C_001", "reached", "--at", "half past"), at("attempt", "C_999", "reached")):
        assert (said.status, "Traceback" in said.err) == (1, False)


def test_who_did_it_is_in_the_history_and_who_may_not_is_refused(team: None, at: Any, clock: Any) -> None:
    clock.move_to(datetime(2020, 6, 3, 13, 5, tzinfo=UTC))
    refused = {
        ("no-show", "C_001", "--as", "LW_02"): "only the coordinator and the interviewer",
        ("held", "C_001", "--as", "INT_01"): "the interview is with INT_02",
        ("cancel", "C_002", "--as", "LW_02"): "C_002 was not referred by LW_02",
        ("move", "C_002", "2020-06-09 14:00", "--as", "C_001"): "C_002 was not referred by C_001",
        ("attempt", "C_001", "reached", "--as", "Ann Example"): "names nobody of the study",
    }
    for arguments, reason in refused.items():
        said = at(*arguments)
        assert said.status == 1
        assert reason in said.err
        assert "Example" not in said.err
    assert at("book", "--all", "--as", "INT_01").status == 2
    assert at("attempt", "C_001", "no-answer", "--as", "int_02").status == 0
    clock.shift(60)
    assert at("no-show", "C_001", "--as", "INT_02", "--cause", "voice mail").status == 0
    history = at("participants", "show", "C_001", "--json").json
    assert [(row["what"], row["by"], row["cause"]) for row in history] == [
        ("booked", "LW_02", ""),
        ("attempt: no answer", "INT_02", ""),
        ("no-show", "INT_02", "voice mail"),
    ]
    assert history[1]["when"] == "2020-06-03T13:05:00+00:00"


def test_who_noted_a_consent_or_a_withdrawal_is_in_the_history(team: None, at: Any) -> None:
    agreed = ("participants", "consent", "C_001", "--sheet", "v2", "--recording")
    refused = at(*agreed, "--as", "LW_02")
    assert (refused.status, "nobody consents for somebody else" in refused.err) == (1, True)
    assert at(*agreed, "--as", "INT_02").status == 0
    assert at("participants", "withdraw", "C_001", "--as", "C_002").status == 1
    assert at("participants", "withdraw", "C_001", "--as", "LW_02", "--cause", "moved away").status == 0
    history = at("participants", "show", "C_001", "--json").json
    by = {row["what"].split(",")[0].split(":")[0]: row["by"] for row in history}
    assert by == {"booked": "LW_02", "consent": "INT_02", "withdrawal": "LW_02", "withdrawn": "LW_02"}


def test_without_a_name_the_coordinator_acted(team: None, at: Any, clock: Any) -> None:
    clock.move_to(datetime(2020, 6, 3, 15, 30, tzinfo=UTC))
    assert at("held", "C_002").status == 0
    assert at("participants", "show", "C_002", "--json").json[-1]["by"] == "coordinator"


def test_what_is_known_of_a_participant_is_listed_and_shown(team: None, at: Any) -> None:
    rows = {row["code"]: row for row in at("participants", "list", "--json").json}
    assert (rows["C_001"]["zone"], rows["C_001"]["link_worker"]) == ("America/New_York", "LW_02, is reminded")
    assert rows["C_002"]["link_worker"] == ""
    shown = at("participants", "show", "C_001").out
    assert shown.startswith("C_001 · client · phone · any time · America/New_York · LW_02, is reminded")
    assert "History, in the time of Europe/London" in shown
    table = at("participants", "list").out
    assert "link worker" in table
    assert "needs" not in table  # nobody has any


def test_the_status_shows_what_it_took_within_a_hundred_columns(team: None, at: Any, clock: Any) -> None:
    clock.move_to(datetime(2020, 6, 3, 13, 5, tzinfo=UTC))
    at("attempt", "C_001", "no-answer")
    at("no-show", "C_001")
    at("move", "C_002", "2020-06-09 14:00")
    said = at("status").out
    assert "How it went" in said
    assert max(len(line.rstrip()) for line in said.splitlines()) <= 100
    client = at("status", "--json").json[0]
    assert {name: client[name] for name in ("bookings", "attempts", "moves", "no_shows", "no_show_twice")} == {
        "bookings": 2,
        "attempts": 1,
        "moves": 1,
        "no_shows": 1,
        "no_show_twice": 0,
    }


def test_the_status_tells_that_somebody_is_due(team: None, at: Any, clock: Any) -> None:
    assert "due:" not in at("status").out
    clock.move_to(datetime(2020, 6, 3, 13, 5, tzinfo=UTC))
    assert "1 interview is due: see 'fieldcall due'." in at("status").out
