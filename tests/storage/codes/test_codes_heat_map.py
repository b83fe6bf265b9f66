"""What a heat map shows, and that any name can be written into it."""

import sys
from io import BytesIO

import pytest

from storage.codes.heat_map import MOST_ROWS, Shown, of_groups, of_pairs, write_heat_map
from storage.codes.questions import Matrix, Tally
from storage.errors import StorageError


def square(*pairs: tuple[str, str, int]) -> Matrix:
    names = tuple(sorted({name for one, other, _ in pairs for name in (one, other)}))
    cells = {key: Tally(n, 1) for one, other, n in pairs for key in ((one, other), (other, one))}
    return Matrix(names, names, cells)


def test_every_pair_is_shown_once() -> None:
    shown = of_pairs(square(("A", "B", 3), ("B", "C", 1)))
    assert (shown.rows, shown.columns) == (("B", "C"), ("A", "B"))
    assert shown.numbers == ((3, None), (0, 1))
    assert shown.note == "3 codes"


def test_a_code_that_is_not_used_is_not_shown_and_a_group_without_codings_is() -> None:
    matrix = Matrix(("A", "B"), ("client", "link_worker"), {("A", "client"): Tally(2, 1)})
    shown = of_groups(matrix)
    assert (shown.rows, shown.columns, shown.numbers) == (("A",), ("client", "link worker"), ((2, 0),))


def test_of_many_codes_those_with_the_most_codings_are_shown_in_the_order_of_the_codebook() -> None:
    rows = tuple(f"{number:02}" for number in range(MOST_ROWS + 5))
    matrix = Matrix(rows, ("client",), {(row, "client"): Tally(1 + int(row), 1) for row in rows})
    shown = of_groups(matrix)
    assert shown.rows == rows[5:]
    assert shown.note == "the 40 of 45 codes with the most codings"


@pytest.mark.parametrize(
    "name", ["$20 and $30", "50 % \\alpha_{x}", "مرحبا", "🙂", "a very long name " * 9, "_", "日本"]
)
def test_any_name_can_be_drawn(name: str) -> None:
    picture = BytesIO()
    write_heat_map(Shown((name,), (name,), ((1,),), "1 codes"), picture, title=name)
    assert picture.getvalue().startswith(b"\x89PNG")


def test_where_every_cell_is_nothing_the_colours_still_mean_something() -> None:
    write_heat_map(Shown(("A",), ("client",), ((0,),), "1 codes"), BytesIO(), title="none")


def test_nothing_is_drawn_of_nothing() -> None:
    with pytest.raises(StorageError, match="There is nothing to draw yet"):
        write_heat_map(of_pairs(Matrix((), (), {})), BytesIO(), title="none")


def test_the_extra_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(StorageError, match=r"drawn by matplotlib, which is not installed\. .*'fieldcall\[coding\]'"):
        write_heat_map(Shown(("A",), ("client",), ((1,),), "1 codes"), BytesIO(), title="one")
