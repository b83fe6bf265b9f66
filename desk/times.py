"""Times as the command line reads and writes them: the study's, and beside it that of who lives elsewhere."""

import re
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.study import Study

_CLOCK = re.compile(r"\d{1,2}:\d{2}")


def instant_of(text: str, study: "Study", now: datetime) -> datetime:
    """A time in the study's zone, such as '2020-06-03 14:00'; '14:00' alone is today's. Raises LocalTimeError."""
    from scheduling.local_time import read_local

    text = text.strip()
    today = f"{now.astimezone(study.zone):%Y-%m-%d} "
    return read_local(f"{today if _CLOCK.fullmatch(text) else ''}{text}", study.zone)


def both_times(instant: datetime, study: "Study", zone: str) -> str:
    """An instant in the study's zone, and in that of a participant ('' is the study's) where clocks differ then."""
    from zoneinfo import ZoneInfo

    from scheduling.local_time import show

    there = ZoneInfo(zone) if zone else study.zone
    written = show(instant, study.zone)
    if instant.astimezone(there).utcoffset() == instant.astimezone(study.zone).utcoffset():
        return written
    return f"{written} ({show(instant, there)} for them)"
