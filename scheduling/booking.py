"""Interviews are booked, kept for a while, confirmed, moved, cancelled and marked: one transaction each.

A time is first looked for in what can be read, then taken in a writing transaction; whether it is still
free is decided by the database, whose constraint refuses a second claim on anyone's time. Whoever loses
such a race looks again. Consent need not be on record before booking, for it may be given at the start
of the interview, by phone; recording without it is refused elsewhere.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from scheduling.availability import Slot, blocking_rule, free_slots, why_not
from scheduling.claims import (
    ATTEMPTS,
    Seat,
    check_bookable,
    claim,
    claimants,
    close,
    expire_holds_first,
    free_line,
    lock_parties,
    parties_of,
    release,
    take,
    taking,
)
from scheduling.errors import BookingError, Clash, NotFree, WrongState
from scheduling.local_time import show, show_both
from scheduling.outside.outbox import announce
from scheduling.participants import participant_of
from scheduling.rules import attending_code, group_of, known_interviewer, loads, rules_of, zones_of
from storage.database import Database
from storage.interviews import code_of, interview_of, open_interview, record_change
from storage.study import Study
from storage.tables import Interview, Participant, PartyKind, State


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for: any part may be left open. `expires_at` makes it a held slot."""

    starts_at: datetime | None = None
    interviewer: str | None = None
    mode: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a participant could be interviewed by somebody at a time: the rule against it, '' where it is free."""

    interviewer_code: str
    rule: str


def slots_for(
    session: Session, study: Study, code: str, now: datetime, *, mode: str | None = None, limit: int | None = None
) -> list[Slot]:
    """The times at which a participant could be interviewed, soonest first. Raises UnknownParticipant, BookingError."""
    participant = participant_of(session, code_of(code))
    mode = mode_of(study, participant, mode)
    return free_slots(rules_of(session, study, participant, now, mode=mode), now)[:limit]


def verdicts(
    session: Session,
    study: Study,
    code: str,
    now: datetime,
    *,
    starts_at: datetime,
    interviewer: str | None = None,
    mode: str | None = None,
) -> list[Verdict]:
    """What `book` would say to a time, for each interviewer or the one named.

    Raises UnknownParticipant, UnknownInterviewer.
    """
    participant = participant_of(session, code_of(code))
    codes = sorted(study.interviewers) if interviewer is None else [known_interviewer(study, interviewer)]
    try:
        check_bookable(session, participant.code, now)
        mode = mode_of(study, participant, mode)
    except BookingError as error:
        return [Verdict(code, str(error)) for code in codes]
    rules = rules_of(session, study, participant, now, mode=mode, interviewer=interviewer)
    return [Verdict(diary.code, why_not(rules, now, starts_at, diary.code)) for diary in rules.diaries]


def book(
    database: Database,
    study: Study,
    code: str,
    *,
    now: datetime,
    starts_at: datetime | None = None,
    interviewer: str | None = None,
    mode: str | None = None,
    actor: str,
) -> Interview:
    """Book the first free slot, or the time named, which need not be on the grid.

    Raises UnknownParticipant, UnknownInterviewer, NotFree, Clash, WrongState, BookingError.
    """
    return _take(database, study, code_of(code), Wish(starts_at, interviewer, mode), now, actor)


def hold(
    database: Database,
    study: Study,
    code: str,
    *,
    now: datetime,
    starts_at: datetime | None = None,
    interviewer: str | None = None,
    mode: str | None = None,
    actor: str,
) -> Interview:
    """Keep a slot for `booking.hold_minutes`, to be confirmed; raises as `book` does."""
    expires_at = now + timedelta(minutes=study.booking.hold_minutes)
    return _take(database, study, code_of(code), Wish(starts_at, interviewer, mode, expires_at), now, actor)


def confirm(database: Database, study: Study, code: str, *, now: datetime, actor: str) -> Interview:
    """Turn a held slot into a booking. Raises WrongState, also when its time is up."""
    expire_holds_first(database, study, now)
    with database.writing() as session:
        interview = in_state(session, study, code, "confirmed", (State.HELD_SLOT,))
        interview.expires_at = None
        record_change(session, interview, State.BOOKED, actor=actor, cause="slot confirmed")
        announce(session, study, interview, now=now)
        return interview


def move(
    database: Database,
    study: Study,
    code: str,
    *,
    starts_at: datetime,
    interviewer: str | None = None,
    now: datetime,
    actor: str,
    cause: str = "",
) -> Interview:
    """Move a booked interview; it stays the same interview, with the same interviewer unless one is named.

    All that the rules ask of a booking they ask here too, except that whoever has the interview already may
    keep it. Raises NotFree, Clash, WrongState, UnknownInterviewer.
    """
    expire_holds_first(database, study, now)
    with taking(database, study, code_of(code), starts_at) as session:
        interview = in_state(session, study, code, "moved", (State.BOOKED,))
        participant = participant_of(session, interview.participant_code)
        who = known_interviewer(study, interviewer or interview.interviewer_code)
        now_taken = dict.fromkeys(claimants(interview), PartyKind.PARTICIPANT)  # rows that are there have their kind
        lock_parties(session, now_taken | parties_of(study, participant, who, interview.mode))
        rules = rules_of(session, study, participant, now, mode=interview.mode, interviewer=who, without=interview.id)
        if who == interview.interviewer_code:
            rules = replace(rules, unfit=())
        if rule := why_not(rules, now, starts_at, who):
            raise _not_free(study, participant, "moved to", starts_at, {who: rule})
        before = f"from {show(interview.starts_at, study.zone)} with {interview.interviewer_code}"
        record_change(session, interview, State.MOVED, actor=actor, cause="; ".join(filter(None, (before, cause))))
        interview.starts_at, interview.ends_at, interview.interviewer_code = starts_at, starts_at + rules.length, who
        interview.attending_code = attending_code(participant)
        interview.sequence += 1
        release(session, interview)
        interview.line_code = free_line(session, study, interview)
        claim(session, study, interview)
        record_change(session, interview, State.BOOKED, actor=actor)
        announce(session, study, interview, now=now)
        return interview


def cancel(database: Database, study: Study, code: str, *, now: datetime, actor: str, cause: str = "") -> Interview:
    """Cancel a booked interview or give back a held slot. Raises WrongState."""
    expire_holds_first(database, study, now)
    with database.writing() as session:
        interview = in_state(session, study, code, "cancelled", (State.BOOKED, State.HELD_SLOT))
        close(session, study, interview, State.CANCELLED, actor=actor, cause=cause, now=now)
        return interview


def mark_held(database: Database, study: Study, code: str, *, now: datetime, actor: str, cause: str = "") -> Interview:
    """Note that the interview took place. Raises WrongState, also before its start."""
    with database.writing() as session:
        interview = _begun(session, study, code, "marked as held", now)
        record_change(session, interview, State.HELD, actor=actor, cause=cause)
        announce(session, study, interview, now=now)
        return interview


def mark_no_show(
    database: Database, study: Study, code: str, *, now: datetime, actor: str, cause: str = ""
) -> Interview:
    """Note that the participant did not come; they may be booked anew. Raises WrongState, also before its start."""
    with database.writing() as session:
        interview = _begun(session, study, code, "marked as no-show", now)
        release(session, interview)
        record_change(session, interview, State.NO_SHOW, actor=actor, cause=cause)
        announce(session, study, interview, now=now)
        return interview


def mode_of(study: Study, participant: Participant, mode: str | None) -> str:
    """The mode wished for, else the participant's. Raises BookingError when the group does not allow it."""
    group = group_of(study, participant)
    mode = mode or participant.mode
    if mode not in group.modes:
        raise BookingError(
            f"{participant.code} cannot be booked by {mode}: "
            f"{participant.group} is interviewed by {' or '.join(group.modes)}."
        )
    return mode


def _take(database: Database, study: Study, code: str, wish: Wish, now: datetime, actor: str) -> Interview:
    expire_holds_first(database, study, now)
    for _ in range(ATTEMPTS):
        with database.reading() as session:
            participant = participant_of(session, code)
            check_bookable(session, code, now)
            mode = mode_of(study, participant, wish.mode)
            slot = _choose(session, study, participant, wish, mode, now)
        seat = Seat(participant.code, slot, mode, wish.expires_at)
        try:
            with taking(database, study, code, slot.starts_at) as session:
                return take(session, study, seat, now=now, actor=actor)
        except Clash:
            continue  # somebody was faster: look again at what is free now
    raise Clash(f"{code} could not be booked: every free time was taken by others meanwhile. Try again.")


def _choose(session: Session, study: Study, participant: Participant, wish: Wish, mode: str, now: datetime) -> Slot:
    """The soonest slot, or the time wished for; of several interviewers the one with the fewest interviews."""
    rules = rules_of(session, study, participant, now, mode=mode, interviewer=wish.interviewer)
    if wish.starts_at is not None:
        reasons = {diary.code: why_not(rules, now, wish.starts_at, diary.code) for diary in rules.diaries}
        free = [Slot(wish.starts_at, wish.starts_at + rules.length, who) for who, rule in reasons.items() if not rule]
        if not free:
            raise _not_free(study, participant, "booked for", wish.starts_at, reasons)
    else:
        slots = free_slots(rules, now)
        if not slots:
            rule = blocking_rule(rules, now)
            raise NotFree(f"{participant.code} cannot be booked because {rule}.", rule)
        free = [slot for slot in slots if slot.starts_at == slots[0].starts_at]
    load = loads(session)
    return min(free, key=lambda slot: (load[slot.interviewer_code], slot.interviewer_code))


def _not_free(study: Study, participant: Participant, done: str, at: datetime, reasons: dict[str, str]) -> NotFree:
    """What a refusal says, in the times of both sides."""
    zones = dict.fromkeys(zone for who in reasons for zone in zones_of(study, participant, who))
    distinct = set(reasons.values())
    rule = distinct.pop() if len(distinct) == 1 else "; ".join(f"{who}: {why}" for who, why in sorted(reasons.items()))
    return NotFree(
        f"{participant.code} cannot be {done} {show_both(at, *zones)}: {rule}. "
        f"See 'fieldcall slots {participant.code}' for times that are free.",
        rule,
    )


def in_state(session: Session, study: Study, name: str, done: str, allowed: tuple[State, ...]) -> Interview:
    """The participant's open interview in one of the states allowed, locked. Raises UnknownParticipant, WrongState."""
    participant = participant_of(session, code_of(name))
    if open_interview(session, participant.code) is None:
        raise WrongState(f"{participant.code} has no interview that could be {done}. Book one first.")
    interview = interview_of(session, name, study.zone)
    session.refresh(interview, with_for_update=True)
    if interview.state not in allowed:
        raise WrongState(
            f"The interview of {participant.code} on {show(interview.starts_at, study.zone)} is {interview.state} "
            f"and cannot be {done}; only one that is {' or '.join(allowed)} can."
        )
    return interview


def _begun(session: Session, study: Study, name: str, done: str, now: datetime) -> Interview:
    interview = in_state(session, study, name, done, (State.BOOKED,))
    if now < interview.starts_at:
        raise WrongState(
            f"The interview of {interview.participant_code} starts on {show(interview.starts_at, study.zone)} "
            f"and can be {done} only from then on. Move or cancel it instead."
        )
    return interview
