"""Tables of any length: the same rows and columns, whether they are drawn or, past some hundreds, only aligned."""

import pytest

from desk.output import MOST_DRAWN, print_table


@pytest.mark.parametrize("count", [3, MOST_DRAWN, MOST_DRAWN + 1, 5_000])
def test_every_row_is_printed_once_in_order(capsys: pytest.CaptureFixture[str], count: int) -> None:
    print_table([{"interview": f"C_{number:04}_06/20", "set_aside": number} for number in range(count)], "Transcripts")
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line for line in lines if line and line[0].startswith("C_")] == [
        [f"C_{number:04}_06/20", str(number)] for number in range(count)
    ]
    assert ["interview", "set", "aside"] in lines and ["Transcripts"] in lines


def test_a_long_table_is_aligned_and_a_cell_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"words": 7, "remark": "two\nlines", "none": None}, *({"words": 12_345, "remark": "", "none": ""},) * 600]
    print_table(rows, "Long")
    printed = capsys.readouterr().out.splitlines()
    assert printed[1:5] == ["words  remark     none", "─────  ─────────  ────", "    7  two lines", "12345"]
    assert len(printed) == 3 + len(rows)
