"""`prefect.yaml` describes flows that are there, with parameters that they take, in the study's own zone."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from flows.deployments import FILE, flow_of, read_deployments
from flows.options import BookOptions, NightOptions, RecordingOptions
from flows.start import FlowName
from storage.study import Calendar, Mail, Study


@pytest.fixture
def deployments(study: Study) -> dict[str, dict[str, Any]]:
    return {deployment["name"]: deployment for deployment in read_deployments(study)}


def test_every_flow_of_the_command_line_is_deployed_and_the_other_way_round(
    deployments: dict[str, dict[str, Any]],
) -> None:
    assert set(deployments) == set(get_args(FlowName))


@pytest.mark.parametrize("name", get_args(FlowName))
def test_its_entrypoint_is_a_flow_of_its_name_and_takes_its_parameters(
    deployments: dict[str, dict[str, Any]], name: str
) -> None:
    deployment = deployments[name]
    flow = flow_of(deployment)
    assert flow.name == name
    for parameters in (deployment.get("parameters"), *(s.get("parameters") for s in deployment["schedules"])):
        if parameters:
            flow.validate_parameters(parameters)
    assert len(deployment["description"]) > 40


def test_entrypoints_are_modules_and_no_folder_is_stored() -> None:
    import yaml

    described = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    assert described["pull"] == []
    for deployment in described["deployments"]:
        assert ":" not in deployment["entrypoint"]
        assert "/" not in deployment["entrypoint"]
        assert all(schedule["slug"] for schedule in deployment.get("schedules", []))


def test_the_night_is_that_of_the_study(study: Study) -> None:
    elsewhere = study.model_copy(
        update={
            "study": study.study.model_copy(update={"zone": "Australia/Sydney"}),
            "transcription": study.transcription.model_copy(update={"window": "20:30-06:00"}),
        }
    )
    by_name = {deployment["name"]: deployment for deployment in read_deployments(elsewhere)}
    (night,) = by_name["transcribe-overnight"]["schedules"]
    assert (night["cron"], night["timezone"], night["slug"]) == ("30 20 * * *", "Australia/Sydney", "nightly")
    assert night["parameters"] == {"options": {"whole_window": True}}
    (capture,) = by_name["capture-recordings"]["schedules"]
    assert (capture["cron"], capture["timezone"]) == ("*/15 * * * *", "Australia/Sydney")


def test_what_a_study_does_not_use_is_not_scheduled(study: Study) -> None:
    mailing = study.model_copy(
        update={"calendar": Calendar(backend="google"), "mail": Mail(server="mail.example.org", sender="a@example.org")}
    )
    for one, scheduled in ((study, 0), (mailing, 1)):
        by_name = {deployment["name"]: deployment["schedules"] for deployment in read_deployments(one)}
        assert [len(by_name[name]) for name in ("follow-calendar", "send-reminders")] == [scheduled] * 2


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (BookOptions, {"codes": ["Anna Smith"]}),
        (BookOptions, {"as_of": "2020-04-27T08:00:00"}),  # without a zone it is no instant
        (NightOptions, {"until": "25:00"}),
        (NightOptions, {"limit": 0}),
        (NightOptions, {"model": "../../etc/passwd"}),
        (NightOptions, {"folder": "/tmp"}),
        (RecordingOptions, {}),
    ],
)
def test_what_is_no_option_is_refused(model: Any, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(values)
