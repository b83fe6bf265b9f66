"""Participants as they are listed: code, what is known for booking, consent, and the state of their interview."""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from storage.interviews import current_consents
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
    consents = current_consents(session)
    query = (
        select(Participant, Interview.state)
        .join(
            Interview,
            (col(Interview.participant_code) == Participant.code) & col(Interview.state).not_in(CLOSED_STATES),
            isouter=True,
        )
        .order_by(col(Participant.code))
    )
    return [_row(person, consents.get(person.code), state) for person, state in session.exec(query)]


def _row(person: Participant, consent: Consent | None, state: str | None) -> ParticipantRow:
    return ParticipantRow(
        person=person,
        consent_given_on=consent.given_on if consent else None,
        consent_recording=bool(consent and consent.recording),
        state=state,
    )
