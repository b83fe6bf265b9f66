"""What coordinators read in the Prefect UI: tables with stable keys, and progress. Codes only."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact

from flows.faults import reason
from flows.outcomes import Outcome
from scheduling.recruitment import recruitment
from storage.database import Database
from storage.lengths import length
from storage.study import Study
from storage.tables import now

RECRUITMENT = "recruitment"
LAST_NIGHT = "last-night"
UPDATE_S = 5.0

Told = ParamSpec("Told")

logger = logging.getLogger(__name__)


def _never_in_the_way(report: Callable[Told, None]) -> Callable[Told, None]:
    """What is shown must not change what has happened: a report that cannot be made is logged, and that is all."""

    @wraps(report)
    def told(*args: Told.args, **kwargs: Told.kwargs) -> None:
        try:
            report(*args, **kwargs)
        except Exception as error:  # see above
            logger.warning("A table or a progress could not be shown: %s", reason(error))

    return told


@_never_in_the_way
def report_recruitment(study: Study, database: Database) -> None:
    """Interviews against their targets, per group."""
    with database.reading() as session:
        groups = recruitment(session, study, now())
    rows: list[dict[str, Any]] = [
        {
            "group": group.label,
            "target": group.target,
            "to book": group.to_book,
            "booked": group.booked,
            "held": group.held,
            "transcribed": group.transcribed,
            "delivered": group.delivered,
        }
        for group in groups
    ]
    totals = {key: sum(row[key] for row in rows) for key in list(rows[0])[1:]}
    create_table_artifact(
        key=RECRUITMENT, table=[*rows, {"group": "All", **totals}], description="Interviews against their targets."
    )


@_never_in_the_way
def report_night(outcomes: Sequence[Outcome], message: str) -> None:
    """The recordings of the last run of the nightly transcription."""
    create_table_artifact(key=LAST_NIGHT, table=[_night_row(o) for o in outcomes], description=message)


def _night_row(outcome: Outcome) -> dict[str, Any]:
    return {
        "code": outcome.code,
        "length": length(outcome.length_ms),
        "speed": f"{outcome.speed:.1f} x real time" if outcome.speed else "",
        "words": outcome.words or "",
        "windows": outcome.windows or "",
        "outcome": f"{outcome.result}: {outcome.message}" if outcome.message else outcome.result,
        "next step": outcome.next_step,
    }


class ProgressArtifact:
    """The progress of one recording in the UI, brought up to date every few seconds."""

    def __init__(self, code: str, title: str) -> None:
        self._key = f"transcribing-{code.lower().replace('_', '-')}"
        self._title = title
        self._artifact: UUID | None = None
        self._updated = 0.0

    def __call__(self, part: float) -> None:
        if part < 1 and time.monotonic() - self._updated < UPDATE_S:
            return
        self._updated = time.monotonic()
        self._show(round(100 * part, 1))

    @_never_in_the_way
    def _show(self, percent: float) -> None:
        if self._artifact is None:
            description = f"transcribe {self._title}"
            created = create_progress_artifact(progress=percent, key=self._key, description=description)
            assert isinstance(created, UUID)
            self._artifact = created
        else:
            update_progress_artifact(self._artifact, progress=percent)
