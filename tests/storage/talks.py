"""Transcripts made by hand: an utterance is who, on which channel, from when, and what; a word lasts 300 ms."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from storage.tables import State
from storage.transcripts.transcript import InterviewTranscript, Spoken
from storage.transcripts.words import text_of

WORD_MS = 300

Said = tuple[str, int, int, str]


def rows_at(start_ms: int, text: str) -> list[list[Any]]:
    return [[word, start_ms + n * WORD_MS, start_ms + (n + 1) * WORD_MS, 0.9] for n, word in enumerate(text.split())]


def spoken(speaker: str, channel: int, start_ms: int, text: str) -> Spoken:
    rows = rows_at(start_ms, text)
    return Spoken(speaker, channel, start_ms, start_ms + max(len(rows), 1) * WORD_MS, text_of(rows), rows)


def talk(*said: Said | Spoken, **fields: Any) -> InterviewTranscript:
    """A transcript of C_001's interview; any field can be given."""
    usual: dict[str, Any] = {
        "study_title": "Social prescribing at a distance",
        "zone": "Europe/London",
        "code": "C_001",
        "group": "client",
        "label": "C_001_06/20",
        "interview_guid": "i",
        "participant_guid": "p",
        "interviewer_code": "INT_01",
        "mode": "phone",
        "starts_at": datetime(2020, 6, 3, 13, 0, tzinfo=UTC),
        "state": State.TRANSCRIBED,
        "recording_guid": "r",
        "recording_sha256": "ab" * 32,
        "recording_suffix": ".m4a",
        "recording_size": 1_000,
        "has_video": False,
        "duration_ms": 600_000,
        "remark": "",
        "transcript_guid": "t",
        "version_guid": "v",
        "version_number": 1,
        "version_kind": "machine",
        "made_at": datetime(2020, 6, 4, 2, 30, tzinfo=UTC),
        "approved_by": "",
        "completeness": 1.0,
        "unclear_ms": 0,
        "notes": (),
        "style": "full",
        "language": "en",
        "engine": "openai-whisper",
        "model": "small",
        "model_sha256": "f" * 64,
        "parameters": {},
        "versions": {},
        "seconds": 1.0,
        "utterances": tuple(each if isinstance(each, Spoken) else spoken(*each) for each in said),
    }
    return InterviewTranscript(**{**usual, **fields})


def reworded(before: InterviewTranscript, number: int, text: str, **fields: Any) -> InterviewTranscript:
    """The transcript with other words in one utterance, which keeps its times."""
    spoken_before = before.utterances[number]
    rows = [[word, spoken_before.start_ms, spoken_before.end_ms, 0.9] for word in text.split()]
    changed = replace(spoken_before, text=text_of(rows), words=rows, **fields)
    said = list(before.utterances)
    said[number] = changed
    return replace(before, utterances=tuple(said))
