"""What coordinators read in the Prefect UI: tables with stable keys, and progress. Codes only."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from flows.faults import reason
from flows.in_words import clock, lasting
from flows.morning import NightReport, complete, markdown
from flows.night_plan import NightPlan
from flows.outcomes import Outcome
from scheduling.local_time import show
from scheduling.recruitment import recruitment
from storage.alerts import alerts
from storage.database import Database
from storage.lengths import length
from storage.study import Study
from storage.tables import now

RECRUITMENT = "recruitment"
ALERTS = "alerts"
LAST_NIGHT = "last-night"
MORNING = "morning-report"
TONIGHT = "tonight"
NIGHT_PROGRESS = "night-progress"
RECORDING_PROGRESS = "recording-in-hand"
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
            "attempts": group.attempts,
            "moves": group.moves,
            "cancelled": group.cancelled,
            "no-shows": group.no_shows,
            "withdrawn": group.withdrawn,
        }
        for group in groups
    ]
    totals = {key: sum(row[key] for row in rows) for key in list(rows[0])[1:]}
    create_table_artifact(
        key=RECRUITMENT, table=[*rows, {"group": "All", **totals}], description="Interviews against their targets."
    )


@_never_in_the_way
def report_alerts(study: Study, database: Database) -> None:
    """What is the matter now, so that whoever watches sees it without a terminal."""
    with database.reading() as session:
        rows = [{"since": show(one.since, study.zone), "what": one.message} for one in alerts(session)]
    create_table_artifact(
        key=ALERTS, table=rows or [{"since": "", "what": "Nothing is the matter."}], description="What needs a person."
    )


@_never_in_the_way
def report_plan(plan: NightPlan, words: str, study: Study) -> None:
    """What is to be transcribed tonight, and when each recording will be done, as expected at the beginning."""
    taken = [
        (turn.job.recording, turn.done_at - turn.begins_at, f"about {clock(turn.done_at, study.zone)}")
        for turn in plan.turns
    ]
    left = [(left.job.recording, timedelta(seconds=left.seconds), "left") for left in plan.left]
    rows = [
        {
            "code": recording.code,
            "length": length(recording.length_ms),
            "takes": lasting(takes.total_seconds()),
            "done": done,
        }
        for recording, takes, done in (*taken, *left)
    ]
    create_table_artifact(key=TONIGHT, table=rows, description=words)


@_never_in_the_way
def report_night(report: NightReport, message: str) -> None:
    """The last run of the nightly transcription: its recordings as a table, and the report to read in the morning."""
    create_table_artifact(key=LAST_NIGHT, table=[_night_row(o) for o in report.outcomes], description=message)
    create_markdown_artifact(key=MORNING, markdown=markdown(report), description=message)


def _night_row(outcome: Outcome) -> dict[str, Any]:
    return {
        "code": outcome.code,
        "length": length(outcome.length_ms),
        "speed": f"{outcome.speed:.1f} x real time" if outcome.speed else "",
        "words": outcome.words or "",
        "windows": outcome.windows or "",
        "complete": complete(outcome),
        "to hear": outcome.quality.to_hear if outcome.quality else "",
        "outcome": f"{outcome.result}: {outcome.message}" if outcome.message else outcome.result,
        "next step": outcome.next_step,
    }


class ProgressArtifact:
    """A bar in the UI under a key that stays the same, brought up to date every few seconds."""

    def __init__(self, key: str, title: str) -> None:
        self._key = key
        self._title = title
        self._artifact: UUID | None = None
        self._updated = float("-inf")

    def __call__(self, part: float, words: str = "") -> None:
        if part < 1 and time.monotonic() - self._updated < UPDATE_S:
            return
        self._updated = time.monotonic()
        self._show(round(100 * part, 1), ", ".join(text for text in (self._title, words) if text))

    @_never_in_the_way
    def _show(self, percent: float, description: str) -> None:
        if self._artifact is None:
            created = create_progress_artifact(progress=percent, key=self._key, description=description)
            assert isinstance(created, UUID)
            self._artifact = created
        else:
            update_progress_artifact(self._artifact, progress=percent, description=description)
