"""Sentences of a (fictional) social-prescribing study in 2020, within a vocabulary of 528 words.

Three kinds: `grammar_sentence` fills the slots of a template (a huge number of distinct sentences),
`mixed_sentence` joins clauses at random, so that a decoder cannot learn whole sentences by heart, and
`word_sentence` strings words together for purely acoustic training.
"""

import random
import re

from demo.model.phrases import CLAUSES, SLOTS, TEMPLATES
from demo.model.scripted import SCRIPTED

__all__ = ["SCRIPTED", "VOCAB", "grammar_sentence", "mixed_sentence", "sentence", "word_sentence", "words_of"]

_SLOT = re.compile(r"\{(\w+)\}")
_PROPER = {*SLOTS["first"], *SLOTS["place"], *SLOTS["day"], *SLOTS["month"], "I"}
_HOMOPHONES = {
    *("to", "too", "two", "for", "four", "no", "know"),
    *("new", "knew", "wait", "weight", "there", "their"),
}


def words_of(text: str) -> list[str]:
    """The words of `text` as the vocabulary spells them: lower case, except names and ``I``."""
    tokens = re.findall(r"[A-Za-z']+", text)
    return [t if t in _PROPER or t.startswith("I'") else t.lower() for t in tokens if t != "'"]


def _vocabulary() -> list[str]:
    phrases = [phrase for choices in SLOTS.values() for phrase in choices]
    texts = [*SCRIPTED, *TEMPLATES, *CLAUSES, *phrases]
    return sorted({word for text in texts for word in words_of(_SLOT.sub(" ", text))})


VOCAB = _vocabulary()

# Without a context nobody can tell homophones apart, so random strings of words leave them out.
_DISTINCT_WORDS = [word for word in VOCAB if word not in _HOMOPHONES]


def _fill(template: str, rng: random.Random) -> str:
    while match := _SLOT.search(template):
        template = template[: match.start()] + rng.choice(SLOTS[match.group(1)]) + template[match.end() :]
    return template


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _join(parts: list[str], comma: float, rng: random.Random) -> str:
    text = parts[0]
    for part in parts[1:]:
        text += (", " if rng.random() < comma else " ") + part
    return text


def grammar_sentence(rng: random.Random) -> str:
    """One template with its slots filled."""
    return _capital(_fill(rng.choice(TEMPLATES), rng))


def mixed_sentence(rng: random.Random) -> str:
    """Two to four clauses, joined with or without a conjunction; not always sensible."""
    parts: list[str] = []
    for position in range(rng.choice([2, 2, 3, 3, 4])):
        clause = _fill(rng.choice(CLAUSES), rng)
        if position and rng.random() < 0.35:
            links = ["and ", "but ", "so ", "because ", "or ", "when ", "that ", "if ", "although "]
            clause = rng.choice(links) + clause
        parts.append(clause)
    text = _join(parts, 0.3, rng)
    if rng.random() < 0.25:
        text = rng.choice(SLOTS["filler"]) + " " + text
    return _capital(text) + ("?" if rng.random() < 0.15 else ".")


def word_sentence(rng: random.Random) -> str:
    """Two to nine words at random."""
    words = [rng.choice(_DISTINCT_WORDS) for _ in range(rng.randint(2, 9))]
    text = _join(words, 0.06, rng)
    return _capital(text) + ("?" if rng.random() < 0.1 else ".")


def sentence(rng: random.Random) -> str:
    """One sentence of the training mix: 55 % grammar, 30 % mixed, 15 % words."""
    share = rng.random()
    if share < 0.55:
        return grammar_sentence(rng)
    return mixed_sentence(rng) if share < 0.85 else word_sentence(rng)
