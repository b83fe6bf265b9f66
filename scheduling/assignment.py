"""Everyone still to be booked, in one go, interview by interview.

Those with the fewest hours of their own come first, then by code; each gets the soonest slot of the
interviewer who has the fewest interviews, of those who can interview them and have any slot at all.
Diaries are read once and kept up as they fill; what others take meanwhile is noticed when the database
refuses a slot, and then that interviewer's diary and everyone else's claims are read again.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import not_
from sqlmodel import Session, col, select

from scheduling.availability import Attending, Diary, Rules, Slot, blocking_rule, day_of, free_starts, participant_spans
from scheduling.booking import mode_of
from scheduling.claims import ATTEMPTS, Seat, claimants, claimed, expire_holds_first, take, taking
from scheduling.errors import AlreadyBooked, BookingError, Clash, NotFree
from scheduling.participants import participant_of
from scheduling.rules import attending_code, attending_of, busy_spans, diaries, is_expired, lines_for, loads, rules_with
from scheduling.spans import Span, merged
from storage.database import Database
from storage.hours import parse_hours
from storage.interviews import code_of, withdrawn_codes
from storage.study import Study
from storage.tables import CLOSED_STATES, Interview, Participant

Progress = Callable[[int, int], None]


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
    expire_holds_first(database, now)
    with database.reading() as session:
        everyone = _participants(session, codes)
        open_ones = _open_codes(session, now)
        passed_over = open_ones if codes else open_ones | withdrawn_codes(session)
        to_book = [participant for participant in everyone if participant.code not in passed_over]
        cohort = _Cohort.begun(session, study, now, to_book)
    already = [p.code for p in everyone if p.code in open_ones]
    booked, unplaced = [], []
    for number, participant in enumerate(sorted(to_book, key=_hardest_first), 1):
        try:
            cohort.book(database, participant, actor)
            booked.append(participant.code)
        except AlreadyBooked:
            already.append(participant.code)
        except BookingError as error:
            unplaced.append(Unplaced(participant.code, error.rule if isinstance(error, NotFree) else str(error)))
        if progress:
            progress(number, len(to_book))
    return BookAllReport(
        tuple(sorted(booked)), tuple(sorted(unplaced, key=lambda item: item.code)), tuple(sorted(already))
    )


@dataclass(slots=True)
class _Cohort:
    """What is known of everyone's time while a cohort is booked."""

    study: Study
    now: datetime
    diaries: dict[str, Diary]
    load: Counter[str]
    busy: dict[str, tuple[Span, ...]]  # claims on all others: participants, link workers and telephone lines
    attending: Mapping[str, Attending]  # the hours of link workers who attend
    hopeless: dict[Rules, str] = field(default_factory=dict)  # rules, less diaries and lines, that nothing fits

    @classmethod
    def begun(cls, session: Session, study: Study, now: datetime, participants: Sequence[Participant]) -> "_Cohort":
        known = {diary.code: diary for diary in diaries(session, study, sorted(study.interviewers), now)}
        link_workers = {code for participant in participants if (code := attending_code(participant))}
        others = [*(participant.code for participant in participants), *link_workers, *study.booking.lines]
        attending = {code: attending_of(session, study, code, ()) for code in link_workers}
        return cls(study, now, known, loads(session), _busy(session, others, now), attending)

    def book(self, database: Database, participant: Participant, actor: str) -> None:
        """Book a participant into the best slot left. Raises BookingError."""
        mode = mode_of(self.study, participant, None)
        for _ in range(ATTEMPTS):
            slot = self.best_slot(participant)
            try:
                with taking(database, self.study, participant.code, slot.starts_at) as session:
                    interview = take(session, self.study, Seat(participant.code, slot, mode), now=self.now, actor=actor)
            except (Clash, AlreadyBooked) as error:
                self.read_again(database, slot.interviewer_code)
                if isinstance(error, AlreadyBooked):
                    raise
            else:
                self.note(interview)
                return
        raise Clash(f"{participant.code} could not be booked: every free time was taken by others meanwhile.")

    def best_slot(self, participant: Participant) -> Slot:
        """The soonest slot of the interviewer with the fewest interviews. Raises NotFree."""
        rules = self.rules_for(participant)
        key = replace(rules, no_line=())  # lines only fill up
        if key not in self.hopeless:
            own = participant_spans(rules)
            for code in sorted(self.diaries, key=lambda code: (self.load[code], code)):
                start = next(free_starts(rules, self.diaries[code], own, self.now), None)
                if start is not None:
                    return Slot(start, start + rules.length, code)
            self.hopeless[key] = blocking_rule(replace(rules, diaries=tuple(self.diaries.values())), self.now)
        raise NotFree(f"{participant.code} cannot be booked because {self.hopeless[key]}.", self.hopeless[key])

    def rules_for(self, participant: Participant) -> Rules:
        """The rules for a participant, without diaries. Raises BookingError when the group is gone."""
        link_worker = attending_code(participant)
        return rules_with(
            self.study,
            participant,
            (),
            self.busy[participant.code],
            attending=replace(self.attending[link_worker], busy=self.busy[link_worker]) if link_worker else None,
            lines=[self.busy[line] for line in lines_for(self.study, participant.mode)],
        )

    def note(self, interview: Interview) -> None:
        """Take a booking into account."""
        code, span = interview.interviewer_code, claimed(self.study, interview)
        diary = self.diaries[code]
        booked_on = Counter(diary.booked_on)
        booked_on[day_of(interview.starts_at, diary.zone or self.study.zone)] += 1
        self.diaries[code] = replace(diary, busy=tuple(merged((*diary.busy, span))), booked_on=booked_on)
        self.load[code] += 1
        for party in claimants(interview).keys() - {code}:
            self.busy[party] = tuple(merged((*self.busy.get(party, ()), span)))

    def read_again(self, database: Database, code: str) -> None:
        """Learn what others have booked with an interviewer, and with everyone else, meanwhile."""
        with database.reading() as session:
            (self.diaries[code],) = diaries(session, self.study, [code], self.now)
            self.load = loads(session)
            self.busy = _busy(session, self.busy, self.now)


def _busy(session: Session, codes: Iterable[str], now: datetime) -> dict[str, tuple[Span, ...]]:
    found = busy_spans(session, list(codes), now)
    return {code: found[code] for code in codes}


def _participants(session: Session, codes: Sequence[str]) -> list[Participant]:
    if codes:
        return [participant_of(session, code) for code in dict.fromkeys(code_of(code) for code in codes)]
    return list(session.exec(select(Participant).order_by(col(Participant.code))).all())


def _open_codes(session: Session, now: datetime) -> set[str]:
    query = select(Interview.participant_code).where(col(Interview.state).not_in(CLOSED_STATES), not_(is_expired(now)))
    return set(session.exec(query).all())


def _hardest_first(participant: Participant) -> tuple[timedelta, str]:
    """Few hours of one's own come before many, any time comes last."""
    hours = parse_hours(participant.available)
    spans = (timedelta(hours=h.end.hour - h.start.hour, minutes=h.end.minute - h.start.minute) for h in hours)
    return sum(spans, timedelta(0)) or timedelta.max, participant.code
