"""People and places that a study knows by name, and which of them a name in a transcript means.

A first name alone means somebody only where they belong to the interview or stand on the study's roster: of forty
participants called David none is meant by the David whom another one mentions. That is still a name, and is replaced.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from storage.pseudonyms.finding.findings import Kind
from storage.pseudonyms.finding.likeness import is_alike, is_alike_though_short
from storage.pseudonyms.finding.word_lists import Phrase, cue_words, nicknames, phrase


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody or some place with a name as it is written, such as 'Margaret Tolley'.

    `key` is what is meant by it; `by_first_name` says that the first name alone means them in this transcript.
    """

    key: str
    kind: Kind
    name: str
    by_first_name: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One word by which somebody is called: a first name with its short forms, a middle name, or a last name."""

    word: str
    key: str
    is_last: bool
    is_alone_enough: bool  # whether it means them without another of their names


@dataclass(frozen=True)
class Roster:
    """Everybody and everything that is known, for one transcript."""

    known: tuple[Known, ...]

    @cached_property
    def forms(self) -> dict[str, tuple[Form, ...]]:
        """By word, in small letters, the people who are called so."""
        found: dict[str, list[Form]] = {}
        for known in self.known:
            if known.kind == Kind.PERSON:
                for form in _forms(known):
                    found.setdefault(form.word, []).append(form)
        return {word: tuple(forms) for word, forms in found.items()}

    def alike(self, word: str) -> tuple[Form, ...]:
        """The people who may be meant by a word that is none of their names, as Whisper may have spelt one."""
        if word not in self._alike:
            self._alike[word] = tuple(
                form
                for called, forms in self.forms.items()
                for form in forms
                if is_alike(word, called) or (form.is_alone_enough and is_alike_though_short(word, called))
            )
        return self._alike[word]

    @cached_property
    def _alike(self) -> dict[str, tuple[Form, ...]]:
        return {}

    @cached_property
    def place_phrases(self) -> dict[Phrase, str]:
        """The key of each place by its words."""
        return {phrase(known.name): known.key for known in self.known if known.kind == Kind.PLACE}


def _forms(known: Known) -> Iterable[Form]:
    words = [word for word in phrase(known.name) if word not in cue_words("titles")]
    if not words:
        return
    first, *others = words
    is_enough = known.by_first_name or not others
    yield Form(first, known.key, False, is_enough)
    for short in sorted(nicknames().get(first, ())):
        yield Form(short, known.key, False, is_enough)
    for formal, shorts in nicknames().items():  # who is booked as Maggie may be called Margaret
        if first in shorts:
            yield Form(formal, known.key, False, is_enough)
    for middle in others[:-1]:
        yield Form(middle, known.key, False, False)
    if others:
        yield Form(others[-1], known.key, True, True)


def name_key(name: str) -> str:
    """What a name means that nobody is known by: the same words mean the same."""
    return "name:" + " ".join(phrase(name))


def place_key(name: str) -> str:
    """What a place's name means."""
    return "place:" + " ".join(phrase(name))
