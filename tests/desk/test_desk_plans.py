"""Plans at the command line: shown before anything is booked, booked as shown, saved, changed by hand, repaired."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
EARLY = ("--as-of", "2020-04-28 09:00")


@pytest.fixture
def many(tmp_path: Path, at: Any) -> None:
    rows = [f"C_{number:03},client,phone," for number in range(1, 6)]
    file = tmp_path / "many.csv"
    file.write_text("\n".join(["code,group,mode,available", *rows, "M_01,manager,video,Sat 10:00-12:00"]))
    assert at("participants", "import", file).status == 0


def times(at: Any) -> dict[str, tuple[str, str]]:
    rows = at("interviews", "--json").json
    return {
        row["interview"].rpartition("_")[0]: (row["when"], row["with"]) for row in rows if row["state"] != "cancelled"
    }


def test_a_plan_is_shown_with_loads_reasons_and_what_it_is_worth_and_books_nobody(many: None, at: Any) -> None:
    said = at("book", "--all", "--plan", *EARLY)
    assert said.status == 1  # the manager has no place, so a person must act
    assert "Fri 1 May 2020 09:00 BST" in said.out
    assert "first possible day" in said.out
    assert "weekly limit" in said.out
    assert "the participant's own hours never meet an interviewer's working hours" in said.out
    assert "5 proposed, 1 without a place. No plan is better." in said.out
    assert "Nothing is booked yet" in said.out
    assert times(at) == {}


def test_a_plan_as_json_has_all_of_it(many: None, at: Any) -> None:
    plan = at("book", "--all", "--plan", "--json", *EARLY).json
    assert plan["how"] == "optimal" and plan["score"] == plan["bound"]
    assert len(plan["proposed"]) == 5 and plan["booked"] is None
    assert sum(sum(load.values()) for load in plan["loads"].values()) == 5
    assert [one["code"] for one in plan["unplaced"]] == ["M_01"]


def test_apply_books_exactly_what_was_proposed(many: None, at: Any) -> None:
    plan = at("book", "--all", "--plan", "--json", *EARLY).json
    said = at("book", "--all", "--plan", "--apply", *EARLY)
    assert said.status == 1 and "5 booked." in said.out and "M_01 could not be booked because" in said.err
    assert times(at) == {row["code"]: (row["when"], row["with"]) for row in plan["proposed"]}
    again = at("book", "--all", "--apply", "--json", *EARLY)
    assert again.json["proposed"] == []


def test_a_plan_is_saved_changed_by_hand_and_booked(many: None, at: Any, tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    assert "Book it with" in at("book", "--all", "--out", file, *EARLY).out
    lines = file.read_text().splitlines()
    changed = lines[2].split(",")
    file.write_text(
        "\n".join([*lines[:2], ",".join([changed[0], "2020-06-10 10:00", *changed[2:]]), *lines[3:], "C_999,,,"])
    )
    said = at("book", "--from", file, *EARLY)
    assert said.status == 1
    assert "5 booked." in said.out
    assert "line 7 (C_999)" in said.err and "1 rows were not booked" in said.err
    assert times(at)[changed[0]][0] == "2020-06-10T09:00:00+00:00"
    assert at("book", "--from", tmp_path / "none.csv", *EARLY).status == 1


def test_without_ortools_the_plan_is_greedy_and_says_how_to_get_better(
    many: None, at: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduling.cohort.solver.is_installed", lambda: False)
    said = at("book", "--all", "--plan", *EARLY)
    assert "pip install 'fieldcall[plan]'" in said.err
    assert "how far that is from the best is not known" in said.out
    assert at("book", "--all", "--plan", "--json", *EARLY).json["bound"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("C_001", "--all"),
        ("C_001", "--plan"),
        ("--all", "--at", "2020-06-03 10:00"),
        ("--all", "--json"),
        ("--from", "x.csv", "--apply"),
        ("--all", "--plan", "--seconds", "0"),
    ],
)
def test_what_does_not_go_together_is_refused(many: None, at: Any, arguments: tuple[str, ...]) -> None:
    assert at("book", *arguments, *EARLY).status == 2


def test_repair_proposes_moves_and_tells_the_line_for_the_study_file(many: None, at: Any) -> None:
    at("book", "--all", "--apply", *EARLY)
    before = times(at)
    sick = sorted(code for code, (_, who) in before.items() if who == "INT_01")
    said = at("repair", "INT_01", "2020-05-01..2020-05-08", "--as-of", "2020-04-28 10:00")
    assert said.status == 0, said.out
    assert "Nothing has been moved yet" in said.out
    assert 'away = ["2020-05-25", "2020-08-03..2020-08-14", "2020-05-01..2020-05-08"]' in said.out
    assert times(at) == before
    told = at("repair", "int_01", "2020-05-01..2020-05-08", "--apply", "--json", "--as-of", "2020-04-28 10:00").json
    assert told["applied"] and told["affected"] == sick and told["others_moved"] == 0
    after = times(at)
    assert after == before | {move["code"]: (move["to"], move["with"]) for move in told["moves"]}
    assert "INT_01 is away" in at("participants", "show", sick[0]).out


def test_repair_of_days_without_interviews_or_with_a_mistake(many: None, at: Any) -> None:
    said = at("repair", "INT_01", "2020-08-03", *EARLY)
    assert (said.status, said.out) == (0, "INT_01 has no interviews on those days.\n")  # away already: no line to add
    assert at("repair", "INT_99", "2020-08-03", *EARLY).status == 1
    assert at("repair", "INT_01", "2020-08-99", *EARLY).status == 2
    assert at("repair", "INT_01", "2020-08-03", "--plan", "--apply", *EARLY).status == 2


def test_a_whole_process_plans_without_a_terminal(many: None, study: Any) -> None:
    command = [sys.executable, "-m", "desk", "--study", str(study.folder), "book", "--all", "--plan", "--json", *EARLY]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert (run.returncode, run.stderr) == (1, "")
    assert json.loads(run.stdout)["how"] == "optimal"
