"""Who can interview whom: mode, language and skills."""

import pytest

from scheduling.eligibility import why_unfit
from storage.study import Study
from storage.tables import Participant


def with_interviewer(study: Study, **given: object) -> Study:
    interviewer = study.interviewers["INT_01"].model_copy(update=given)
    return study.model_copy(update={"interviewers": {"INT_01": interviewer}})


def somebody(**given: str) -> Participant:
    return Participant(code="C_001", group="client", **{"mode": "phone"} | given)


@pytest.mark.parametrize(
    ("interviewer", "participant", "rule"),
    [
        ({}, {}, ""),
        ({"modes": ["video"]}, {}, "INT_01 does not interview by phone"),
        ({}, {"language": "cy"}, "INT_01 does not speak 'cy'"),
        ({"languages": ["cy"]}, {"language": "cy"}, ""),
        ({"languages": ["cy"]}, {"language": "en"}, ""),  # everyone speaks the study's own
        ({}, {"needs": "stroke hearing"}, "INT_01 has no skill hearing and stroke"),
        ({"skills": ["hearing"]}, {"needs": "stroke hearing"}, "INT_01 has no skill stroke"),
        ({"skills": ["hearing", "stroke"]}, {"needs": "stroke hearing"}, ""),
    ],
)
def test_the_rule_that_keeps_two_apart(
    study: Study, interviewer: dict[str, object], participant: dict[str, str], rule: str
) -> None:
    assert why_unfit(with_interviewer(study, **interviewer), somebody(**participant), "INT_01", "phone") == rule
