"""A matrix of codes as a picture: a heat map with the number in every cell, readable without colours too."""

import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from storage.codes.questions import Matrix
from storage.errors import StorageError

INSTALL = "pip install 'fieldcall[coding]'"
MOST_ROWS = 40  # that can be read on a page
LONGEST_NAME = 36
_COLOURS = "cividis"  # made to look the same to those who see no red or no green
_CELL_WIDTH, _CELL_HEIGHT = 0.62, 0.34  # inches
_LETTER = 0.08  # inches
_SETTINGS: Any = {  # a $ is money
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "figure.titlesize": 11,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a picture shows of a matrix: names of rows and columns, the number in each cell (None for no cell), and how
    many codes these are."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    numbers: tuple[tuple[int | None, ...], ...]
    note: str


def of_groups(matrix: Matrix) -> Shown:
    """Codes by groups, in the order of the codebook."""
    rows, note = _most_used(matrix)
    numbers = tuple(tuple(matrix.cell(row, column).codings for column in matrix.columns) for row in rows)
    return Shown(rows, tuple(column.replace("_", " ") for column in matrix.columns), numbers, note)


def of_pairs(matrix: Matrix) -> Shown:
    """Codes by codes: every pair once, below the diagonal."""
    names, note = _most_used(matrix)
    numbers = tuple(
        tuple(matrix.cell(row, column).codings if other < at else None for other, column in enumerate(names[:-1]))
        for at, row in enumerate(names)
    )
    return Shown(names[1:], names[:-1], numbers[1:], note)


def _most_used(matrix: Matrix) -> tuple[tuple[str, ...], str]:
    """The rows with the most codings, as many as a page takes, in the order that they have; and which these are."""
    codings = {row: sum(matrix.cell(row, column).codings for column in matrix.columns) for row in matrix.rows}
    used = [row for row in matrix.rows if codings[row]]
    if len(used) <= MOST_ROWS:
        return tuple(used), f"{len(used)} codes"
    most = set(sorted(used, key=lambda row: -codings[row])[:MOST_ROWS])
    return tuple(row for row in used if row in most), f"the {MOST_ROWS} of {len(used)} codes with the most codings"


def write_heat_map(shown: Shown, file: IO[bytes], *, title: str) -> None:
    """Write a PNG; the same numbers give the same bytes. Raises StorageError where nothing is to be shown."""
    if not shown.rows or not shown.columns:
        raise StorageError("There is nothing to draw yet: no coding counts. 'fieldcall codes import FILE' brings them.")
    try:
        import numpy
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise StorageError(
            f"A plot is drawn by matplotlib, which is not installed. Install it with {INSTALL}."
        ) from error
    left, below = (_LETTER * max(map(len, map(_short, names))) for names in (shown.rows, shown.columns))
    width, height = len(shown.columns) * _CELL_WIDTH, len(shown.rows) * _CELL_HEIGHT
    with rc_context(_SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # in a script that the font lacks names are boxes
        figure = Figure(figsize=(max(left + width + 2, 5), height + below + 2), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        values = numpy.array([[numpy.nan if n is None else n for n in row] for row in shown.numbers], dtype=float)
        image = axes.imshow(values, cmap=_COLOURS, vmin=0, vmax=max(1, numpy.nanmax(values)), aspect="auto")
        _label(axes, shown)
        _number(axes, shown, image)
        figure.suptitle("\n".join(_wrapped(f"{title} ({shown.note})", figure.get_figwidth())), x=0.02, ha="left")
        figure.colorbar(image, ax=axes, label="codings", shrink=min(1, 3 / height))
        figure.savefig(file, format="png", dpi=150, metadata={"Software": None})


def _label(axes: Any, shown: Shown) -> None:
    axes.set_xticks(range(len(shown.columns)), [_short(name) for name in shown.columns], rotation=40, ha="right")
    axes.set_yticks(range(len(shown.rows)), [_short(name) for name in shown.rows])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _wrapped(title: str, width: float) -> list[str]:
    return textwrap.wrap(title, max(20, int(width / _LETTER / 1.3)))


def _number(axes: Any, shown: Shown, image: Any) -> None:
    """Dark numbers on light cells, and the other way round."""
    for at, row in enumerate(shown.numbers):
        for other, number in enumerate(row):
            if number is not None:
                colour = "black" if _luminance(image.to_rgba(number)) > 0.18 else "white"
                axes.text(other, at, f"{number}", ha="center", va="center", color=colour)


def _luminance(rgba: Sequence[float]) -> float:
    """How bright a colour looks, 0 to 1; at 0.18 black and white stand out from it alike (WCAG 2.2)."""
    red, green, blue = (float(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in rgba[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
