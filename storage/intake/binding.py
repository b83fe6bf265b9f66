"""To which interview a recording belongs: decided from what is known about it, or left to a person.

Pure. One clear winner is bound with its reason; everything else goes to the review list with the reasons
why. Nothing is ever guessed: a wrong binding would put one person's words under another's code.

By code in the file's name: the participant's open interview, unless a time contradicts it. By time alone:
the one interview around whose booked start the recording begins, with no other interview in its way. A
telephone number of a participant in the name decides between interviews that fit by time, and contradicts
one that is another's; alone it only proposes, for people share telephones and call for other reasons.
The file's own date never binds, for copying changes it; it is shown to the person who decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from storage.tables import CLOSED_STATES, State

# A recording begins up to half an hour before the booked start (buffers are a quarter, clocks of telephones
# and computers differ) and up to an hour after it (the third attempt to reach someone).
EARLIEST = timedelta(minutes=30)
LATEST = timedelta(minutes=60)
# A call that overruns into the next interview's slot by no more than this is not taken for that interview.
OVERRUN = timedelta(minutes=10)
# Shorter ones are voice mail and tests, longer ones (in booked lengths) were left running.
SHORTEST = timedelta(minutes=1)
LONGEST_SHARE = 3
# With the code in the name, a time further than this from the interview contradicts it.
CONTRADICTION = timedelta(days=1)
# A meeting that is left open after an interview is not kept for longer than this.
_SAME_DAY = timedelta(hours=12)

# An interview in one of these can be given a recording without asking.
BINDABLE = (State.BOOKED, State.MOVED, State.HELD, State.RECORDED, State.TRANSCRIBED)


@dataclass(frozen=True, slots=True)
class Clues:
    """What is known about a recording; instants in UTC, several where there is a doubt.

    `named` are starts that its name tells, `stamped` those from its metadata, `dated` that from the file's
    own date; `seen_at` is when it was captured. `hinted` are codes of participants whose telephone number is in
    its name, `present` of those who were there by the names that a tool gives, which only propose: others come along.
    """

    duration: timedelta
    seen_at: datetime
    codes: tuple[str, ...] = ()
    named: tuple[datetime, ...] = ()
    stamped: tuple[datetime, ...] = ()
    dated: datetime | None = None
    hinted: tuple[str, ...] = ()
    present: tuple[str, ...] = ()

    @property
    def times(self) -> tuple[datetime, ...]:
        """Starts by the strongest source there is."""
        return self.named or self.stamped


@dataclass(frozen=True, slots=True)
class Part:
    """A recording that an interview has already; its start where known."""

    starts_at: datetime | None
    duration: timedelta


@dataclass(frozen=True, slots=True)
class Candidate:
    """An interview that a recording may belong to, with the recordings it has."""

    interview_id: int
    label: str
    code: str
    starts_at: datetime
    ends_at: datetime
    state: str
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Bound:
    """The recording belongs to this interview, and why; `started_at` where known."""

    interview: Candidate
    reason: str
    started_at: datetime | None


@dataclass(frozen=True, slots=True)
class Review:
    """A person must decide; `started_at` where there is no doubt about it, `proposal` where something hints at one."""

    reasons: tuple[str, ...]
    started_at: datetime | None = None
    proposal: Candidate | None = None


def decide(clues: Clues, candidates: Sequence[Candidate], zone: tzinfo) -> Bound | Review:
    """Bind a recording or say why not; times in the reasons are those of `zone`."""
    certain = clues.times[0] if len(clues.times) == 1 else None
    if len(clues.codes) > 1:
        return Review((f"its name holds {len(clues.codes)} codes: {', '.join(clues.codes)}",), certain)
    decision = _by_code(clues, candidates, zone) if clues.codes else _by_time(clues, candidates, zone)
    if not isinstance(decision, str):
        return decision
    present = f"by the names on the screen, {' and '.join(clues.present)} was there" if clues.present else ""
    return Review(tuple(filter(None, (decision, present))), certain)


def decide_later(first: Bound, clues: Clues, candidates: Sequence[Candidate]) -> Bound | Review:
    """Bind what the same meeting recorded after a stop; when that was is not known, only that it was after `first`.

    It is the first's, unless somebody else was to talk later that day: a meeting may be left open between two.
    """
    own = first.interview
    is_named = own.code in {*clues.codes, *clues.present}
    others = [
        candidate
        for candidate in candidates
        if candidate.state not in CLOSED_STATES
        and candidate.interview_id != own.interview_id
        and timedelta(0) <= candidate.starts_at - own.starts_at < _SAME_DAY
    ]
    if others and not is_named:
        return Review((f"recorded after a stop, and when is not known: could be {labels([own, *others])}",))
    return Bound(own, f"recorded after a stop: {first.reason}", None)


def _by_code(clues: Clues, candidates: Sequence[Candidate], zone: tzinfo) -> Bound | str:
    (code,) = clues.codes
    own = [candidate for candidate in candidates if candidate.code == code]
    usable = [candidate for candidate in own if candidate.state in BINDABLE]
    if clues.hinted and code not in clues.hinted:
        return f"its name says {code}, but {_hinted(clues)}"
    if len(usable) != 1:
        return _no_open_interview(code, own, zone)
    (interview,) = usable
    near = [at for at in clues.times if _distance(at, interview) <= CONTRADICTION]
    if clues.times and not near:
        return (
            f"its name says {code}, but it began at {show(clues.times, zone)}, more than a day from "
            f"{described(interview, zone)}"
        )
    if interview.starts_at - CONTRADICTION > clues.seen_at:
        return f"its name says {code}, but {described(interview, zone)} is still to come"
    started_at = min(near, key=lambda at: abs(at - interview.starts_at), default=None)
    if any(_same_time(part, started_at, clues.duration) for part in interview.parts):
        return f"its name says {code}, but {interview.label} has a recording of the same time already"
    return Bound(interview, f"code {code} in its name", started_at)


def _no_open_interview(code: str, own: Sequence[Candidate], zone: tzinfo) -> str:
    if not own:
        return f"its name says {code}, who has no interview"
    states = ", ".join(f"{described(interview, zone)} is {interview.state}" for interview in own)
    return f"its name says {code}, but {states}"


def _by_time(clues: Clues, candidates: Sequence[Candidate], zone: tzinfo) -> Bound | str:
    live = [candidate for candidate in candidates if candidate.state not in CLOSED_STATES]
    if not clues.times:
        return _hint(clues, live, zone)
    owners = _owners(live, clues.times)
    possible = owners + [c for c in live if c not in owners and _is_in_the_way(c, clues)]
    if not owners:
        hint = f"; {_hinted(clues)}" if clues.hinted else ""
        return f"no code in its name, and no interview begins around {show(clues.times, zone)}{hint}"
    meant = [candidate for candidate in owners if candidate.code in clues.hinted]
    if clues.hinted and not meant:
        return f"began at {show(clues.times, zone)}; could be {labels(possible)}, but {_hinted(clues)}"
    if len(meant) == 1:
        possible = meant
    if len(possible) > 1:
        return f"began at {show(clues.times, zone)}; could be {labels(possible)}"
    (interview,) = possible
    started_at = min(clues.times, key=lambda at: abs(at - interview.starts_at))
    doubt = _doubt(clues, interview, started_at)
    if doubt:
        return f"by its time it could be {interview.label}, but {doubt}"
    source = "its name" if clues.named else "its metadata"
    began = f"began {offset(started_at, interview)} by {source}"
    reason = f"by time and number: {began}, and {_hinted(clues)}" if meant else f"by time: {began}, no other fits"
    return Bound(interview, reason, started_at)


def _doubt(clues: Clues, interview: Candidate, started_at: datetime) -> str:
    """Why the only interview that fits by time is still not certain, or ''."""
    if interview.state not in BINDABLE:
        return f"that is {interview.state}"
    if clues.duration < SHORTEST:
        return f"it is only {clues.duration.total_seconds():.0f} s long"
    if clues.duration > LONGEST_SHARE * (interview.ends_at - interview.starts_at):
        return f"it is much longer ({_minutes(clues.duration)} min) than what was booked"
    if not all(_begins_after(part, started_at) for part in interview.parts):
        return "that has a recording already, and this one does not clearly follow it"
    return ""


def _hint(clues: Clues, live: Sequence[Candidate], zone: tzinfo) -> str:
    reason = "neither a code nor a time in its name"
    if clues.hinted:
        own = [candidate for candidate in live if candidate.code in clues.hinted]
        return f"{reason}; {_hinted(clues)}{f': it may be {labels(own)}' if own else ''}"
    owners = _owners(live, (clues.dated,)) if clues.dated else []
    if clues.dated and owners:
        return f"{reason}; by the file's own date ({show((clues.dated,), zone)}) it may be {labels(owners)}"
    return reason


def _hinted(clues: Clues) -> str:
    return f"the number in its name is that of {' or '.join(clues.hinted)}"


def _owners(candidates: Sequence[Candidate], times: Sequence[datetime]) -> list[Candidate]:
    """The interviews around whose booked start a recording that began at one of `times` begins."""
    return [c for c in candidates if any(c.starts_at - EARLIEST <= at <= c.starts_at + LATEST for at in times)]


def _is_in_the_way(candidate: Candidate, clues: Clues) -> bool:
    """Whether the recording covers more of the interview's slot than an overrun does."""
    return any(
        min(at + clues.duration, candidate.ends_at) - max(at, candidate.starts_at) > OVERRUN for at in clues.times
    )


def _same_time(part: Part, started_at: datetime | None, duration: timedelta) -> bool:
    if part.starts_at is None or started_at is None:
        return False
    return started_at < part.starts_at + part.duration and part.starts_at < started_at + duration


def _begins_after(part: Part, started_at: datetime) -> bool:
    return part.starts_at is not None and started_at >= part.starts_at + part.duration


def _distance(at: datetime, interview: Candidate) -> timedelta:
    return max(interview.starts_at - at, at - interview.ends_at, timedelta(0))


def offset(started_at: datetime, interview: Candidate) -> str:
    """How far a start is from the booked one: '3 min after its booked start'."""
    late = started_at - interview.starts_at
    if abs(late) < timedelta(minutes=1):
        return "at its booked start"
    return f"{_minutes(abs(late))} min {'after' if late > timedelta(0) else 'before'} its booked start"


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)


def described(interview: Candidate, zone: tzinfo) -> str:
    """An interview with its time: 'C_031_06/20 (2020-06-03 14:00 BST)'."""
    return f"{interview.label} ({show((interview.starts_at,), zone)})"


def show(times: Sequence[datetime], zone: tzinfo) -> str:
    """Times in a zone, where there is a doubt all of them."""
    return " or ".join(f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}" for at in sorted(times))


def labels(interviews: Sequence[Candidate]) -> str:
    """The labels of interviews of which it may be any."""
    return " or ".join(sorted(interview.label for interview in interviews))
