"""What decides where an interview fits, gathered from the study file and the rows."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, func, not_
from sqlmodel import Session, col, select

from scheduling.availability import Attending, Diary, Rules, day_of, starts_without_line
from scheduling.eligibility import why_unfit
from scheduling.errors import BookingError, UnknownInterviewer
from scheduling.outside.calendar_views import sights
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
    mode: str | None = None,
    interviewer: str | None = None,
    without: int | None = None,
) -> Rules:
    """The rules for one participant's interview by `mode` (None: their own), with one interviewer or all of them.

    `without` is the id of an interview that counts for nothing, because it is to be moved.
    Raises UnknownInterviewer, BookingError.
    """
    codes = sorted(study.interviewers) if interviewer is None else [known_interviewer(study, interviewer)]
    mode = mode or participant.mode
    link_worker, lines = attending_code(participant), lines_for(study, mode)
    others = [code for code in (participant.code, link_worker, *lines) if code]
    busy = busy_spans(session, others, now, without=without)
    return rules_with(
        study,
        participant,
        diaries(session, study, codes, now, without=without),
        busy[participant.code],
        mode=mode,
        attending=attending_of(session, study, link_worker, busy[link_worker]) if link_worker else None,
        lines=[busy[line] for line in lines],
    )


def rules_with(
    study: Study,
    participant: Participant,
    diaries: tuple[Diary, ...],
    busy: tuple[Span, ...] = (),
    *,
    mode: str | None = None,
    attending: Attending | None = None,
    lines: Sequence[tuple[Span, ...]] = (),
) -> Rules:
    """The rules for a participant whose own claims are `busy`; `lines` are those on each telephone line for `mode`.

    Raises BookingError when the group is gone.
    """
    length = timedelta(minutes=group_of(study, participant).minutes)
    before = timedelta(minutes=study.booking.buffer_before_minutes)
    after = timedelta(minutes=study.booking.buffer_after_minutes)
    unfit = ((code, why_unfit(study, participant, code, mode or participant.mode)) for code in study.interviewers)
    return Rules(
        zone=study.zone,
        first_day=study.study.start,
        last_day=study.study.end,
        length=length,
        before=before,
        after=after,
        notice=timedelta(hours=study.booking.notice_hours),
        step_minutes=study.booking.step_minutes,
        diaries=diaries,
        participant_hours=parse_hours(participant.available),
        participant_busy=busy,
        participant_zone=participant_zone(study, participant),
        attending=attending,
        no_line=starts_without_line(lines, length, before, after),
        unfit=tuple((code, why) for code, why in unfit if why),
    )


def diaries(
    session: Session, study: Study, codes: Collection[str], now: datetime, *, without: int | None = None
) -> tuple[Diary, ...]:
    """The diaries of interviewers from now on, in the order of `codes`."""
    busy = busy_spans(session, codes, now, without=without)
    booked_on = _booked_on(session, study, codes, now, without)
    seen = sights(session, study, codes, now)
    return tuple(
        Diary(
            code,
            rule.weekly_hours,
            rule.days_away,
            rule.daily_limit,
            busy[code],
            booked_on[code],
            zone=interviewer_zone(study, code),
            weekly_limit=rule.weekly_limit,
            outside=seen[code].busy,
            seen_until=seen[code].until,
            unseen=seen[code].unseen,
        )
        for code, rule in ((code, study.interviewers[code]) for code in codes)
    )


def attending_code(participant: Participant) -> str | None:
    """The code of the link worker who is at the participant's interview, if one is to be."""
    link_worker = participant.link_worker if participant.link_worker_attends else None
    return link_worker if link_worker != participant.code else None


def attending_of(session: Session, study: Study, link_worker: str, busy: tuple[Span, ...]) -> Attending:
    """When a link worker can attend: in the hours they have as a participant themselves, less their claims."""
    themselves = session.get(Participant, link_worker)
    if themselves is None:
        return Attending(busy=busy)
    return Attending(parse_hours(themselves.available), busy, participant_zone(study, themselves))


def lines_for(study: Study, mode: str) -> tuple[str, ...]:
    """The shared telephone lines of which an interview by this mode takes one; none where it takes none."""
    return study.booking.lines if mode == "phone" else ()


def interviewer_zone(study: Study, code: str) -> ZoneInfo:
    """The zone of an interviewer's hours, days away and limits."""
    return zone_named(study, study.interviewers[code].zone if code in study.interviewers else None)


def participant_zone(study: Study, participant: Participant | None) -> ZoneInfo:
    """The zone in which a participant lives and has their hours; the study's for who is no participant."""
    return zone_named(study, participant.zone if participant else None)


def zone_named(study: Study, name: str | None) -> ZoneInfo:
    """The zone of an IANA name, the study's where somebody has none of their own."""
    return ZoneInfo(name) if name else study.zone


def zones_of(study: Study, participant: Participant, interviewer: str) -> tuple[ZoneInfo, ZoneInfo, ZoneInfo]:
    """The zones in which the time of an interview is told: the study's, then those of both sides."""
    return study.zone, participant_zone(study, participant), interviewer_zone(study, interviewer)


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
    # a local week may have begun seven days and an hour ago
    query = (
        select(Interview.interviewer_code, Interview.starts_at)
        .where(col(Interview.interviewer_code).in_(codes), Interview.starts_at > now - timedelta(days=8))
        .where(col(Interview.state).not_in(CLOSED_STATES), not_(is_expired(now)))
        .where(col(Interview.id).is_distinct_from(without))
    )
    counts: defaultdict[str, Counter[date]] = defaultdict(Counter)
    for code, starts_at in session.exec(query):
        counts[code][day_of(starts_at, interviewer_zone(study, code))] += 1
    return counts
