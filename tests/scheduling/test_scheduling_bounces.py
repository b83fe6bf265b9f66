"""Mails that came back: found in reports of any shape, and never taken from anything else."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_letters import letter
from sqlmodel import Session, select

from scheduling.booking import book
from scheduling.mails.bounces import LARGEST, Bounce, mark_bounced, read_bounce
from scheduling.mails.invitations import mark_of, message_id, message_of
from scheduling.mails.wording import parse_wording, shipped
from storage.database import Database
from storage.study import Study
from storage.tables import Effect, EffectState

KEY = letter().key
OURS = message_of(letter(), parse_wording(shipped("invitation"), "invitation")).as_bytes().decode()
HEADERS = OURS.split("\r\n\r\n")[0] + "\r\n"
FAILED = "Final-Recipient: rfc822; ann@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n"


def report(
    status: str = FAILED, returned: str = OURS, kind: str = "message/rfc822", top: str = "multipart/report"
) -> bytes:
    """As a mail server writes one (RFC 3464, appendix E)."""
    return (
        "From: MAILER-DAEMON@example.org\r\n"
        "To: interviews@example.org\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        f'Content-Type: {top}; report-type=delivery-status; boundary="b"\r\n'
        "MIME-Version: 1.0\r\n\r\n"
        "--b\r\n\r\nThe mail to Ann Example <ann@example.org> could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mail.example.org\r\n\r\n{status}\r\n"
        f"--b\r\nContent-Type: {kind}\r\n\r\n{returned}\r\n"
        "--b--\r\n"
    ).encode()


def test_a_report_tells_which_mail_came_back_and_why() -> None:
    assert read_bounce(report()) == Bounce(mark_of(KEY), "5.1.1")


def test_a_report_that_returns_only_the_headers() -> None:
    assert read_bounce(report(returned=HEADERS, kind="text/rfc822-headers")) == Bounce(mark_of(KEY), "5.1.1")


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("Action: FAILED \r\nStatus: 5.2.2 (mailbox full)\r\n", "5.2.2"),
        ("Action: failed\r\n", ""),
        ("Action: failed\r\nStatus: nonsense\r\n", ""),
        (f"Action: delayed\r\nStatus: 4.4.1\r\n\r\n{FAILED}", "5.1.1"),
    ],
)
def test_what_stands_in_the_status_is_read_leniently(status: str, read: str) -> None:
    assert read_bounce(report(status)) == Bounce(mark_of(KEY), read)


NO_BOUNCES = {
    "a delay": report("Action: delayed\r\nStatus: 4.4.1\r\n"),
    "a delivery": report("Action: delivered\r\nStatus: 2.0.0\r\n"),
    "no status": report(""),
    "a report on another mail": report(returned=OURS.replace("<fieldcall-", "<other-")),
    "no mail returned": report(returned="", kind="text/plain"),
    "our mail only quoted": report(returned=OURS, kind="text/plain"),
    "a plain mail that looks like one": report(top="multipart/mixed"),
    "a reply": f"Subject: Re: Hello\r\nIn-Reply-To: {message_id(KEY, 'example.org')}\r\n\r\nYes.\r\n".encode(),
    "our own mail": OURS.encode(),
    "a report in one part": b"Content-Type: multipart/report\r\n\r\n",
    "nothing": b"",
    "no text": bytes(range(256)) * 10,
    "too large": report() + b" " * LARGEST,
    "parts nested without end": b"".join(
        b'Content-Type: multipart/report; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(3000)
    ),
}


@pytest.mark.parametrize("what", NO_BOUNCES)
def test_anything_else_is_none(what: str) -> None:
    assert read_bounce(NO_BOUNCES[what]) is None


@given(st.integers(0, len(report())), st.binary(max_size=40), st.integers(0, 60))
def test_a_damaged_report_is_read_or_passed_over(start: int, noise: bytes, length: int) -> None:
    whole = report()
    found = read_bounce(whole[:start] + noise + whole[start + length :])
    assert found is None or len(found.mark) == 40


@pytest.fixture
def session(filled: Database, study: Study, now: datetime) -> Session:
    """With mails owed to two clients in every state, none of them about KEY."""
    interview = book(filled, study, "C_001", now=now, actor="coordinator")
    with filled.writing() as session:
        for state in EffectState:
            session.add(effect(f"invitation/{state}", interview.id, state))
        session.add(effect("event/done", interview.id, EffectState.DONE, kind="event"))
    with filled.writing() as session:
        yield session


def effect(key: str, interview_id: int | None, state: EffectState, kind: str = "invitation") -> Effect:
    assert interview_id
    due_at = datetime(2020, 5, 1, tzinfo=UTC)
    return Effect(
        key=key,
        kind=kind,
        interview_id=interview_id,
        sequence=0,
        starts_at=due_at,
        ends_at=due_at,
        recipient="C_001",
        due_at=due_at,
        state=state,
    )


def bounced(key: str, status: str = "5.1.1") -> Bounce:
    return Bounce(mark_of(key), status)


@pytest.mark.parametrize("state", [EffectState.DONE, EffectState.SENDING])
def test_a_mail_that_came_back_has_failed_with_the_next_step(session: Session, state: EffectState) -> None:
    (noted,) = mark_bounced(session, [bounced(f"invitation/{state}")])
    session.flush()
    found = session.exec(select(Effect).where(Effect.key == f"invitation/{state}")).one()
    assert found is noted and found.state == EffectState.FAILED
    assert found.failure.startswith(
        "bounced: the mail to C_001 came back (5.1.1: the address is wrong or no longer in use)."
    )
    assert "telephone" in found.failure and "participants import" in found.failure


def test_it_is_noted_once(session: Session) -> None:
    assert len(mark_bounced(session, [bounced("invitation/done"), bounced("invitation/done", "")])) == 1
    session.flush()
    assert mark_bounced(session, [bounced("invitation/done")]) == []


def test_what_was_never_sent_cannot_come_back(session: Session) -> None:
    before = {one.key: one.state for one in session.exec(select(Effect))}
    never_sent = ["invitation/waiting", "invitation/dropped", "invitation/failed", "event/done", "unknown"]
    assert mark_bounced(session, [bounced(key) for key in never_sent]) == []
    session.expire_all()
    assert {one.key: one.state for one in session.exec(select(Effect))} == before


@pytest.mark.parametrize(("status", "told"), [("", "came back."), ("5.9.9", "came back (5.9.9).")])
def test_a_report_that_says_little(session: Session, status: str, told: str) -> None:
    (noted,) = mark_bounced(session, [bounced("invitation/done", status)])
    assert told in noted.failure
