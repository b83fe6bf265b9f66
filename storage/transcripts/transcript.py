"""A transcript as a value: a version of it, with the utterances that were said and all that a file says about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Spoken:
    """One utterance as it is stored: `speaker` is a code or '', `words` are rows as `words.py` reads them."""

    speaker: str
    channel: int
    start_ms: int
    end_ms: int
    text: str
    words: list[list[Any]]
    guid: str = ""  # given on storing


@dataclass(frozen=True, slots=True)
class InterviewTranscript:
    """A version of a transcript with all that a delivered file says about it."""

    study_title: str
    zone: str
    code: str
    group: str
    label: str
    interview_guid: str
    participant_guid: str
    interviewer_code: str
    mode: str
    starts_at: datetime
    state: str
    recording_guid: str
    recording_sha256: str
    recording_suffix: str
    recording_size: int
    has_video: bool
    duration_ms: int
    remark: str
    transcript_guid: str
    version_guid: str
    version_number: int
    version_kind: str
    made_at: datetime
    approved_by: str  # who stands for this version, or ''
    completeness: float | None  # share of the time with speech that has words, 0 to 1; None is not known
    unclear_ms: int
    notes: tuple[str, ...]
    style: str  # how the study wants words written: 'full' or 'intelligent' verbatim
    language: str
    engine: str
    model: str
    model_sha256: str
    parameters: dict[str, Any]
    versions: dict[str, str]
    seconds: float
    utterances: tuple[Spoken, ...]
