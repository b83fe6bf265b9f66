"""Times as people tell them, and the rule that stands against one: `why-not`, `--zone`, both sides' clocks."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from storage.database import open_database
from storage.tables import Participant

EARLY = ("--as-of", "2020-04-27 09:00")
WEDNESDAY_14 = "2020-06-03 14:00"


@pytest.fixture
def abroad(people: Any, study: Any) -> None:
    """C_002 lives in Berlin."""
    database = open_database(study)
    with database.writing() as session:
        session.get_one(Participant, "C_002").zone = "Europe/Berlin"
    database.engine.dispose()


def edit(study: Any, old: str, new: str) -> None:
    path: Path = study.folder / "study.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_why_not_says_free_and_leaves_with_zero(people: Any, at: Any) -> None:
    said = at("why-not", "C_001", WEDNESDAY_14, *EARLY)
    assert said.status == 0
    assert [line.split() for line in said.out.splitlines() if "INT_" in line] == [
        ["INT_01", "free"],
        ["INT_02", "free"],
    ]


def test_why_not_names_the_rule_of_each_interviewer(people: Any, at: Any) -> None:
    said = at("why-not", "C_001", "2020-06-01 17:30", "--json", *EARLY)  # a Monday; INT_02 works from Tuesday on
    assert said.status == 1
    assert said.json == [
        {"with": "INT_01", "free": False, "rule": "it is outside the interviewer's working hours"},
        {"with": "INT_02", "free": False, "rule": "it is outside the interviewer's working hours"},
    ]


def test_why_not_is_content_when_one_of_them_is_free(people: Any, at: Any, study: Any) -> None:
    edit(study, "daily_limit = 2\n", 'daily_limit = 2\nmodes = ["video"]\n')
    said = at("why-not", "C_001", WEDNESDAY_14, "--json", *EARLY)
    rules = {row["with"]: row["rule"] for row in said.json}
    assert (said.status, rules) == (0, {"INT_01": "", "INT_02": "INT_02 does not interview by phone"})
    assert at("why-not", "C_001", WEDNESDAY_14, "--interviewer", "INT_02", *EARLY).status == 1
    assert at("why-not", "C_001", WEDNESDAY_14, "--interviewer", "INT_02", "--mode", "video", *EARLY).status == 0


def test_why_not_tells_of_a_calendar_that_cannot_be_seen(people: Any, at: Any, study: Any) -> None:
    edit(study, 'backend = "local"', 'backend = "google"')
    edit(study, "daily_limit = 2\n", 'daily_limit = 2\ncalendar = "int02@example.org"\n')
    rules = {row["with"]: row["rule"] for row in at("why-not", "C_001", WEDNESDAY_14, "--json", *EARLY).json}
    assert rules["INT_02"] == "INT_02's calendar has not been seen yet: let the flow follow-calendar run"


def test_why_not_tells_who_has_withdrawn_or_is_booked(people: Any, at: Any) -> None:
    assert at("book", "C_001", "--at", WEDNESDAY_14, *EARLY).status == 0
    assert at("participants", "withdraw", "C_002").status == 0
    for code, part in (("C_001", "already has an interview"), ("C_002", "has withdrawn from the study")):
        said = at("why-not", code, WEDNESDAY_14, "--json", *EARLY)
        assert said.status == 1
        assert all(part in row["rule"] for row in said.json)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("why-not", "C_999", WEDNESDAY_14), "no participant C_999"),
        (("why-not", "C_001", "next week"), "not a time"),
        (("why-not", "C_001", WEDNESDAY_14, "--interviewer", "INT_09"), "no interviewer INT_09"),
        (("why-not", "C_001", WEDNESDAY_14, "--zone", "Berlin"), "'Berlin' is not a time zone"),
        (("book", "C_001", "--at", WEDNESDAY_14, "--zone", "Europe"), "'Europe' is not a time zone"),
        (("book", "C_001", "--at", "2020-10-25 02:30", "--zone", "Europe/Berlin"), "comes twice in Europe/Berlin"),
        (("book", "C_001", "--at", "2020-03-29 02:30", "--zone", "Europe/Berlin"), "does not exist in Europe/Berlin"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(people: Any, at: Any, arguments: tuple[str, ...], part: str) -> None:
    said = at(*arguments, *EARLY)
    assert said.status == 1
    assert part in said.err
    assert "Traceback" not in said.err


def test_a_zone_without_a_time_is_wrong_usage(people: Any, at: Any) -> None:
    assert at("book", "C_001", "--zone", "Europe/Berlin", *EARLY).status == 2


def test_slots_are_those_of_the_mode(people: Any, at: Any, study: Any) -> None:
    edit(study, "daily_limit = 2\n", 'daily_limit = 2\nmodes = ["video"]\n')
    edit(study, "daily_limit = 3  ", 'modes = ["phone"]\ndaily_limit = 3  ')
    offered = {
        mode: {row["with"] for row in at("slots", "C_001", "--mode", mode, "--json", *EARLY).json}
        for mode in ("phone", "video")
    }
    assert offered == {"phone": {"INT_01"}, "video": {"INT_02"}}


def test_a_time_is_read_in_the_participants_zone_and_told_in_both(abroad: None, at: Any) -> None:
    said = at("book", "C_002", "--at", WEDNESDAY_14, "--zone", "Europe/Berlin", *EARLY)
    assert said.out.startswith("C_002 is booked for Wed 3 Jun 2020 13:00 BST (14:00 CEST in Europe/Berlin) by video")
    with time_machine.travel(datetime(2020, 5, 1, tzinfo=UTC), tick=False):
        moved = at("move", "C_002", "2020-06-04 16:30", "--zone", "Europe/Berlin")
    assert moved.out.startswith("C_002 is moved to Thu 4 Jun 2020 15:30 BST (16:30 CEST in Europe/Berlin) by video")
