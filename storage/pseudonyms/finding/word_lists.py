"""The lists of names and words in `data/`, read once. Each file says at its head where it comes from."""

from functools import cache
from importlib.resources import files

from storage.pseudonyms.finding.heard import hear
from storage.pseudonyms.finding.likeness import is_alike

Phrase = tuple[str, ...]


def _lines(name: str) -> list[str]:
    text = files("storage.pseudonyms.finding").joinpath("data", name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


def _words(name: str) -> frozenset[str]:
    return frozenset(word for line in _lines(name) for word in line.split())


@cache
def cue_words(what: str) -> frozenset[str]:
    """Words that tell what stands beside them, such as 'titles', in small letters."""
    lines = (line.split(":", 1) for line in _lines("cue_words.txt"))
    return frozenset(word for name, words in lines if name == what for word in words.split())


@cache
def first_names() -> frozenset[str]:
    """First names and their short forms, in small letters."""
    return _words("first_names.txt") | {name for names in nicknames().values() for name in names} | nicknames().keys()


@cache
def sounds_like_first_name(word: str) -> bool:
    """Whether a word in small letters may be a first name in another spelling: 'mathew', 'jemma'."""
    return any(is_alike(word, name) for name in first_names())


@cache
def nicknames() -> dict[str, frozenset[str]]:
    """The short and pet forms of a first name."""
    rows = (line.split(",") for line in _lines("nicknames.csv"))
    return {row[0]: frozenset(row[1:]) for row in rows}


@cache
def name_words() -> frozenset[str]:
    """Names that are ordinary words as well: 'may', 'rose', 'bill'."""
    return _words("name_words.txt")


@cache
def ordinary_words() -> frozenset[str]:
    """Words of English in small letters: one that is not among them is no ordinary word."""
    return _words("ordinary_words.txt") | name_words() | capitals()


@cache
def capitals() -> frozenset[str]:
    """Words that have a capital inside a sentence and are nobody's name: 'monday', 'welsh', 'zoom'."""
    return _words("capitals.txt")


@cache
def no_names() -> dict[str, tuple[Phrase, ...]]:
    """Phrases that hold a name and mean nobody a participant knows ('john', 'lewis'), by their first word."""
    return by_first_word(tuple(phrase(line) for line in _lines("not_names.txt")))


@cache
def places() -> tuple[str, ...]:
    """Names of places, as written."""
    return tuple(name for line in _lines("places.csv") for name in line.split(",")[1:])


@cache
def postcode_areas() -> frozenset[str]:
    """The letters that begin a postcode: 'NE'."""
    return _words("postcode_areas.txt")


def phrase(name: str) -> Phrase:
    """A name as the words of it that tokens have, in small letters."""
    return tuple(token.lower for token in hear(name).tokens)


@cache
def by_first_word(names: tuple[Phrase, ...]) -> dict[str, tuple[Phrase, ...]]:
    """Names by their first word, the longest first."""
    found: dict[str, list[Phrase]] = {}
    for name in sorted(names, key=lambda name: (-len(name), name)):
        found.setdefault(name[0], []).append(name)
    return {word: tuple(phrases) for word, phrases in found.items()}


def stems(text: str) -> frozenset[str]:
    """The words of a text in small letters, without a possessive 's."""
    return frozenset(token.stem for token in hear(text).tokens)
