"""How far recruitment has come: interviews by group against target, and as a list."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func
from sqlmodel import Session, col, select

from scheduling.local_time import span_of_days
from scheduling.rules import is_expired
from scheduling.spans import Span
from storage.interviews import label, withdrawn_codes
from storage.study import Group, Study
from storage.tables import CLOSED_STATES, HELD_STATES, Interview, Participant, State

DUE = "due"  # booked, and its start has passed: a person must say whether it was held
_NEVER_BOOKED = (State.HELD_SLOT, State.EXPIRED)


@dataclass(frozen=True, slots=True)
class GroupRecruitment:
    """One group's recruitment.

    `booked` are still to come and `due` have begun; `held`, `recorded`, `transcribed` and `delivered` count
    every interview that came so far or further. `attempts` are all interviews that were ever booked.
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
    cancelled: int
    no_shows: int
    withdrawn: int
    attempts: int


@dataclass(frozen=True, slots=True)
class InterviewRow:
    """One interview of a list; `state` is the row's, or 'due', or 'expired' for a held slot whose time is up."""

    label: str
    code: str
    group: str
    interviewer_code: str
    mode: str
    starts_at: datetime
    ends_at: datetime
    state: str
    sequence: int
    guid: str


def recruitment(session: Session, study: Study, now: datetime) -> list[GroupRecruitment]:
    """Every group of the study file, in its order, with its counts."""
    participants = Counter(
        dict(session.exec(select(Participant.group, func.count()).group_by(Participant.group)).all())
    )
    withdrawn = Counter(_groups_of(session, withdrawn_codes(session)))
    states = _states_by_group(session, now)
    return [
        _count(name, group, participants[name], withdrawn[name], states.get(name, Counter()))
        for name, group in study.groups.items()
    ]


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
    query = (
        select(Interview, Participant.group, shown)
        .join(Participant, col(Participant.code) == Interview.participant_code)
        .order_by(col(Interview.starts_at), col(Interview.participant_code), col(Interview.id))
    )
    for span in _wanted_spans(study, day, week):
        query = query.where(Interview.starts_at >= span.start, Interview.starts_at < span.end)
    if state is not None:
        query = query.where(shown == state)
    return [_row(interview, group, shown_state, study) for interview, group, shown_state in session.exec(query)]


def _states_by_group(session: Session, now: datetime) -> dict[str, Counter[str]]:
    shown = _shown_state(now)
    query = (
        select(Participant.group, shown, func.count())
        .join(Participant, col(Participant.code) == Interview.participant_code)
        .group_by(Participant.group, shown)
    )
    counts: dict[str, Counter[str]] = {}
    for group, state, count in session.exec(query):
        counts.setdefault(group, Counter())[state] = count
    return counts


def _count(name: str, group: Group, participants: int, withdrawn: int, states: Counter[str]) -> GroupRecruitment:
    open_ones = sum(count for state, count in states.items() if state not in CLOSED_STATES)
    return GroupRecruitment(
        group=name,
        label=group.label,
        target=group.target,
        participants=participants,
        to_book=participants - withdrawn - open_ones,
        booked=states[State.BOOKED],
        due=states[DUE],
        held=_come_to(states, State.HELD),
        recorded=_come_to(states, State.RECORDED),
        transcribed=_come_to(states, State.TRANSCRIBED),
        delivered=_come_to(states, State.DELIVERED),
        cancelled=states[State.CANCELLED],
        no_shows=states[State.NO_SHOW],
        withdrawn=withdrawn,
        attempts=sum(count for state, count in states.items() if state not in _NEVER_BOOKED),
    )


def _come_to(states: Counter[str], state: State) -> int:
    """Interviews that are at a state or beyond it."""
    return sum(states[further] for further in HELD_STATES[HELD_STATES.index(state) :])


def _groups_of(session: Session, codes: Iterable[str]) -> list[str]:
    return list(session.exec(select(Participant.group).where(col(Participant.code).in_(list(codes)))))


def _shown_state(now: datetime) -> ColumnElement[str]:
    """SQL: the state as people speak of it, which also depends on the time."""
    begun = and_(col(Interview.state) == State.BOOKED, col(Interview.starts_at) <= now)
    return case((begun, DUE), (is_expired(now), State.EXPIRED.value), else_=col(Interview.state))


def _wanted_spans(study: Study, day: date | None, week: date | None) -> list[Span]:
    monday = week - timedelta(days=week.weekday()) if week else None
    days = [(day, day)] if day else []
    weeks = [(monday, monday + timedelta(days=6))] if monday else []
    return [span_of_days(first, last, study.zone) for first, last in days + weeks]


def _row(interview: Interview, group: str, state: str, study: Study) -> InterviewRow:
    return InterviewRow(
        label=label(interview.participant_code, interview.starts_at, study.zone),
        code=interview.participant_code,
        group=group,
        interviewer_code=interview.interviewer_code,
        mode=interview.mode,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        state=state,
        sequence=interview.sequence,
        guid=interview.guid,
    )
