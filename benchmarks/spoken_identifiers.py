"""Utterances with what tells who somebody is, and where it stands: made by rules of their own, for measuring.

Nothing here is shared with what finds them: sentences, forms of numbers, lists of names and the ways in which Whisper
misspells them are written apart. Numbers are those kept for fiction and tests where there are such (Ofcom's 01914 960,
07700 900; NHS numbers that begin with 999; QQ in National Insurance numbers; example.org).
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
WORDS = ("oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class Truth:
    """A half-open stretch of an utterance that tells who somebody is, and what it is."""

    start: int
    end: int
    group: str


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance, what was said before it, and its truths; `person` is the index of the roster's person it is of."""

    text: str
    truths: tuple[Truth, ...]
    before: str = ""
    person: int = 0


@cache
def names(half: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """First and last names of one half of the list: 'development', which rules may be tried on, or 'held out'."""
    lines = (HERE / "names_en_gb.txt").read_text(encoding="utf-8").splitlines()
    listed = {kind: rest.split() for kind, _, rest in (line.partition(": ") for line in lines if line[0] != "#")}
    offset = ("development", "held out").index(half)
    return tuple(listed["first"][offset::2]), tuple(listed["last"][offset::2])


def plain_speech() -> tuple[str, ...]:
    """Sentences that tell of nobody, full of words that are names elsewhere."""
    return tuple((HERE / "plain_speech.txt").read_text(encoding="utf-8").splitlines())


# ---- numbers as they are written and said


def _digits(dice: random.Random, count: int) -> str:
    return "".join(str(dice.randrange(10)) for _ in range(count))


def _phone(dice: random.Random) -> str:
    return dice.choice(
        [
            f"0191496{_digits(dice, 4)}",
            f"07700900{_digits(dice, 3)}",
            f"01632960{_digits(dice, 3)}",
            f"02079460{_digits(dice, 3)}",
            f"0113496{_digits(dice, 4)}",
        ]
    )


def _grouped(dice: random.Random, digits: str, *sizes: Sequence[int]) -> str:
    groups, at = [], 0
    for size in dice.choice(sizes):
        groups.append(digits[at : at + size])
        at += size
    return dice.choice([" ", "-", " ", ""]).join([*groups, *([digits[at:]] if digits[at:] else [])])


def written_phone(dice: random.Random) -> str:
    digits = _phone(dice)
    if dice.random() < 0.2:
        return dice.choice(["+44 ", "+44", "0044 "]) + _grouped(dice, digits[1:], (3, 3, 4), (4, 6))
    return _grouped(dice, digits, (4, 3, 4), (5, 6), (5, 3, 3))


def said_digits(dice: random.Random, digits: str, sizes: Sequence[int]) -> str:
    """Digits in words, doubles and triples as people say them, a comma or nothing between groups."""
    groups, at = [], 0
    for size in sizes:
        groups.append(_said_group(dice, digits[at : at + size]))
        at += size
    if digits[at:]:
        groups.append(_said_group(dice, digits[at:]))
    return dice.choice([", ", " ", ", ", ". "]).join(groups)


def _said_group(dice: random.Random, digits: str) -> str:
    words, at = [], 0
    zero = dice.choice(["oh", "zero", "oh", "nought"])
    while at < len(digits):
        run = len(digits[at:]) - len(digits[at:].lstrip(digits[at]))
        word = zero if digits[at] == "0" else WORDS[int(digits[at])]
        if run >= 3 and dice.random() < 0.7:
            words.append(f"{dice.choice(['triple', 'treble'])} {word}")
            at += 3
        elif run >= 2 and dice.random() < 0.8:
            words.append(f"double {word}")
            at += 2
        elif digits[at + 1 : at + 3] == "00" and digits[at] != "0" and dice.random() < 0.5:
            words.append(f"{word} hundred")
            at += 3
        elif dice.random() < 0.05:
            words.append(digits[at])  # Whisper writes some as digits
            at += 1
        else:
            words.append(word)
            at += 1
    return " ".join(words)


def said_phone(dice: random.Random) -> str:
    digits = _phone(dice)
    if dice.random() < 0.1:
        return "plus four four, " + said_digits(dice, digits[1:], dice.choice([(3, 3), (4, 3)]))
    said = said_digits(dice, digits, dice.choice([(4, 3), (5, 3), (5,), (3, 4)]))
    return said.replace(", ", ", er, ", 1) if dice.random() < 0.1 else said


def nhs_number(dice: random.Random) -> str:
    while True:
        nine = f"999{_digits(dice, 6)}"
        check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(nine)) % 11
        if check != 10:
            return f"{nine}{check % 11}"


def written_nhs(dice: random.Random) -> str:
    return _grouped(dice, nhs_number(dice), (3, 3, 4), (10,), (3, 3, 4))


def said_nhs(dice: random.Random) -> str:
    return said_digits(dice, nhs_number(dice), dice.choice([(3, 3), (2, 2, 2, 2)]))


def _postcode(dice: random.Random) -> tuple[str, str]:
    area = dice.choice(["NE", "NE", "NE", "SR", "DH", "TS", "DL", "CA", "LS", "M", "B", "SW"])
    tail = "".join(dice.choice("ABDEFGHJLNPQRSTUWXYZ") for _ in range(2))
    return f"{area}{dice.randrange(1, 30)}", f"{dice.randrange(10)}{tail}"


def written_postcode(dice: random.Random) -> str:
    first, second = _postcode(dice)
    return dice.choice(
        [f"{first} {second}", f"{first}{second}", f"{first}, {second}", f"{first.lower()} {second.lower()}"]
    )


def said_postcode(dice: random.Random) -> str:
    first, second = _postcode(dice)
    letters, digits = first.rstrip("0123456789"), first.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    number = WORDS[int(digits)] if len(digits) == 1 else dice.choice([digits, " ".join(WORDS[int(d)] for d in digits)])
    spelt = dice.choice([" ".join(letters), letters, ".".join(letters) + "."])
    tail = f"double {second[1]}" if second[1] == second[2] else dice.choice([f"{second[1]} {second[2]}", second[1:]])
    return f"{spelt} {number}{dice.choice([', ', ' ', ', '])}{WORDS[int(second[0])]} {tail}"


def written_nino(dice: random.Random) -> str:
    digits = _digits(dice, 6)
    pairs = " ".join((digits[:2], digits[2:4], digits[4:]))
    return dice.choice([f"QQ {pairs} {dice.choice('ABCD')}", f"QQ{digits}{dice.choice('ABCD')}"])


def said_nino(dice: random.Random) -> str:
    return f"Q Q {said_digits(dice, _digits(dice, 6), (2, 2))} {dice.choice('ABCD')}"


def _email(dice: random.Random, half: str) -> tuple[str, str, str, str]:
    first, last = (dice.choice(listed).lower() for listed in names(half))
    return (
        first,
        last,
        str(dice.randrange(10, 99)),
        dice.choice(["example.org", "example.co.uk", "gmail.com", "hotmail.co.uk"]),
    )


def written_email(dice: random.Random, half: str) -> str:
    first, last, number, domain = _email(dice, half)
    return (
        dice.choice([f"{first}.{last}", f"{first}{number}", f"{first}_{last}{number}", f"{first[0]}{last}"])
        + f"@{domain}"
    )


def said_email(dice: random.Random, half: str) -> str:
    first, last, number, domain = _email(dice, half)
    local = dice.choice(
        [
            f"{first} dot {last}",
            f"{first} underscore {last}",
            f"{first} {last} {number}",
            f"{first} dot {last} {number}",
        ]
    )
    said = domain.replace(".", " dot ") if dice.random() < 0.8 else domain
    return f"{local} at {said}"


TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")


def written_date(dice: random.Random) -> str:
    day, month, year = dice.randrange(1, 29), dice.randrange(12), dice.randrange(1930, 2021)
    name = sentences("month")[month]
    ending = "th" if 4 <= day <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    forms = (
        f"{day}{ending} of {name} {year}",
        f"{day} {name} {year}",
        f"{name} {day}{ending}, {year}",
        f"{day:02}/{month + 1:02}/{year}",
        f"{day}.{month + 1}.{year}",
        f"{day}{ending} of {name}",
    )
    return dice.choice(forms)


def said_date(dice: random.Random) -> str:
    months, ordinals = sentences("month"), sentences("ordinal")
    day, month, year = dice.randrange(30), dice.randrange(12), dice.randrange(32, 99)
    said_year = TENS[year // 10] + (f"-{WORDS[year % 10]}" if year % 10 else "")
    forms = (
        f"{ordinals[day]} of {months[month]}, nineteen {said_year}",
        f"{ordinals[day]} of {months[month]}",
        f"{ordinals[day]} of the {ordinals[month]}, {said_year}",
        f"{months[month]} the {ordinals[day]}",
    )
    return dice.choice(forms)


# ---- names as Whisper writes them


def misspelt(dice: random.Random, name: str) -> str:
    """A name as it may be written by who only hears it: one slip, or two in a long one, never in its first letter."""
    made = name
    for _ in range(2 if len(name) > 7 else 1):
        slips = [
            (found.start(), old, new)
            for old, new in misheard()
            for found in re.finditer(old, made)
            if found.start() > 0
        ]
        if not slips:
            break
        at, old, new = dice.choice(slips)
        made = made[:at] + new + made[at + len(old) :]
    return made if made != name else name + "e"


# ---- sentences

QUESTIONS = {
    "NHS number": "And what is your NHS number, if you have it?",
    "telephone number": "What is the best number for you?",
}


@cache
def sentences(kind: str) -> tuple[str, ...]:
    """The sentences for a kind, or the names of places."""
    lines = (HERE / "identifier_sentences.txt").read_text(encoding="utf-8").splitlines()
    return tuple(rest for line in lines if line[0] != "#" for name, _, rest in [line.partition(": ")] if name == kind)


@cache
def misheard() -> tuple[tuple[str, str], ...]:
    """Letters, and those that are written for them by who only hears a name."""
    return tuple((old, new) for old, _, new in (line.partition(">") for line in sentences("misheard")))


@cache
def pet_forms() -> tuple[tuple[str, str], ...]:
    """First names with a pet form."""
    return tuple((name, pet) for name, _, pet in (line.partition(" ") for line in sentences("pet form")))


def _filled(template: str, value: str, group: str, before: str = "", person: int = 0) -> Said:
    start = template.index("{}")
    return Said(template.replace("{}", value), (Truth(start, start + len(value), group),), before, person)


def structured(dice: random.Random, half: str, each: int) -> Iterator[Said]:
    """Numbers, addresses and dates, `each` of every kind written and said."""
    makers: dict[str, tuple[Callable[[], str], Callable[[], str]]] = {
        "telephone number": (lambda: written_phone(dice), lambda: said_phone(dice)),
        "NHS number": (lambda: written_nhs(dice), lambda: said_nhs(dice)),
        "postcode": (lambda: written_postcode(dice), lambda: said_postcode(dice)),
        "National Insurance number": (lambda: written_nino(dice), lambda: said_nino(dice)),
        "e-mail address": (lambda: written_email(dice, half), lambda: said_email(dice, half)),
        "date": (lambda: written_date(dice), lambda: said_date(dice)),
    }
    for kind, (written, said) in makers.items():
        for way, make in (("written", written), ("said", said)):
            for _ in range(each):
                before = QUESTIONS.get(kind, "")
                if before and dice.random() < 0.3:
                    yield _filled(dice.choice(["{}", "It's {}.", "Er, {}."]), make(), f"{kind}, {way}", before)
                else:
                    yield _filled(dice.choice(sentences(kind)), make(), f"{kind}, {way}")


def people(dice: random.Random, half: str, count: int) -> tuple[str, ...]:
    """Names of the people of a study."""
    first, last = names(half)
    return tuple(f"{dice.choice(first)} {dice.choice(last)}" for _ in range(count))


def roster_names(dice: random.Random, roster: Sequence[str], each: int) -> Iterator[Said]:
    """People whom the study knows: as they are spelt, as Whisper may spell them, and without their capital."""
    for spelling in ("as spelt", "misspelt", "no capital"):
        for _ in range(each if spelling != "no capital" else each // 3):
            person = dice.randrange(len(roster))
            names_said = roster[person].split(" ", 1)
            if spelling == "misspelt":
                names_said = [misspelt(dice, name) for name in names_said]
            elif spelling == "no capital":
                names_said = [name.lower() for name in names_said]
            first, last = names_said
            form = dice.randrange(4)
            group = f"name the study knows, {spelling}"
            if form < 2:
                yield _filled(dice.choice(sentences("here")), first, group, person=person)
            elif form == 2:
                yield _filled(dice.choice(sentences("others")), f"{first} {last}", group, person=person)
            else:
                yield _filled(dice.choice(sentences("titled")), last, group, person=person)


def pet_names(dice: random.Random, roster: Sequence[str], each: int) -> Iterator[Said]:
    """People of the roster by their pet form; the roster ends with those who have one."""
    first = len(roster) - len(pet_forms())
    for _ in range(each):
        number = dice.randrange(len(pet_forms()))
        name = pet_forms()[number][1]
        yield _filled(dice.choice(sentences("here")), name, "name the study knows, pet form", person=first + number)


def other_names(dice: random.Random, half: str, each: int) -> Iterator[Said]:
    """People whom nobody has listed."""
    first, last = names(half)
    for _ in range(each):
        name = dice.choice(first)
        form = dice.randrange(3)
        if form == 0:
            yield _filled(dice.choice(sentences("others")), name, "name nobody listed")
        elif form == 1:
            yield _filled(dice.choice(sentences("others")), f"{name} {dice.choice(last)}", "name nobody listed")
        else:
            yield _filled(dice.choice(sentences("titled")), dice.choice(last), "name nobody listed")


def places(dice: random.Random, half: str, each: int) -> Iterator[Said]:
    """Places of the region, and institutions and streets by made-up names."""
    _, last = names(half)
    for _ in range(each):
        if dice.random() < 0.5:
            yield _filled(dice.choice(sentences("placed")), dice.choice(sentences("place")), "place by name")
        else:
            kind = dice.choice(sentences("kind of place"))
            name = dice.choice(["", "", "St "]) + dice.choice(last)
            start = dice.choice(["the ", ""]) if kind not in ("Road", "Avenue") else ""
            said = _filled(dice.choice(sentences("placed")), f"{name} {kind}", "institution or street")
            yield (
                said
                if not start
                else _filled(
                    said.text.replace(f"{name} {kind}", start + "{}"), f"{name} {kind}", "institution or street"
                )
            )


def utterances(seed: int, half: str, each: int = 60) -> tuple[tuple[str, ...], list[Said]]:
    """The people of a study, and at least 500 utterances with their truths."""
    dice = random.Random(f"{seed} {half}")
    last = names(half)[1]
    roster = (*people(dice, half, 40), *(f"{first} {dice.choice(last)}" for first, _ in pet_forms()))
    made = [
        *structured(dice, half, each),
        *roster_names(dice, roster, 3 * each),
        *pet_names(dice, roster, each),
        *other_names(dice, half, 3 * each),
        *places(dice, half, 2 * each),
    ]
    return roster, made
