"""The flows that transcribe: all that waits, at night, or the recordings of one participant."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

from prefect import State, flow
from prefect.runtime import flow_run
from sqlmodel import Session

from flows.disk import FULL, MAKE_ROOM, has_room
from flows.engine import Engine, load_engine
from flows.environment import current_study
from flows.faults import reason
from flows.in_words import about, clock, lasting
from flows.morning import NightReport, story
from flows.next_steps import with_next_step
from flows.night import end_of_window, later_windows, length_of_window, name_of_night, next_time
from flows.night_plan import Job, Left, Limits, done_on_later_nights
from flows.night_progress import Night, new_night
from flows.night_watch import NightWatch
from flows.one_recording import HEARING, transcribe_one
from flows.options import NightOptions, RecordingOptions
from flows.outcomes import Outcome, Summary, number, summarise
from flows.quality import quality_of
from flows.reports import report_night, report_recruitment
from flows.runs import as_item, ending
from flows.speeds import Speed, effort_left, guessed_for, measured
from flows.transcription_queue import Waiting, to_transcribe, without_consent
from storage.database import Database, open_database
from storage.study import Study
from storage.tables import now

DEFAULTS = NightOptions()


class NightIsOver(BaseException):
    """Breaks off the recording in hand. No Exception, for nothing is wrong with the recording."""


@dataclass(frozen=True, slots=True)
class Worked:
    """What became of a run's recordings."""

    outcomes: tuple[Outcome, ...]
    engine: str = ""
    expected_at: datetime | None = None
    stopped: str = ""


def _night_name() -> str:
    return f"night of {name_of_night(now(), current_study().zone)}"


@flow(name="transcribe-overnight", flow_run_name=_night_name)
def transcribe_overnight(options: NightOptions = DEFAULTS) -> State[Any]:
    """Transcribe every recording that waits, in the study's order, until the night is over.

    A recording that would not be done before the end is left for the next night. One that cannot be transcribed
    never stops the others.
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
    study, began_at = current_study(), now()
    database = open_database(study)
    worked = _transcribe_waiting(study, database, options.codes, options, _limits(study, options))
    report = NightReport(
        name=name_of_night(began_at, study.zone),
        zone=study.zone,
        began_at=began_at,
        ended_at=now(),
        outcomes=worked.outcomes,
        engine=worked.engine,
        expected_at=worked.expected_at,
        stopped=worked.stopped,
    )
    summary = replace(_summary(worked), story=story(report) if worked.outcomes else ())
    if worked.outcomes:
        report_night(report, summary.message)
    report_recruitment(study, database)
    return summary


def _transcribe_now(options: RecordingOptions) -> Summary:
    study = current_study()
    database = open_database(study)
    worked = _transcribe_waiting(study, database, [options.code], options, Limits(), whole=False)
    report_recruitment(study, database)
    return _summary(worked)


def _summary(worked: Worked) -> Summary:
    summary = summarise(worked.outcomes, "recording", "transcribed")
    if not worked.stopped:
        return summary
    return replace(summary, message=f"{worked.stopped} {_counts(worked.outcomes)}", failed=True)


def _counts(outcomes: Sequence[Outcome]) -> str:
    done, left = (sum(o.result == result for o in outcomes) for result in ("done", "left"))
    return f"{number(done, 'recording')} transcribed, {left} left."


def _limits(study: Study, options: NightOptions) -> Limits:
    return Limits(_end(study, options), options.limit, length_of_window(study.transcription.night))


def _end(study: Study, options: NightOptions) -> datetime | None:
    """When everything taken is to be done; None where there is no such time."""
    if options.until:
        return next_time(time.fromisoformat(options.until), now(), study.zone)
    if options.whole_window:
        return end_of_window(study.transcription.night, now(), study.zone) or now()
    return None


def _transcribe_waiting(
    study: Study,
    database: Database,
    codes: Sequence[str],
    asked: NightOptions | RecordingOptions,
    limits: Limits,
    *,
    whole: bool = True,
) -> Worked:
    with database.reading() as session:
        waiting = to_transcribe(session, study, codes)
        known = without_consent(session, study, codes)
    named = {recording.code for recording in waiting} | {outcome.code for outcome in known}
    known += [_nothing_waits(code) for code in codes if code not in named]
    if not waiting:
        return Worked(tuple(known))
    if limits.ends_at is not None and now() >= limits.ends_at:
        return Worked((*known, *(_left(recording, "The night is over.") for recording in waiting)))
    if not has_room(study):
        return Worked((*known, *_not_begun(waiting)), stopped=f"{FULL} {MAKE_ROOM}")
    try:
        engine = load_engine(study, asked.model, asked.language)
    except Exception as error:  # without a model nothing can be done, and all of it is told
        return Worked((*known, *_not_begun(waiting)), stopped=reason(error))
    worked = _take_in_turn(study, database, waiting, engine, limits, whole=whole)
    return replace(worked, outcomes=(*known, *worked.outcomes))


def _take_in_turn(
    study: Study, database: Database, waiting: Sequence[Waiting], engine: Engine, limits: Limits, *, whole: bool
) -> Worked:
    with database.reading() as session:
        speed = _speed(study, session, engine)
        jobs = tuple(Job(recording, *effort_left(session, recording, engine.recipe, speed)) for recording in waiting)
    watch = NightWatch(study, new_night(limits, jobs, is_measured=speed.measured > 0), _night_name(), whole=whole)
    expected_at = watch.night.plan(now()).done_at(now())
    watch.planned(now(), _basis(speed, engine))
    outcomes: list[Outcome] = []
    stopped = ""
    while not stopped and (turns := watch.night.plan(now()).turns):
        outcomes.append(_transcribe_item(study, database, turns[0].job, engine, speed, watch))
        if outcomes[-1].stops or not has_room(study):
            stopped = f"{FULL} {MAKE_ROOM}"
    left = _not_begun([job.recording for job in watch.night.waiting]) if stopped else _left_over(study, watch.night)
    watch.over("stopped" if stopped else "done")
    return Worked((*outcomes, *left), f"{engine.recognizer.name} {engine.model}", expected_at, stopped)


def _speed(study: Study, session: Session, engine: Engine) -> Speed:
    device = str(engine.recognizer.parameters.get("device", ""))
    found = measured(session, engine.recognizer.name, engine.model, device)
    return found or guessed_for(study, engine.model, device)


def _basis(speed: Speed, engine: Engine) -> str:
    if not speed.measured:
        return f"a guess, for '{engine.model}' has not transcribed anything here yet; it is corrected as the night goes"
    return f"by the speed of {number(speed.measured, 'recording')} done before"


def _transcribe_item(
    study: Study, database: Database, job: Job, engine: Engine, speed: Speed, watch: NightWatch
) -> Outcome:
    recording, is_heard = job.recording, not job.effort.hearing

    def progress(part: float) -> None:
        nonlocal is_heard
        if part > HEARING and not is_heard:
            is_heard = True
            with database.reading() as session:
                left, begun = effort_left(session, recording, engine.recipe, speed)
            watch.heard(left.times(1, 1 / (1 - begun) if begun < 1 else 1))
        watch.moved(part, now())
        if watch.night.is_over_for_the_one_in_hand(now()):
            raise NightIsOver

    def work() -> Outcome:
        try:
            return _with_quality(database, recording, transcribe_one(study, database, recording, engine, progress))
        except NightIsOver:
            return _broken_off(watch.night, recording)

    watch.began(job, now())
    outcome: Outcome | None = None
    try:
        outcome = with_next_step(as_item("transcribe", f"transcribe {recording.title}", recording.code, work))
    finally:
        watch.ended(job, outcome, now())
    return outcome


def _with_quality(database: Database, recording: Waiting, outcome: Outcome) -> Outcome:
    if outcome.result != "done":
        return outcome
    with database.reading() as session:
        return replace(outcome, quality=quality_of(session, recording.recording_id))


def _broken_off(night: Night, recording: Waiting) -> Outcome:
    part = night.in_hand.part if night.in_hand else 0.0
    left = lasting(night.seconds_in_hand)
    return Outcome(
        recording.code,
        "left",
        f"It was broken off when the night ended, {part:.0%} done, with about {left} of work left.",
        "Nothing to do: the next night goes on where it was.",
        length_ms=recording.length_ms,
    )


def _nothing_waits(code: str) -> Outcome:
    return Outcome(code, "skipped", f"No recording of {code} waits to be transcribed.", "See 'fieldcall recordings'.")


def _not_begun(waiting: Sequence[Waiting]) -> list[Outcome]:
    return [_left(recording, "The run was stopped before its turn.") for recording in waiting]


def _left_over(study: Study, night: Night) -> list[Outcome]:
    """What the night leaves, why, and when it would be done by the pace of this night."""
    at, limits = now(), night.limits
    left = night.plan(at).left
    nights = later_windows(study.transcription.night, max(at, limits.ends_at or at), study.zone)
    done = done_on_later_nights([item.job for item in left], nights, limits, night.pace.seconds)
    return [_left_item(item, limits, study, done.get(item.job.recording.recording_id), at) for item in left]


def _left_item(left: Left, limits: Limits, study: Study, done_at: datetime | None, at: datetime) -> Outcome:
    if left.why == "limit":
        why = f"No more than {number(limits.most or 0, 'recording')} were to be taken."
    else:
        end = clock(limits.ends_at, study.zone) if limits.ends_at else ""
        why = f"It needs about {lasting(left.seconds)}, and would not have been done by {end}."
    when = f"Nothing to do: by the nightly schedule it is done {about(done_at, at, study.zone)}." if done_at else ""
    return _left(left.job.recording, why, when)


def _left(recording: Waiting, why: str, when: str = "") -> Outcome:
    return Outcome(recording.code, "left", why, when, length_ms=recording.length_ms)
