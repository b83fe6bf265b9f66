"""Words near a finding that say what it is: 'my number is', 'postcode', 'date of birth'."""

import re
from functools import cache

from storage.pseudonyms.finding.heard import Heard

AHEAD = 120  # characters before a finding that are looked at, of the utterance and of the one before it
BEHIND = 40  # characters after it

PHONE = r"phone|telephone|mobile|landline|ring|rang|call|text|number|whatsapp|reach|contact"
NHS = r"n\.?\s?h\.?\s?s\.?(?!\w)|health service|hospital number|patient number"
NUMBER = r"reference|account|policy|card|sort code|pin|passport|licen[cs]e|claim|customer|membership|registration"
ANY_NUMBER = rf"{NUMBER}|number|insurance|code"
POSTCODE = r"post\s?-?code|address"
BIRTH = r"born|birth|birthday|birthdate|d\.?\s?o\.?\s?b\.?(?!\w)"


@cache
def _pattern(cue: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{cue})", re.IGNORECASE)


def is_near(heard: Heard, start: int, end: int, cue: str) -> bool:
    """Whether a cue stands shortly before a stretch of the text or just after it, or ends what was said before."""
    ahead = f"{heard.before} {heard.text[:start]}"[-AHEAD:]
    behind = heard.text[end : end + BEHIND]
    return _pattern(cue).search(f"{ahead} … {behind}") is not None
