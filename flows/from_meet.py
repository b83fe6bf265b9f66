"""What a capture from Google Meet says of itself: codes and counts for everyone, reasons for the terminal."""

from collections.abc import Callable
from datetime import datetime

from flows.outcomes import Outcome, Summary, number, outcome_of
from flows.runs import as_task
from storage.contacts import Contacts
from storage.database import Database
from storage.intake.meet_capture import MeetReport, capture_meet, meet_and_drive
from storage.study import Study


def from_meet(
    study: Study,
    database: Database,
    contacts: Contacts,
    began: datetime,
    actor: str,
    progress: Callable[[str, int, int], None],
) -> Summary:
    """Fetch what Google Meet has recorded of the interviews. Raises StorageError."""

    def capture() -> MeetReport:
        with meet_and_drive(study, contacts.key) as services:
            return capture_meet(study, database, contacts, services, now=began, actor=actor, progress=progress)

    return _summary(as_task("capture", "fetch from Google Meet", capture))


def _summary(report: MeetReport) -> Summary:
    if report.is_busy:
        return Summary("Meet: another capture is fetching at this moment")
    parts = [f"{number(len(report.taken), 'recording')} fetched"]
    parts += [f"{report.known} known already"] if report.known else []
    parts += [f"{report.waiting} without a file yet"] if report.waiting else []
    parts += [f"{report.to_review} more to be looked at by a person"] if report.to_review else []
    parts += [f"{report.foreign} of no interview"] if report.foreign else []
    parts += [f"{len(report.not_fetched)} could not be fetched"] if report.not_fetched else []
    parts += ["not all meetings could be read"] if report.failures else []
    look = ". See 'fieldcall recordings --review'" if report.to_review or report.not_fetched else ""
    return Summary(
        f"Meet: {', '.join(parts)}{look}",
        failed=bool(report.failures) or any(one.is_news for one in report.not_fetched),
        outcomes=(
            *(outcome_of(taken) for taken in report.taken),
            *(Outcome(one.label, "failed", f"{one.name}: {one.reason}") for one in report.not_fetched),
        ),
        needs_person=bool(report.to_review or report.not_fetched or report.alarms or report.failures),
        story=(*report.failures, *report.alarms),
    )
