"""Whether an interviewer can interview a participant at all, whatever the time."""

from storage.study import Study
from storage.tables import Participant


def why_unfit(study: Study, participant: Participant, interviewer_code: str, mode: str) -> str:
    """The rule because of which the two do not go together, in words that follow 'because'; '' where they do."""
    interviewer = study.interviewers[interviewer_code]
    if mode not in interviewer.modes:
        return f"{interviewer_code} does not interview by {mode}"
    own = study.transcription.language
    language = participant.language or own
    if language not in (own, *interviewer.languages):
        return f"{interviewer_code} does not speak {language!r}"
    missing = sorted(set(participant.needs.split()) - set(interviewer.skills))
    if missing:
        return f"{interviewer_code} has no skill {' and '.join(missing)}"
    return ""
