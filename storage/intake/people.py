"""Whom a file's name means by a telephone number or a person's name: looked up in the contacts, told as codes only."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import PurePath

import phonenumbers

from storage.contacts import Contact
from storage.intake.names import codes_in

_BETWEEN = r"[ .\-/()\u00a0]{0,2}"  # what people and programs put between the digits of a number
_FEWEST_DIGITS = 7  # of a national number; less may be anything


def codes_of_numbers(name: PurePath, people: Mapping[str, Contact]) -> tuple[str, ...]:
    """Codes of those whose telephone number is in a name, with its country's code (`+44`, `0044`, `44`) or without."""
    return tuple(sorted(code for code, person in people.items() if _has_number(str(name), person.phone)))


def _has_number(name: str, phone: str) -> bool:
    pattern = _written(phone)
    return pattern is not None and pattern.search(name) is not None


@cache
def _written(phone: str) -> re.Pattern[str] | None:
    """The ways in which a number (E.164) is written."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return None
    national = phonenumbers.national_significant_number(number)
    if len(national) < _FEWEST_DIGITS:
        return None
    country, own = (_BETWEEN.join(digits) for digits in (str(number.country_code), national))
    trunk = rf"(?:\(0\){_BETWEEN})?"
    return re.compile(rf"(?<!\d)(?:(?:\+|00{_BETWEEN})?{country}{_BETWEEN}{trunk}|0{_BETWEEN})?{own}(?!\d)")


def codes_of_names(person: str, people: Mapping[str, Contact]) -> tuple[str, ...]:
    """Codes of those whose whole name a person on a screen has, however it is spaced and accented."""
    plain = _plain(person)
    return tuple(sorted(code for code, contact in people.items() if plain and plain == _plain(contact.name)))


def sides_of(persons: Sequence[str], roles: Mapping[str, str], people: Mapping[str, Contact]) -> list[str]:
    """Whose each file is, of persons as the tool names them: 'interviewer', 'participant', 'link worker' or ''.

    `roles` are the sides by code. Codes and whole names tell; who alone is left over among known ones has the only role
    that is left. Two that could be the same side are neither, and a first name is nobody's: others have it too.
    """
    sides = [_side(person, roles, people) for person in persons]
    sides = [side if sides.count(side) == 1 else "" for side in sides]
    missing = [role for role in roles.values() if role not in sides]
    if sides.count("") == 1 and len(missing) == 1 and len(sides) == len(roles):
        sides[sides.index("")] = missing[0]
    return sides


def _side(person: str, roles: Mapping[str, str], people: Mapping[str, Contact]) -> str:
    own = {code: people[code] for code in roles if code in people}
    codes = codes_in(person, roles.keys()) or codes_of_names(person, own)
    return roles[codes[0]] if len(codes) == 1 else ""


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    return "".join(character for character in decomposed if character.isalnum())
