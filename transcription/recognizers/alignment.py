"""Dynamic time warping: the cheapest way through a matrix of text against time.

Whisper's own is compiled with `numba.jit(parallel=True)`: it takes seconds to compile in every process, and starting
numba's threads makes each later operation of torch wait for all cores (measured: ten times slower on a busy machine).
This one walks the anti-diagonals with numpy and finds the same path.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_DIAGONAL, _DOWN, _RIGHT = 0, 1, 2


def cheapest_path(cost: NDArray[np.float64]) -> NDArray[np.int64]:
    """Rows and columns, shape (2, steps), of the path from the first to the last cell of `cost` (rows, columns).

    A step goes down, right, or both at once; where steps cost the same it goes right, as `whisper.timing.dtw` does.
    """
    return _walk_back(_steps(cost))


def _steps(cost: NDArray[np.float64]) -> NDArray[np.int8]:
    """The step by which each cell is reached most cheaply, with a border of one row and one column before."""
    rows, columns = cost.shape
    total = np.full((rows + 1) * (columns + 1), np.inf, np.float32)
    steps = np.full((rows + 1) * (columns + 1), _RIGHT, np.int8)
    cell = np.zeros((rows + 1, columns + 1), np.float64)
    cell[1:, 1:] = cost
    total[0], cells = 0, cell.ravel()
    for diagonal in range(2, rows + columns + 1):
        first, last = max(1, diagonal - columns), min(rows, diagonal - 1)
        # cells (row, diagonal - row) of the flattened matrix lie `columns` apart
        here = slice(diagonal + first * columns, diagonal + last * columns + 1, columns)
        before, above, left = (
            total[here.start - back : here.stop - back : columns] for back in (columns + 2, columns + 1, 1)
        )
        down = (above < before) & (above < left)
        straight = (before < above) & (before < left)
        steps[here] = np.where(straight, _DIAGONAL, np.where(down, _DOWN, _RIGHT))
        total[here] = cells[here] + np.where(straight, before, np.where(down, above, left))
    steps = steps.reshape(rows + 1, columns + 1)
    steps[0, :], steps[:, 0] = _RIGHT, _DOWN
    return steps


def _walk_back(steps: NDArray[np.int8]) -> NDArray[np.int64]:
    row, column = steps.shape[0] - 1, steps.shape[1] - 1
    path = []
    while row > 0 or column > 0:
        path.append((row - 1, column - 1))
        step = steps[row, column]
        row -= step != _RIGHT
        column -= step != _DOWN
    return np.array(path[::-1], np.int64).reshape(-1, 2).T
