"""How the work on each item ended, and what the run as a whole says about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from storage.intake.take import Taken

Result = Literal["done", "already", "left", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a transcript is by its own account; passages are runs of words with the same mark in one utterance."""

    completeness: float | None = None  # share of the speech that has words, 0 to 1
    unclear_ms: int = 0
    unclear: int = 0
    disputed: int = 0
    doubtful_speakers: int = 0
    set_aside: int = 0

    @property
    def to_hear(self) -> str:
        """What in it a person should hear, such as '2 unclear passages, 1 doubtful speaker'; '' for nothing."""
        counts = {
            "unclear passage": self.unclear,
            "disputed passage": self.disputed,
            "doubtful speaker": self.doubtful_speakers,
        }
        return ", ".join(number(count, noun) for noun, count in counts.items() if count)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the work on one item ended.

    done: it was done now. already: nothing was left to do. left: for another time. skipped: it cannot be
    done as things stand, which is known and was reported. failed: it could not be done.
    """

    code: str
    result: Result
    message: str = ""
    next_step: str = ""
    length_ms: int = 0
    seconds: float = 0.0
    words: int = 0
    windows: int = 0
    quality: Quality | None = None  # of the transcript, where there is one
    stops: bool = False  # what failed would fail for every other item too

    @property
    def speed(self) -> float:
        """How many times faster than real time; 0 where it is not known."""
        return self.length_ms / 1000 / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run says at its end. Message and outcomes hold codes only; `report` stays in this process."""

    message: str
    failed: bool = False  # not all of it could be done
    outcomes: tuple[Outcome, ...] = ()
    needs_person: bool = False  # it was done, and left something to look at
    folder: Path | None = None  # of what was delivered
    story: tuple[str, ...] = ()  # the run in sentences, after the message
    report: Any = None  # what the room that did the work reported: CaptureReport, BookAllReport, DeliveryReport


def summarise(outcomes: Sequence[Outcome], noun: str, done: str) -> Summary:
    """Say what happened to a batch: `noun` is one item ('recording'), `done` what was done ('transcribed')."""
    count = {result: sum(o.result == result for o in outcomes) for result in ("done", "left", "skipped", "failed")}
    tried = count["done"] + count["failed"]
    parts = []
    if len(outcomes) == 1 and outcomes[0].message:
        return Summary(f"{outcomes[0].code}: {outcomes[0].message}", count["failed"] > 0, tuple(outcomes))
    if count["failed"]:
        parts.append(f"{count['failed']} of {number(tried, noun)} could not be {done}")
    if count["done"]:
        parts.append(f"{number(count['done'], noun)} {done}")
    if count["skipped"]:
        parts.append(f"{count['skipped']} skipped")
    if count["left"]:
        parts.append(f"{count['left']} left for the next night")
    return Summary(", ".join(parts) or f"no {noun} to be {done}", count["failed"] > 0, tuple(outcomes))


def together(summaries: Sequence[Summary]) -> Summary:
    """What several pieces of work say as one; the first that has a report gives it."""
    if len(summaries) == 1:
        return summaries[0]
    return Summary(
        ". ".join(f"{summary.message[:1].upper()}{summary.message[1:].removesuffix('.')}" for summary in summaries),
        failed=any(summary.failed for summary in summaries),
        outcomes=tuple(outcome for summary in summaries for outcome in summary.outcomes),
        needs_person=any(summary.needs_person for summary in summaries),
        story=tuple(sentence for summary in summaries for sentence in summary.story),
        report=next((summary.report for summary in summaries if summary.report is not None), None),
    )


def outcome_of(taken: Taken) -> Outcome:
    """How taking a recording ended, wherever it came from."""
    message = "; ".join(part for part in (taken.reason, taken.remark) if part)
    return Outcome(taken.code or taken.sha256[:12], "done" if taken.code else "skipped", message)


def number(count: int, noun: str) -> str:
    """'1 recording', '2 recordings'."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
