"""What a participant agrees to, and that they no longer do."""

from datetime import date, datetime

from scheduling.claims import close, expire_holds_first
from scheduling.errors import SchedulingError
from scheduling.local_time import show, show_day
from scheduling.participants import participant_of
from scheduling.participants_file import local_today
from storage.database import Database
from storage.interviews import code_of, current_consent, open_interview
from storage.study import Study
from storage.tables import HELD_STATES, Consent, State


def record_consent(
    database: Database,
    study: Study,
    code: str,
    *,
    given_on: date,
    sheet: str,
    recording: bool,
    quotation: bool = False,
    archive: bool = False,
    recontact: bool = False,
    now: datetime,
    actor: str,
) -> Consent:
    """Add what a participant agreed to; the newest row counts, earlier ones stay.

    Raises UnknownParticipant, SchedulingError for a day in the future or before the newest row's, or a missing sheet.
    """
    if given_on > local_today(now, study):
        raise SchedulingError(f"The consent of {code} cannot be dated {show_day(given_on)}: that day is yet to come.")
    if not sheet.strip():
        raise SchedulingError(f"The consent of {code} needs the version of the information sheet that was used.")
    with database.writing() as session:
        code = participant_of(session, code_of(code)).code
        _refuse_older(current_consent(session, code), code, given_on)
        consent = Consent(
            participant_code=code,
            given_on=given_on,
            sheet=sheet.strip(),
            recording=recording,
            quotation=quotation,
            archive=archive,
            recontact=recontact,
            actor=actor,
            entered_at=now,
        )
        session.add(consent)
        session.flush()
        return consent


def _refuse_older(newest: Consent | None, code: str, given_on: date) -> None:
    """A form found late must not count for more than what was said after it."""
    if newest and given_on < newest.given_on:
        what = "consent" if newest.interview else "withdrawal"
        raise SchedulingError(
            f"The consent of {code} cannot be dated {show_day(given_on)}: a newer {what}, of "
            f"{show_day(newest.given_on)}, is on record. If consent has been given anew since, enter it with the date "
            "on which it was given anew."
        )


def withdraw(database: Database, study: Study, code: str, *, now: datetime, actor: str, cause: str = "") -> str:
    """Take a participant out of the study: no consent any longer, their interview closed, never booked again.

    Returns what was done and what is left to do, for a person. Raises UnknownParticipant.
    """
    expire_holds_first(database, study, now)
    with database.writing() as session:
        code = participant_of(session, code_of(code)).code
        newest = current_consent(session, code)
        if newest is None or newest.interview:
            sheet = newest.sheet if newest else ""
            session.add(
                Consent(
                    participant_code=code,
                    given_on=local_today(now, study),
                    sheet=sheet,
                    interview=False,
                    recording=False,
                    actor=actor,
                    entered_at=now,
                )
            )
        interview = open_interview(session, code)
        if interview is None:
            return f"{code} has withdrawn and will not be booked. {_LEFT_TO_DO}"
        taken_place = interview.state in HELD_STATES
        close(session, study, interview, State.WITHDRAWN, actor=actor, cause=cause, now=now)
    when = show(interview.starts_at, study.zone)
    if taken_place:
        return f"{code} has withdrawn; the interview of {when} is set aside and will not be worked on. {_LEFT_TO_DO}"
    return f"{code} has withdrawn; the interview on {when} is cancelled. {_LEFT_TO_DO}"


_LEFT_TO_DO = (
    "Nothing has been deleted: contact details, recordings, transcripts and files already delivered are still there "
    "and must be removed by hand."
)
