"""Mails that came back: delivery status notifications (RFC 3464), matched with the mails we have sent.

Such a report comes from anywhere and may be anything. It counts only where it is one in form, says that delivery has
failed for good, and returns a Message-ID that is derived from an effect of this study.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message

from sqlmodel import Session, col, select

from scheduling.mails.invitations import mark_in, mark_of
from scheduling.mails.letters import Kind
from storage.tables import Effect, EffectState

LARGEST = 25 * 2**20  # bytes of a report that is read; mail servers carry no larger ones
_STATUS = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")
_SUBJECTS = {  # the second number of a status (RFC 3463)
    "1": "the address is wrong or no longer in use",
    "2": "the mailbox is full or closed",
    "3": "the recipient's mail system does not take it",
    "4": "the recipient's mail system could not be reached",
    "7": "the recipient's mail system does not allow it",
}


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that came back; `status` such as 5.1.1, or '' where the report does not say."""

    mark: str
    status: str


def read_bounce(content: bytes) -> Bounce | None:
    """The mail that a report returns for good; None for anything else, a delay or a vacation note included."""
    if len(content) > LARGEST:
        return None
    try:
        report = message_from_bytes(content, policy=policy.compat32)  # lenient: it never refuses a header
        if report.get_content_type() != "multipart/report" or not report.is_multipart():
            return None
        parts = list(report.walk())
    except (RecursionError, ValueError, LookupError):  # parts nested without end, a charset that is none
        return None
    status = next((found for part in parts if (found := _failure(part)) is not None), None)
    mark = next((found for text in _returned_ids(parts) if (found := mark_in(text))), "")
    return Bounce(mark, status) if mark and status is not None else None


def mark_bounced(session: Session, bounces: Iterable[Bounce]) -> list[Effect]:
    """Note on each mail that came back that it has failed, in a writing session; returns those newly noted."""
    came_back = {bounce.mark: bounce for bounce in bounces}
    query = (
        select(Effect)
        .where(col(Effect.kind).in_(list(Kind)), col(Effect.state).in_([EffectState.DONE, EffectState.SENDING]))
        .order_by(col(Effect.id))
        .with_for_update()
    )
    noted = [effect for effect in session.exec(query) if mark_of(effect.key) in came_back]
    for effect in noted:
        effect.state = EffectState.FAILED
        effect.failure = _failure_text(effect.recipient, came_back[mark_of(effect.key)].status)
        session.add(effect)
    return noted


def _failure(part: Message) -> str | None:
    """The status of a delivery that failed for good, '' where none is given; None where the part tells of none."""
    if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
        return None
    for fields in _blocks(part):
        if str(fields.get("Action", "")).strip().lower() == "failed":
            found = _STATUS.search(str(fields.get("Status", "")))
            return found[0] if found else ""
    return None


def _blocks(part: Message) -> Iterator[Message]:
    return (block for block in part.get_payload() if isinstance(block, Message))


def _returned_ids(parts: Iterable[Message]) -> Iterator[str]:
    """The Message-IDs of mails that a report returns, whole or by their headers only."""
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/rfc822" and part.is_multipart():
            yield from (str(block.get("Message-ID", "")) for block in _blocks(part))
        elif kind == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                yield str(message_from_bytes(content, policy=policy.compat32).get("Message-ID", ""))


def _failure_text(code: str, status: str) -> str:
    why = _SUBJECTS.get(status.split(".")[1], "") if status else ""
    reason = f" ({status}{': ' + why if why else ''})" if status else ""
    return (
        f"bounced: the mail to {code} came back{reason}. Tell {code} by telephone and ask for another address; "
        "mend it in the file of participants and import that with 'fieldcall participants import'."
    )
