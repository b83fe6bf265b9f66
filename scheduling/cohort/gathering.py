"""The rows and the study file as a problem of `scheduling/cohort/problem.py`: whom to place, and where each would fit.

The only part of planning that reads the database. What fits one participant is for `availability.py` to say,
as in every other booking.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import not_
from sqlmodel import Session, col, select

from scheduling.availability import (
    Attending,
    Diary,
    Rules,
    blocking_rule,
    day_of,
    free_starts,
    monday_of,
    participant_spans,
    why_not,
)
from scheduling.booking import mode_of
from scheduling.claims import claimants, claimed
from scheduling.cohort.problem import CONTINUITY, DAY, Capacity, Opening, Problem, Wanted
from scheduling.errors import BookingError
from scheduling.rules import (
    attending_code,
    attending_of,
    busy_spans,
    diaries,
    interviewer_zone,
    is_expired,
    lines_for,
    rules_with,
)
from scheduling.spans import Span, difference, merged
from storage.study import Study
from storage.tables import CLOSED_STATES, Interview, Participant, State


@dataclass(frozen=True, slots=True)
class Days:
    """The days with an interviewer on which a participant's interview could start, each with its starts."""

    interviewer: str
    starts: tuple[tuple[date, tuple[datetime, ...]], ...]


@dataclass(slots=True)
class Gathering:
    """What is known of everybody's time; interviews that are to be moved count for nothing in it."""

    study: Study
    now: datetime
    diaries: Mapping[str, Diary]
    busy: Mapping[str, tuple[Span, ...]]  # claims on all others: participants, link workers and telephone lines
    attending: Mapping[str, Attending]  # link workers who attend
    interviews: Sequence[Interview]  # all that count
    known: Mapping[str, str]  # the interviewer whom a participant had before
    _days: dict[tuple[Rules, str], Days] = field(default_factory=dict)

    @classmethod
    def begun(
        cls,
        session: Session,
        study: Study,
        now: datetime,
        participants: Sequence[Participant],
        moving: Sequence[Interview] = (),
    ) -> "Gathering":
        """Read what decides about `participants`, as if the interviews `moving` had no time yet."""
        link_workers = {code for participant in participants if (code := attending_code(participant))}
        others = [*(participant.code for participant in participants), *link_workers, *study.booking.lines]
        claims = busy_spans(session, others, now)
        busy = {code: _freed(claims[code], code, study, moving) for code in others}
        counted = select(Interview).where(col(Interview.state).not_in(CLOSED_STATES), not_(is_expired(now)))
        moved = {interview.id for interview in moving}
        return cls(
            study,
            now,
            {d.code: _freed_diary(d, study, moving) for d in diaries(session, study, sorted(study.interviewers), now)},
            busy,
            {code: attending_of(session, study, code, busy[code]) for code in link_workers},
            [interview for interview in session.exec(counted) if interview.id not in moved],
            _known_interviewers(session),
        )

    def problem(self, wanted: Sequence[Wanted], hopeless: Mapping[str, str]) -> Problem:
        """The problem of placing those who are wanted, with what they share."""
        return Problem(
            wanted=tuple(sorted(wanted, key=lambda w: w.code)),
            capacities={code: self._capacity(diary) for code, diary in self.diaries.items()},
            missing=self._missing(),
            before=timedelta(minutes=self.study.booking.buffer_before_minutes),
            after=timedelta(minutes=self.study.booking.buffer_after_minutes),
            lines=self.study.booking.phone_lines,
            line_claims=tuple(sorted(span for line in self.study.booking.lines for span in self.busy[line])),
            hopeless=hopeless,
        )

    def days(self, participant: Participant, mode: str) -> tuple[Days, ...]:
        """When a participant could be interviewed by whom, if nobody else were to be placed."""
        rules = self._rules(participant, mode)
        if new := [diary for code, diary in self.diaries.items() if (rules, code) not in self._days]:
            own = participant_spans(rules)
            for diary in new:
                days: dict[date, list[datetime]] = {}
                for start in free_starts(rules, diary, own, self.now):
                    days.setdefault(day_of(start, diary.zone or self.study.zone), []).append(start)
                self._days[rules, diary.code] = Days(diary.code, tuple((day, tuple(at)) for day, at in days.items()))
        return tuple(found for code in self.diaries if (found := self._days[rules, code]).starts)

    def free_at(self, participant: Participant, mode: str, starts_at: datetime) -> list[str]:
        """Who could interview a participant at a time that is agreed on already: the notice does not count."""
        diaries = tuple(self.diaries.values())
        rules = replace(self._rules(participant, mode), diaries=diaries, notice=timedelta(0))
        return [code for code in self.diaries if not why_not(rules, self.now, starts_at, code)]

    def why_hopeless(self, participant: Participant, mode: str) -> str:
        """The rule because of which `days` finds nothing."""
        return blocking_rule(replace(self._rules(participant, mode), diaries=tuple(self.diaries.values())), self.now)

    def _rules(self, participant: Participant, mode: str) -> Rules:
        link_worker = attending_code(participant)
        return rules_with(
            self.study,
            participant,
            (),
            self.busy[participant.code],
            mode=mode,
            attending=self.attending[link_worker] if link_worker else None,
            lines=[self.busy[line] for line in lines_for(self.study, mode)],
        )

    def _capacity(self, diary: Diary) -> Capacity:
        rule, zone = self.study.interviewers[diary.code], interviewer_zone(self.study, diary.code)
        own = [interview for interview in self.interviews if interview.interviewer_code == diary.code]
        return Capacity(
            diary.code,
            rule.daily_limit,
            rule.weekly_limit,
            max(1, _room(self.study, diary.code)),
            Counter(day_of(interview.starts_at, zone) for interview in own),
            len(own),
        )

    def _missing(self) -> dict[str, int]:
        """What every group lacks to its target; those who hold a slot count as booked."""
        placed = Counter(self.study.group_of(interview.participant_code) for interview in self.interviews)
        return {name: group.target - placed[name] for name, group in self.study.groups.items()}


def problem_of(session: Session, study: Study, participants: Sequence[Participant], now: datetime) -> Problem:
    """The problem of placing participants who have no interview, from now on. See `Gathering`."""
    gathering = Gathering.begun(session, study, now, participants)
    wanted, hopeless = [], {}
    for participant in participants:
        try:
            mode = mode_of(study, participant, None)
            days = gathering.days(participant, mode)
            if days:
                wanted.append(_wanted(study, participant, mode, days, gathering.known.get(participant.code, "")))
            else:
                hopeless[participant.code] = gathering.why_hopeless(participant, mode)
        except BookingError as error:
            hopeless[participant.code] = str(error)
    return gathering.problem(wanted, hopeless)


def _wanted(study: Study, participant: Participant, mode: str, days: Sequence[Days], known: str) -> Wanted:
    """A first interview: every day after the first possible costs, and so does another interviewer than before."""
    if known not in {one.interviewer for one in days}:
        known = ""
    first = min(one.starts[0][0] for one in days)
    openings = (
        Opening(
            one.interviewer,
            day,
            starts,
            (day - first).days * DAY + (CONTINUITY if known not in ("", one.interviewer) else 0),
        )
        for one in days
        for day, starts in one.starts
    )
    return Wanted(
        code=participant.code,
        group=participant.group,
        mode=mode,
        length=timedelta(minutes=study.groups[participant.group].minutes),
        openings=tuple(sorted(openings, key=lambda o: (o.cost, o.day, o.interviewer))),
        attending=attending_code(participant) or "",
        known=known,
    )


def _known_interviewers(session: Session) -> dict[str, str]:
    """Who was to interview each participant, where it came to nothing; the last of several counts."""
    query = (
        select(Interview.participant_code, Interview.interviewer_code)
        .where(col(Interview.state).in_((State.CANCELLED, State.NO_SHOW)))
        .order_by(col(Interview.id))
    )
    return dict(session.exec(query).all())


def _freed(claims: Sequence[Span], code: str, study: Study, moving: Sequence[Interview]) -> tuple[Span, ...]:
    """The claims on a party without those of interviews that are to be moved."""
    own = merged(claimed(study, interview) for interview in moving if code in claimants(interview))
    return tuple(difference(claims, own)) if own else tuple(claims)


def _freed_diary(diary: Diary, study: Study, moving: Sequence[Interview]) -> Diary:
    """The same for an interviewer, whose limits get room too."""
    zone = interviewer_zone(study, diary.code)
    booked_on = Counter(diary.booked_on)
    booked_on.subtract(day_of(i.starts_at, zone) for i in moving if i.interviewer_code == diary.code)
    return replace(diary, busy=_freed(diary.busy, diary.code, study, moving), booked_on=booked_on)


def _room(study: Study, interviewer: str) -> int:
    """The most interviews an interviewer could hold in the study's window by weekdays, days away and limits."""
    rule = study.interviewers[interviewer]
    weekdays = {hours.weekday for hours in rule.weekly_hours}
    length = (study.study.end - study.study.start).days + 1
    window = (study.study.start + timedelta(days=number) for number in range(length))
    working = Counter(monday_of(day) for day in window if day.weekday() in weekdays and day not in rule.days_away)
    return sum(min(rule.weekly_limit, days * rule.daily_limit) for days in working.values())
