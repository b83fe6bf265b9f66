"""How long a recording takes on this machine, measured on those that it has transcribed before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from flows.transcription_queue import Waiting
from storage.study import Study
from storage.tables import Recording, Transcription, Window

RECENT = 12  # recordings that the speed is measured on: an older one may have been made by slower software
LEAST = 1e-4  # seconds of work per second of sound: nothing is free
# before anything has been measured: on the slow side, for then too little is promised rather than too much
HEARING_GUESS = 0.1  # most of it for telling voices apart
SPEECH_GUESS = 0.95
DECODING_GUESS, DECODING_GUESS_PER_GB = 0.1, 1.0  # on the processor, by the size of the model's file
ON_CARD = 0.05  # of that
USUAL_MODEL_BYTES = 500_000_000  # of a model whose file is not here


@dataclass(frozen=True, slots=True)
class Effort:
    """Seconds of work: hearing a recording through to find speech and voices, and decoding that speech."""

    hearing: float = 0.0
    decoding: float = 0.0

    @property
    def seconds(self) -> float:
        return self.hearing + self.decoding

    def __add__(self, other: Effort) -> Effort:
        return Effort(self.hearing + other.hearing, self.decoding + other.decoding)

    def __sub__(self, other: Effort) -> Effort:
        return Effort(max(0.0, self.hearing - other.hearing), max(0.0, self.decoding - other.decoding))

    def times(self, hearing: float, decoding: float) -> Effort:
        return Effort(self.hearing * hearing, self.decoding * decoding)


NO_EFFORT = Effort()


@dataclass(frozen=True, slots=True)
class Speed:
    """What an engine needs on this machine."""

    hearing: float  # seconds of work per second of a recording
    decoding: float  # seconds of work per second of speech
    speech: float  # seconds of speech, of all speakers, per second of a recording
    measured: int = 0  # on so many recordings; 0 is a guess

    def effort(self, sound_ms: int) -> Effort:
        """Of a recording that nothing is known of but its length."""
        return Effort(sound_ms / 1000 * self.hearing, sound_ms / 1000 * self.speech * self.decoding)


def guessed(model_bytes: int, device: str) -> Speed:
    """The speed of an engine that has not worked here yet, from the size of its model."""
    decoding = DECODING_GUESS + model_bytes / 1e9 * DECODING_GUESS_PER_GB
    return Speed(HEARING_GUESS, decoding * (ON_CARD if device == "cuda" else 1.0), SPEECH_GUESS)


def guessed_for(study: Study, model: str, device: str) -> Speed:
    """The guess for a model of the study by its name."""
    from transcription.errors import ModelError
    from transcription.models import find_model

    try:
        size = find_model(model, study.place(study.transcription.models)).size
    except ModelError:
        size = USUAL_MODEL_BYTES
    return guessed(size, device)


def measured(session: Session, engine: str, model: str, device: str) -> Speed | None:
    """The median speed of the newest recordings done with an engine, a model and a device; None where there is none.

    The longer a recording, the more it counts. What is not spent on windows is taken for the hearing.
    """
    on = func.coalesce(col(Transcription.parameters)[("recognizer", "device")].as_string(), "")
    decoding = select(func.sum(Window.seconds)).where(Window.transcription_id == Transcription.id).scalar_subquery()
    rows = session.exec(
        select(Transcription, Recording.duration_ms, decoding)
        .join(Recording, col(Recording.id) == Transcription.recording_id)
        .where(col(Transcription.finished_at).is_not(None), Transcription.engine == engine)
        .where(Transcription.model == model, on == device, Recording.duration_ms > 0)
        .order_by(col(Transcription.finished_at).desc(), col(Transcription.id).desc())
        .limit(RECENT)
    ).all()
    found = [(work, length_ms, spent or 0.0, _speech_ms(work)) for work, length_ms, spent in rows]
    spoken = [(spent * 1000 / speech_ms, speech_ms) for _, _, spent, speech_ms in found if speech_ms]
    if not spoken:
        return None
    return Speed(
        hearing=max(LEAST, weighted_median((1000 * (work.seconds - spent) / ms, ms) for work, ms, spent, _ in found)),
        decoding=max(LEAST, weighted_median(spoken)),
        speech=max(LEAST, weighted_median((speech_ms / ms, ms) for _, ms, _, speech_ms in found)),
        measured=len(found),
    )


def effort_left(session: Session, recording: Waiting, recipe: str, speed: Speed) -> tuple[Effort, float]:
    """What is left to do on a recording, and the part of its speech that earlier runs have decoded."""
    query = select(Transcription).where(
        Transcription.recording_id == recording.recording_id, Transcription.recipe == recipe
    )
    work = session.exec(query).one_or_none()
    if work is None or work.plan is None:
        return speed.effort(recording.length_ms), 0.0
    done = set(session.exec(select(Window.number).where(Window.transcription_id == work.id)))
    speech_ms = _speech_ms_by_window(work)
    left_ms = sum(ms for number, ms in enumerate(speech_ms) if number not in done)
    return Effort(0.0, left_ms / 1000 * speed.decoding), 1 - left_ms / sum(speech_ms) if sum(speech_ms) else 0.0


def _speech_ms(work: Transcription) -> int:
    return sum(_speech_ms_by_window(work))


def _speech_ms_by_window(work: Transcription) -> Sequence[int]:
    from transcription.plan import Plan

    windows = Plan.from_json(work.plan).windows if work.plan else ()
    return [sum(span.length_ms for span in window.speech) for window in windows]


def weighted_median(weighted: Iterable[tuple[float, int]]) -> float:
    """The value in the middle of the weight."""
    pairs = sorted(weighted)
    half, reached = sum(weight for _, weight in pairs) / 2, 0.0
    for value, weight in pairs:
        reached += weight
        if reached >= half:
            return value
    raise ValueError("there is no middle of nothing")
