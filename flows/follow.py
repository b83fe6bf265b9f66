"""The flow that keeps the study and its outside calendar in step."""

from typing import Any

from prefect import State, flow

from flows.environment import current_study
from flows.options import FollowOptions
from flows.outcomes import Outcome, Summary, number
from flows.reports import report_alerts
from flows.runs import as_task, ending
from scheduling.calendars.local import publish
from scheduling.errors import CalendarError
from scheduling.outside.following import Followed, carry_out_events, follow, watch_meetings
from scheduling.outside.placing import Keeping, Settled, keeping_with
from scheduling.outside.seeing import look
from storage.alerts import clear_alerts, raise_alert
from storage.contacts import open_contacts
from storage.database import open_database
from storage.tables import now

DEFAULTS = FollowOptions()
_ENTRY = "calendar:entry"  # key of the alert when the calendar cannot even be opened


@flow(name="follow-calendar")
def follow_calendar(options: FollowOptions = DEFAULTS) -> State[Any]:
    """Look at the interviewers' calendars, take in what was changed, write what is owed. Runs every two minutes."""
    return ending(_follow)


def _follow() -> Summary:
    study = current_study()
    database, contacts = open_database(study), open_contacts(study)
    try:
        with keeping_with(study, database, contacts) as keeping:
            if keeping is None:
                return Summary("this study has no outside calendar to follow")
            summary = _kept(keeping)
    except CalendarError as error:
        with database.writing() as session:
            raise_alert(session, _ENTRY, str(error), now())
        report_alerts(study, database)
        return Summary(str(error), failed=True)
    as_task("publish", "publish calendars", lambda: publish(study, database))
    report_alerts(study, database)
    return summary


def _kept(keeping: Keeping) -> Summary:
    calendar, database = keeping.calendar, keeping.database
    unseen = as_task("look", "look at interviewers' calendars", lambda: look(keeping.study, database, calendar, now()))
    followed = as_task("follow", "take in what was changed", lambda: follow(keeping, now()))
    written = as_task("write", "write what is owed", lambda: carry_out_events(keeping, now()))
    watch_meetings(keeping, now())
    with database.writing() as session:
        clear_alerts(session, [_ENTRY])
    return _summary(unseen, followed, written)


def _summary(unseen: dict[str, str], followed: Followed, written: Followed) -> Summary:
    settled = {**written.settled, **followed.settled}
    failures = {**unseen, **written.failures, **followed.failures}
    count = {how: sum(one is how for one in settled.values()) for how in Settled}
    parts = [
        (count[Settled.TAKEN], "interview", "changed as the calendar says"),
        (count[Settled.WRITTEN], "event", "written"),
        (count[Settled.CONFLICT], "interview", "to be settled by a person"),
        (len(failures), "calendar or event", "not reached"),
    ]
    message = ", ".join(f"{number(many, noun)} {what}" for many, noun, what in parts if many)
    return Summary(
        message or "nothing has changed",
        failed=bool(failures),
        outcomes=tuple(Outcome(code, "failed", why) for code, why in sorted(failures.items())),
        needs_person=bool(count[Settled.CONFLICT]),
    )
