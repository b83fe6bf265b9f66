"""The flow that books interviews and brings the calendars up to date."""

from typing import Any

from prefect import State, flow
from prefect.runtime import flow_run

from flows.environment import current_study
from flows.options import BookOptions
from flows.outcomes import Outcome, Summary, number, summarise
from flows.progress import observer
from flows.reports import report_recruitment
from flows.runs import as_task, ending
from scheduling.calendars.local import publish
from scheduling.cohort.assignment import BookAllReport, book_all
from scheduling.recruitment import recruitment
from storage.database import open_database
from storage.tables import now

DEFAULTS = BookOptions()
ACTOR = "book-interviews"


def _name() -> str:
    codes = flow_run.parameters["options"].codes if flow_run.parameters else []
    if codes:
        return f"book {number(len(codes), 'interview')}"
    study = current_study()
    with open_database(study).reading() as session:
        return f"book {number(sum(g.to_book for g in recruitment(session, study, now())), 'interview')}"


@flow(name="book-interviews", flow_run_name=_name)
def book_interviews(options: BookOptions = DEFAULTS) -> State[Any]:
    """Book an interview for everyone who has none, or for the participants named, and publish the calendars."""
    return ending(lambda: _book(options))


def _book(options: BookOptions) -> Summary:
    study = current_study()
    database = open_database(study)
    watcher = observer()
    watcher.began("book")
    report = as_task(
        "book",
        "book interviews",
        lambda: book_all(
            database,
            study,
            codes=options.codes,
            now=options.as_of or now(),
            actor=ACTOR,
            progress=lambda done, total: watcher.moved("book", done, total),
        ),
    )
    watcher.ended("book", None)
    as_task("publish", "publish calendars", lambda: publish(study, database))
    report_recruitment(study, database)
    summary = summarise(_outcomes(report, named=bool(options.codes)), "interview", "booked")
    return Summary(summary.message, summary.failed, summary.outcomes, report=report)


def _outcomes(report: BookAllReport, *, named: bool) -> list[Outcome]:
    """Those who are booked already are told of only where they were asked for by name."""
    already = report.already if named else ()
    return [
        *(Outcome(code, "done") for code in report.booked),
        *(Outcome(code, "already", "It is booked already.") for code in already),
        *(Outcome(unplaced.code, "failed", unplaced.reason) for unplaced in report.unplaced),
    ]
