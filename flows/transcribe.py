"""The flows that transcribe: all that waits, at night, or the recordings of one participant."""

from collections.abc import Callable, Sequence
from datetime import datetime, time
from typing import Any

from prefect import State, flow
from prefect.runtime import flow_run

from flows.engine import Engine, load_engine
from flows.environment import current_study
from flows.night import end_of_window, name_of_night, next_time
from flows.one_recording import transcribe_one
from flows.options import NightOptions, RecordingOptions
from flows.outcomes import Outcome, Summary, summarise
from flows.progress import observer
from flows.reports import ProgressArtifact, report_night, report_recruitment
from flows.runs import as_item, ending
from flows.transcription_queue import Waiting, to_transcribe, without_consent
from storage.database import Database, open_database
from storage.study import Study
from storage.tables import now

DEFAULTS = NightOptions()

MayTake = Callable[[int], bool]  # whether another recording may be begun after so many


def _night_name() -> str:
    return f"night of {name_of_night(now(), current_study().zone)}"


@flow(name="transcribe-overnight", flow_run_name=_night_name)
def transcribe_overnight(options: NightOptions = DEFAULTS) -> State[Any]:
    """Transcribe every recording that waits, the oldest interview first, until the night is over.

    A recording in hand when the night ends is finished; the others wait for the next night. A recording
    that cannot be transcribed never stops the others.
    """
    return ending(lambda: _transcribe_night(options))


def _recording_name() -> str:
    code = flow_run.parameters["options"].code if flow_run.parameters else ""
    study = current_study()
    with open_database(study).reading() as session:
        waiting = to_transcribe(session, study, [code])
    return f"transcribe {waiting[0].title if waiting else code}"


@flow(name="transcribe-recording", flow_run_name=_recording_name)
def transcribe_recording(options: RecordingOptions) -> State[Any]:
    """Transcribe what was recorded of one participant, now."""
    return ending(lambda: _transcribe_now(options))


def _transcribe_night(options: NightOptions) -> Summary:
    study = current_study()
    database = open_database(study)
    may_take = _until(study, options)
    outcomes = _transcribe_waiting(study, database, options.codes, options.model, may_take)
    summary = summarise(outcomes, "recording", "transcribed")
    if summary.outcomes:
        report_night(summary.outcomes, summary.message)
    report_recruitment(study, database)
    return summary


def _transcribe_now(options: RecordingOptions) -> Summary:
    study = current_study()
    database = open_database(study)
    outcomes = _transcribe_waiting(study, database, [options.code], options.model, lambda _taken: True)
    report_recruitment(study, database)
    return summarise(outcomes, "recording", "transcribed")


def _until(study: Study, options: NightOptions) -> MayTake:
    ends_at = _end(study, options)

    def may_take(taken: int) -> bool:
        return (options.limit is None or taken < options.limit) and (ends_at is None or now() < ends_at)

    return may_take


def _end(study: Study, options: NightOptions) -> datetime | None:
    """When no further recording is begun; None where there is no such time."""
    if options.until:
        return next_time(time.fromisoformat(options.until), now(), study.zone)
    if options.whole_window:
        return end_of_window(study.transcription.night, now(), study.zone) or now()
    return None


def _transcribe_waiting(
    study: Study, database: Database, codes: Sequence[str], model: str | None, may_take: MayTake
) -> list[Outcome]:
    with database.reading() as session:
        waiting = to_transcribe(session, study, codes)
        outcomes = without_consent(session, study, codes)
    known = {recording.code for recording in waiting} | {outcome.code for outcome in outcomes}
    outcomes += [_nothing_waits(code) for code in codes if code not in known]
    engine: Engine | None = None
    for taken, recording in enumerate(waiting):
        if not may_take(taken):
            outcomes += [_left(left) for left in waiting[taken:]]
            break
        engine = engine or load_engine(study, model)
        outcomes.append(_transcribe_item(study, database, recording, engine))
    return outcomes


def _transcribe_item(study: Study, database: Database, recording: Waiting, engine: Engine) -> Outcome:
    watcher, picture = observer(), ProgressArtifact(recording.code, recording.title)

    def progress(part: float) -> None:
        watcher.moved(recording.title, part, 1.0)
        picture(part)

    watcher.began(recording.title)
    outcome: Outcome | None = None
    try:
        outcome = as_item(
            "transcribe",
            f"transcribe {recording.title}",
            recording.code,
            lambda: transcribe_one(study, database, recording, engine, progress),
        )
    finally:
        watcher.ended(recording.title, outcome)
    return outcome


def _nothing_waits(code: str) -> Outcome:
    return Outcome(code, "skipped", f"No recording of {code} waits to be transcribed.", "See 'fieldcall recordings'.")


def _left(recording: Waiting) -> Outcome:
    return Outcome(recording.code, "left", "Left for the next night.", length_ms=recording.length_ms)
