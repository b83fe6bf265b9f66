"""How a name sounds, as a key: names that Whisper takes for each other have the same one, or nearly.

After Metaphone (Lawrence Philips, "Hanging on the Metaphone", Computer Language 7(12), December 1990), with the
rules that names of people and places in the United Kingdom need: consonants by sound, no vowel but a first one, voiced
and unvoiced consonants that are mistaken for each other on a telephone left apart.
"""

import re
import unicodedata
from functools import cache

# in this order, each on the whole name in small letters
_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^x", "s"),
        (r"^wh", "w"),
        (r"^ae|^ai|^ei|^ey|^ea|^ee|^e", "a"),  # a first vowel is hardly told from another
        (r"^[aiouy](?![aeiou])|^[aiou]+|^y(?=[^aeiou])", "a"),
        (r"^h(?=[aeiouy])", "h"),
        (r"sch", "sk"),
        (r"tch|tsch", "C"),
        (r"ch(?=r|l)", "k"),
        (r"ch", "C"),
        (r"sh|ti(?=[ao])|ci(?=[ao])|si(?=o)|ss?i(?=a)", "S"),
        (r"ph|bh|mh", "f"),  # the last two as in Siobhan and Niamh
        (r"th", "0"),
        (r"ght", "t"),
        (r"ough\b", ""),
        (r"gh(?=[^aeiouy]|$)", ""),
        (r"gh", "g"),
        (r"dge?|j|g(?=[eiy])", "J"),
        (r"ck|cc(?![eiy])|c(?![eiyC])|q", "k"),
        (r"c", "s"),
        (r"x", "ks"),
        (r"z", "s"),
        (r"(?<=m)b$", ""),
        (r"v", "f"),
        (r"(?<=[a-zA-Z0])h", ""),
        (r"w(?![aeiouy])", ""),
        (r"(?<=[aeiou])y", ""),
        (r"(?<=[a-zA-Z0])[aeiouyw]+", ""),
    )
)


@cache
def sound_key(name: str) -> str:
    """The consonants of a name by sound: 'Catherine' and 'Kathryn' are both `k0rn`."""
    plain = unicodedata.normalize("NFKD", name).lower()
    key = "".join(character for character in plain if character.isascii() and character.isalpha())
    for pattern, sound in _RULES:
        key = pattern.sub(sound, key)
    return re.sub(r"(.)\1+", r"\1", key)
