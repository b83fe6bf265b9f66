"""Mails that are owed: sent once to whom they are for, while they are true, by a real mail server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from mail_server import MailServer, mail_server
from paper_calendar import PaperCalendar
from sqlmodel import select

from scheduling.booking import book, cancel, hold, mark_no_show, move
from scheduling.calendars.base import Meeting
from scheduling.errors import SchedulingError
from scheduling.mails.posting import Posted, Posting, carry_out_mails
from scheduling.mails.smtp import Line, Post, open_post
from scheduling.outside.following import carry_out_events, follow
from scheduling.outside.outbox import EffectRow, effect_rows, give_up, wait_again
from scheduling.outside.placing import Keeping
from storage.alerts import alerts
from storage.contacts import Contact, Contacts
from storage.database import Database
from storage.interviews import interviews_of
from storage.study import Calendar, Mail, Study
from storage.tables import Effect, EffectState, Interview, Participant, Placement

NOW = datetime(2020, 4, 28, 8, 0, tzinfo=UTC)
TEN = datetime(2020, 5, 5, 9, tzinfo=UTC)  # Tuesday, 10:00 in London
HOUR = timedelta(hours=1)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def posting(study: Study, filled: Database, contacts: Contacts, server: MailServer) -> Posting:
    mail = Mail(server="127.0.0.1", port=server.port, security="none", sender="team@example.org")
    mailing = study.model_copy(update={"mail": mail})
    contacts.put("C_001", Contact("Ann Other", "", "ann@example.org"))
    contacts.put("LW_01", Contact("Lee Worker", "", "lee@example.org"))
    post = open_post(mailing)
    assert post is not None
    return Posting(mailing, filled, contacts, post)


def booked(posting: Posting, **wish: object) -> Interview:
    wishes = {"starts_at": TEN, "interviewer": "INT_02"} | wish
    return book(posting.database, posting.study, "C_001", now=NOW, actor="t", **wishes)  # type: ignore[arg-type]


def got(server: MailServer, address: str = "ann@example.org") -> list[str]:
    """Subjects of what somebody got, by their first word."""
    return [message["Subject"].split()[0] for message in server.messages if message["To"].find(address) >= 0]


def sent_kinds(posted: Posted) -> list[str]:
    return [key.split(":")[0] for key in posted.sent]


def effects(posting: Posting) -> list[Effect]:
    with posting.database.reading() as session:
        return list(session.exec(select(Effect).order_by(Effect.id)))  # type: ignore[arg-type]


def told(posting: Posting) -> list[str]:
    with posting.database.reading() as session:
        return [alert.message for alert in alerts(session)]


def test_a_booking_invites_once_and_a_move_is_told_with_a_higher_sequence(posting: Posting, server: MailServer) -> None:
    interview = booked(posting)
    assert sent_kinds(carry_out_mails(posting, NOW)) == ["invitation"]
    assert carry_out_mails(posting, NOW) == Posted()
    move(posting.database, posting.study, "C_001", starts_at=TEN + HOUR, now=NOW, actor="t")
    assert sent_kinds(carry_out_mails(posting, NOW)) == ["update"]
    calendars = [part for one in server.messages for part in one.walk() if part.get_content_type() == "text/calendar"]
    texts = [str(part.get_content()) for part in calendars]
    assert all(interview.guid in text for text in texts)
    assert ["SEQUENCE:0" in texts[0], "SEQUENCE:1" in texts[1]] == [True, True]


def test_what_was_moved_before_anybody_was_told_is_an_invitation(posting: Posting, server: MailServer) -> None:
    booked(posting)
    move(posting.database, posting.study, "C_001", starts_at=TEN + HOUR, now=NOW, actor="t")
    assert sent_kinds(carry_out_mails(posting, NOW)) == ["invitation"]
    assert len(server.messages) == 1


def test_who_was_never_invited_gets_no_cancellation_and_who_was_gets_one(posting: Posting, server: MailServer) -> None:
    booked(posting)
    cancel(posting.database, posting.study, "C_001", now=NOW, actor="t")
    assert carry_out_mails(posting, NOW).sent == []
    booked(posting)
    carry_out_mails(posting, NOW)
    cancel(posting.database, posting.study, "C_001", now=NOW, actor="t")
    assert sent_kinds(carry_out_mails(posting, NOW)) == ["cancellation"]
    assert len(server.messages) == 2


def test_a_held_slot_invites_nobody(posting: Posting) -> None:
    hold(posting.database, posting.study, "C_001", now=NOW, starts_at=TEN, interviewer="INT_02", actor="t")
    assert carry_out_mails(posting, NOW) == Posted()


def test_reminders_go_out_at_their_time_and_for_the_new_one_after_a_move(posting: Posting, server: MailServer) -> None:
    booked(posting)
    carry_out_mails(posting, NOW)
    assert carry_out_mails(posting, TEN - 49 * HOUR).sent == []
    move(posting.database, posting.study, "C_001", starts_at=TEN + 24 * HOUR, now=NOW, actor="t")
    carry_out_mails(posting, NOW)
    assert carry_out_mails(posting, TEN - 47 * HOUR).sent == []  # two days before the old time
    assert sent_kinds(carry_out_mails(posting, TEN - 23 * HOUR)) == ["reminder"]
    assert sent_kinds(carry_out_mails(posting, TEN + 23 * HOUR)) == ["reminder"]
    assert carry_out_mails(posting, TEN + 30 * HOUR) == Posted()
    assert len(server.messages) == 4


@pytest.mark.parametrize("step", [cancel, mark_no_show])
def test_no_reminder_after_it_came_to_nothing(posting: Posting, step: object) -> None:
    booked(posting)
    now = NOW if step is cancel else TEN + HOUR
    step(posting.database, posting.study, "C_001", now=now, actor="t")  # type: ignore[operator]
    assert "reminder" not in sent_kinds(carry_out_mails(posting, TEN - HOUR))


def test_a_reminder_goes_to_the_link_worker_who_reminds_the_client(posting: Posting, server: MailServer) -> None:
    with posting.database.writing() as session:
        person = session.get_one(Participant, "C_001")
        person.link_worker, person.link_worker_reminded = "LW_01", True
    booked(posting)
    carry_out_mails(posting, NOW)
    carry_out_mails(posting, TEN - 47 * HOUR)
    assert (len(got(server)), len(got(server, "lee@example.org"))) == (1, 1)


def test_who_has_no_address_is_to_be_told_by_telephone(posting: Posting) -> None:
    posting.contacts.put("C_001", Contact("Ann Other", "", ""))
    booked(posting)
    posted = carry_out_mails(posting, NOW)
    assert [key.split(":")[0] for key in posted.failed] == ["invitation"]
    assert told(posting)[0].startswith("C_001 has no e-mail address. Tell them by telephone")
    carry_out_mails(posting, TEN - 47 * HOUR)  # the reminder is missed in silence: they are known to have no address
    assert len(told(posting)) == 1


def test_a_server_that_refuses_for_now_is_tried_again_and_for_good_is_told(
    posting: Posting, server: MailServer
) -> None:
    booked(posting)
    server.rcpt_replies = {"ann@example.org": "451 later"}
    assert carry_out_mails(posting, NOW).sent == []
    assert carry_out_mails(posting, NOW) == Posted()  # not at once
    server.rcpt_replies = {}
    assert sent_kinds(carry_out_mails(posting, NOW + timedelta(minutes=2))) == ["invitation"]
    cancel(posting.database, posting.study, "C_001", now=NOW, actor="t")
    server.rcpt_replies = {"ann@example.org": "550 no such user"}
    assert len(carry_out_mails(posting, NOW + HOUR).failed) == 1
    assert "C_001" in told(posting)[0]
    assert "ann@example.org" not in told(posting)[0]


def test_a_server_that_is_not_there_is_tried_once_and_everything_waits(posting: Posting) -> None:
    booked(posting)
    nowhere = Mail(server="127.0.0.1", port=1, security="none", sender="team@example.org")
    post = open_post(posting.study.model_copy(update={"mail": nowhere}))
    assert post is not None
    posted = carry_out_mails(Posting(posting.study, posting.database, posting.contacts, post), NOW)
    assert len(posted.waiting) == 1
    assert "cannot be reached" in told(posting)[0]
    carry_out_mails(posting, NOW + HOUR)
    assert told(posting) == []


def test_a_mail_that_may_have_been_sent_is_not_sent_again_by_itself(posting: Posting, server: MailServer) -> None:
    booked(posting)
    server.cuts_at = "DATA"
    carry_out_mails(posting, NOW)
    server.cuts_at = ""
    assert carry_out_mails(posting, NOW + HOUR).sent == []
    assert len(server.messages) == 1
    assert "Nobody knows whether the mail to C_001 was sent" in told(posting)[0]
    (row,) = [one for one in rows(posting) if one.state == EffectState.SENDING]
    with posting.database.writing() as session:
        wait_again(session, row.key, NOW + HOUR)
    assert told(posting) == []
    assert sent_kinds(carry_out_mails(posting, NOW + HOUR)) == ["invitation"]
    assert len({message["Message-ID"] for message in server.messages}) == 1


class Killed(BaseException):
    """As if the power had failed."""


class Dying:
    """A post that ends the run when a mail is to be handed over."""

    def __init__(self, post: Post) -> None:
        self.post = post

    @contextmanager
    def connected(self) -> Iterator[Line]:
        with self.post.connected():
            yield self

    def send(self, message: EmailMessage, code: str) -> None:
        raise Killed


def test_a_run_that_dies_while_it_sends_is_told_later(posting: Posting, server: MailServer) -> None:
    booked(posting)
    with pytest.raises(Killed):
        carry_out_mails(Posting(posting.study, posting.database, posting.contacts, Dying(posting.post)), NOW)
    carry_out_mails(posting, NOW + timedelta(minutes=5))
    assert told(posting) == []  # another run may still be at it
    carry_out_mails(posting, NOW + HOUR)
    assert "the run that sent it was broken off" in told(posting)[0]
    assert server.messages == []
    (row,) = [one for one in rows(posting) if one.state == EffectState.SENDING]
    with posting.database.writing() as session:
        give_up(session, row.key, NOW)
    assert told(posting) == []
    with posting.database.writing() as session, pytest.raises(SchedulingError, match="Nothing is owed under"):
        give_up(session, row.key, NOW)


def test_two_runs_at_once_send_one_mail(posting: Posting, server: MailServer) -> None:
    booked(posting)

    class Meanwhile(Dying):
        def send(self, message: EmailMessage, code: str) -> None:
            assert carry_out_mails(posting, NOW).sent == []
            with self.post.connected() as line:
                line.send(message, code)

    carry_out_mails(Posting(posting.study, posting.database, posting.contacts, Meanwhile(posting.post)), NOW)
    assert len(server.messages) == 1


def test_an_invitation_to_a_video_interview_waits_for_its_link(posting: Posting, server: MailServer) -> None:
    study = posting.study.model_copy(update={"calendar": Calendar(backend="google")})
    posting = Posting(study, posting.database, posting.contacts, posting.post)
    paper = PaperCalendar()
    paper.meeting = Meeting("pending")
    interview = booked(posting, mode="video")
    keeping = Keeping(study, posting.database, posting.contacts, paper)
    carry_out_events(keeping, NOW)
    assert list(carry_out_mails(posting, NOW).waiting.values()) == ["its video meeting is not made yet"]
    made = Meeting("success", "abc-mnop-xyz", "https://meet.google.com/abc-mnop-xyz")
    event_id = f"{interview.guid}-0"
    paper.events[event_id] = replace(paper.events[event_id], meeting=made)
    follow(keeping, NOW)
    assert sent_kinds(carry_out_mails(posting, NOW + timedelta(minutes=1))) == ["invitation"]
    text = server.messages[0].get_body(("plain",))
    assert text is not None
    assert "https://meet.google.com/abc-mnop-xyz" in text.get_content()


def test_where_the_calendar_invites_we_do_not(posting: Posting) -> None:
    study = posting.study.model_copy(update={"calendar": Calendar(backend="google", invite_participants=True)})
    book(posting.database, study, "C_001", now=NOW, starts_at=TEN, interviewer="INT_02", actor="t")
    kinds = {effect.kind for effect in effects(posting)}
    assert kinds == {"event", "reminder"}


def test_a_recipient_who_declined_is_not_reminded(posting: Posting) -> None:
    interview = booked(posting)
    carry_out_mails(posting, NOW)
    with posting.database.writing() as session:
        placement = Placement(
            interview_id=interview.id or 0, calendar="x", event_id="x", starts_at=TEN, ends_at=TEN + HOUR, seen_at=NOW
        )
        placement.replies = {"C_001": "declined"}
        session.add(placement)
    assert carry_out_mails(posting, TEN - 47 * HOUR).sent == []


def test_a_study_without_mail_and_calendar_owes_nothing(study: Study, filled: Database) -> None:
    book(filled, study, "C_001", now=NOW, actor="t")
    with filled.reading() as session:
        assert session.exec(select(Effect)).all() == []
        assert interviews_of(session, "C_001")


def rows(posting: Posting) -> list[EffectRow]:
    with posting.database.reading() as session:
        return list(effect_rows(session, posting.study))
