"""A letter as a mail that shows buttons to accept and decline, and keeps the recipient's calendar right.

iCalendar, its scheduling and its carriage in mail are RFC 5545, 5546 and 6047. Calendar programs take a mail for an
invitation when METHOD stands in the calendar and in the Content-Type, the calendar part comes last among the
alternatives, the sender is the organiser and the recipient an attendee; they follow a change when the UID has stayed
and SEQUENCE has risen. The same letter gives the same bytes.
"""

import hashlib
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

from icalendar import Calendar, Event, vCalAddress

from scheduling.calendars.base import PRODUCT
from scheduling.errors import AccountRefused, MailRefused
from scheduling.mails.addresses import header_text, wire_address
from scheduling.mails.letters import Kind, Letter, how, phrases
from scheduling.mails.wording import Wording
from storage.study import Study

SUMMARY = "Research interview"  # seen by whoever sees the calendar: it tells neither what is studied nor who asks
POLICY = policy.SMTP.clone(cte_type="7bit")  # every server carries it unchanged
_PLACES = {"phone": "Telephone", "video": "Video meeting"}
_MARK = "fieldcall-"  # what the Message-IDs of our mails begin with
_OUR_ID = re.compile(rf"<{_MARK}([0-9a-f]{{40}})@[^<>\s]*>")
_LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")


def message_of(letter: Letter, wording: Wording) -> EmailMessage:
    """The mail, whole. Raises MailRefused for an address, name or link that cannot stand in it."""
    letter = _safe(letter)
    said = phrases(letter)
    subject, text = wording.filled(said)
    sender = Address(letter.sender_name, addr_spec=letter.sender_address)
    recipient = Address(letter.recipient.name, addr_spec=letter.recipient.address)
    message = _headed(sender, recipient, subject, letter.key, letter.made_at)
    message.set_content(text)
    message.add_alternative(html_of(text, said["when"]), subtype="html")
    if letter.asks_to_attend:
        calendar = calendar_of(letter)
        message.add_alternative(calendar.decode(), subtype="calendar", params={"method": _method(letter)})
        file = "invite.ics"
        message.add_attachment(calendar, maintype="application", subtype="ics", filename=file, params={"name": file})
    for number, part in enumerate(_containers(message)):
        part.set_boundary(f"={mark_of(f'{letter.key} {number}')}=")
    return message


def trial_message(study: Study, address: str, *, now: datetime) -> EmailMessage:
    """A short mail to see whether mail goes out. Raises MailRefused, AccountRefused."""
    with _refused(AccountRefused, "mail.sender or mail.sender_name", _MEND_STUDY):
        sender = Address(header_text(study.mail.sender_name), addr_spec=wire_address(study.mail.sender))
    with _refused(MailRefused, "That address", "Write it as ann@example.org."):
        recipient = Address(addr_spec=wire_address(address))
    message = _headed(sender, recipient, "A test of Fieldcall's mail", f"trial {now.isoformat()}", now)
    message.set_content("This is a test. Invitations and reminders will come from this sender.\n")
    return message


def _headed(sender: Address, recipient: Address, subject: str, key: str, at: datetime) -> EmailMessage:
    message = EmailMessage(POLICY)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = subject
    message["Date"] = at
    message["Message-ID"] = message_id(key, sender.domain)
    message["Auto-Submitted"] = "auto-generated"
    return message


def message_id(key: str, domain: str) -> str:
    """The Message-ID of the mail that an effect's key stands for; `domain` is the sender's."""
    return f"<{_MARK}{mark_of(key)}@{domain}>"


def mark_of(key: str) -> str:
    """What is derived from a key and nothing else, so that a mail is known by it wherever it comes back from."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def mark_in(header: str) -> str:
    """The mark in a header that repeats one of our Message-IDs, or ''."""
    found = _OUR_ID.search(header)
    return found[1] if found else ""


def calendar_of(letter: Letter) -> bytes:
    """The interview as iCalendar: a request to attend, or its cancellation."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", _method(letter))
    calendar.add_component(_event(letter))
    return bytes(calendar.to_ical())


def html_of(text: str, emphasised: str) -> str:
    """A plain text as a page: paragraphs, links, and the time in bold; everything escaped."""
    shown = html.escape(text).replace(strong := html.escape(emphasised), f"<strong>{strong}</strong>")
    linked = _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', shown)
    paragraphs = (part.strip().replace("\n", "<br>\n") for part in re.split(r"\n{2,}", linked))
    body = "\n".join(f"<p>{part}</p>" for part in paragraphs if part)
    style = "font-family: sans-serif; font-size: 16px; line-height: 1.5; max-width: 38em; padding: 1em"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"></head>\n'
        f'<body style="{style}">\n{body}\n</body>\n</html>\n'
    )


def _event(letter: Letter) -> Event:
    cancelled = letter.kind == Kind.CANCELLATION
    event = Event()
    event.add("uid", f"{letter.guid}@fieldcall")
    event.add("sequence", letter.sequence)
    event.add("dtstamp", letter.made_at)
    event.add("dtstart", letter.starts_at)
    event.add("dtend", letter.ends_at)
    event.add("summary", SUMMARY)
    if not cancelled:
        event.add("description", how(letter))
        event.add("location", letter.meeting_url or _PLACES[letter.mode])
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    event.add("organizer", _calendar_address(letter.sender_address, letter.sender_name), encode=False)
    attendee = _calendar_address(letter.recipient.address, letter.recipient.name)
    attendee.params["ROLE"] = "REQ-PARTICIPANT"
    if not cancelled:
        attendee.params["PARTSTAT"], attendee.params["RSVP"] = "NEEDS-ACTION", "TRUE"
    event.add("attendee", attendee, encode=False)
    return event


def _calendar_address(address: str, name: str) -> vCalAddress:
    result = vCalAddress(f"mailto:{address}")
    if name:
        # no quotation mark can stand in a parameter (RFC 5545, 3.2), and of a backslash programs make different things
        result.params["CN"] = name.replace('"', "'").replace("\\", "/")
    return result


def _method(letter: Letter) -> str:
    return "CANCEL" if letter.kind == Kind.CANCELLATION else "REQUEST"


def _containers(message: EmailMessage) -> Iterator[EmailMessage]:
    return (part for part in message.walk() if part.is_multipart())


def _safe(letter: Letter) -> Letter:
    """The letter with everything that goes into headers checked, and addresses as mail carries them."""
    to = letter.recipient
    with _refused(MailRefused, f"The name or address of {to.code}", _MEND_CONTACT):
        to = replace(to, name=header_text(to.name), address=wire_address(to.address))
    with _refused(MailRefused, f"The meeting of {letter.participant_code}", _MEND_MEETING):
        header_text(letter.meeting_phone)
        if letter.meeting_url and not _LINK.fullmatch(letter.meeting_url):
            raise ValueError("its link is not a web address")
    with _refused(AccountRefused, "mail.sender", _MEND_STUDY):
        sender = wire_address(letter.sender_address)
    with _refused(AccountRefused, "mail.sender_name or study.title", _MEND_STUDY):
        header_text(letter.sender_name + letter.study_title)
    return replace(letter, recipient=to, sender_address=sender)


_MEND_CONTACT = "Mend it in the file of participants and import that with 'fieldcall participants import'."
_MEND_MEETING = "Look at the event in the calendar."
_MEND_STUDY = "Mend it in study.toml."


@contextmanager
def _refused(kind: type[MailRefused], what: str, next_step: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise kind(f"{what} cannot be used in a mail: {error}. {next_step}") from None
