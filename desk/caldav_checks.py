"""What `fieldcall doctor` looks at where the study's calendar is on a CalDAV server."""

from contextlib import closing
from datetime import datetime

from desk.checks import Check
from desk.interviewer_checks import check_interviewers
from scheduling.calendars.caldav import Survey, open_caldav
from scheduling.errors import CalendarError, CalendarUnavailable
from storage.study import Study


def check_caldav(study: Study, now: datetime) -> list[Check]:
    """Whether the server lets us in, the study's calendar can be written, and interviewers' calendars be seen."""
    try:
        calendar = open_caldav(study)
    except CalendarError as error:
        return [Check("CalDAV server", "cannot be asked", str(error))]
    with closing(calendar):
        try:
            survey = calendar.survey()
        except CalendarUnavailable as error:
            return [Check("CalDAV server", "does not answer", str(error))]
        except CalendarError as error:
            return [Check("CalDAV server", "does not let us in", str(error))]
        return [
            Check("CalDAV server", "answers, the password is accepted"),
            _writing(survey),
            _following(survey),
            _inviting(survey, study),
            *check_interviewers(calendar, study, now),
        ]


def _writing(survey: Survey) -> Check:
    name, next_step = "study calendar", "Put the address of the calendar itself as calendar.address into study.toml."
    if not survey.is_calendar:
        return Check(name, "there is no calendar at calendar.address", next_step)
    if not survey.may_write:
        return Check(name, "may only be read", "Share it with the user of calendar.user with the right to write.")
    return Check(name, "can be written")


def _following(survey: Survey) -> Check:
    how = "told by the server" if survey.tells_changes else "found by comparing all events, for the server tells none"
    return Check("changes by others", how)


def _inviting(survey: Survey, study: Study) -> Check:
    if not study.calendar.invite_participants:
        return Check("invitations", "sent by mail, not by the CalDAV server")
    if survey.sends_invitations:
        return Check("invitations", "sent by the CalDAV server")
    return Check(
        "invitations",
        "asked of the CalDAV server, which sends none",
        "Set calendar.invite_participants to false in study.toml, and give a mail server in [mail].",
    )
