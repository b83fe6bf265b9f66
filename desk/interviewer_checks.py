"""What `fieldcall doctor` looks at in interviewers' own calendars. Nobody's address stands in what it says."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from desk.checks import Check
from scheduling.calendars.base import Calendar, Unseen
from scheduling.errors import CalendarError
from scheduling.spans import Span
from storage.study import Study

_AHEAD = timedelta(weeks=4)


def check_interviewers(calendar: Calendar, study: Study, now: datetime) -> Iterator[Check]:
    """Whose calendars are seen, each by the interviewer's code, and who has given none."""
    addresses = {code: one.calendar for code, one in sorted(study.interviewers.items()) if one.calendar}
    try:
        busy = calendar.busy(list(addresses.values()), Span(now, now + _AHEAD))
    except CalendarError as error:
        yield Check("interviewers' calendars", "cannot be seen", str(error))
        return
    for code, address in addresses.items():
        yield _interviewer(code, busy[address])
    seen = sum(not isinstance(busy[address], Unseen) for address in addresses.values())
    finding = f"{seen} of {len(study.interviewers)} are seen"
    if without := sorted(study.interviewers.keys() - addresses.keys()):
        finding += f"; none is given for {', '.join(without)}"
    yield Check("interviewers' calendars", finding)


def _interviewer(code: str, busy: tuple[Span, ...] | Unseen) -> Check:
    if isinstance(busy, Unseen):
        return Check(f"calendar of {code}", "cannot be seen", busy.reason)
    return Check(f"calendar of {code}", f"seen; spans of time taken in the next four weeks: {len(busy)}")
