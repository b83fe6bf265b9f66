"""The measure of codings after edits finds nothing wrong with the edit map, and would find it."""

from typing import Any

import pytest

from benchmarks import edited_codings
from storage.edits.edit_map import Carried, EditMap, Fate, carried

WRONG = ("flagged for nothing", "time lost", "moved")


def totals(transcripts: int = 4) -> dict[str, int]:
    table = edited_codings.rows(transcripts, seed=7)
    assert len(table) == len(edited_codings.ROUNDS)
    return {
        name: sum(int(str(row[name])) for row in table) for name in (*WRONG, "codings", "kept", "flagged", "inside")
    }


def test_codings_outside_edits_are_kept_and_those_inside_flagged() -> None:
    found = totals()
    assert [found[name] for name in WRONG] == [0, 0, 0]
    assert found["flagged"] == found["inside"] > 0
    assert found["kept"] > found["codings"] / 2


def stays(edits: EditMap, start: int, end: int) -> Carried:
    return Carried(Fate.KEPT, start, min(end, len(edits.new.text)))


def shifts(edits: EditMap, start: int, end: int) -> Carried:
    found = carried(edits, start, end)
    return Carried(found.fate, found.start + 1, found.end + 1) if found.fate == Fate.KEPT and start > 1_000 else found


def flags(edits: EditMap, start: int, end: int) -> Carried:
    return Carried(Fate.TOUCHED, start, end)


@pytest.mark.parametrize(("broken", "wrong"), [(stays, "moved"), (shifts, "moved"), (flags, "flagged for nothing")])
def test_a_map_that_moves_codings_or_flags_them_for_nothing_is_found_out(
    broken: Any, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edited_codings, "carried", broken)
    assert totals(1)[wrong] > 0
