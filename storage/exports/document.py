"""A transcript on its way out, and what is said at its head."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from math import floor
from zoneinfo import ZoneInfo

from storage.exports.clean import clean
from storage.exports.styles import ABOUT, ABOUT_MARKS, Style
from storage.exports.turns import Line, PlainText, lines_of, text_of_lines
from storage.lengths import clock
from storage.tables import VersionKind
from storage.transcripts.passages import Passage, set_aside
from storage.transcripts.transcript import InterviewTranscript
from storage.transcripts.words import unclear_count

SHORT_HASH = 12  # digits of a model's SHA-256 that are shown to people


@dataclass(frozen=True)
class Document:
    """A transcript, the file-safe name of its files such as `C_031_2020-06`, and whether a person has checked it.

    An archive is told the month of the interview alone, not its day, by which somebody's diary might be matched.
    """

    transcript: InterviewTranscript
    name: str
    is_checked: bool = False
    with_day: bool = True

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The utterances as they go out, worked out once for all formats."""
        return lines_of(self.transcript)

    @cached_property
    def plain(self) -> PlainText:
        """The canonical text, worked out once for all formats."""
        return text_of_lines(self.lines)

    @cached_property
    def set_aside(self) -> tuple[Passage, ...]:
        """What was set aside, worked out once for all formats."""
        return set_aside(self.transcript.utterances)

    @property
    def status(self) -> str:
        """How far the text can be trusted."""
        checked = "checked" if self.is_checked else "not checked"
        match self.transcript.version_kind:
            case VersionKind.MACHINE:
                return f"machine transcript, {checked} by a person"
            case VersionKind.CORRECTED:
                return f"corrected by a person, {checked} as a whole"
            case kind:
                approved = "approved" if self.transcript.approved_by else "not approved"
                return f"{kind}, {approved} by a person"


def month_of(transcript: InterviewTranscript) -> str:
    """Month of the interview in the study's zone, such as `2020-06`."""
    return f"{transcript.starts_at.astimezone(ZoneInfo(transcript.zone)):%Y-%m}"


def heading(document: Document) -> list[tuple[str, str]]:
    """What a reader must know before the first line: pairs of a name and its value, one line each."""
    t = document.transcript
    facts = [
        ("Study", t.study_title),
        ("Interview", t.label),
        ("Participant", f"{t.code} ({t.group.replace('_', ' ')})"),
        ("Interviewer", t.interviewer_code),
        ("Date", _date(document)),
        ("Mode", t.mode),
        ("Length", clock(t.duration_ms)),
        ("Text", f"version {t.version_number}: {document.status}"),
        ("Model", f"{t.model} (SHA-256 {t.model_sha256[:SHORT_HASH]}), {t.engine}"),
        ("Style", ABOUT[Style(t.style)]),
        ("Completeness", completeness_of(t, document.lines)),
        ("Marks", ABOUT_MARKS if any(line.doubts for line in document.lines) else ""),
        ("Set aside", _reasons(document.set_aside)),
        ("Notes", " ".join(t.notes)),
        ("Remark", t.remark),
    ]
    return [(name, clean(value)) for name, value in facts if value]


def _date(document: Document) -> str:
    zone = document.transcript.zone
    at = document.transcript.starts_at.astimezone(ZoneInfo(zone))
    return f"{at:%A} {at.day} {at:%B %Y, %H:%M %Z} ({zone})" if document.with_day else f"{at:%B %Y}"


def completeness_of(transcript: InterviewTranscript, lines: Iterable[Line]) -> str:
    """How much of the speech has words, and what is marked as unclear in the text; '' where neither is known."""
    parts = []
    if transcript.completeness is not None:
        parts.append(f"{percent(transcript.completeness)} of the speech has words")
    if count := sum(unclear_count(line.text) for line in lines):
        parts.append(f"{_passages(count)} {'is' if count == 1 else 'are'} marked [unclear]")
    return "; ".join(parts)


def percent(share: float) -> str:
    """`99.7 %`, rounded down, so that only what is whole is called so."""
    tenths = floor(share * 1000)
    return f"{tenths // 10}.{tenths % 10} %"


def _reasons(passages: Iterable[Passage]) -> str:
    reasons = Counter(passage.reason for passage in passages)
    return "; ".join(f"{_passages(count)}: {reason}" for reason, count in sorted(reasons.items()))


def _passages(count: int) -> str:
    return f"{count} {'passage' if count == 1 else 'passages'}"
