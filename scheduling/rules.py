"""What decides where an interview fits, gathered from the study file and the rows."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, not_
from sqlmodel import Session, col, select

from scheduling.availability import Diary, Rules, day_of
from scheduling.errors import BookingError, UnknownInterviewer
from scheduling.spans import Span
from storage.hours import parse_hours
from storage.study import Group, Study
from storage.tables import CLOSED_STATES, Claim, Interview, Participant, State


def rules_of(
    session: Session,
    study: Study,
    participant: Participant,
    now: datetime,
    *,
    interviewer: str | None = None,
    without: int | None = None,
) -> Rules:
    """The rules for one participant's interview, with one interviewer or all of them.

    `without` is the id of an interview that counts for nothing, because it is to be moved.
    Raises UnknownInterviewer, BookingError.
    """
    codes = sorted(study.interviewers) if interviewer is None else [known_interviewer(study, interviewer)]
    busy = busy_spans(session, [participant.code], now, without=without)[participant.code]
    return rules_with(study, participant, diaries(session, study, codes, now, without=without), busy)


def rules_with(
    study: Study, participant: Participant, diaries: tuple[Diary, ...], busy: tuple[Span, ...] = ()
) -> Rules:
    """The rules for a participant whose own claims are `busy`. Raises BookingError when the group is gone."""
    return Rules(
        zone=study.zone,
        first_day=study.study.start,
        last_day=study.study.end,
        length=timedelta(minutes=group_of(study, participant).minutes),
        before=timedelta(minutes=study.booking.buffer_before_minutes),
        after=timedelta(minutes=study.booking.buffer_after_minutes),
        notice=timedelta(hours=study.booking.notice_hours),
        step_minutes=study.booking.step_minutes,
        diaries=diaries,
        participant_hours=parse_hours(participant.available),
        participant_busy=busy,
    )


def diaries(
    session: Session, study: Study, codes: Collection[str], now: datetime, *, without: int | None = None
) -> tuple[Diary, ...]:
    """The diaries of interviewers from now on, in the order of `codes`."""
    busy = busy_spans(session, codes, now, without=without)
    booked_on = _booked_on(session, study, codes, now, without)
    return tuple(
        Diary(code, rule.weekly_hours, rule.days_away, rule.daily_limit, busy[code], booked_on[code])
        for code, rule in ((code, study.interviewers[code]) for code in codes)
    )


def loads(session: Session) -> Counter[str]:
    """How many interviews each interviewer has or had, those that came to nothing left out."""
    query = (
        select(Interview.interviewer_code, func.count())
        .where(col(Interview.state).not_in(CLOSED_STATES))
        .group_by(Interview.interviewer_code)
    )
    return Counter(dict(session.exec(query).all()))


def known_interviewer(study: Study, code: str) -> str:
    """The code, if the study file has such an interviewer. Raises UnknownInterviewer."""
    if code not in study.interviewers:
        known = ", ".join(sorted(study.interviewers))
        raise UnknownInterviewer(f"There is no interviewer {code} in study.toml. There are {known}.")
    return code


def group_of(study: Study, participant: Participant) -> Group:
    """The rules of the participant's group. Raises BookingError when the study file no longer has it."""
    if participant.group not in study.groups:
        raise BookingError(
            f"{participant.code} is in the group {participant.group!r}, which study.toml no longer has. "
            f"Put [groups.{participant.group}] back, or import the participant anew."
        )
    return study.groups[participant.group]


def is_expired(now: datetime) -> ColumnElement[bool]:
    """SQL: the interview is a held slot whose time is up, whether or not its row says so yet."""
    return and_(col(Interview.state) == State.HELD_SLOT, col(Interview.expires_at) <= now)


def busy_spans(
    session: Session, codes: Collection[str], now: datetime, *, without: int | None = None
) -> defaultdict[str, tuple[Span, ...]]:
    """The claims on each party's time from now on, sorted; those of expired holds count for nothing."""
    query = (
        select(Claim.party_code, Claim.starts_at, Claim.ends_at)
        .join(Interview, col(Interview.id) == Claim.interview_id)
        .where(col(Claim.party_code).in_(codes), Claim.ends_at > now, not_(is_expired(now)))
        .where(col(Interview.id).is_distinct_from(without))
        .order_by(col(Claim.party_code), col(Claim.starts_at))
    )
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for code, starts_at, ends_at in session.exec(query):
        spans[code].append(Span(starts_at, ends_at))
    return defaultdict(tuple, {code: tuple(found) for code, found in spans.items()})


def _booked_on(
    session: Session, study: Study, codes: Collection[str], now: datetime, without: int | None
) -> defaultdict[str, Counter[date]]:
    # a local day may have begun up to 25 hours ago
    query = (
        select(Interview.interviewer_code, Interview.starts_at)
        .where(col(Interview.interviewer_code).in_(codes), Interview.starts_at > now - timedelta(hours=26))
        .where(col(Interview.state).not_in(CLOSED_STATES), not_(is_expired(now)))
        .where(col(Interview.id).is_distinct_from(without))
    )
    counts: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for code, starts_at in session.exec(query):
        counts[code][day_of(starts_at, study.zone)] += 1
    return counts
