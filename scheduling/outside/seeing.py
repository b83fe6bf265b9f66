"""When interviewers are busy by their own outside calendars: asked often, kept as rows, closed where not known.

What is kept is what slots are made from, so that offering times needs no network. A calendar that cannot be
seen keeps its last busy times and gets a failure, and nobody is offered its owner's time until it is seen again.
"""

from collections.abc import Mapping
from datetime import datetime
from math import ceil, floor

from sqlmodel import Session

from scheduling.calendars.base import Calendar, Unseen
from scheduling.errors import CalendarError
from scheduling.local_time import span_of_days
from scheduling.outside.calendar_views import view_of
from scheduling.spans import Span, merged
from storage.alerts import clear_alerts, raise_alert
from storage.database import Database
from storage.study import Study

NOBODY = "calendar:unseen"  # key of the alert when no calendar can be seen


def look(study: Study, database: Database, calendar: Calendar, now: datetime) -> dict[str, str]:
    """Look at every interviewer's own calendar from now to the study's end; returns why some cannot be, by code."""
    addresses = {code: one.calendar for code, one in study.interviewers.items() if one.calendar}
    span = Span(now, span_of_days(study.study.start, study.study.end, study.zone).end)
    if not addresses or span.end <= span.start:
        return {}
    try:
        found = calendar.busy(sorted(set(addresses.values())), span)
    except CalendarError as error:
        return _nobody_is_seen(database, list(addresses), str(error), now)
    with database.writing() as session:
        clear_alerts(session, [NOBODY])
        return {
            code: failure
            for code, address in sorted(addresses.items())
            if (failure := _write_down(session, code, found, address, span, now))
        }


def _nobody_is_seen(database: Database, codes: list[str], failure: str, now: datetime) -> dict[str, str]:
    """One fault, one alert: it is not repeated for each interviewer."""
    with database.writing() as session:
        for code in codes:
            view_of(session, code).failure = failure
        message = f"No interviewer's calendar can be seen, so none of their time is offered. {failure}"
        raise_alert(session, NOBODY, message, now)
    return dict.fromkeys(codes, failure)


def _write_down(
    session: Session,
    code: str,
    found: Mapping[str, tuple[Span, ...] | Unseen],
    address: str,
    span: Span,
    now: datetime,
) -> str:
    view, key = view_of(session, code), f"calendar:{code}"
    busy = found.get(address, Unseen("The calendar is missing from the answer. It is asked again by itself."))
    if isinstance(busy, Unseen):
        view.failure = busy.reason
        message = f"The calendar of {code} cannot be seen, so none of their time is offered. {busy.reason}"
        raise_alert(session, key, message, now)
        return busy.reason
    view.busy = [[floor(one.start.timestamp()), ceil(one.end.timestamp())] for one in merged(busy)]
    view.seen_at, view.until, view.failure = now, span.end, ""
    clear_alerts(session, [key])
    return ""
