"""What is owed to the outside: written in the transaction that owes it, kept until it is done or overtaken.

An event is owed as 'look at this interview': whoever carries it out makes the calendar say what the rows say by
then. A mail is owed to a recipient about one state of the interview; a later step overtakes it. So nothing is
lost when a run is broken off, and nothing is sent about what is no longer so.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from scheduling.errors import SchedulingError
from scheduling.mails.letters import Kind
from scheduling.mails.reminders import reminder_times
from scheduling.rules import participant_zone
from storage.alerts import clear_alerts
from storage.interviews import label
from storage.study import Study
from storage.tables import CALLED_OFF_STATES, Change, Effect, EffectState, Interview, Participant, State

EVENT = "event"
MAILS = tuple(Kind)
_LONGEST_WAIT = timedelta(hours=1)


def announce(session: Session, study: Study, interview: Interview, *, now: datetime) -> None:
    """Owe the outside what follows from the interview as it is now; to be called in the transaction of every step."""
    overtake(session, interview)
    if study.calendar.backend != "local":
        newest = session.exec(select(func.max(Change.id)).where(Change.interview_id == interview.id)).one()
        _owe(session, _effect(interview, EVENT, f"{EVENT}:{interview.guid}:{newest}", now))
    if study.mail.server:
        for effect in list(_mails(session, study, interview, now)):
            _owe(session, effect)
    session.flush()


def overtake(session: Session, interview: Interview) -> None:
    """Drop the mails about an earlier state of the interview that are still waiting."""
    session.execute(
        update(Effect)
        .where(col(Effect.interview_id) == interview.id, col(Effect.state) == EffectState.WAITING)
        .where(col(Effect.kind).in_(MAILS))
        .values(state=EffectState.DROPPED, failure="overtaken by a later step")
    )


def owed(session: Session, kinds: Iterable[str], now: datetime, *, interview_id: int | None = None) -> list[Effect]:
    """The effects of these kinds that are due, in the order in which they were owed."""
    query = select(Effect).where(
        col(Effect.kind).in_(list(kinds)), Effect.state == EffectState.WAITING, Effect.due_at <= now
    )
    if interview_id is not None:
        query = query.where(Effect.interview_id == interview_id)
    return list(session.exec(query.order_by(col(Effect.id))))


def mark(session: Session, effect: Effect, state: EffectState, now: datetime, failure: str = "") -> None:
    """Write down how an effect ended."""
    found = session.get_one(Effect, effect.id)
    found.state, found.failure, found.done_at = state, failure, now
    session.flush()


def put_off(session: Session, effect: Effect, now: datetime, failure: str) -> None:
    """Let an effect wait for its next try: one minute, then twice as long each time, up to an hour."""
    found = session.get_one(Effect, effect.id)
    found.state, found.failure = EffectState.WAITING, failure
    found.tries += 1
    found.due_at = now + min(_LONGEST_WAIT, timedelta(minutes=2 ** min(found.tries - 1, 10)))
    session.flush()


def times_owed(session: Session, interview_id: int, sequence: int) -> tuple[datetime, datetime] | None:
    """When the interview was at a certain sequence, as far as it was owed to the calendar."""
    query = select(Effect.starts_at, Effect.ends_at).where(
        Effect.interview_id == interview_id, Effect.kind == EVENT, Effect.sequence == sequence
    )
    return session.exec(query.order_by(col(Effect.id).desc())).first()


@dataclass(frozen=True, slots=True)
class EffectRow:
    """An effect as people see it."""

    key: str
    label: str
    recipient: str
    due_at: datetime
    state: str
    failure: str


def effect_rows(session: Session, study: Study, *, everything: bool = False) -> list[EffectRow]:
    """What is owed, has failed or may not have been sent, by when it is due; with `everything` the rest too."""
    query = select(Effect, Interview).join(Interview, col(Interview.id) == Effect.interview_id)
    if not everything:
        query = query.where(col(Effect.state).in_((EffectState.WAITING, EffectState.SENDING, EffectState.FAILED)))
    return [
        EffectRow(
            effect.key,
            label(interview.participant_code, interview.starts_at, study.zone),
            effect.recipient or "calendar",
            effect.due_at,
            effect.state,
            effect.failure,
        )
        for effect, interview in session.exec(query.order_by(col(Effect.due_at), col(Effect.id)))
    ]


def wait_again(session: Session, key: str, now: datetime) -> None:
    """Let an effect that failed, or may not have been sent, be tried again. Raises SchedulingError."""
    effect = _effect_of(session, key, (EffectState.FAILED, EffectState.SENDING, EffectState.WAITING))
    effect.state, effect.due_at, effect.failure, effect.tries = EffectState.WAITING, now, "", 0
    clear_alerts(session, [alert_key(effect)])


def give_up(session: Session, key: str, now: datetime) -> None:
    """Never carry an effect out. Raises SchedulingError."""
    effect = _effect_of(session, key, (EffectState.FAILED, EffectState.SENDING, EffectState.WAITING))
    effect.state, effect.done_at, effect.failure = EffectState.DROPPED, now, "given up by hand"
    clear_alerts(session, [alert_key(effect)])


def alert_key(effect: Effect) -> str:
    """Under which an effect that needs a person is told."""
    return f"effect:{effect.key}"


def _effect_of(session: Session, key: str, states: tuple[EffectState, ...]) -> Effect:
    effect = session.exec(select(Effect).where(Effect.key == key)).one_or_none()
    if effect is None or effect.state not in states:
        raise SchedulingError(f"Nothing is owed under {key}. See 'fieldcall effects' for what is.")
    return effect


def _owe(session: Session, effect: Effect) -> None:
    """Owe an effect once; one that had been overtaken and is wanted again waits again."""
    known = session.exec(select(Effect).where(Effect.key == effect.key)).one_or_none()
    if known is None:
        session.add(effect)
    elif known.state == EffectState.DROPPED:
        known.state, known.due_at, known.failure = EffectState.WAITING, effect.due_at, ""


def _mails(session: Session, study: Study, interview: Interview, now: datetime) -> Iterator[Effect]:
    participant = session.get_one(Participant, interview.participant_code)
    attending = (interview.attending_code,) if interview.attending_code else ()
    if not study.calendar.invite_participants:
        for code in (participant.code, *attending):
            kind = _kind_for(session, interview, code)
            if kind:
                yield _effect(interview, kind, f"{kind}:{interview.guid}:{code}:{interview.sequence}", now, code)
    if interview.state == State.BOOKED:
        instead = participant.link_worker if participant.link_worker_reminded else None
        for code in dict.fromkeys((instead or participant.code, *attending)):
            yield from _reminders(session, study, interview, code, now)


def _kind_for(session: Session, interview: Interview, code: str) -> str:
    """The mail that tells someone how the interview stands now; '' where they know or need not know."""
    query = select(Effect.sequence).where(
        Effect.interview_id == interview.id,
        Effect.recipient == code,
        col(Effect.kind).in_((Kind.INVITATION, Kind.UPDATE)),
        col(Effect.state).in_((EffectState.DONE, EffectState.SENDING)),
    )
    told = session.exec(query).all()
    if interview.state == State.BOOKED:
        return Kind.INVITATION if not told else Kind.UPDATE if max(told) < interview.sequence else ""
    is_off = interview.state in CALLED_OFF_STATES
    return Kind.CANCELLATION if told and is_off else ""


def _reminders(session: Session, study: Study, interview: Interview, code: str, now: datetime) -> Iterator[Effect]:
    recipient = session.get(Participant, code)
    zone = participant_zone(study, recipient)
    for reminder in reminder_times(interview.starts_at, study.mail.reminder_hours, study.mail.quiet_hours, zone, now):
        key = f"{Kind.REMINDER}:{interview.guid}:{code}:{interview.sequence}:{reminder.hours}"
        yield _effect(interview, Kind.REMINDER, key, reminder.due_at, code)


def _effect(interview: Interview, kind: str, key: str, due_at: datetime, recipient: str = "") -> Effect:
    assert interview.id is not None, "an interview is stored before anything is owed for it"
    return Effect(
        key=key,
        kind=kind,
        interview_id=interview.id,
        sequence=interview.sequence,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        recipient=recipient,
        due_at=due_at,
    )
