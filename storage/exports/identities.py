"""GUIDs of things that no table of their own holds: the study's team, its interviewers and its variables."""

from uuid import UUID, uuid5

from sqlmodel import Session

from storage.tables import StudyIdentity

PROJECT = "project"
TEAM = "user: study team"
# attributes of cases and recordings, all of them text, and what each says
VARIABLES = {
    "group": "the participant's group in the study",
    "mode": "how the interview was held",
    "month": "month of the interview",
    "interviewer": "code of who held the interview",
    "consent to quotation": "whether the newest consent allows their words to be quoted: yes or no",
    "consent to archive": "whether the newest consent allows their transcript to be archived: yes or no",
    "consent to re-contact": "whether the newest consent allows them to be contacted again: yes or no",
}


def variable(name: str) -> str:
    """Name under which a variable's GUID is kept."""
    return f"variable: {name}"


def interviewer_guid(project_guid: str, code: str) -> str:
    """GUID of an interviewer as a user of the project, derived from the project's."""
    return str(uuid5(UUID(project_guid), f"user: {code}"))


def study_guids(session: Session) -> dict[str, str]:
    """The study's GUIDs by name, each given on first use and kept for good. Wants a writing session."""
    names = (PROJECT, TEAM, *map(variable, VARIABLES))
    return {name: _get_or_give(session, name) for name in names}


def _get_or_give(session: Session, name: str) -> str:
    row = session.get(StudyIdentity, name)
    if row is None:
        row = StudyIdentity(name=name)
        session.add(row)
        session.flush()
    return row.guid
