"""Everyone still to be booked, in one go: planned as a whole, then booked one by one.

Each booking is a transaction of its own. Whose time others have taken in between is planned anew among what
is left; all other bookings stand.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import not_
from sqlmodel import Session, col, select

from scheduling.booking import book
from scheduling.claims import ATTEMPTS, Seat, expire_holds_first, take, taking
from scheduling.cohort.gathering import problem_of
from scheduling.cohort.greedy import greedy
from scheduling.cohort.plan_file import PlanProblem, PlanRow
from scheduling.cohort.problem import Plan, Problem, Proposed
from scheduling.cohort.reasons import why_unplaced
from scheduling.errors import AlreadyBooked, BookingError, Clash, SchedulingError
from scheduling.participants import participant_of
from scheduling.rules import is_expired
from storage.database import Database
from storage.interviews import code_of, withdrawn_codes
from storage.study import Study
from storage.tables import CLOSED_STATES, Interview, Participant

Progress = Callable[[int, int], None]
Planner = Callable[[Problem], Plan]


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A participant for whom no time was found, and the rule because of which."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class BookAllReport:
    """Who was booked, who could not be, and who had an interview already; codes in order."""

    booked: tuple[str, ...]
    unplaced: tuple[Unplaced, ...]
    already: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A plan for a cohort that nothing has been booked of, with the problem it solves."""

    problem: Problem
    plan: Plan
    unplaced: tuple[Unplaced, ...]
    already: tuple[str, ...]


def propose(
    database: Database, study: Study, *, codes: Sequence[str] = (), now: datetime, planner: Planner = greedy
) -> Proposal:
    """Plan everyone who is to be booked, or those of `codes`, and book nobody. Raises UnknownParticipant."""
    expire_holds_first(database, study, now)
    with database.reading() as session:
        everyone = _participants(session, codes)
        open_ones = _open_codes(session, now)
        withdrawn = withdrawn_codes(session)
        to_book = [p for p in everyone if p.code not in open_ones and p.code not in withdrawn]
        problem = problem_of(session, study, to_book, now)
    plan = planner(problem)
    reasons = {**problem.hopeless, **why_unplaced(problem, plan)}
    if codes:  # who was named is told of
        gone = (p.code for p in everyone if p.code in withdrawn - open_ones)
        reasons |= {code: f"{code} has withdrawn from the study" for code in gone}
    return Proposal(
        problem,
        plan,
        tuple(Unplaced(code, reason) for code, reason in sorted(reasons.items())),
        tuple(sorted(p.code for p in everyone if p.code in open_ones)),
    )


def book_all(
    database: Database,
    study: Study,
    *,
    codes: Sequence[str] = (),
    now: datetime,
    actor: str,
    progress: Progress | None = None,
) -> BookAllReport:
    """Book everyone who is to be booked, or those of `codes`; each booking is a transaction of its own.

    The same rows give the same bookings. It may run twice at once. `progress` is called with how many are
    done, and of how many. Raises UnknownParticipant.
    """
    proposal = propose(database, study, codes=codes, now=now)
    return book_proposal(database, study, proposal, now=now, actor=actor, progress=progress)


def book_proposal(
    database: Database,
    study: Study,
    proposal: Proposal,
    *,
    now: datetime,
    actor: str,
    progress: Progress | None = None,
) -> BookAllReport:
    """Book what is proposed, one transaction each; whose time has been taken meanwhile is planned anew."""
    tally = _Tally(len(proposal.plan.proposed) + len(proposal.unplaced), progress)
    waiting = proposal
    for _ in range(ATTEMPTS):
        for unplaced in waiting.unplaced:
            tally.note(tally.unplaced, unplaced)
        late = [one.code for one in waiting.plan.proposed if not _booked(database, study, one, tally, now, actor)]
        if not late:
            break
        waiting = propose(database, study, codes=late, now=now)
        for code in waiting.already:
            tally.note(tally.already, code)
    else:
        raise Clash("Not everyone could be booked: times were taken by others again and again. Try again.")
    return BookAllReport(
        tuple(sorted(tally.booked)),
        tuple(sorted(tally.unplaced, key=lambda item: item.code)),
        tuple(sorted({*proposal.already, *tally.already})),
    )


def book_rows(
    database: Database, study: Study, rows: Sequence[PlanRow], *, now: datetime, actor: str, progress: Progress | None
) -> tuple[list[str], list[PlanProblem]]:
    """Book what the rows of a plan ask for, where every rule allows it; told are who is booked, and problems."""
    booked, problems = [], []
    for number, row in enumerate(rows, 1):
        try:
            book(
                database,
                study,
                row.code,
                now=now,
                starts_at=row.starts_at,
                interviewer=row.interviewer,
                mode=row.mode,
                actor=actor,
            )
            booked.append(row.code)
        except SchedulingError as error:
            problems.append(PlanProblem(row.line, row.code, str(error)))
        if progress:
            progress(number, len(rows))
    return booked, problems


@dataclass(slots=True)
class _Tally:
    """What has become of everyone so far."""

    total: int
    progress: Progress | None
    booked: list[str] = field(default_factory=list)
    unplaced: list[Unplaced] = field(default_factory=list)
    already: list[str] = field(default_factory=list)

    def note(self, those: list[Any], item: str | Unplaced) -> None:
        those.append(item)
        if self.progress:
            self.progress(len(self.booked) + len(self.unplaced) + len(self.already), self.total)


def _booked(database: Database, study: Study, proposed: Proposed, tally: _Tally, now: datetime, actor: str) -> bool:
    """Book somebody, or note why not; False where the time has been taken meanwhile."""
    seat = Seat(proposed.code, proposed.slot, proposed.mode)
    try:
        with taking(database, study, proposed.code, proposed.slot.starts_at) as session:
            take(session, study, seat, now=now, actor=actor)
    except AlreadyBooked:
        tally.note(tally.already, proposed.code)
    except Clash:
        return False
    except BookingError as error:
        tally.note(tally.unplaced, Unplaced(proposed.code, str(error)))
    else:
        tally.note(tally.booked, proposed.code)
    return True


def _participants(session: Session, codes: Sequence[str]) -> list[Participant]:
    if codes:
        return [participant_of(session, code) for code in dict.fromkeys(code_of(code) for code in codes)]
    return list(session.exec(select(Participant).order_by(col(Participant.code))).all())


def _open_codes(session: Session, now: datetime) -> set[str]:
    query = select(Interview.participant_code).where(col(Interview.state).not_in(CLOSED_STATES), not_(is_expired(now)))
    return set(session.exec(query).all())
