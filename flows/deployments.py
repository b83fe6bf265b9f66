"""Tell a Prefect server of the deployments in `prefect.yaml`, with the night of the study."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from storage.study import Study

if TYPE_CHECKING:
    from prefect import Flow
    from prefect.client.orchestration import SyncPrefectClient

FILE = Path(__file__).parent.parent / "prefect.yaml"
NIGHTLY = "nightly"  # slug of the schedule that follows the study's nightly window


def read_deployments(study: Study) -> list[dict[str, Any]]:
    """The deployments as the file describes them; schedules run in the study's zone, the nightly one by its window."""
    deployments: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["deployments"]
    unneeded = _unneeded(study)
    return [
        {
            **deployment,
            "schedules": [
                _in_study(schedule, study)
                for schedule in deployment.get("schedules", [])
                if deployment["name"] not in unneeded
            ],
        }
        for deployment in deployments
    ]


def _unneeded(study: Study) -> set[str]:
    """The deployments that have nothing to do by themselves in this study: they would only fill the list of runs."""
    needs = {"follow-calendar": study.calendar.backend != "local", "send-reminders": bool(study.mail.server)}
    return {name for name, is_needed in needs.items() if not is_needed}


def _in_study(schedule: dict[str, Any], study: Study) -> dict[str, Any]:
    start, _ = study.transcription.night
    cron = f"{start.minute} {start.hour} * * *" if schedule["slug"] == NIGHTLY else schedule["cron"]
    return {**schedule, "cron": cron, "timezone": study.study.zone}


def flow_of(deployment: dict[str, Any]) -> "Flow[..., Any]":
    """Import the flow that a deployment names by its module."""
    module, _, name = deployment["entrypoint"].rpartition(".")
    flow: Flow[..., Any] = getattr(import_module(module), name)
    return flow


def register_pools(client: "SyncPrefectClient", pools: Iterable[str]) -> None:
    """Make the work pools that are not there yet; those that are stay as they are set."""
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    for name in pools:
        try:
            client.create_work_pool(WorkPoolCreate(name=name, type="process", base_job_template=template))
        except ObjectAlreadyExists:
            continue


def register(client: "SyncPrefectClient", deployment: dict[str, Any]) -> None:
    """Make or bring up to date one deployment."""
    from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyOptions
    from prefect.utilities.callables import parameter_schema

    flow = flow_of(deployment)
    limit = deployment.get("concurrency_limit")
    switched_off = _switched_off(client, f"{flow.name}/{deployment['name']}")
    client.create_deployment(
        flow_id=client.create_flow(flow),
        name=deployment["name"],
        entrypoint=deployment["entrypoint"],
        description=deployment["description"],
        tags=deployment["tags"],
        parameters=deployment.get("parameters", {}),
        parameter_openapi_schema=parameter_schema(flow).model_dump_for_openapi(),
        enforce_parameter_schema=True,
        work_pool_name=deployment["work_pool"]["name"],
        schedules=[_schedule(schedule, schedule["slug"] not in switched_off) for schedule in deployment["schedules"]],
        concurrency_limit=limit and ConcurrencyLimitConfig.model_validate(limit).limit,
        concurrency_options=limit and ConcurrencyOptions(collision_strategy=limit["collision_strategy"]),
        pull_steps=[],
    )


def _switched_off(client: "SyncPrefectClient", name: str) -> set[str]:
    """The schedules that a coordinator has switched off in the UI; they stay so."""
    from prefect.exceptions import ObjectNotFound

    try:
        known = client.read_deployment_by_name(name).schedules
    except ObjectNotFound:
        return set()
    return {schedule.slug for schedule in known if schedule.slug and not schedule.active}


def _schedule(schedule: dict[str, Any], active: bool) -> Any:
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.schedules import CronSchedule

    return DeploymentScheduleCreate(
        schedule=CronSchedule(cron=schedule["cron"], timezone=schedule["timezone"]),
        slug=schedule["slug"],
        active=active,
        parameters=schedule.get("parameters", {}),
    )
