"""Participants as they are listed: code, what is known for booking, consent, and the state of their interview."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_
from sqlmodel import Session, col, select

from storage.interviews import is_consent_of
from storage.tables import CLOSED_STATES, Consent, Interview, Participant


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """`state` is that of the open interview, or None when there is none; `person` is the row as it is kept."""

    person: Participant
    consent_given_on: date | None
    consent_recording: bool
    state: str | None


def participant_rows(session: Session) -> list[ParticipantRow]:
    """Every participant by code."""
    open_one = and_(col(Interview.participant_code) == Participant.code, col(Interview.state).not_in(CLOSED_STATES))
    query = (
        select(Participant, col(Consent.given_on), col(Consent.recording), col(Interview.state))
        .select_from(Participant)
        .outerjoin(Consent, is_consent_of(col(Participant.code)))
        .outerjoin(Interview, open_one)
        .order_by(col(Participant.code))
    )
    return [
        ParticipantRow(person, given_on, bool(recording), state)
        for person, given_on, recording, state in session.exec(query)
    ]
