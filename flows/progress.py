"""What a terminal may watch while a flow runs in its process; flows take no callables as parameters."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from flows.outcomes import Outcome, Summary


class Observer(Protocol):
    """Told what is going on, from the thread that does it; must return quickly."""

    def began(self, name: str) -> None:
        """Work on `name` ('C_031 · 42 min', 'capture') begins."""

    def moved(self, name: str, done: float, total: float, words: str = "") -> None:
        """So much of it is done; `total` is 0 where it is not known. `words` tell when it will be done."""

    def ended(self, name: str, outcome: Outcome | None) -> None:
        """Work on `name` has ended, or broke off without an outcome."""

    def said(self, sentence: str) -> None:
        """Something to read while it works, such as what is planned."""


class Nobody:
    """Watches nothing: what flows in a worker have."""

    def began(self, name: str) -> None: ...
    def moved(self, name: str, done: float, total: float, words: str = "") -> None: ...
    def ended(self, name: str, outcome: Outcome | None) -> None: ...
    def said(self, sentence: str) -> None: ...


_observer: ContextVar[Observer] = ContextVar("observer", default=Nobody())  # noqa: B039 - it holds nothing
_summaries: ContextVar[list[Summary] | None] = ContextVar("summaries", default=None)


@contextmanager
def watching(observer: Observer) -> Iterator[list[Summary]]:
    """Let `observer` watch what runs inside; yields the list that the summaries of its flows go to."""
    summaries: list[Summary] = []
    watched, collected = _observer.set(observer), _summaries.set(summaries)
    try:
        yield summaries
    finally:
        _observer.reset(watched)
        _summaries.reset(collected)


def observer() -> Observer:
    """Who watches now."""
    return _observer.get()


def hand_over(summary: Summary) -> None:
    """Give a flow's summary to whoever started it in this process."""
    summaries = _summaries.get()
    if summaries is not None:
        summaries.append(summary)
