"""What stands in the header of a mail: addresses that mail can carry, names that cannot break out of their line."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

_BREAKS = {"Cc", "Cs", "Zl", "Zp"}  # control characters, halves of surrogate pairs, line and paragraph separators
_ANY_ADDRESS = re.compile(r"[^\s<>\"'(),:;]*@[^\s<>\"'(),:;]+")


def wire_address(address: str) -> str:
    """An address in ASCII, its domain as IDNA writes it. Raises ValueError with the reason why it cannot be."""
    try:
        checked = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise ValueError("it is not an e-mail address") from None
    if checked.ascii_email is None:
        raise ValueError("it has letters before the @ that not every mail server can carry")
    return checked.ascii_email


def header_text(text: str) -> str:
    """A text that may stand in one line of a header. Raises ValueError with the reason why it may not."""
    if any(unicodedata.category(character) in _BREAKS for character in text):
        raise ValueError("there is a line break or another control character in it")
    return text


def without_person(text: str, address: str, name: str) -> str:
    """What a server said, in one line and without addresses or any part of the recipient's address and name."""
    said = _ANY_ADDRESS.sub("…", " ".join(text.split()))
    parts = [re.escape(part) for part in re.split(r"[\W_]+", f"{address.partition('@')[0]} {name}") if len(part) > 2]
    return re.sub(rf"\b(?:{'|'.join(parts)})+", "…", said, flags=re.IGNORECASE) if parts else said
