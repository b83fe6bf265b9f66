"""What could not be taken as it is, itemised while a file is read."""

from collections import Counter

from storage.imports.coded_project import Loss


class Losses:
    """Losses in the order they are met; what happens to many things alike is one loss with their number."""

    def __init__(self) -> None:
        self._single: list[Loss] = []
        self._alike: Counter[tuple[str, str]] = Counter()

    def add(self, where: str, what: str) -> None:
        """Something that happened to one thing."""
        self._single.append(Loss(where, what))

    def tally(self, where: str, what: str, number: int = 1) -> None:
        """Something that can happen to many things alike."""
        self._alike[where, what] += number

    def found(self) -> tuple[Loss, ...]:
        """All of them, those that stand for many last."""
        alike = (
            Loss(where, f"{what} ({number:,} times)" if number > 1 else what)
            for (where, what), number in self._alike.items()
        )
        return (*self._single, *alike)
