"""The flow that hands transcripts over for coding."""

from typing import Any

from prefect import State, flow

from flows.environment import current_study
from flows.options import DeliverOptions
from flows.outcomes import Outcome, Summary, number
from flows.progress import observer
from flows.reports import report_recruitment
from flows.runs import as_task, ending
from storage.database import open_database
from storage.exports.delivery import DeliveryReport, deliver
from storage.tables import now

DEFAULTS = DeliverOptions()
ACTOR = "deliver-transcripts"


def _name() -> str:
    local = now().astimezone(current_study().zone)
    return f"delivery {local.day} {local:%b %H:%M}"


@flow(name="deliver-transcripts", flow_run_name=_name)
def deliver_transcripts(options: DeliverOptions = DEFAULTS) -> State[Any]:
    """Write the transcripts in the forms that are coded and read, in a new folder of the study's deliveries."""
    return ending(lambda: _deliver(options))


def _deliver(options: DeliverOptions) -> Summary:
    study = current_study()
    database = open_database(study)
    watcher = observer()
    watcher.began("deliver")
    report = as_task(
        "deliver",
        "write the delivery",
        lambda: deliver(
            database,
            study,
            codes=options.codes,
            formats=options.formats,
            unapproved=options.unapproved,
            with_recordings=options.with_recordings,
            actor=ACTOR,
            now=now(),
            progress=lambda done, total: watcher.moved("deliver", done, total),
        ),
    )
    watcher.ended("deliver", None)
    report_recruitment(study, database)
    return _summary(report, options.codes)


def _summary(report: DeliveryReport, asked: list[str]) -> Summary:
    """A participant who was asked for and is not in the delivery is a failure; one who is not ready yet is not."""
    outcomes = tuple(Outcome(code, "failed" if asked else "left", reason) for code, reason in report.left_out)
    missing = f", {number(len(outcomes), 'interview')} left out" if outcomes else ""
    if report.folder is None:
        message = "nothing to deliver"
    elif report.is_new:
        message = f"{number(len(report.files), 'file')} delivered in {report.folder.name}"
    else:
        message = f"nothing new since {report.folder.name}"
    return Summary(
        message + missing,
        bool(asked and outcomes),
        outcomes,
        folder=report.folder,
        story=tuple(f"{item}: {remark}." for item, remark in report.remarks),
        report=report,
    )
