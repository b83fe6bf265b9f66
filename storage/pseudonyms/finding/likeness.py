"""Whether a word may be a name that Whisper spelt as it heard it."""

from functools import lru_cache

from rapidfuzz.distance import OSA

from storage.pseudonyms.finding.sound_key import sound_key

_SHORTEST = 4  # letters of a name that may be misspelt; of shorter ones too much is one letter away
_LONG = 8
_MOST_DIFFERENT = 0.45  # share of letters, where both sound alike
_MOST_DIFFERENT_WITH_KEY = 0.6  # where there are consonants enough to tell
_KEY_ENOUGH = 3
_SOFT = str.maketrans("", "", "aeiouyh")


@lru_cache(maxsize=1 << 16)
def is_alike(word: str, name: str) -> bool:
    """Whether two different words in small letters sound alike, or are one slip of the pen apart, two in a long one."""
    longest = max(len(word), len(name))
    if min(len(word), len(name)) < _SHORTEST - 1 or longest < _SHORTEST:
        return False
    away = OSA.distance(word, name)
    key = sound_key(word)
    if key == sound_key(name):
        return away <= (_MOST_DIFFERENT_WITH_KEY if len(key) >= _KEY_ENOUGH else _MOST_DIFFERENT) * longest
    if word[0] != name[0] and key[:1] != sound_key(name)[:1]:
        return False
    return away <= (2 if longest >= _LONG else 1 if longest > _SHORTEST else 0)


def is_alike_though_short(word: str, name: str) -> bool:
    """Whether a short word differs from a short name in vowels only: 'Ien' and 'Ian', 'Amie' and 'Amy'."""
    if not 3 <= len(word) <= _SHORTEST or not 3 <= len(name) <= _SHORTEST:
        return False
    consonants = word.translate(_SOFT)
    return bool(consonants) and consonants == name.translate(_SOFT)
