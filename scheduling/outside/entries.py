"""An interview as its event in an outside calendar is to be. Nothing in it tells who the participant is."""

from sqlmodel import Session

from scheduling.calendars.base import Entry, Guest
from storage.contacts import Contacts
from storage.study import Study
from storage.tables import Interview, Participant, State


def entry_of(session: Session, study: Study, contacts: Contacts, interview: Interview, generation: int) -> Entry:
    """The event of an interview that is held for or booked. Raises ContactsError."""
    participant = session.get_one(Participant, interview.participant_code)
    by_video = interview.mode == "video"
    return Entry(
        guid=interview.guid,
        generation=generation,
        sequence=interview.sequence,
        summary=f"Interview {interview.participant_code} ({interview.mode})",
        description="The participant's details are in the study's own records.",
        location="" if by_video else "By telephone",
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        is_tentative=interview.state == State.HELD_SLOT,
        with_meeting=by_video,
        guests=guests_of(study, contacts, interview, participant),
    )


def guests_of(study: Study, contacts: Contacts, interview: Interview, participant: Participant) -> tuple[Guest, ...]:
    """The interviewer, where their calendar is known; the others only where the study invites them by its calendar."""
    interviewer = study.interviewers.get(interview.interviewer_code)
    guests = [Guest(interview.interviewer_code, interviewer.calendar)] if interviewer and interviewer.calendar else []
    if study.calendar.invite_participants:
        codes = (participant.code, interview.attending_code)
        known = ((code, contacts.get(code)) for code in codes if code)
        guests += [Guest(code, contact.email) for code, contact in known if contact and contact.email]
    return tuple(guests)
