"""What `fieldcall doctor` looks at where a study uses Google. Nobody's address stands in what it says."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from desk.checks import Check
from desk.interviewer_checks import check_interviewers
from desk.opened import Opened
from scheduling.calendars.google import GoogleCalendar, open_google
from scheduling.errors import CalendarError
from storage.errors import StorageError
from storage.google.account import build_service, credentials_of, read_token, scopes_of
from storage.google.calls import GoogleAccessLost, GoogleError, call
from storage.google.login import account_email, in_words
from storage.study import Study

# Google ends a login 7 days after it was given where the consent screen is in 'Testing', and after 6 months unused
_TESTING_NEAR, _TESTING_ENDS = timedelta(days=5), timedelta(days=7)
_UNUSED_NEAR = timedelta(days=150)
_FOLDER = "name='Meet Recordings' and mimeType='application/vnd.google-apps.folder' and trashed=false"
_WRITERS = ("owner", "writer", "writerWithoutPrivateAccess")


def check_google(here: Opened, now: datetime) -> Iterator[Check]:
    """Login, account, calendars and recordings, in the order in which one needs the other."""
    study = here.study
    if not scopes_of(study):
        return
    is_person = study.google.identity == "person"
    try:
        credentials = credentials_of(study, here.contacts.key)
        token = read_token(study, here.contacts.key) if is_person else {}
        if missing := set(scopes_of(study)) - set(token.get("scopes", scopes_of(study))):
            step = "Run 'fieldcall google login' again and leave every box ticked."
            yield Check("Google rights", f"missing: {in_words(sorted(missing))}", step)
            return
        email = account_email(credentials)
    except StorageError as error:
        yield Check("Google account", "does not let Fieldcall in", _way_in(study, error))
        return
    yield Check("Google rights", f"all {len(scopes_of(study))} that the study needs")
    yield check_organiser(study.google.organiser, email)
    if is_person:
        yield check_login_age(token["given_at"], now)
    if study.calendar.backend == "google":
        yield from _calendars(here, now)
    if study.capture.meet:
        yield _recordings(credentials)
        yield _meetings(credentials)


def check_login_age(given_at: datetime, now: datetime) -> Check:
    """How old a login is that has just been used, and when Google may end it."""
    age = now - given_at
    finding = f"given on {given_at:%Y-%m-%d}, {age.days} days ago"
    if _TESTING_NEAR <= age < _TESTING_ENDS:
        return Check(
            "Google login",
            finding,
            "Only if the consent screen in Google's console is in 'Testing': Google ends the login on "
            f"{given_at + _TESTING_ENDS:%Y-%m-%d}. Publish the app there, or run 'fieldcall google login' again.",
        )
    if age >= _UNUSED_NEAR:
        finding += "; Google ends one that is not used for six months"
    return Check("Google login", finding)


def check_organiser(organiser: str, email: str) -> Check:
    """Whether the account is the one that the study file names."""
    if not organiser:
        return Check("Google organiser", "whoever has logged in: study.toml names no google.organiser")
    if organiser.lower() == email:
        return Check("Google organiser", "the account that study.toml names")
    return Check(
        "Google organiser",
        "another account than study.toml names",
        "Run 'fieldcall google login' and choose the account of google.organiser, or change it in study.toml.",
    )


def _way_in(study: Study, error: StorageError) -> str:
    """The error's own next step, and what the rest of study and console may have to do with it."""
    step = str(error)
    if isinstance(error, GoogleAccessLost) and error.reason == "invalid_grant":
        step += " If the consent screen in Google's console is in 'Testing', logins end after 7 days: publish the app."
    if isinstance(error, GoogleAccessLost) and error.reason == "unauthorized_client":
        step += f" Scopes: {', '.join(scopes_of(study))}"
    return step


def _calendars(here: Opened, now: datetime) -> Iterator[Check]:
    """The study's own calendar, and those of the interviewers."""
    try:
        calendar = open_google(here.study, here.contacts.key)
    except CalendarError as error:
        yield Check("study's calendar", "cannot be opened", str(error))
        return
    try:
        yield _own(calendar)
        if any("video" in group.modes for group in here.study.groups.values()):
            yield _meet(calendar)
        yield from check_interviewers(calendar, here.study, now)
    finally:
        calendar.close()


def _own(calendar: GoogleCalendar) -> Check:
    request = calendar.service.events().list(calendarId=calendar.address, maxResults=1, fields="accessRole")
    try:
        role = call(request, "open the study's calendar").get("accessRole", "")
    except GoogleError as error:
        return Check("study's calendar", "cannot be opened", f"{error} Look at [calendar] address in study.toml.")
    if role in _WRITERS:
        return Check("study's calendar", "can be read and written")
    return Check(
        "study's calendar",
        "can be read, not written",
        "Share it with the account that Fieldcall uses, with the right to make changes to events.",
    )


def _meet(calendar: GoogleCalendar) -> Check:
    request = calendar.service.calendars().get(calendarId=calendar.address, fields="conferenceProperties")
    try:
        told = call(request, "tell the properties of the study's calendar").get("conferenceProperties", {})
    except GoogleError as error:
        return Check("Google Meet", "it is not known whether it can be used", str(error))
    if "hangoutsMeet" in told.get("allowedConferenceSolutionTypes", ()):
        return Check("Google Meet", "can be used in the study's calendar")
    return Check(
        "Google Meet",
        "cannot be used in the study's calendar",
        "Let an administrator allow it, or name the calendar of an account that has it in [calendar] address.",
    )


def _recordings(credentials: Any) -> Check:
    drive = build_service("drive", credentials)
    try:
        found = call(drive.files().list(q=_FOLDER, pageSize=1, fields="files(id)"), "show the recordings in Drive")
    except GoogleError as error:
        return Check("recordings in Drive", "cannot be seen", str(error))
    finally:
        drive.close()
    folder = "their folder is there" if found.get("files") else "their folder comes with the first one"
    return Check("recordings in Drive", f"can be fetched; {folder}")


def _meetings(credentials: Any) -> Check:
    meet = build_service("meet", credentials)
    try:
        call(meet.conferenceRecords().list(pageSize=1), "show which meetings took place")
    except GoogleError as error:
        return Check("meetings", "cannot be seen", str(error))
    finally:
        meet.close()
    return Check("meetings", "can be seen")
