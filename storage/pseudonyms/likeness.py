"""Whether a word may be a name that Whisper spelt as it heard it."""

from functools import lru_cache

from rapidfuzz.distance import OSA

from storage.pseudonyms.sound_key import sound_key

_SHORTEST = 4  # letters of a name that may be misspelt; of shorter ones too much is one letter away
_LONG = 8
_MOST_DIFFERENT = 0.45  # share of letters, where both sound alike


@lru_cache(maxsize=1 << 16)
def is_alike(word: str, name: str) -> bool:
    """Whether two different words in small letters sound alike, or are one slip of the pen apart, two in a long one."""
    longest = max(len(word), len(name))
    if min(len(word), len(name)) < _SHORTEST - 1 or longest < _SHORTEST:
        return False
    away = OSA.distance(word, name)
    if sound_key(word) == sound_key(name):
        return away <= _MOST_DIFFERENT * longest
    if word[0] != name[0] and sound_key(word)[:1] != sound_key(name)[:1]:
        return False
    return away <= (2 if longest >= _LONG else 1 if longest > _SHORTEST else 0)
