"""GUIDs of things that the study file names and no other table holds: its team and its variables."""

from sqlmodel import Session

from storage.tables import StudyIdentity

PROJECT = "project"
TEAM = "user: study team"
VARIABLES = ("group", "mode", "month", "interviewer")  # attributes of cases and recordings, all of them text


def variable(name: str) -> str:
    """Name under which a variable's GUID is kept."""
    return f"variable: {name}"


def study_guids(session: Session) -> dict[str, str]:
    """The study's GUIDs by name, each given on first use and kept for good. Wants a writing session."""
    names = (PROJECT, TEAM, *(variable(name) for name in VARIABLES))
    return {name: _get_or_give(session, name) for name in names}


def _get_or_give(session: Session, name: str) -> str:
    row = session.get(StudyIdentity, name)
    if row is None:
        row = StudyIdentity(name=name)
        session.add(row)
        session.flush()
    return row.guid
