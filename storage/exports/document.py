"""A transcript on its way out, and what is said at its head."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from storage.exports.turns import clean
from storage.lengths import clock
from storage.tables import VersionKind
from storage.transcripts import InterviewTranscript

SHORT_HASH = 12  # digits of a model's SHA-256 that are shown to people


@dataclass(frozen=True, slots=True)
class Document:
    """A transcript, the file-safe name of its files such as `C_031_2020-06`, and whether a person has checked it."""

    transcript: InterviewTranscript
    name: str
    is_checked: bool = False

    @property
    def status(self) -> str:
        """How far the text can be trusted."""
        if self.transcript.version_kind == VersionKind.MACHINE:
            return "machine transcript, " + ("checked by a person" if self.is_checked else "not checked by a person")
        return f"{self.transcript.version_kind} by a person"


def month_of(transcript: InterviewTranscript) -> str:
    """Month of the interview in the study's zone, such as `2020-06`."""
    return f"{transcript.starts_at.astimezone(ZoneInfo(transcript.zone)):%Y-%m}"


def heading(document: Document) -> list[tuple[str, str]]:
    """What a reader must know before the first line: pairs of a name and its value, one line each."""
    t = document.transcript
    starts_at = t.starts_at.astimezone(ZoneInfo(t.zone))
    facts = [
        ("Study", t.study_title),
        ("Interview", t.label),
        ("Participant", f"{t.code} ({t.group.replace('_', ' ')})"),
        ("Interviewer", t.interviewer_code),
        ("Date", f"{starts_at:%A} {starts_at.day} {starts_at:%B %Y, %H:%M %Z} ({t.zone})"),
        ("Mode", t.mode),
        ("Length", clock(t.duration_ms)),
        ("Text", f"version {t.version_number}: {document.status}"),
        ("Model", f"{t.model} (SHA-256 {t.model_sha256[:SHORT_HASH]}), {t.engine}"),
        ("Remark", t.remark),
    ]
    return [(name, clean(value)) for name, value in facts if value]
