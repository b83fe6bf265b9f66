"""How far recruitment has come: interviews by group against target, and as a list."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy
from sqlalchemy import ColumnElement, Row, and_, case, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from scheduling.local_time import span_of_days
from scheduling.rules import interviewer_zone, is_expired, zone_named
from scheduling.spans import Span
from storage.interviews import label, withdrawn_codes
from storage.study import Group, Study
from storage.tables import CLOSED_STATES, HELD_STATES, Attempt, Change, Interview, Participant, State

DUE = "due"  # booked, and its start has passed: a person must say whether it was held
_NEVER_BOOKED = (State.HELD_SLOT, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class GroupRecruitment:
    """One group's recruitment.

    `booked` are still to come and `due` have begun; `held`, `recorded`, `transcribed` and `delivered` count
    every interview that came so far or further. `bookings` are all interviews that were ever booked, `moves` how
    often one was moved, `attempts` how often somebody was tried to be reached for one. `withdrawn` are
    participants, and so are `no_show_twice`, who failed to come two times or more.
    """

    group: str
    label: str
    target: int
    participants: int
    to_book: int
    booked: int
    due: int
    held: int
    recorded: int
    transcribed: int
    delivered: int
    bookings: int
    attempts: int
    moves: int
    cancelled: int
    no_shows: int
    no_show_twice: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class InterviewRow:
    """One interview of a list; `state` is the row's, or 'due', or 'expired' for a held slot whose time is up."""

    label: str
    code: str
    interviewer_code: str
    mode: str
    zones: tuple[ZoneInfo, ...]  # the study's, then those of both sides
    starts_at: datetime
    ends_at: datetime
    state: str


def recruitment(session: Session, study: Study, now: datetime) -> list[GroupRecruitment]:
    """Every group of the study file, in its order, with its counts."""
    states = _states_by_group(session, now)
    besides = _besides(session)
    return [_count(name, group, states[name], besides) for name, group in study.groups.items()]


def interview_rows(
    session: Session,
    study: Study,
    *,
    now: datetime,
    day: date | None = None,
    week: date | None = None,
    state: str | None = None,
) -> list[InterviewRow]:
    """Interviews by time: of one local day, of the week (Monday to Sunday) around a day, in one state, or all."""
    shown = _shown_state(now)
    columns = map(col, (Interview.participant_code, Interview.interviewer_code, Interview.mode, Participant.zone))
    query = (
        sqlalchemy.select(*columns, col(Interview.starts_at), col(Interview.ends_at), shown.label("shown"))
        .join(Participant, col(Participant.code) == Interview.participant_code)
        .order_by(col(Interview.starts_at), col(Interview.participant_code), col(Interview.id))
    )
    for span in _wanted_spans(study, day, week):
        query = query.where(col(Interview.starts_at) >= span.start, col(Interview.starts_at) < span.end)
    if state is not None:
        query = query.where(shown == state)
    return [_row(study, found) for found in session.connection().execute(query)]


def _states_by_group(session: Session, now: datetime) -> defaultdict[str, Counter[str]]:
    shown = _shown_state(now)
    query = (
        select(Participant.group, shown, func.count())
        .join(Participant, col(Participant.code) == Interview.participant_code)
        .group_by(Participant.group, shown)
    )
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for group, state, count in session.exec(query):
        counts[group][state] = count
    return counts


def _besides(session: Session) -> dict[str, Counter[str]]:
    """What the states of interviews do not tell: by the name of the count, then by group."""
    of_interview = select(Participant.group).join(Interview, col(Interview.participant_code) == Participant.code)
    moved = (col(Change.interview_id) == Interview.id) & (col(Change.state) == State.MOVED)
    missed = of_interview.where(Interview.state == State.NO_SHOW).group_by(Participant.code, Participant.group)
    withdrawn = select(Participant.group).where(col(Participant.code).in_(withdrawn_codes(session)))
    groups = {
        "participants": select(Participant.group),
        "withdrawn": withdrawn,
        "attempts": of_interview.join(Attempt, col(Attempt.interview_id) == Interview.id),
        "moves": of_interview.join(Change, moved),
        "no_show_twice": missed.having(func.count() > 1),
    }
    return {name: _counted(session, query) for name, query in groups.items()}


def _counted(session: Session, groups: SelectOfScalar[str]) -> Counter[str]:
    """How often a query returns each group, counted by the database."""
    rows = groups.subquery()
    query = select(rows.c.group, func.count()).group_by(rows.c.group)
    return Counter(dict(session.exec(query).all()))


def _count(name: str, group: Group, states: Counter[str], besides: Mapping[str, Counter[str]]) -> GroupRecruitment:
    open_ones = sum(count for state, count in states.items() if state not in CLOSED_STATES)
    counted = {what: groups[name] for what, groups in besides.items()}
    return GroupRecruitment(
        group=name,
        label=group.label,
        target=group.target,
        to_book=counted["participants"] - counted["withdrawn"] - open_ones,
        booked=states[State.BOOKED],
        due=states[DUE],
        held=_come_to(states, State.HELD),
        recorded=_come_to(states, State.RECORDED),
        transcribed=_come_to(states, State.TRANSCRIBED),
        delivered=_come_to(states, State.DELIVERED),
        bookings=sum(count for state, count in states.items() if state not in _NEVER_BOOKED),
        cancelled=states[State.CANCELLED],
        no_shows=states[State.NO_SHOW],
        **counted,
    )


def _come_to(states: Counter[str], state: State) -> int:
    """Interviews that are at a state or beyond it."""
    return sum(states[further] for further in HELD_STATES[HELD_STATES.index(state) :])


def _shown_state(now: datetime) -> ColumnElement[str]:
    """SQL: the state as people speak of it, which also depends on the time."""
    begun = and_(col(Interview.state) == State.BOOKED, col(Interview.starts_at) <= now)
    return case((begun, DUE), (is_expired(now), State.EXPIRED.value), else_=col(Interview.state))


def _wanted_spans(study: Study, day: date | None, week: date | None) -> list[Span]:
    monday = week - timedelta(days=week.weekday()) if week else None
    days = [(day, day)] if day else []
    weeks = [(monday, monday + timedelta(days=6))] if monday else []
    return [span_of_days(first, last, study.zone) for first, last in days + weeks]


def _row(study: Study, found: Row[Any]) -> InterviewRow:
    return InterviewRow(
        label=label(found.participant_code, found.starts_at, study.zone),
        code=found.participant_code,
        interviewer_code=found.interviewer_code,
        mode=found.mode,
        zones=(study.zone, zone_named(study, found.zone), interviewer_zone(study, found.interviewer_code)),
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        state=found.shown,
    )
