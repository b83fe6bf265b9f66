"""The path through text and time is that of Whisper's own dynamic time warping."""

import inspect

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from transcription.recognizers.alignment import cheapest_path

SIZES = st.tuples(st.integers(1, 12), st.integers(1, 20))
COSTS = st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0])  # few values, so that ties are common


def path_by_whisper(cost: np.ndarray) -> list[list[int]]:
    """`whisper.timing.dtw_cpu` as it is written, neither compiled nor replaced: its source, run as plain Python."""
    from whisper import timing

    source = inspect.getsource(timing)
    start, end = source.index("def backtrace"), source.index("def dtw_cuda")
    written = "\n".join(line for line in source[start:end].splitlines() if not line.startswith("@numba"))
    names: dict[str, object] = {"np": np}
    exec(written, names)
    return names["dtw_cpu"](cost).tolist()  # type: ignore[operator]


@given(SIZES.flatmap(lambda size: arrays(np.float64, size, elements=COSTS)))
def test_it_is_the_path_that_whisper_finds(cost: np.ndarray) -> None:
    assert cheapest_path(cost).tolist() == path_by_whisper(cost)


def test_it_follows_a_cheap_diagonal() -> None:
    cost = 1.0 - np.eye(5)
    assert cheapest_path(cost).tolist() == [list(range(5)), list(range(5))]
