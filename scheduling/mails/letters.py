"""What a mail about an interview has to say, to whom, and the phrases that fill its wording.

A letter is a value: everything that its mail is made of stands in it, and the same letter is always the same mail.
Times are told in the recipient's zone and, where clocks differ, in the study's as well; each zone is named.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduling.errors import AccountRefused, MailRefused
from scheduling.local_time import MONTHS
from scheduling.rules import participant_zone
from storage.contacts import Contact
from storage.study import Study
from storage.tables import Effect, Interview, Participant, Placement

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MINUTE = timedelta(minutes=1)


class Kind(StrEnum):
    """What a letter is about; the kinds of effects that are mails."""

    INVITATION = "invitation"
    UPDATE = "update"
    CANCELLATION = "cancellation"
    REMINDER = "reminder"


class Role(StrEnum):
    """As what a letter reaches somebody."""

    PARTICIPANT = "participant"
    ATTENDING = "attending"  # a link worker who is there too
    FOR_CLIENT = "for-client"  # a link worker who is written to instead of the participant


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a letter is for."""

    code: str
    name: str
    address: str
    zone: ZoneInfo
    role: Role = Role.PARTICIPANT


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person. `key` is its effect's, from which its Message-ID follows."""

    key: str
    kind: Kind
    recipient: Recipient
    participant_code: str
    guid: str  # of the interview
    sequence: int
    starts_at: datetime
    ends_at: datetime
    mode: str
    study_title: str
    study_zone: ZoneInfo
    sender_name: str
    sender_address: str
    made_at: datetime
    meeting_url: str = ""
    meeting_phone: str = ""  # to dial in, as a tel: URI

    @property
    def template(self) -> str:
        """Name of the template that words it."""
        return template_name(self.kind, self.recipient.role)

    @property
    def asks_to_attend(self) -> bool:
        """Whether it puts the interview into the recipient's calendar, or takes it out."""
        return self.kind != Kind.REMINDER and self.recipient.role != Role.FOR_CLIENT


def template_name(kind: Kind, role: Role) -> str:
    """Name of the template for a kind of letter in a role: `reminder`, `reminder-for-client`."""
    return kind.value if role == Role.PARTICIPANT else f"{kind}-{role}"


def letter_of(
    study: Study,
    effect: Effect,
    interview: Interview,
    *,
    person: Participant | None,
    contact: Contact | None,
    placement: Placement | None,
    now: datetime,
) -> Letter:
    """The letter that an effect owes, from the interview as it is now.

    `person` and `contact` are the recipient's. Raises MailRefused without an address, AccountRefused without a sender.
    """
    if not study.mail.sender:
        raise AccountRefused(
            "No mail can be written: mail.sender is missing in study.toml. Give the address that invitations come from."
        )
    if contact is None or not contact.email:
        raise MailRefused(
            f"{effect.recipient} has no e-mail address. Tell them by telephone, or add the address to the file of "
            "participants and import it with 'fieldcall participants import'."
        )
    zone = participant_zone(study, person)
    by_video = placement is not None and interview.mode == "video"
    return Letter(
        key=effect.key,
        kind=Kind(effect.kind),
        recipient=Recipient(effect.recipient, contact.name, contact.email, zone, _role(effect, interview)),
        participant_code=interview.participant_code,
        guid=interview.guid,
        sequence=interview.sequence,
        starts_at=interview.starts_at,
        ends_at=interview.ends_at,
        mode=interview.mode,
        study_title=study.study.title,
        study_zone=study.zone,
        sender_name=study.mail.sender_name,
        sender_address=study.mail.sender,
        made_at=now,
        meeting_url=placement.meeting_url if placement and by_video else "",
        meeting_phone=placement.meeting_phone if placement and by_video else "",
    )


def _role(effect: Effect, interview: Interview) -> Role:
    if effect.recipient == interview.participant_code:
        return Role.PARTICIPANT
    return Role.ATTENDING if effect.recipient == interview.attending_code else Role.FOR_CLIENT


def phrases(letter: Letter) -> dict[str, str]:
    """What stands for each placeholder of a template."""
    theirs = clock_times(letter.starts_at, letter.ends_at, letter.recipient.zone)
    ours = clock_times(letter.starts_at, letter.ends_at, letter.study_zone)
    return {
        "name": letter.recipient.name or "participant",
        "code": letter.participant_code,
        "study": letter.study_title,
        "when": theirs if _same_clocks(letter) else f"{theirs}\nFor us, that is {ours}",
        "their_when": theirs,
        "study_when": ours,
        "day": long_day(letter.starts_at, letter.recipient.zone),
        "minutes": str((letter.ends_at - letter.starts_at) // _MINUTE),
        "mode": "telephone" if letter.mode == "phone" else letter.mode,
        "how": how(letter),
        "sender": letter.sender_name or letter.sender_address,
    }


def clock_times(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """From when to when, on the clocks of a zone: `Wednesday 3 June 2020, 14:00 to 15:00 BST (Europe/London)`."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    from_zone, to_zone = _abbreviation(start), _abbreviation(end)
    first = f"{start:%H:%M}" + (f" {from_zone}" if from_zone != to_zone else "")
    last = (f"{long_day(ends_at, zone)}, " if start.date() != end.date() else "") + f"{end:%H:%M} {to_zone}"
    return f"{long_day(starts_at, zone)}, {first} to {last} ({zone.key})"


def long_day(instant: datetime, zone: ZoneInfo) -> str:
    """The local day of an instant, written out: `Wednesday 3 June 2020`."""
    day = instant.astimezone(zone).date()
    return f"{WEEKDAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def how(letter: Letter) -> str:
    """How the recipient comes to be in the interview, in one or two lines."""
    for_client = letter.recipient.role == Role.FOR_CLIENT
    if letter.mode == "phone":
        return f"By telephone: we will call {'them' if for_client else 'you'}."
    if not letter.meeting_url:
        return "By video: we will send the link before the interview."
    lines = [f"By video: {letter.meeting_url}"]
    if letter.meeting_phone:
        lines.append(f"Or by telephone: {_dial_in(letter.meeting_phone)}")
    return "\n".join(lines)


def _dial_in(uri: str) -> str:
    """`tel:+44-20-3956-0000,,,123456#` as a person dials it (RFC 3966; commas are pauses)."""
    number, _, pin = uri.removeprefix("tel:").partition(",")
    pin = pin.strip(",")
    return number.replace("-", " ") + (f", PIN {pin}" if pin else "")


def _same_clocks(letter: Letter) -> bool:
    instants = (letter.starts_at, letter.ends_at)
    return all(
        at.astimezone(letter.recipient.zone).utcoffset() == at.astimezone(letter.study_zone).utcoffset()
        for at in instants
    )


def _abbreviation(local: datetime) -> str:
    """`BST`; where a zone has none, tzdata gives an offset such as `+0545`, written here `UTC+05:45`."""
    name = local.tzname() or ""
    return f"UTC{local.isoformat()[-6:]}" if name[:1] in ("+", "-") else name
