"""When the deliveries of these tests are made, what happens during their last step, and which folders they leave."""

from collections.abc import Callable
from datetime import UTC, datetime

from storage.study import Study
from storage.tables import Interview

NIGHT = datetime(2020, 6, 10, 20, 15, 30, tzinfo=UTC)
Add = Callable[..., Interview]


def at_the_last_file(happens: Callable[[], None]) -> Callable[[int, int], None]:
    """Progress of a delivery during whose last step something happens."""
    return lambda done, total: happens() if done == total else None


def folders(study: Study, *, hidden: bool = False) -> list[str]:
    parent = study.place("deliveries")
    return sorted(p.name for p in parent.iterdir() if p.is_dir() and (hidden or p.name[0] != "."))
