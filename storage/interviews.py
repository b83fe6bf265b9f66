"""Interviews through their life: each step is a row, and the state is what the rows say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col, func, select

from storage.errors import StorageError
from storage.tables import CLOSED_STATES, Change, Consent, Interview, State

_NEWEST_CONSENTS = select(func.max(Consent.id)).group_by(col(Consent.participant_code))


def record_change(session: Session, interview: Interview, state: State, *, actor: str, cause: str = "") -> None:
    """Write one step of an interview's life; `interview.state` follows in the same transaction."""
    session.add(interview)
    session.flush()
    assert interview.id is not None
    session.add(Change(interview_id=interview.id, state=state, actor=actor, cause=cause))
    interview.state = state
    session.flush()


def open_interview(session: Session, participant_code: str) -> Interview | None:
    """The participant's interview that is not over without a talk, if there is one."""
    query = select(Interview).where(
        Interview.participant_code == participant_code, col(Interview.state).not_in(CLOSED_STATES)
    )
    return session.exec(query).one_or_none()


def interview_of(session: Session, name: str, zone: tzinfo) -> Interview:
    """The open interview that `name` means: a participant's code, or a label whose month is right too.

    Raises StorageError, so that a label of an earlier interview never means the one booked since.
    """
    code = code_of(name)
    interview = open_interview(session, code)
    if interview is None:
        raise StorageError(f"{code} has no open interview. See 'fieldcall interviews' for those there are.")
    its_label = label(code, interview.starts_at, zone)
    if name.strip().upper() not in (code, its_label):
        raise StorageError(f"There is no open interview {name.strip()}; that of {code} is {its_label}. Name that one.")
    return interview


def interviews_of(session: Session, participant_code: str) -> list[Interview]:
    """All interviews of a participant, closed ones too, in the order in which they were booked."""
    query = select(Interview).where(Interview.participant_code == participant_code).order_by(col(Interview.id))
    return list(session.exec(query))


def code_of(name: str) -> str:
    """The participant's code in a code (`C_031`, `c_031`) or an interview's label (`C_031_06/20`)."""
    name = name.strip().upper()
    head, _, tail = name.rpartition("_")
    return head if "/" in tail else name


def label(code: str, starts_at: datetime, zone: tzinfo) -> str:
    """The interview's label as in the study's quotes: code and month/year, such as `C_031_06/20`."""
    return f"{code}_{starts_at.astimezone(zone):%m/%y}"


def current_consent(session: Session, participant_code: str) -> Consent | None:
    """The newest consent of a participant."""
    query = select(Consent).where(Consent.participant_code == participant_code).order_by(col(Consent.id).desc())
    return session.exec(query).first()


def current_consents(session: Session) -> dict[str, Consent]:
    """The newest consent of every participant who has one, by code."""
    query = select(Consent).where(col(Consent.id).in_(_NEWEST_CONSENTS))
    return {consent.participant_code: consent for consent in session.exec(query)}


def is_consent_of(code: Mapped[str]) -> ColumnElement[bool]:
    """SQL, to join by: the consent is the newest of the participant with the code in that column.

    Each is looked up by the index; on SQLite an IN of all the newest takes 200 times as long for 5,000.
    """
    own = aliased(Consent)
    newest = select(func.max(own.id)).where(col(own.participant_code) == code)
    return col(Consent.id) == newest.correlate_except(own).scalar_subquery()


def has_withdrawn(session: Session, code: str) -> bool:
    """Whether the newest consent of a participant takes back that they are interviewed."""
    consent = current_consent(session, code)
    return consent is not None and not consent.interview


def withdrawn_codes(session: Session) -> set[str]:
    """The codes of all participants of whom `has_withdrawn` is true."""
    query = select(Consent.participant_code).where(
        col(Consent.id).in_(_NEWEST_CONSENTS), col(Consent.interview).is_(False)
    )
    return set(session.exec(query).all())


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an interview's history as people read it."""

    state: str
    actor: str
    cause: str
    at: datetime


def history(session: Session, interview_ids: Iterable[int]) -> list[Step]:
    """The steps of interviews in the order in which they were taken."""
    query = select(Change).where(col(Change.interview_id).in_(list(interview_ids))).order_by(col(Change.id))
    return [Step(c.state, c.actor, c.cause, c.at) for c in session.exec(query)]
