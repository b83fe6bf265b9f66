"""The flow that takes recordings from where they arrive: the inbox, and Google Meet where the study uses it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from prefect import State, flow
from sqlalchemy import func
from sqlmodel import col, select

from flows.environment import current_study
from flows.from_meet import from_meet
from flows.laying import lay_side_by_side
from flows.options import CaptureOptions
from flows.outcomes import Summary, number, outcome_of, together
from flows.progress import Observer, observer
from flows.reports import report_recruitment
from flows.runs import as_task, ending, why_not
from storage.contacts import Contacts, open_contacts
from storage.database import Database, open_database
from storage.intake.inbox import CaptureReport, capture
from storage.study import Study
from storage.tables import Refusal, now

DEFAULTS = CaptureOptions()
ACTOR = "capture-recordings"


def _name() -> str:
    local = now().astimezone(current_study().zone)
    return f"capture {local.day} {local:%b %H:%M}"


@flow(name="capture-recordings", flow_run_name=_name)
def capture_recordings(options: CaptureOptions = DEFAULTS) -> State[Any]:
    """Take recordings from the inbox and Google Meet and bind each to its interview; what is not clear waits."""
    return ending(lambda: _capture(options))


def _capture(options: CaptureOptions) -> Summary:
    """Take from one source after the other; one that fails stops no other."""
    study = current_study()
    database, contacts, began = open_database(study), open_contacts(study), now()
    with _FileByFile(observer()) as progress:
        summaries = [_tried(lambda: _from_inbox(study, database, contacts, began, options, progress))]
        if study.capture.meet:
            summaries.append(_tried(lambda: from_meet(study, database, contacts, began, ACTOR, progress.moved)))
    if any(outcome.result == "done" for summary in summaries for outcome in summary.outcomes):
        report_recruitment(study, database)
    return together(summaries)


def _tried(source: Callable[[], Summary]) -> Summary:
    try:
        return source()
    except Exception as error:  # told in its message, as when there is only one source
        return why_not(error)


def _from_inbox(
    study: Study,
    database: Database,
    contacts: Contacts,
    began: datetime,
    options: CaptureOptions,
    progress: "_FileByFile",
) -> Summary:
    report = as_task(
        "capture",
        "take from the inbox",
        lambda: capture(
            study,
            database,
            contacts,
            now=began,
            actor=ACTOR,
            progress=progress.moved,
            wait=options.wait,
            lay=lay_side_by_side,
        ),
    )
    return _summary(report, _newly_refused(database, began))


class _FileByFile(AbstractContextManager["_FileByFile"]):
    """Shows an observer one file of the inbox after the other. Their names are for a terminal only."""

    def __init__(self, watcher: Observer) -> None:
        self._watcher = watcher
        self._file = "capture"
        watcher.began(self._file)

    def moved(self, file: str, done: int, total: int) -> None:
        if file != self._file:
            self._watcher.ended(self._file, None)
            self._watcher.began(file)
            self._file = file
        self._watcher.moved(file, done, total)

    def __exit__(self, *_: object) -> None:
        self._watcher.ended(self._file, None)


def _newly_refused(database: Database, since: datetime) -> int:
    """Files refused for the first time; those that a person was told of before do not fail every later run."""
    with database.reading() as session:
        return session.exec(select(func.count(col(Refusal.sha256))).where(Refusal.first_seen >= since)).one()


def _summary(report: CaptureReport, newly_refused: int) -> Summary:
    unbound = sum(taken.code is None for taken in report.taken)
    parts = [f"{number(len(report.taken), 'recording')} taken"]
    parts += [f"{unbound} of them to be bound by a person"] if unbound else []
    parts += [f"{number(len(report.refused), 'file')} cannot be taken"] if report.refused else []
    parts += [f"{number(len(report.waiting), 'file')} still arriving"] if report.waiting else []
    parts += [f"{number(len(report.duplicates), 'file')} known already"] if report.duplicates else []
    look = ". See 'fieldcall recordings --review'" if unbound or report.refused else ""
    return Summary(
        ", ".join(parts) + look,
        failed=newly_refused > 0,
        outcomes=tuple(outcome_of(taken) for taken in report.taken),
        needs_person=bool(unbound or report.refused),
        report=report,
    )
