"""The bars of a terminal: one for the night, one for the recording in hand, each with its end in words."""

import re

import pytest

from desk.runs import Bars


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")


def seen(capsys: pytest.CaptureFixture[str]) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", capsys.readouterr().err)


@pytest.mark.usefixtures("terminal")
def test_a_bar_tells_its_part_and_its_end_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        bars.said("night of 22 Nov: C_031 about 23:40, all done about 02:15.")
        bars.began("night of 22 Nov")
        bars.began("C_031 · 42 min")
        bars.moved("night of 22 Nov", 0.25, 1.0, "all done about 02:15")
        bars.moved("C_031 · 42 min", 0.5, 1.0, "done about 23:40")
    lines = seen(capsys).splitlines()
    assert "night of 22 Nov: C_031 about 23:40, all done about 02:15." in lines
    assert any(re.search(r"night of 22 Nov .* 25% all done about 02:15", line) for line in lines)
    assert any(re.search(r"C_031 · 42 min .* 50% done about 23:40", line) for line in lines)


@pytest.mark.usefixtures("terminal")
def test_without_words_it_tells_the_time_that_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        bars.began("book")
        bars.moved("book", 1, 2)
    assert re.search(r"book .* 50% -?[-\d]:", seen(capsys))


def test_where_there_is_no_terminal_nothing_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with Bars() as bars:
        bars.said("night of 22 Nov")
        bars.began("book")
        bars.moved("book", 1, 2)
        bars.ended("book", None)
    assert seen(capsys) == ""
