"""To which interview a recording of a meeting belongs: by its meeting's code first, then by its time.

Pure. The keys are strong: Google says which recording a file is, in which conference it was made and under which
code that was held; the study's calendar says which interview carries the code. A room that was made for one
interview alone leaves only its time to be looked at, for people test it beforehand and stay in it for the next
talk. A room that several interviews share, or that somebody wrote into the event, binds only where recording and
conference both point at one interview. Anything else waits for a person; hints propose there, and bind nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from storage.intake.binding import (
    BINDABLE,
    CONTRADICTION,
    EARLIEST,
    LATEST,
    OVERRUN,
    SHORTEST,
    Bound,
    Candidate,
    Part,
    Review,
    described,
    labels,
    offset,
    show,
)
from storage.intake.meet_records import Remote
from storage.tables import CLOSED_STATES, State


@dataclass(frozen=True, slots=True)
class Appointment:
    """An interview as a meeting may be its own; `barred` says why nothing of it may be fetched, '' where it may."""

    interview: Candidate
    interviewer: str
    meeting_code: str
    room_made_for_it: bool
    barred: str = ""


@dataclass(frozen=True, slots=True)
class Foreign:
    """No interview's; it is never fetched by itself. `proposal` is an interview that something hints at."""

    reason: str
    proposal: Candidate | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """There is no file of it yet; `proposal` is the interview that it seems to belong to."""

    reason: str
    proposal: Candidate | None = None


Decision = Bound | Review | Foreign | Wait


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time from a beginning to an end."""

    begin: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        return self.end - self.begin

    def widened(self, before: timedelta, after: timedelta) -> "Stretch":
        return Stretch(self.begin - before, self.end + after)

    def common(self, other: "Stretch") -> timedelta:
        """How long both last at once; negative by how far they are apart."""
        return min(self.end, other.end) - max(self.begin, other.begin)

    def touches(self, other: "Stretch") -> bool:
        return self.common(other) >= timedelta(0)


def bind_recording(remote: Remote, appointments: Sequence[Appointment], zone: tzinfo) -> Decision:
    """Bind a recording of a meeting or say why not; times in the reasons are those of `zone`.

    `appointments` are all interviews, closed ones too, that carry the meeting's code, and those booked around the time.
    """
    own = [one for one in appointments if one.meeting_code == remote.meeting_code]
    others = [one for one in appointments if one.meeting_code != remote.meeting_code]
    taken = stretch_of(remote)
    if taken is None:
        return Wait("Google does not say when it began")
    decision = _by_code(remote, taken, own, others, zone) if own else _foreign(taken, others, zone)
    if remote.file_id or isinstance(decision, Foreign):
        return decision
    state = "Google is still making its file" if remote.ended_at else "it has not ended yet"
    return Wait(state, decision.interview if isinstance(decision, Bound) else decision.proposal)


def stretch_of(remote: Remote) -> Stretch | None:
    """When a recording was made: as it says itself, else as its conference does."""
    begin = remote.began_at or remote.conference.began_at
    if begin is None:
        return None
    return Stretch(begin, max(begin, remote.ended_at or remote.conference.ended_at or begin))


def slot_of(interview: Candidate) -> Stretch:
    """When an interview was booked for."""
    return Stretch(interview.starts_at, interview.ends_at)


def _by_code(
    remote: Remote, taken: Stretch, own: Sequence[Appointment], others: Sequence[Appointment], zone: tzinfo
) -> Bound | Review | Foreign:
    possible = _possible(remote, taken, own)
    code, began = remote.meeting_code, show((taken.begin,), zone)
    if len(possible) > 1:
        names = labels([one.interview for one in possible])
        return Review(
            (f"its meeting {code} was held at {began} in a room that they share: could be {names}",), taken.begin
        )
    if not possible:
        return _far(remote, taken, own, others, zone)
    (appointment,) = possible
    interview = appointment.interview
    if appointment.barred:
        return Review((f"it is of {described(interview, zone)}, and {appointment.barred}",), taken.begin)
    if doubt := _doubt(taken, appointment, others):
        why, proposal = doubt
        return Review(
            (f"by its meeting {code} it is of {described(interview, zone)}, but {why}",), taken.begin, proposal
        )
    alone = "is that of its booking alone" if len(own) == 1 else f"is shared by {len(own)}, of which only its time fits"
    return Bound(interview, f"Meet: the code {code} {alone}; began {offset(taken.begin, interview)}", taken.begin)


def _possible(remote: Remote, taken: Stretch, own: Sequence[Appointment]) -> list[Appointment]:
    """The interviews that a recording may be of, by the code that they carry and its time."""
    if len(own) == 1 and own[0].room_made_for_it:
        return [one for one in own if taken.touches(slot_of(one.interview).widened(EARLIEST, LATEST))]
    met = Stretch(remote.conference.began_at or taken.begin, remote.conference.ended_at or taken.end)
    held = [one for one in own if max(s.common(slot_of(one.interview)) for s in (taken, met)) > OVERRUN]
    near = [one for one in own if taken.touches(slot_of(one.interview).widened(OVERRUN, OVERRUN))]
    if len(held) == 1 and held[0] not in near:
        return []  # the people were there for it, and this was recorded before or after
    return held or near


def _doubt(
    taken: Stretch, appointment: Appointment, others: Sequence[Appointment]
) -> tuple[str, Candidate | None] | None:
    """Why the only interview that fits is still not certain, and the one to propose; None where it is certain."""
    interview = appointment.interview
    if interview.state in CLOSED_STATES:
        return f"that is {interview.state}", None
    if interview.state not in BINDABLE:
        return f"that is {'only held: book it' if interview.state == State.HELD_SLOT else interview.state}", interview
    if taken.length < SHORTEST:
        return f"it is only {taken.length.total_seconds():.0f} s long", None
    if any(_same_time(part, taken) for part in interview.parts):
        return "that has a recording of the same time already", interview
    if taken.common(slot_of(interview)) <= OVERRUN:
        for other in others:
            if other.interviewer == appointment.interviewer and _covers(taken, other):
                return f"it was made while the interviewer had {other.interview.label}", other.interview
    return None


def _far(
    remote: Remote, taken: Stretch, own: Sequence[Appointment], others: Sequence[Appointment], zone: tzinfo
) -> Review | Foreign:
    """What to make of a meeting at another time than any interview that carries its code."""
    nearest = min(own, key=lambda one: (-taken.common(slot_of(one.interview)), one.interview.label))
    away = -taken.common(slot_of(nearest.interview))
    held = f"its meeting {remote.meeting_code} was held at {show((taken.begin,), zone)}, "
    if not (len(own) == 1 and nearest.room_made_for_it) and away > CONTRADICTION:
        return Foreign(f"{held}more than a day from every interview in that room")
    hinted = _hinted(taken, others)
    if hinted is None and not nearest.interview.parts and not nearest.barred and taken.length >= SHORTEST:
        hinted = nearest.interview if nearest.interview.state not in CLOSED_STATES else None
    reason = (
        f"{held}not at the time of {described(nearest.interview, zone)}: a test, or held at another time than booked"
    )
    return Review((reason, *_in_words(hinted, nearest.interview)), taken.begin, hinted)


def _in_words(hinted: Candidate | None, nearest: Candidate) -> tuple[str, ...]:
    return () if hinted in (None, nearest) else (f"it was the time of {labels([hinted])}, which has no recording",)


def _foreign(taken: Stretch, others: Sequence[Appointment], zone: tzinfo) -> Foreign:
    reason = f"no interview has its meeting, held at {show((taken.begin,), zone)}"
    hinted = _hinted(taken, others)
    hint = f"; it was the time of {labels([hinted])}, which has no recording" if hinted else ""
    return Foreign(reason + hint, hinted)


def _hinted(taken: Stretch, others: Sequence[Appointment]) -> Candidate | None:
    """The interview without a recording in whose time most of this one lies; None where several have as much."""
    shares = sorted(
        (
            (taken.common(slot_of(one.interview)), one.interview)
            for one in others
            if _covers(taken, one) and not one.interview.parts and not one.barred
        ),
        key=lambda share: share[0],
        reverse=True,
    )
    if not shares or (len(shares) > 1 and shares[0][0] == shares[1][0]):
        return None
    return shares[0][1]


def _covers(taken: Stretch, other: Appointment) -> bool:
    """Whether the recording lies in more of an open interview's time than an overrun does."""
    return other.interview.state not in CLOSED_STATES and taken.common(slot_of(other.interview)) > OVERRUN


def _same_time(part: Part, taken: Stretch) -> bool:
    """Whether a recording that is here already covers more than half of the shorter of the two."""
    if part.starts_at is None:
        return False
    other = Stretch(part.starts_at, part.starts_at + part.duration)
    return taken.common(other) > min(taken.length, other.length) / 2
