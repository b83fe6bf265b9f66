"""When all that waits will have its transcript, as things stand; no model is loaded to tell it."""

from datetime import datetime
from itertools import chain

from sqlmodel import Session, col, select

from flows.in_words import about, lasting
from flows.night import end_of_window, later_windows, length_of_window
from flows.night_plan import Job, Limits, done_on_later_nights
from flows.outcomes import number
from flows.speeds import Effort, Speed, guessed_for, measured
from flows.transcription_queue import to_transcribe
from storage.study import Study
from storage.tables import Transcription


def outlook(session: Session, study: Study, at: datetime) -> str:
    """'12 recordings wait, 9 h of work: all done about 02:15 by the nightly schedule.'; '' where none waits."""
    waiting = to_transcribe(session, study)
    if not waiting:
        return ""
    speed, window = _speed(session, study), study.transcription.night
    jobs = [Job(recording, speed.effort(recording.length_ms)) for recording in waiting]
    end = end_of_window(window, at, study.zone)
    nights = chain([(at, end)] if end else [], later_windows(window, end or at, study.zone))
    done = done_on_later_nights(jobs, nights, Limits(whole_night=length_of_window(window)), _seconds)
    verb = "waits" if len(waiting) == 1 else "wait"
    work = lasting(sum(job.effort.seconds for job in jobs))
    basis = "" if speed.measured else ", at a guess"
    is_all = len(done) == len(jobs)
    when = f"all done {about(max(done.values()), at, study.zone)}" if is_all else "more than two months of nights"
    return f"{number(len(waiting), 'recording')} {verb}, {work} of work{basis}: {when} by the nightly schedule."


def _seconds(effort: Effort) -> float:
    return effort.seconds


def _speed(session: Session, study: Study) -> Speed:
    """By what the study's model did last here, on whatever engine that was."""
    model = study.transcription.model
    last = session.exec(
        select(Transcription)
        .where(Transcription.model == model, col(Transcription.finished_at).is_not(None))
        .order_by(col(Transcription.finished_at).desc())
        .limit(1)
    ).first()
    if last is not None:
        device = last.parameters.get("recognizer", {}).get("device", "")
        found = measured(session, last.engine, last.model, device)
        if found:
            return found
    return guessed_for(study, model, "cpu")
