"""Recordings that wait, as values."""

from datetime import UTC, date, datetime, timedelta

from flows.night_plan import Job
from flows.speeds import Effort
from flows.transcription_queue import Waiting

FIRST = datetime(2020, 6, 1, 9, 0, tzinfo=UTC)


def waits(number: int, minutes: float = 60.0) -> Waiting:
    """Recording `number` of an interview held `number` days after the first."""
    return Waiting(
        recording_id=number,
        sha256=f"{number:064x}",
        suffix=".wav",
        length_ms=round(minutes * 60_000),
        code=f"C_{number:03}",
        label=f"C_{number:03}_06/20",
        interviewer_code="INT_01",
        may_record=True,
        consented_on=date(2020, 5, 1),
        starts_at=FIRST + timedelta(days=number),
    )


def job(number: int, minutes_of_work: float) -> Job:
    """A recording that takes so long, a tenth of it for the hearing."""
    return Job(waits(number), Effort(6 * minutes_of_work, 54 * minutes_of_work))
