"""Who people are must not stand in what goes to an archive: a last look, by the contacts that the study keeps."""

import re
from collections.abc import Iterable, Mapping

from storage.contacts import Contact

FEWEST_DIGITS = 7  # of a telephone number, so that no year or count is taken for one


def told_by(text: str, contacts: Mapping[str, Contact]) -> list[tuple[str, str]]:
    """Whose contact stands in a text, by code, and what of it: 'name', 'telephone number' or 'e-mail address'."""
    words = _words(text)
    digits = re.sub(r"\D", "", re.sub(r"(?<=\d)[ ()./-]+(?=\d)", "", text.replace("+44", "0")))
    found = []
    for code, contact in contacts.items():
        if (name := _words(contact.name).strip()) and " " in name and f" {name} " in words:
            found.append((code, "name"))
        phone = re.sub(r"\D", "", contact.phone.replace("+44", "0"))
        if len(phone) >= FEWEST_DIGITS and phone in digits:
            found.append((code, "telephone number"))
        if contact.email and contact.email.casefold() in text.casefold():
            found.append((code, "e-mail address"))
    return found


def _words(text: str) -> str:
    """The words alone, one space around each."""
    return f" {' '.join(_letters(text))} "


def _letters(text: str) -> Iterable[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())
