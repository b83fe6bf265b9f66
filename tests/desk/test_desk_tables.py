"""Tables of any length: the same rows and columns, each row on one line or, where it is too wide, folded."""

from pathlib import Path

import pytest

from desk.output import MOST_FOLDED, WIDTH_OF_A_FILE, print_table
from desk.sheets import tell


@pytest.mark.parametrize("count", [3, MOST_FOLDED, MOST_FOLDED + 1, 5_000])
def test_every_row_is_printed_once_in_order(capsys: pytest.CaptureFixture[str], count: int) -> None:
    print_table([{"interview": f"C_{number:04}_06/20", "set_aside": number} for number in range(count)], "Transcripts")
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if line and line[0].startswith("C_")] == [
        [f"C_{number:04}_06/20", str(number)] for number in range(count)
    ]
    assert ["interview", "set", "aside"] in lines and ["Transcripts"] in lines


def test_a_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(
        [{"words": 7, "remark": "two lines", "none": None}, {"words": 12_345, "remark": "", "none": ""}], "Short"
    )
    assert capsys.readouterr().out.splitlines() == [
        *("Short", "", "  words  remark     none", " ────────────────────────"),
        *("      7  two lines", "  12345", ""),
    ]


def test_in_a_long_table_a_cell_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"words": 7, "remark": "two\nlines"}, *({"words": 12_345, "remark": ""},) * MOST_FOLDED]
    print_table(rows, "Long")
    printed = capsys.readouterr().out.splitlines()
    assert printed[4:6] == ["      7  two lines", "  12345"]
    assert len(printed) == 5 + len(rows)


def test_wide_characters_and_marks_that_combine_keep_the_columns_in_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([{"code": "健康", "uses": 1}, {"code": "cafe\u0301", "uses": 2}, {"code": "plain", "uses": 3}], "Codes")
    assert capsys.readouterr().out.splitlines()[4:7] == ["  健康      1", "  cafe\u0301      2", "  plain     3"]


@pytest.mark.parametrize("reason", [" ".join(f"word{number}" for number in range(60)), "first\nsecond"])
def test_what_is_too_wide_or_has_lines_is_folded_and_nothing_is_lost(
    capsys: pytest.CaptureFixture[str], reason: str
) -> None:
    print_table([{"reason": reason}, {"reason": "short"}], "Folded")
    title, *lines = (line for line in capsys.readouterr().out.splitlines() if line.strip())
    assert title.strip() == "Folded" and max(map(len, lines)) <= WIDTH_OF_A_FILE
    assert len(lines) > 4
    assert " ".join(lines[2:]).split() == [*reason.split(), "short"]


def test_in_a_file_nothing_is_an_empty_cell_and_only_text_is_kept_from_being_computed(tmp_path: Path) -> None:
    """What is not known stood there as 'None'."""
    rows = [{"from": None, "kappa": -0.5, "codings": -1, "quote": "-5 =SUM"}]
    tell(rows, "Rows", csv=tmp_path / "rows.csv", as_json=False, empty="")
    assert (tmp_path / "rows.csv").read_text() == "from,kappa,codings,quote\n,-0.5,-1,'-5 =SUM\n"
