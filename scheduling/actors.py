"""Who may take which step with whose interview.

There are no accounts: whoever works at the desk says for whom they act. What is said is checked against the
study, so that the history names people who can have done it, and nobody is entered as doing what is not theirs.

| who | book | move, cancel, withdraw | consent | held, no-show, attempt |
|---|---|---|---|---|
| the coordinator | yes | yes | yes | yes |
| an interviewer | yes | an interview of their own | an interview of their own | an interview of their own |
| the participant | yes | yes | yes | no |
| the link worker who referred the participant | yes | yes | no | no |
| any other participant, managers too | no | no | no | no |

Where nothing is booked, every interviewer may note a consent or a withdrawal: somebody hears of it first.
"""

from enum import StrEnum

from scheduling.errors import NotAllowed
from scheduling.participants import participant_of
from scheduling.participants_file import is_code
from storage.database import Database
from storage.interviews import code_of, open_interview
from storage.study import Study
from storage.tables import Interview, Participant

COORDINATOR = "coordinator"


class Step(StrEnum):
    """What is done with participants and their interviews by hand, as the commands call it."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"
    HELD = "held"
    NO_SHOW = "no-show"
    ATTEMPT = "attempt"
    CONSENT = "consent"
    WITHDRAW = "withdraw"


_OF_INTERVIEWERS = (Step.HELD, Step.NO_SHOW, Step.ATTEMPT)


def why_may_not(study: Study, actor: str, step: Step, participant: Participant, interview: Interview | None) -> str:
    """Why an actor may not take a step with a participant and their open interview, in words; '' if they may.

    `actor` is 'coordinator' or a code as the study writes it.
    """
    if actor == COORDINATOR:
        return ""
    if actor in study.interviewers:
        if step is Step.BOOK or interview is None or interview.interviewer_code == actor:
            return ""
        return f"the interview is with {interview.interviewer_code}"
    if actor not in (participant.code, participant.link_worker):
        return f"{participant.code} was not referred by {actor}"
    if step in _OF_INTERVIEWERS:
        return "only the coordinator and the interviewer can say whether an interview took place"
    if step is Step.CONSENT and actor != participant.code:
        return "nobody consents for somebody else"
    return ""


def allowed_actor(database: Database, study: Study, actor: str, step: Step, name: str) -> str:
    """The actor as the history writes it, if they may take the step with the interview of `name` (a code or label).

    Raises NotAllowed, UnknownParticipant.
    """
    actor = COORDINATOR if actor.strip().casefold() == COORDINATOR else actor.strip().upper()
    if actor != COORDINATOR and actor not in study.interviewers and not _is_of_a_group(study, actor):
        raise NotAllowed(  # what was given may be a name, so it is not repeated
            "--as names nobody of the study. Give the code of an interviewer, of the participant or of the link worker "
            "who referred them, or leave it out to act as the coordinator."
        )
    with database.reading() as session:
        participant = participant_of(session, code_of(name))
        reason = why_may_not(study, actor, step, participant, open_interview(session, participant.code))
    if reason:
        raise NotAllowed(
            f"The step '{step}' with {participant.code} is not {actor}'s to take: {reason}. "
            "Leave out --as to take it as the coordinator, or name somebody who may."
        )
    return actor


def _is_of_a_group(study: Study, actor: str) -> bool:
    return is_code(actor) and study.group_of(actor) is not None
