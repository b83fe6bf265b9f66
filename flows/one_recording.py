"""The work of transcribing one recording, kept window by window so that a broken run is gone on with."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flows.disk import is_full
from flows.engine import Engine, versions
from flows.faults import reason
from flows.outcomes import Outcome
from flows.transcription_queue import Waiting, bound_as, no_consent, no_longer_waiting, still_waiting
from flows.voices import named, notes_on, step_for, turns_of, voices_of
from storage.database import Database
from storage.errors import StorageError
from storage.files import locked
from storage.guards import NO_CONSENT
from storage.study import Study
from storage.tables import Transcription, Window, now
from storage.transcripts.saving import save_machine_version
from storage.transcripts.transcript import Spoken
from storage.vault import Vault

if TYPE_CHECKING:
    from transcription.decode import Done
    from transcription.plan import Plan
    from transcription.speakers.base import Turn
    from transcription.transcript import Voice, Word

Progress = Callable[[float], None]  # told the part done, 0 to 1

HEARING = 0.1  # the part of the progress bar for what comes before the words: the plan, and who speaks when
_PLAN_BESIDE_VOICES = 0.1  # of that, where voices are told apart, which takes much longer
SILENT = "No speech was found in the recording."
WORDLESS = "There is speech in the recording, but no word of it was recognised."
TAKEN_AWAY = (
    "The recording was taken off its interview while it was being transcribed, and its words were dropped. "
    "Bind it to the right interview; the next run transcribes it anew."
)
LISTEN = "Listen to it: if it is the interview, try another model; if not, put the right file in the inbox."


def transcribe_one(
    study: Study, database: Database, recording: Waiting, engine: Engine, progress: Progress = lambda _part: None
) -> Outcome:
    """Transcribe a recording, going on where an earlier run was broken off. Never raises for the recording's fault.

    A recording that another process has in hand is left to it; a failure is stored with its next step.
    """
    with locked(Vault(study.place(study.storage.vault)).in_hand(recording.recording_id), wait=False) as free:
        if not free:
            return _outcome(recording, "already", "It is being transcribed by another run at this moment.")
        with database.reading() as session:
            current = still_waiting(session, study, recording)
            if current is None:
                return no_longer_waiting(session, study, recording)
        if not current.may_record:
            return no_consent(current)
        try:
            return _attempt(study, database, current, engine, progress)
        except IntegrityError as error:
            if not _refused(error):
                raise
            return no_consent(current)  # it was withdrawn meanwhile


def _attempt(study: Study, database: Database, recording: Waiting, engine: Engine, progress: Progress) -> Outcome:
    work = _begin(database, recording, engine)
    known = _known_to_hold_nothing(work)
    if known:
        return _outcome(recording, "skipped", known, LISTEN)
    try:
        return _transcribe(study, database, recording, engine, work, progress)
    except Exception as error:  # whatever is wrong with one recording is told of it, and never ends the night
        if _refused(error) or is_full(error):
            raise
        message = reason(error)
        _store_failure(database, work, message)
        return _outcome(recording, "failed", message)


def _transcribe(
    study: Study,
    database: Database,
    recording: Waiting,
    engine: Engine,
    work: Transcription,
    progress: Progress,
) -> Outcome:
    from transcription.decode import decode

    vault = Vault(study.place(study.storage.vault))
    vault.verify(recording.sha256, recording.suffix)
    path = vault.path(recording.sha256, recording.suffix)
    plan, turns = _hear_through(database, work, path, engine, progress)
    if not plan.windows:
        return _fail(database, recording, work, SILENT)
    kept = _kept(database, work)
    _check_language(kept, plan, engine, recording)

    def keep(windows: "Sequence[Done]") -> None:
        _keep_windows(database, work, windows)
        kept.update({one.index: (one.language, one.language_probability) for one in windows})
        _check_language(kept, plan, engine, recording)

    decode(
        path,
        plan,
        engine.recognizer,
        done=kept,
        on_windows=keep,
        progress=lambda done_ms, total_ms: progress(HEARING + (1 - HEARING) * _part(done_ms, total_ms)),
    )
    outcome = _finish(study, database, work, plan, turns, engine)
    progress(1.0)
    return outcome


def _begin(database: Database, recording: Waiting, engine: Engine) -> Transcription:
    """The row of this recording and recipe, made if it is not there. The database refuses it without consent."""
    with database.writing() as session:
        query = select(Transcription).where(
            Transcription.recording_id == recording.recording_id, Transcription.recipe == engine.recipe
        )
        work = session.exec(query).one_or_none()
        if work is None:
            work = Transcription(
                recording_id=recording.recording_id,
                recipe=engine.recipe,
                engine=engine.recognizer.name,
                model=engine.model,
                model_sha256=engine.recognizer.model_sha256,
                parameters=engine.parameters,
                versions=versions(),
            )
            session.add(work)
        return work


def _refused(error: Exception) -> bool:
    """Whether the database refused to keep words for want of consent to record."""
    return isinstance(error, IntegrityError) and NO_CONSENT in str(error.orig)


def _known_to_hold_nothing(work: Transcription) -> str:
    """What an earlier run with the same recipe found in place of words, which was told and would be found again."""
    return next((found for found in (SILENT, WORDLESS) if work.failure.startswith(found)), "")


def _hear_through(
    database: Database, work: Transcription, path: Path, engine: Engine, progress: Progress
) -> "tuple[Plan, tuple[Turn, ...] | None]":
    """The plan, and who speaks when if voices tell it; as they were found once, for windows are known by their number.

    Both are done before any word, so that how far a recording is and what is left of it can be told by its windows.
    """
    from transcription.plan import Plan, make_plan
    from transcription.speakers.base import turns_from_json, turns_to_json

    plan = None if work.plan is None else Plan.from_json(work.plan)
    turns = None if work.turns is None else turns_from_json(work.turns)
    if plan is not None and (turns is not None or step_for(plan, engine.speakers) is None):
        return plan, turns
    begun = time.monotonic()
    of_plan = HEARING * (_PLAN_BESIDE_VOICES if engine.speakers else 1.0)
    plan = plan or make_plan(path, progress=lambda done_ms, total_ms: progress(of_plan * _part(done_ms, total_ms)))
    if speakers := step_for(plan, engine.speakers):
        turns = turns_of(
            speakers,
            path,
            plan,
            lambda done_ms, total_ms: progress(of_plan + (HEARING - of_plan) * _part(done_ms, total_ms)),
        )
    with database.writing() as session:
        row = _own_row(session, work)
        row.plan = plan.to_json()
        row.turns = None if turns is None else turns_to_json(turns)
        row.seconds += time.monotonic() - begun
    return plan, turns


def _kept(database: Database, work: Transcription) -> dict[int, tuple[str, float]]:
    """The windows done so far: for each number the language that was heard, and how likely it is."""
    with database.reading() as session:
        query = select(Window.number, Window.language, Window.language_probability)
        rows = session.exec(query.where(Window.transcription_id == work.id)).all()
    return {number: (language, probability) for number, language, probability in rows}


def _check_language(kept: Mapping[int, tuple[str, float]], plan: "Plan", engine: Engine, recording: Waiting) -> None:
    """Raise OtherLanguage where nearly all that was heard so far is not in the language that is to be written."""
    from transcription.errors import OtherLanguage
    from transcription.languages import name_of, other_language

    expected = engine.language
    heard = [(*kept[number], plan.windows[number].length_ms) for number in sorted(kept)]
    other = other_language(heard, expected, complete=len(kept) == len(plan.windows))
    if other:
        raise OtherLanguage(
            f"The people on the recording speak {name_of(other)}, and it was to be written in {name_of(expected)}. "
            f"If they do, transcribe it with 'fieldcall transcribe {recording.code} --language {other}'."
        )


def _keep_windows(database: Database, work: Transcription, windows: "Sequence[Done]") -> None:
    """Keep the windows of a batch in one transaction: all of them are done, or none."""
    from transcription.transcript import words_to_json

    with database.writing() as session:
        row = _own_row(session, work)
        assert row.id is not None, "stored rows have an id"
        for done in windows:
            words = words_to_json(done.words)
            session.add(
                Window(
                    transcription_id=row.id,
                    number=done.index,
                    words=words,
                    seconds=done.seconds,
                    language=done.language,
                    language_probability=done.language_probability,
                )
            )
            row.seconds += done.seconds


def _finish(
    study: Study,
    database: Database,
    work: Transcription,
    plan: "Plan",
    turns: "Sequence[Turn] | None",
    engine: Engine,
) -> Outcome:
    """Put the windows together and store them as version 1 of whose recording it is now, in one transaction."""
    from transcription.coverage import completeness, unclear_ms
    from transcription.decode import words_by_channel

    with database.reading() as session:
        channels = words_by_channel(plan, _words(session, work))
    heard = [word for words in channels.values() for word in words]
    said = sum(_is_said(word) for word in heard)
    voices = voices_of(plan, turns, channels)
    with database.writing() as session:
        row = _own_row(session, work)
        recording = bound_as(session, study, row.recording_id)
        if recording is None:
            raise StorageError(TAKEN_AWAY)
        if not said:
            row.failure = f"{WORDLESS} {LISTEN}"
            return _outcome(recording, "failed", WORDLESS, LISTEN)
        save_machine_version(
            session,
            row,
            _spoken(named(voices, study, recording, plan)),
            completeness=completeness(plan.speech_ms, heard),
            unclear_ms=unclear_ms(heard),
            notes=notes_on(plan, engine.speakers),
        )
        row.finished_at, row.failure = now(), ""
        seconds = row.seconds
    return Outcome(
        recording.code,
        "done",
        length_ms=recording.length_ms,
        seconds=seconds,
        words=said,
        windows=len(plan.windows),
    )


def _is_said(word: "Word") -> bool:
    from transcription.transcript import Mark

    return not word.is_set_aside and Mark.UNCLEAR not in word.marks


def _words(session: Session, work: Transcription) -> "dict[int, tuple[Word, ...]]":
    from transcription.transcript import words_from_json

    windows = session.exec(select(Window).where(Window.transcription_id == work.id).order_by(col(Window.number)))
    return {window.number: words_from_json(window.words) for window in windows}


def _spoken(voices: "Mapping[Voice, Sequence[Word]]") -> list[Spoken]:
    from transcription.transcript import utterances_of, words_to_json

    return [
        Spoken(
            speaker=utterance.speaker,
            channel=utterance.channel,
            start_ms=utterance.start_ms,
            end_ms=utterance.end_ms,
            text=utterance.text,
            words=words_to_json(utterance.words),
        )
        for utterance in utterances_of(voices)
    ]


def _fail(database: Database, recording: Waiting, work: Transcription, message: str) -> Outcome:
    _store_failure(database, work, f"{message} {LISTEN}")
    return _outcome(recording, "failed", message, LISTEN)


def _store_failure(database: Database, work: Transcription, failure: str) -> None:
    with database.writing() as session:
        row = _row(session, work)
        if row is not None:
            row.failure = failure


def _own_row(session: Session, work: Transcription) -> Transcription:
    row = _row(session, work)
    if row is None:
        raise StorageError(TAKEN_AWAY)
    return row


def _row(session: Session, work: Transcription) -> Transcription | None:
    """The row of this work, None where it was dropped because the recording was taken off its interview."""
    row = session.get(Transcription, work.id)
    return row if row is not None and row.recording_id == work.recording_id else None


def _outcome(recording: Waiting, result: Any, message: str, next_step: str = "") -> Outcome:
    return Outcome(recording.code, result, message, next_step, length_ms=recording.length_ms)


def _part(done_ms: int, total_ms: int) -> float:
    return min(1.0, done_ms / total_ms) if total_ms else 0.0
