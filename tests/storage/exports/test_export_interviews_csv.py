"""The list of interviews, read back with the csv module."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from storage.exports.contents import Contents
from storage.exports.interviews_csv import write_interviews_csv

Make = Callable[..., Contents]


def test_it_is_as_agreed(contents: Make, golden: Callable[[str], bytes]) -> None:
    assert _written(contents()) == golden("interviews.csv")


def test_both_sides_of_the_autumn_change_keep_their_offset(contents: Make) -> None:
    first = replace(contents().interviews[0], starts_at=datetime(2020, 10, 25, 0, 30, tzinfo=UTC))
    second = replace(first, starts_at=datetime(2020, 10, 25, 1, 30, tzinfo=UTC))
    rows = _rows(contents(interviews=(first, second)))
    assert [row["start_local"] for row in rows] == ["2020-10-25T01:30+01:00", "2020-10-25T01:30+00:00"]
    assert [row["start_utc"] for row in rows] == ["2020-10-25T00:30:00Z", "2020-10-25T01:30:00Z"]


@pytest.mark.parametrize("remark", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r\n=1", '=HYPERLINK("x")'])
def test_a_cell_is_never_a_formula(contents: Make, remark: str) -> None:
    row = _rows(contents(interviews=(replace(contents().interviews[0], remark=remark),)))[0]
    assert row["remark"] == "'" + remark.strip()


def test_awkward_text_stays_in_its_cell(contents: Make) -> None:
    rows = _rows(contents(interviews=(replace(contents().interviews[0], remark='a, "b"; c\nd £'),)))
    assert [row["remark"] for row in rows] == ['a, "b"; c d £']


def _written(made: Contents) -> bytes:
    file = io.BytesIO()
    write_interviews_csv(made, file)
    return file.getvalue()


def _rows(made: Contents) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_written(made).decode("utf-8"), newline="")))
