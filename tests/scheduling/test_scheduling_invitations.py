"""Invitations, as calendar programs want them: golden mails, read back by the libraries that know the formats."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Component
from mail_letters import START, letter, recipient

from scheduling.booking import book, cancel, move, slots_for
from scheduling.errors import AccountRefused, MailRefused
from scheduling.mails.invitations import html_of, mark_in, mark_of, message_of, trial_message
from scheduling.mails.letters import Kind, Letter, Role, letter_of
from scheduling.mails.wording import parse_wording, shipped
from storage.contacts import Contact
from storage.database import Database
from storage.interviews import open_interview
from storage.study import Mail, Study
from storage.tables import Effect, Interview

GOLDEN = Path(__file__).parent / "golden"
BERLIN = recipient(zone=ZoneInfo("Europe/Berlin"))
MEETING = {"meeting_url": "https://meet.google.com/abc-mnop-xyz", "meeting_phone": "tel:+44-20-3956-0000,,,123456#"}
UPDATE = letter(
    Kind.UPDATE,
    to=BERLIN,
    sequence=1,
    starts_at=START + timedelta(days=1),
    ends_at=START + timedelta(days=1, minutes=60),
    mode="video",
    **MEETING,
)
AGREED = {
    "invitation": letter(),
    "update": UPDATE,
    "cancellation": replace(UPDATE, kind=Kind.CANCELLATION, key="cancellation/7c9e6679/2/C_031", sequence=2),
    "reminder": replace(UPDATE, kind=Kind.REMINDER, key="reminder/7c9e6679/1/C_031/48"),
    "invitation-attending": letter(
        key="invitation/7c9e6679/0/LW_02",
        to=recipient(code="LW_02", name="Zoë Müller, Ärztin", address="zoe@bücher.example", role=Role.ATTENDING),
    ),
}


def mail(one: Letter) -> EmailMessage:
    return message_of(one, parse_wording(shipped(one.template), one.template))


def read_back(one: Letter) -> EmailMessage:
    """The mail as the recipient's program reads it."""
    message = message_from_bytes(mail(one).as_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not [defect for part in message.walk() for defect in part.defects]
    return message


def calendar_part(message: EmailMessage) -> EmailMessage:
    (part,) = (part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert isinstance(part, EmailMessage)
    return part


def event(one: Letter) -> Component:
    """The event that the calendar part holds; the attachment holds the same."""
    message = read_back(one)
    content = calendar_part(message).get_payload(decode=True)
    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == "application/ics" and attachment.get_filename() == "invite.ics"
    assert attachment.get_payload(decode=True) == content
    assert isinstance(content, bytes)
    assert content.count(b"\n") == content.count(b"\r\n") and all(len(line) <= 75 for line in content.split(b"\r\n"))
    calendar = Calendar.from_ical(content)
    assert calendar.to_ical() == content and not any(part.errors for part in calendar.walk())
    (found,) = calendar.walk("VEVENT")
    return found


@pytest.mark.parametrize("name", AGREED)
def test_it_is_as_agreed(name: str) -> None:
    assert mail(AGREED[name]).as_bytes() == (GOLDEN / f"{name}.eml").read_bytes()


@pytest.mark.parametrize("name", AGREED)
def test_every_server_can_carry_it(name: str) -> None:
    content = mail(AGREED[name]).as_bytes()
    assert content.isascii() and content.count(b"\n") == content.count(b"\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    ("kind", "method", "status"),
    [
        (Kind.INVITATION, "REQUEST", "CONFIRMED"),
        (Kind.UPDATE, "REQUEST", "CONFIRMED"),
        (Kind.CANCELLATION, "CANCEL", "CANCELLED"),
    ],
)
def test_programs_know_it_for_what_it_is(kind: Kind, method: str, status: str) -> None:
    message = read_back(letter(kind))
    assert message.get_content_type() == "multipart/mixed"
    alternative = next(message.iter_parts())
    kinds = [part.get_content_type() for part in alternative.iter_parts()]  # type: ignore[attr-defined]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    part = calendar_part(message)
    assert (part.get_param("method"), part.get_content_charset()) == (method, "utf-8")
    assert Calendar.from_ical(part.get_payload(decode=True))["METHOD"] == method  # type: ignore[arg-type]
    assert event(letter(kind))["STATUS"] == status


def test_the_sender_is_the_organiser_and_the_recipient_the_only_attendee() -> None:
    found = event(letter())
    assert found["ORGANIZER"] == "mailto:interviews@example.org"
    attendee = found["ATTENDEE"]
    assert not isinstance(attendee, list) and attendee == "mailto:ann@example.org"
    assert {name: attendee.params[name] for name in ("ROLE", "PARTSTAT", "RSVP", "CN")} == {
        "ROLE": "REQ-PARTICIPANT",
        "PARTSTAT": "NEEDS-ACTION",
        "RSVP": "TRUE",
        "CN": "Ann Example",
    }
    assert "RSVP" not in event(letter(Kind.CANCELLATION))["ATTENDEE"].params


def test_the_event_is_private_in_utc_and_tells_a_passer_by_nothing() -> None:
    found = event(UPDATE)
    assert (found["UID"], found["SEQUENCE"]) == ("7c9e6679-7425-40de-944b-e07fc1f90ae7@fieldcall", 1)
    assert found["SUMMARY"] == "Research interview" and found["CLASS"] == "PRIVATE"
    assert found.decoded("DTSTART") == UPDATE.starts_at and found.decoded("DTEND") == UPDATE.ends_at
    assert found["DTSTART"].to_ical().endswith(b"Z") and found.decoded("DTSTAMP") == UPDATE.made_at
    assert found["LOCATION"] == MEETING["meeting_url"] and "PIN 123456#" in found["DESCRIPTION"]
    assert not found.subcomponents  # no alarm
    shown = found.to_ical().decode().replace("\r\n ", "").lower()
    for word in ("prescrib", "social", "distance", "c_031"):
        assert word not in shown


@pytest.mark.parametrize("role", Role)
def test_a_reminder_touches_no_calendar(role: Role) -> None:
    message = read_back(letter(Kind.REMINDER, to=recipient(role=role)))
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_one_who_only_passes_it_on_is_not_invited() -> None:
    assert "text/calendar" not in {part.get_content_type() for part in read_back(letter(to=FOR_CLIENT)).walk()}


FOR_CLIENT = recipient(code="LW_02", role=Role.FOR_CLIENT)


def test_both_texts_say_the_same_and_name_both_zones() -> None:
    message = read_back(UPDATE)
    plain, page = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain and page
    for text in (plain.get_content(), page.get_content()):
        assert "15:00 to 16:00 CEST (Europe/Berlin)" in text and "14:00 to 15:00 BST (Europe/London)" in text
        assert "https://meet.google.com/abc-mnop-xyz" in text
    assert '<a href="https://meet.google.com/abc-mnop-xyz">' in page.get_content()


def test_a_page_shows_markup_as_it_is_written() -> None:
    page = html_of('<script>alert("1")</script>\n& https://example.org/?a=1&b=<x>.\n\nnow', "now")
    assert "<script>" not in page and "&lt;script&gt;alert(&quot;1&quot;)" in page
    assert '<a href="https://example.org/?a=1&amp;b=&lt;x">' not in page
    assert "<p><strong>now</strong></p>" in page


def test_headers_say_that_a_machine_wrote_it_and_which_mail_it_is() -> None:
    one = letter()
    message = read_back(one)
    assert message["From"] == "Remote Interviews Team <interviews@example.org>"
    assert message["To"] == "Ann Example <ann@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == one.made_at
    assert mark_in(message["Message-ID"]) == mark_of(one.key)
    assert mark_in(mail(replace(one, key="other"))["Message-ID"]) != mark_of(one.key)
    assert mark_in("<fieldcall-123@example.org>") == mark_in("") == ""


def test_names_and_domains_of_all_languages_arrive_as_they_are() -> None:
    one = AGREED["invitation-attending"]
    message = read_back(one)
    (to,) = message["To"].addresses
    assert (to.display_name, to.addr_spec) == ("Zoë Müller, Ärztin", "zoe@xn--bcher-kva.example")
    assert event(one)["ATTENDEE"].params["CN"] == "Zoë Müller, Ärztin"
    assert event(one)["ATTENDEE"] == "mailto:zoe@xn--bcher-kva.example"


@settings(max_examples=50)
@example("\\")
@example('Ann "Annie" \\ Example')
@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60))
def test_any_name_is_carried_and_adds_no_header(name: str) -> None:
    message = read_back(letter(to=recipient(name=name)))
    (to,) = message["To"].addresses
    assert to.addr_spec == "ann@example.org"
    assert set(message.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    }  # fmt: skip
    attendee = event(letter(to=recipient(name=name)))["ATTENDEE"]
    assert attendee == "mailto:ann@example.org"


BREAKS = ["Ann\r\nBcc: x@example.org", "Ann\nExample", "Ann\rExample", "Ann\x00", "Ann\u2028Example", "Ann\x85Example"]


@pytest.mark.parametrize("name", BREAKS)
def test_a_name_that_breaks_its_line_is_refused_by_code(name: str) -> None:
    with pytest.raises(MailRefused, match=r"name or address of C_031 cannot be used.*line break") as caught:
        mail(letter(to=recipient(name=name)))
    assert "Ann" not in str(caught.value) and type(caught.value) is MailRefused


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@", "@example.org", "ann..b@example.org", "a@example.org,b@example.org", "ann@exa mple.org",
     "ann@example.org\r\nBcc: x@example.org", "Ann <ann@example.org>", "änn@example.org", "ann@-.org"],
)  # fmt: skip
def test_an_unreadable_address_is_refused_by_code(address: str) -> None:
    with pytest.raises(MailRefused, match=r"name or address of C_031 cannot be used.*participants import") as caught:
        mail(letter(to=recipient(address=address)))
    assert "nn" not in str(caught.value).replace("cannot", "")


@pytest.mark.parametrize(
    "fields",
    [
        {"sender_address": "team"},
        {"sender_name": "Team\nBcc: x@example.org"},
        {"study_title": "Title\r\nX: y"},
    ],
)
def test_a_mistake_in_the_study_file_stops_every_mail(fields: dict[str, str]) -> None:
    with pytest.raises(AccountRefused, match=r"Mend it in study\.toml"):
        mail(letter(**fields))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://meet.example/a b", "https://meet.example/\nX: y"])
def test_a_link_that_is_none_is_not_passed_on(url: str) -> None:
    with pytest.raises(MailRefused, match="meeting of C_031"):
        mail(letter(mode="video", meeting_url=url))


def test_the_same_letter_is_the_same_mail() -> None:
    assert mail(letter()).as_bytes() == mail(letter()).as_bytes()


@pytest.mark.parametrize("seed", range(2))
def test_through_any_history_the_uid_stays_and_sequence_rises(
    filled: Database, study: Study, now: datetime, seed: int
) -> None:
    """Bookings, moves and cancellations as they happen, each told by the letter that it owes."""
    study = study.model_copy(update={"mail": Mail(sender="team@example.org")})
    seen: dict[str, list[Component]] = {}
    chance = Random(seed)
    for _ in range(25):
        kind, interview = _step(filled, study, chance.choice(["C_001", "C_002", "LW_01"]), now, chance)
        now += timedelta(minutes=1)
        found = event(_letter_for(study, kind, interview, now))
        seen.setdefault(interview.guid, []).append(found)
    assert len({str(events[0]["UID"]) for events in seen.values()}) == len(seen) > 3
    for guid, events in seen.items():
        assert {str(one["UID"]) for one in events} == {f"{guid}@fieldcall"}
        sequences = [int(one["SEQUENCE"]) for one in events]
        assert sequences == sorted(set(sequences))
        stamps = [one.decoded("DTSTAMP") for one in events]
        assert stamps == sorted(set(stamps))
        assert [one["STATUS"] for one in events[:-1]] == ["CONFIRMED"] * (len(events) - 1)
    assert max(map(len, seen.values())) > 3


def _step(database: Database, study: Study, code: str, now: datetime, chance: Random) -> tuple[Kind, Interview]:
    with database.reading() as session:
        is_open = open_interview(session, code) is not None
        slot = chance.choice(slots_for(session, study, code, now, limit=50))
    if not is_open:
        return Kind.INVITATION, book(database, study, code, now=now, starts_at=slot.starts_at, actor="coordinator")
    if chance.random() < 0.2:
        return Kind.CANCELLATION, cancel(database, study, code, now=now, actor="coordinator")
    starts_at, who = slot.starts_at, slot.interviewer_code
    moved = move(database, study, code, starts_at=starts_at, interviewer=who, now=now, actor="coordinator")
    return Kind.UPDATE, moved


def _letter_for(study: Study, kind: Kind, interview: Interview, now: datetime) -> Letter:
    code = interview.participant_code
    key = f"{kind}/{interview.guid}/{interview.sequence}"
    effect = Effect(
        key=key,
        kind=kind,
        interview_id=interview.id or 0,
        sequence=interview.sequence,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        recipient=code,
        due_at=now,
    )
    contact = Contact(name="Ann Example", email="ann@example.org")
    return letter_of(study, effect, interview, person=None, contact=contact, placement=None, now=now)


def test_a_mail_to_try_has_one_recipient_and_no_calendar(study: Study) -> None:
    with_sender = study.model_copy(update={"mail": Mail(sender="team@bücher.example", sender_name="Team")})
    message = trial_message(with_sender, "me@example.org", now=datetime(2020, 5, 1, tzinfo=UTC))
    assert (message["From"], message["To"]) == ("Team <team@xn--bcher-kva.example>", "me@example.org")
    assert message.get_content_type() == "text/plain" and "test" in message.get_content()
    with pytest.raises(MailRefused, match="That address cannot be used"):
        trial_message(with_sender, "me\nBcc: x@example.org", now=datetime(2020, 5, 1, tzinfo=UTC))
    with pytest.raises(AccountRefused, match=r"mail\.sender"):
        trial_message(study, "me@example.org", now=datetime(2020, 5, 1, tzinfo=UTC))
