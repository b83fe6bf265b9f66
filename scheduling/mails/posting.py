"""Owed mails are sent: each decided anew from the interview as it is by then, each at most once.

A mail is marked as being sent before it is handed over. Where a run is broken off after that, nobody knows whether
it went out, and it is put before a person instead of being sent twice.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from scheduling.errors import AccountRefused, MailRefused, MailUnavailable, MailUncertain, WordingError
from scheduling.mails.invitations import message_of
from scheduling.mails.letters import Kind, Letter, letter_of
from scheduling.mails.reminders import still_wanted
from scheduling.mails.smtp import Line, Post
from scheduling.mails.wording import read_wording
from scheduling.outside.outbox import MAILS, alert_key, mark, owed, put_off
from scheduling.rules import participant_zone
from storage.alerts import clear_alerts, raise_alert
from storage.contacts import Contacts
from storage.database import Database
from storage.study import Study
from storage.tables import CLOSED_STATES, Effect, EffectState, Interview, Participant, Placement, State

ACCOUNT = "mail:account"  # key of the alert when no mail can be sent at all
_UNHEARD = timedelta(minutes=15)  # after which a mail that is being sent has surely been given up
_LINK_BEFORE = timedelta(hours=24)  # an invitation waits for its video meeting until so long before the interview
_GLANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Posting:
    """Whose mail is sent by what."""

    study: Study
    database: Database
    contacts: Contacts
    post: Post


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of the mails that were due: keys of their effects, and reasons."""

    sent: list[str] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Drop:
    reason: str


@dataclass(frozen=True, slots=True)
class _Wait:
    until: datetime
    reason: str


def carry_out_mails(posting: Posting, now: datetime) -> Posted:
    """Send what is due; what fails for now waits, what fails for good, or may have been sent, is told to a person."""
    posted = Posted()
    _tell_of_unheard(posting, now)
    with _Lines(posting.post) as lines:
        for effect in _due(posting, now):
            try:
                _carry_out(posting, lines, effect, now, posted)
            except (AccountRefused, WordingError, _NoLine) as error:  # it would be so for every other mail too
                _put_off(posting, effect, str(error), now)
                posted.waiting[effect.key] = str(error)
                with posting.database.writing() as session:
                    raise_alert(session, ACCOUNT, str(error), now)
                return posted
    if posted.sent:
        with posting.database.writing() as session:
            clear_alerts(session, [ACCOUNT])
    return posted


def _carry_out(posting: Posting, lines: "_Lines", effect: Effect, now: datetime, posted: Posted) -> None:
    """See to one mail. Raises AccountRefused, WordingError, _NoLine: what stands in the way of all of them."""
    try:
        found = _decide(posting, effect, now)
        if isinstance(found, _Wait):
            _wait(posting, effect, found)
            posted.waiting[effect.key] = found.reason
        elif isinstance(found, _Drop):
            _end(posting, effect, EffectState.DROPPED, now, found.reason)
            posted.dropped[effect.key] = found.reason
        else:
            message = message_of(found, read_wording(posting.study, found.template))
            line = lines.line()
            if _is_ours(posting, effect, now):
                line.send(message, effect.recipient)
                _end(posting, effect, EffectState.DONE, now)
                posted.sent.append(effect.key)
    except AccountRefused:
        raise
    except MailRefused as error:
        _refuse(posting, effect, str(error), now, posted)
    except MailUncertain as error:
        _tell(posting, effect, str(error), now)
        posted.failed[effect.key] = str(error)
    except MailUnavailable as error:
        _put_off(posting, effect, str(error), now)
        posted.waiting[effect.key] = str(error)


class _NoLine(Exception):
    """The mail server cannot be reached at all."""


class _Lines(ExitStack):
    """The connection to the mail server, made with the first mail that is really sent."""

    def __init__(self, post: Post) -> None:
        super().__init__()
        self._post = post
        self._line: Line | None = None

    def line(self) -> Line:
        """The line to send on. Raises _NoLine, AccountRefused."""
        if self._line is None:
            try:
                self._line = self.enter_context(self._post.connected())
            except MailUnavailable as error:
                raise _NoLine(str(error)) from error
        return self._line


def _due(posting: Posting, now: datetime) -> list[Effect]:
    with posting.database.reading() as session:
        return owed(session, MAILS, now)


def _decide(posting: Posting, effect: Effect, now: datetime) -> Letter | _Drop | _Wait:
    """What is to become of a mail, from the interview as it is now. Raises MailRefused, AccountRefused."""
    with posting.database.reading() as session:
        interview = session.get_one(Interview, effect.interview_id)
        person = session.get(Participant, effect.recipient)
        placement = session.get(Placement, effect.interview_id)
        following = _following_due_at(session, effect)
    if effect.kind == Kind.REMINDER:
        decision = still_wanted(
            state=interview.state,
            sequence=interview.sequence,
            starts_at=interview.starts_at,
            owed_sequence=effect.sequence,
            reply=placement.replies.get(effect.recipient, "") if placement else "",
            following_due_at=following,
            quiet=posting.study.mail.quiet_hours,
            zone=participant_zone(posting.study, person),
            now=now,
        )
        if not decision.send:
            return _Wait(decision.later, decision.reason) if decision.later else _Drop(decision.reason)
    elif reason := _overtaken(effect, interview, now):
        return _Drop(reason)
    elif effect.kind != Kind.CANCELLATION and _lacks_link(posting.study, interview, placement, now):
        return _Wait(now + _GLANCE, "its video meeting is not made yet")
    contact = posting.contacts.get(effect.recipient)
    return letter_of(posting.study, effect, interview, person=person, contact=contact, placement=placement, now=now)


def _overtaken(effect: Effect, interview: Interview, now: datetime) -> str:
    """Why a mail about an interview is no longer true; '' while it is."""
    if effect.sequence != interview.sequence:
        return "the interview has been changed since"
    if interview.starts_at <= now:
        return "the interview's time has come"
    is_off = interview.state in CLOSED_STATES
    if is_off != (effect.kind == Kind.CANCELLATION) or (not is_off and interview.state != State.BOOKED):
        return f"the interview is {interview.state}"
    return ""


def _lacks_link(study: Study, interview: Interview, placement: Placement | None, now: datetime) -> bool:
    makes_meetings = study.calendar.backend == "google" and interview.mode == "video"
    has_one = placement is not None and placement.meeting_state == "success"
    return makes_meetings and not has_one and now < interview.starts_at - _LINK_BEFORE


def _following_due_at(session: Session, effect: Effect) -> datetime | None:
    query = select(func.min(Effect.due_at)).where(
        Effect.interview_id == effect.interview_id,
        Effect.kind == Kind.REMINDER,
        Effect.recipient == effect.recipient,
        Effect.sequence == effect.sequence,
        Effect.state == EffectState.WAITING,
        Effect.due_at > effect.due_at,
    )
    return session.exec(query).one()


def _is_ours(posting: Posting, effect: Effect, now: datetime) -> bool:
    """Mark a mail as being sent; False where another run has it, or a step has overtaken it meanwhile."""
    with posting.database.writing() as session:
        taken = session.execute(
            update(Effect)
            .where(col(Effect.id) == effect.id, col(Effect.state) == EffectState.WAITING)
            .values(state=EffectState.SENDING, done_at=now)
        )
        return bool(taken.rowcount)  # type: ignore[attr-defined]


def _end(posting: Posting, effect: Effect, state: EffectState, now: datetime, failure: str = "") -> None:
    with posting.database.writing() as session:
        mark(session, effect, state, now, failure)
        clear_alerts(session, [alert_key(effect)])


def _wait(posting: Posting, effect: Effect, wait: _Wait) -> None:
    with posting.database.writing() as session:
        found = session.get_one(Effect, effect.id)
        found.due_at, found.failure = wait.until, wait.reason


def _put_off(posting: Posting, effect: Effect, failure: str, now: datetime) -> None:
    with posting.database.writing() as session:
        put_off(session, effect, now, failure)


def _refuse(posting: Posting, effect: Effect, failure: str, now: datetime, posted: Posted) -> None:
    """A mail that will never be sent. Who gets no invitation is to be told by other means; a reminder may be missed."""
    if effect.kind == Kind.REMINDER:
        _end(posting, effect, EffectState.DROPPED, now, failure)
        posted.dropped[effect.key] = failure
        return
    with posting.database.writing() as session:
        mark(session, effect, EffectState.FAILED, now, failure)
        raise_alert(session, alert_key(effect), failure, now)
    posted.failed[effect.key] = failure


def _tell(posting: Posting, effect: Effect, failure: str, now: datetime) -> None:
    """Say that nobody knows whether a mail was sent; it stays marked as being sent."""
    with posting.database.writing() as session:
        session.get_one(Effect, effect.id).failure = failure
        raise_alert(session, alert_key(effect), failure, now)


def _tell_of_unheard(posting: Posting, now: datetime) -> None:
    for effect in _unheard(posting, now):
        _tell(
            posting,
            effect,
            f"Nobody knows whether the {effect.kind} for {effect.recipient} was sent: the run that sent it was broken "
            f"off. Ask the recipient, then 'fieldcall retry {effect.key}' or 'fieldcall drop {effect.key}'.",
            now,
        )


def _unheard(posting: Posting, now: datetime) -> Iterator[Effect]:
    with posting.database.reading() as session:
        query = select(Effect).where(
            Effect.state == EffectState.SENDING, col(Effect.done_at) < now - _UNHEARD, Effect.failure == ""
        )
        yield from session.exec(query).all()
