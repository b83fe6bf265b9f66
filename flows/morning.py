"""What a night says of itself in the morning: a few sentences first, then tables. Codes only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flows.in_words import clock, lasting
from flows.outcomes import Outcome, Quality, number
from storage.exports import document
from storage.lengths import length

CODES_NAMED = 6  # in a sentence; the table names them all


@dataclass(frozen=True, slots=True)
class NightReport:
    """A night that is over."""

    name: str  # '22 Nov'
    zone: ZoneInfo
    began_at: datetime
    ended_at: datetime
    outcomes: tuple[Outcome, ...]
    engine: str = ""  # engine and model, '' where none was loaded
    expected_at: datetime | None = None  # when, at its beginning, it was to be done
    stopped: str = ""  # why it took on nothing more, where not everything was done or left as planned


def story(report: NightReport) -> tuple[str, ...]:
    """The night in sentences, the most important first."""
    sentences = (
        f"The night was stopped: {report.stopped}" if report.stopped else "",
        _done(report),
        _time(report),
        _completeness(report.outcomes),
        _to_hear(report.outcomes),
        _failed(report.outcomes),
        _left(report.outcomes),
    )
    return tuple(sentence for sentence in sentences if sentence)


def markdown(report: NightReport) -> str:
    """The whole report as the UI shows it."""
    happened = [(o.code, o.message, o.next_step) for o in report.outcomes if o.result in ("failed", "skipped")]
    hear = [(o.code, o.quality.to_hear) for o in report.outcomes if o.quality and o.quality.to_hear]
    left = [(o.code, length(o.length_ms), o.message, o.next_step) for o in report.outcomes if o.result == "left"]
    sections = (
        f"# The night of {report.name}\n\n{' '.join(story(report))}\n",
        _table("Needs a person", ("code", "what happened", "next step"), happened),
        _table("To be heard while checking", ("code", "passages"), hear),
        _table("Transcribed", tuple(DONE_COLUMNS), [_done_row(o) for o in report.outcomes if o.result == "done"]),
        _table("Left", ("code", "length", "why", "when"), left),
    )
    return "\n".join(section for section in sections if section)


DONE_COLUMNS = ("code", "length", "× real time", "words", "complete", "unclear", "set aside")


def _done_row(outcome: Outcome) -> tuple[str, ...]:
    quality = outcome.quality
    return (
        outcome.code,
        length(outcome.length_ms),
        f"{outcome.speed:.1f}" if outcome.speed else "",
        str(outcome.words),
        complete(outcome),
        length(quality.unclear_ms) if quality and quality.unclear_ms else "",
        str(quality.set_aside) if quality and quality.set_aside else "",
    )


def complete(outcome: Outcome) -> str:
    """How much of the speech has words: '99.7 %', or '' where it is not known. Only all of it is 100 %."""
    share = outcome.quality.completeness if outcome.quality else None
    return "" if share is None else percent(share)


def percent(share: float) -> str:
    return "100 %" if share >= 1 else document.percent(share)


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [columns, ["---"] * len(columns), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return f"## {title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _done(report: NightReport) -> str:
    done = [o for o in report.outcomes if o.result == "done"]
    tried = len(done) + sum(o.result in ("failed", "left") for o in report.outcomes)
    if not done:
        return "No recording was transcribed." if tried else "Nothing waited to be transcribed."
    sound_s, work_s = sum(o.length_ms for o in done) / 1000, sum(o.seconds for o in done)
    all_of = number(len(done), "recording") if tried == len(done) else f"{len(done)} of {number(tried, 'recording')}"
    speed = f", {sound_s / work_s:.1f} × real time" if work_s > 0 else ""
    engine = f" with {report.engine}" if report.engine else ""
    verb = "was" if len(done) == 1 and tried == 1 else "were"
    return f"{all_of} {verb} transcribed{engine}: {lasting(sound_s)} of sound in {lasting(work_s)} of work{speed}."


def _time(report: NightReport) -> str:
    if not report.engine:
        return ""
    began, ended = clock(report.began_at, report.zone), clock(report.ended_at, report.zone)
    if not report.expected_at:
        return f"It worked from {began} to {ended}."
    return f"It worked from {began} to {ended}; at its beginning {clock(report.expected_at, report.zone)} was expected."


def _completeness(outcomes: Sequence[Outcome]) -> str:
    known = {o: o.quality.completeness for o in outcomes if o.quality and o.quality.completeness is not None}
    if not known:
        return ""
    whole = sum(o.length_ms for o in known) or 1
    share = sum(o.length_ms * value for o, value in known.items()) / whole
    least = min(known, key=lambda o: known[o])
    worst = f", least in {least.code} ({percent(known[least])})" if len(known) > 1 and known[least] < share else ""
    return f"{percent(share)} of the speech has words{worst}."


def _to_hear(outcomes: Sequence[Outcome]) -> str:
    hear = [o for o in outcomes if o.quality and o.quality.to_hear]
    if not hear:
        return ""
    qualities = [o.quality for o in hear if o.quality]
    together = Quality(
        unclear=sum(q.unclear for q in qualities),
        disputed=sum(q.disputed for q in qualities),
        doubtful_speakers=sum(q.doubtful_speakers for q in qualities),
    )
    return f"For a person to hear: {together.to_hear}, in {_codes(hear)}."


def _failed(outcomes: Sequence[Outcome]) -> str:
    failed = [o for o in outcomes if o.result == "failed"]
    if not failed:
        return ""
    return (
        f"{number(len(failed), 'recording')} could not be transcribed: {_codes(failed)}; the next step of each is told."
    )


def _left(outcomes: Sequence[Outcome]) -> str:
    left = [o for o in outcomes if o.result == "left"]
    return f"{number(len(left), 'recording')} left for another night: {_codes(left)}." if left else ""


def _codes(outcomes: Sequence[Outcome]) -> str:
    codes = list(dict.fromkeys(o.code for o in outcomes))
    more = len(codes) - CODES_NAMED
    return ", ".join(codes[:CODES_NAMED]) + (f" and {more} more" if more > 0 else "")
