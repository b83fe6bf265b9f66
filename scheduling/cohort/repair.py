"""An interviewer falls away for some days: their interviews go to others, or to another time, with the fewest changes.

The same participant at the same time with somebody else comes first, then another time with the interviewer
they have, then both. Nobody else is moved as long as everyone has a place; only where somebody has none are the
bookings of others looked at, each of which counts more than any number of days, and less than a place.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from scheduling.availability import Slot, day_of
from scheduling.booking import move
from scheduling.cohort.assignment import Planner, Unplaced
from scheduling.cohort.draft import Draft
from scheduling.cohort.gathering import Gathering
from scheduling.cohort.greedy import greedy
from scheduling.cohort.problem import CONTINUITY, DAY, Opening, Plan, Problem, Wanted
from scheduling.cohort.reasons import why_unplaced
from scheduling.errors import BookingError
from scheduling.participants import participant_of
from scheduling.rules import attending_code, group_of, interviewer_zone, known_interviewer
from storage.database import Database
from storage.study import Study
from storage.tables import Interview, Participant, State

_HELD = "the slot is only held; confirm it and repair again, or cancel it"
NEW_TIME = 5 * DAY  # what it costs that somebody must come at another time, before the days between the two

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Move:
    """An interview and where it goes; `affected` is False of those that make room."""

    code: str
    before: Slot
    after: Slot
    affected: bool


@dataclass(frozen=True, slots=True)
class Repair:
    """What is proposed for the days that an interviewer is away; nothing has been moved.

    `others` is how many bookings there are besides those affected; `plan` is as proven as its solver could.
    """

    interviewer: str
    away: frozenset[date]
    affected: tuple[str, ...]
    moves: tuple[Move, ...]
    unplaced: tuple[Unplaced, ...]
    others: int
    plan: Plan

    @property
    def others_moved(self) -> int:
        return sum(not one.affected for one in self.moves)


@dataclass(frozen=True, slots=True)
class Repaired:
    """Who was moved, and who could not be after all."""

    moved: tuple[str, ...]
    refused: tuple[Unplaced, ...]


def propose_repair(
    database: Database,
    study: Study,
    interviewer: str,
    away: Collection[date],
    *,
    now: datetime,
    planner: Planner = greedy,
) -> Repair:
    """Find new places for an interviewer's interviews on the days away. Raises UnknownInterviewer."""
    known_interviewer(study, interviewer)
    absent = without(study, interviewer, away)
    with database.reading() as session:
        booked = _coming(session, now, State.BOOKED)
        affected = _on_days(booked, interviewer, away, study)
        held = _on_days(_coming(session, now, State.HELD_SLOT), interviewer, away, study)
        codes = frozenset(interview.participant_code for interview in affected)
        problem = _problem(session, absent, now, affected, codes)
    plan = planner(problem)
    if plan.unplaced or problem.hopeless:  # only then may it help that others move
        with database.reading() as session:
            problem = _problem_with_others(session, absent, now, booked, codes)
        plan = planner(problem)
    reasons = {**problem.hopeless, **why_unplaced(problem, plan), **{i.participant_code: _HELD for i in held}}
    return Repair(
        interviewer,
        frozenset(away),
        tuple(sorted(codes)),
        _moves(booked, plan, codes),
        tuple(Unplaced(code, reason) for code, reason in sorted(reasons.items())),
        len(booked) - len(affected),
        plan,
    )


def carry_out(
    database: Database, study: Study, repair: Repair, *, now: datetime, actor: str, progress: Progress | None = None
) -> Repaired:
    """Move what is proposed, one transaction each; a time that has been taken meanwhile stops no other move."""
    waiting, moved, reasons = list(repair.moves), [], dict[str, str]()
    while waiting:
        late = []
        for one in waiting:
            try:
                _move(database, study, repair, one, now, actor)
            except BookingError as error:  # perhaps the one whose place it is has not been moved yet
                late.append(one)
                reasons[one.code] = str(error)
            else:
                moved.append(one.code)
                if progress:
                    progress(len(moved), len(repair.moves))
        if len(late) == len(waiting):
            break
        waiting = late
    refused = tuple(Unplaced(one.code, reasons[one.code]) for one in waiting)
    return Repaired(tuple(sorted(moved)), tuple(sorted(refused, key=lambda item: item.code)))


def without(study: Study, interviewer: str, away: Collection[date], *, notice: bool = True) -> Study:
    """The study as it is while an interviewer is away; without `notice`, something may be booked at once."""
    rule = study.interviewers[interviewer]
    days = [*rule.away, *(day.isoformat() for day in sorted(away))]
    absent = type(rule).model_validate({**rule.model_dump(), "away": days})
    booking = study.booking if notice else study.booking.model_copy(update={"notice_hours": 0})
    interviewers = {**study.interviewers, interviewer: absent}
    return study.model_copy(update={"interviewers": interviewers, "booking": booking})


def _move(database: Database, study: Study, repair: Repair, one: Move, now: datetime, actor: str) -> None:
    same_time = one.after.starts_at == one.before.starts_at
    move(
        database,
        without(study, repair.interviewer, repair.away, notice=not same_time),
        one.code,
        starts_at=one.after.starts_at,
        interviewer=one.after.interviewer_code,
        now=now,
        actor=actor,
        cause=f"{repair.interviewer} is away" if one.affected else f"makes room, for {repair.interviewer} is away",
    )


def _moves(booked: Sequence[Interview], plan: Plan, affected: frozenset[str]) -> tuple[Move, ...]:
    before = {i.participant_code: Slot(i.starts_at, i.ends_at, i.interviewer_code) for i in booked}
    return tuple(
        Move(one.code, before[one.code], one.slot, one.code in affected)
        for one in plan.proposed
        if one.slot._replace(ends_at=before[one.code].ends_at) != before[one.code]  # lengths of groups may have changed
    )


def _coming(session: Session, now: datetime, state: State) -> list[Interview]:
    query = select(Interview).where(Interview.state == state, Interview.starts_at > now)
    return list(session.exec(query.order_by(col(Interview.participant_code))))


def _on_days(booked: Sequence[Interview], interviewer: str, days: Collection[date], study: Study) -> list[Interview]:
    zone = interviewer_zone(study, interviewer)
    return [i for i in booked if i.interviewer_code == interviewer and day_of(i.starts_at, zone) in days]


def _problem_with_others(
    session: Session, study: Study, now: datetime, booked: Sequence[Interview], affected: frozenset[str]
) -> Problem:
    """The problem in which all others may be moved too, but those who could not be booked as they are any more.

    A limit or a buffer may have become stricter since, or their interviewer have left; they are left alone.
    """
    booked = [interview for interview in booked if interview.interviewer_code in study.interviewers]
    while True:
        problem = _problem(session, study, now, booked, affected)
        draft, misfits = Draft(problem), set[str]()
        for wanted in problem.wanted:
            if wanted.stays and wanted.booked:
                if draft.first_start(wanted, wanted.openings[0]):
                    draft.place(wanted, wanted.openings[0], wanted.booked.starts_at)
                else:
                    misfits.add(wanted.code)
        if not misfits:
            return problem
        booked = [interview for interview in booked if interview.participant_code not in misfits]


def _problem(
    session: Session, study: Study, now: datetime, moving: Sequence[Interview], affected: frozenset[str]
) -> Problem:
    """The problem of placing interviews anew; those not affected may stay, and keep a place in any case."""
    people = {i.participant_code: participant_of(session, i.participant_code) for i in moving}
    gathering = Gathering.begun(session, study, now, list(people.values()), moving)
    wanted, hopeless = [], {}
    for interview in moving:
        person = people[interview.participant_code]
        stays = person.code not in affected
        try:
            openings = sorted(_openings(gathering, person, interview, stays), key=_best_first)
            reason = "" if openings else gathering.why_hopeless(person, interview.mode)
        except BookingError as error:
            openings, reason = [], str(error)
        if reason:
            hopeless[person.code] = reason
            continue
        wanted.append(
            Wanted(
                code=person.code,
                group=person.group,
                mode=interview.mode,
                length=timedelta(minutes=group_of(study, person).minutes),
                openings=tuple(openings),
                attending=attending_code(person) or "",
                booked=Slot(interview.starts_at, interview.ends_at, interview.interviewer_code),
                stays=stays,
            )
        )
    return gathering.problem(wanted, hopeless)


def _openings(gathering: Gathering, person: Participant, interview: Interview, stays: bool) -> Iterator[Opening]:
    """Where an interview can go: what it has, the same time with others, other times."""
    at, who = interview.starts_at, interview.interviewer_code

    def day_with(interviewer: str) -> date:
        return day_of(at, interviewer_zone(gathering.study, interviewer))

    if stays:
        yield Opening(who, day_with(who), (at,))
    for other in gathering.free_at(person, interview.mode, at):
        if other != who:
            yield Opening(other, day_with(other), (at,), 0, int(stays))
    for days in gathering.days(person, interview.mode):
        for day, starts in days.starts:
            if others := tuple(start for start in starts if start != at):
                apart = abs((day - day_with(days.interviewer)).days)
                cost = NEW_TIME + apart * DAY + (CONTINUITY if days.interviewer != who else 0)
                yield Opening(days.interviewer, day, others, cost, int(stays))


def _best_first(opening: Opening) -> tuple[int, int, date, str]:
    return opening.moves, opening.cost, opening.day, opening.interviewer
