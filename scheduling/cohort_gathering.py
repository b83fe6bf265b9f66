"""The rows and the study file as a problem of `scheduling/cohort.py`: whom to place, and where each would fit.

The only part of planning that reads the database. What fits one participant is for `availability.py` and
`eligibility.py` to say, as in every other booking.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from sqlalchemy import not_
from sqlmodel import Session, col, select

from scheduling.availability import Diary, Rules, blocking_rule, day_of, free_starts, participant_spans, why_not
from scheduling.booking import mode_of
from scheduling.claims import claimed
from scheduling.cohort import CONTINUITY, DAY, Capacity, Opening, Problem, Wanted, week_of
from scheduling.eligibility import why_unfit
from scheduling.errors import BookingError
from scheduling.rules import busy_spans, diaries, is_expired, rules_with
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
    busy: Mapping[str, Sequence[Span]]  # of participants, and of link workers who attend
    interviews: Sequence[Interview]  # all that count
    known: Mapping[str, str]  # the interviewer whom a participant had before
    _starts: dict[tuple[Rules, str], Days] = field(default_factory=dict)

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
        people = {p.code for p in participants} | {p.link_worker for p in participants if p.link_worker}
        taken = busy_spans(session, people, now)
        counted = select(Interview).where(col(Interview.state).not_in(CLOSED_STATES), not_(is_expired(now)))
        moved = {interview.id for interview in moving}
        return cls(
            study,
            now,
            {d.code: _freed(d, study, moving) for d in diaries(session, study, sorted(study.interviewers), now)},
            {code: difference(merged(taken[code]), _claims_with(code, study, moving, participants)) for code in people},
            [interview for interview in session.exec(counted) if interview.id not in moved],
            _known_interviewers(session),
        )

    def problem(self, wanted: Sequence[Wanted], hopeless: Mapping[str, str]) -> Problem:
        """The problem of placing those who are wanted, with what they share."""
        calls = (i for i in self.interviews if i.mode == "phone" and i.ends_at > self.now)
        return Problem(
            wanted=tuple(sorted(wanted, key=lambda w: w.code)),
            capacities={code: self._capacity(diary) for code, diary in self.diaries.items()},
            missing=self._missing(),
            before=timedelta(minutes=self.study.booking.buffer_before_minutes),
            after=timedelta(minutes=self.study.booking.buffer_after_minutes),
            lines=self.study.booking.phone_lines,
            line_claims=tuple(sorted(claimed(self.study, interview) for interview in calls)),
            hopeless=hopeless,
        )

    def days(self, participant: Participant, mode: str) -> tuple[Days, ...]:
        """When a participant could be interviewed by whom, if nobody else were to be placed."""
        rules, own = self._rules(participant), None
        found = []
        for code in self.fitting(participant, mode):
            if (rules, code) not in self._starts:
                own = own if own is not None else participant_spans(rules)
                by_day = groupby(
                    free_starts(rules, self.diaries[code], own, self.now), lambda at: day_of(at, self.study.zone)
                )
                self._starts[rules, code] = Days(code, tuple((day, tuple(starts)) for day, starts in by_day))
            found.append(self._starts[rules, code])
        return tuple(days for days in found if days.starts)

    def free_at(self, participant: Participant, mode: str, starts_at: datetime) -> list[str]:
        """Who could interview a participant at a time that is agreed on already: the notice does not count."""
        fitting = self.fitting(participant, mode)
        diaries = tuple(self.diaries[code] for code in fitting)
        rules = replace(self._rules(participant), diaries=diaries, notice=timedelta(0))
        return [code for code in fitting if not why_not(rules, self.now, starts_at, code)]

    def fitting(self, participant: Participant, mode: str) -> list[str]:
        """The interviewers who could interview a participant, whatever the time."""
        return [code for code in self.diaries if not why_unfit(self.study, participant, code, mode)]

    def why_hopeless(self, participant: Participant, mode: str) -> str:
        """The rule because of which `days` finds nothing."""
        fitting = self.fitting(participant, mode)
        if not fitting:
            return self._why_nobody_fits(participant, mode)
        rules = replace(self._rules(participant), diaries=tuple(self.diaries[code] for code in fitting))
        alone = replace(rules, participant_busy=tuple(self.busy[participant.code]))
        rule = blocking_rule(rules, self.now)
        if attending(participant) and any(
            True for diary in alone.diaries for _ in free_starts(alone, diary, participant_spans(alone), self.now)
        ):
            rule = f"{participant.link_worker}, who attends, has other appointments at every time that would suit"
        left_out = len(self.diaries) - len(fitting)
        return f"{rule} (of all interviewers only {_listed(fitting)} would fit)" if left_out else rule

    def _why_nobody_fits(self, participant: Participant, mode: str) -> str:
        reasons: defaultdict[str, list[str]] = defaultdict(list)
        for code in self.diaries:
            reasons[why_unfit(self.study, participant, code, mode).removeprefix(f"{code} ")].append(code)
        return "; ".join(f"every one of {_listed(codes)} {reason}" for reason, codes in reasons.items())

    def _rules(self, participant: Participant) -> Rules:
        busy = [*self.busy[participant.code], *self.busy.get(attending(participant), ())]
        return rules_with(self.study, participant, (), tuple(merged(busy)))

    def _capacity(self, diary: Diary) -> Capacity:
        rule = self.study.interviewers[diary.code]
        own = [i for i in self.interviews if i.interviewer_code == diary.code]
        return Capacity(
            diary.code,
            rule.daily_limit,
            rule.weekly_limit,
            max(1, _room(self.study, diary, rule.weekly_limit)),
            Counter(day_of(interview.starts_at, self.study.zone) for interview in own),
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
                wanted.append(wanted_of(study, participant, mode, days, gathering.known.get(participant.code, "")))
            else:
                hopeless[participant.code] = gathering.why_hopeless(participant, mode)
        except BookingError as error:
            hopeless[participant.code] = str(error)
    return gathering.problem(wanted, hopeless)


def wanted_of(study: Study, participant: Participant, mode: str, days: Sequence[Days], known: str) -> Wanted:
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
        attending=attending(participant),
        known=known,
    )


def attending(participant: Participant) -> str:
    """The code of the link worker who is at the interview too, or ''."""
    return (participant.link_worker or "") if participant.link_worker_attends else ""


def _known_interviewers(session: Session) -> dict[str, str]:
    """Who was to interview each participant, where it came to nothing; the last of several counts."""
    query = (
        select(Interview.participant_code, Interview.interviewer_code)
        .where(col(Interview.state).in_((State.CANCELLED, State.NO_SHOW)))
        .order_by(col(Interview.id))
    )
    return dict(session.exec(query).all())


def _freed(diary: Diary, study: Study, moving: Sequence[Interview]) -> Diary:
    """A diary without interviews that are to be moved."""
    own = sorted((i for i in moving if i.interviewer_code == diary.code), key=lambda i: i.starts_at)
    if not own:
        return diary
    booked_on = Counter(diary.booked_on)
    booked_on.subtract(day_of(interview.starts_at, study.zone) for interview in own)
    busy = difference(merged(diary.busy), [claimed(study, interview) for interview in own])
    return replace(diary, busy=tuple(busy), booked_on=booked_on)


def _claims_with(
    code: str, study: Study, moving: Sequence[Interview], participants: Collection[Participant]
) -> list[Span]:
    """The claims of a participant or link worker that fall away with interviews that are to be moved."""
    with_them = {p.code for p in participants if attending(p) == code} | {code}
    return merged(claimed(study, interview) for interview in moving if interview.participant_code in with_them)


def _room(study: Study, diary: Diary, weekly_limit: int) -> int:
    """The most interviews an interviewer could hold in the study's window by weekdays, days away and limits."""
    weekdays = {hours.weekday for hours in diary.hours}
    length = (study.study.end - study.study.start).days + 1
    window = (study.study.start + timedelta(days=number) for number in range(length))
    working = Counter(week_of(day) for day in window if day.weekday() in weekdays and day not in diary.away)
    return sum(min(weekly_limit, days * diary.daily_limit) for days in working.values())


def _listed(codes: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(codes[:-1]), codes[-1])))
