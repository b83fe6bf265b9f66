"""Which pseudonym stands for whom, given once and the same in the whole study.

A participant, link worker or interviewer is their code: `[C_031]`. Anybody and any place else has a word and a number
in the order in which they were met, `[Person 12]`, `[Hospital 2]`, unless the data manager has named another. Numbers
are never given again.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from sqlmodel import Session, col, select

from storage.contacts import Contacts, SealedPseudonym
from storage.errors import PseudonymError

_CODE = re.compile(r"[A-Z]{1,8}_\d{1,6}")
_GIVEN = re.compile(r"[^\[\]\x00-\x1f\u2028\u2029]{1,60}")


@dataclass(frozen=True, slots=True)
class Allotted:
    """A pseudonym, in its brackets, and the key of who or what is meant by it."""

    meant: str
    pseudonym: str


def read_allotted(contacts: Contacts) -> dict[str, str]:
    """The pseudonyms given so far, by key, in the order in which they were given."""
    with contacts.database.reading() as session:
        return {each.meant: each.pseudonym for each in _read(session, contacts)}


def allot(contacts: Contacts, wanted: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """The pseudonyms of all that are wanted, pairs of a key and the word that a new pseudonym is made of."""
    labels = dict(wanted)
    given = {meant: f"[{meant}]" for meant in labels if _CODE.fullmatch(meant)}
    with contacts.database.writing() as session:
        before = {each.meant: each.pseudonym for each in _read(session, contacts)}
        taken = set(before.values())
        for meant, label in labels.items():
            if meant not in given and meant not in before:
                before[meant] = _next(label, taken)
                taken.add(before[meant])
                _add(session, contacts, Allotted(meant, before[meant]))
    return {meant: given.get(meant) or before[meant] for meant in labels}


def give(contacts: Contacts, meant: str, pseudonym: str, *, is_used: bool) -> str:
    """Let a pseudonym stand for who is meant; two names with one pseudonym are the same person. Returns it in brackets.

    Raises PseudonymError where another one is in transcripts already (`is_used`), for it must stay the same.
    """
    bracketed = f"[{_plain(pseudonym)}]"
    if not can_be_given(pseudonym):
        raise PseudonymError(f"{pseudonym!r} cannot be a pseudonym; allowed: up to 60 characters without brackets.")
    with contacts.database.writing() as session:
        rows = {each.meant: row for row, each in _rows(session, contacts)}
        now = {each.meant: each.pseudonym for each in _read(session, contacts)}.get(meant, "")
        if now and now != bracketed and is_used:
            raise PseudonymError(
                f"{now} stands for that name in transcripts already, so it cannot become another. "
                f"Give other names of the same person this one: --as '{now[1:-1]}'."
            )
        if meant in rows:
            rows[meant].sealed = _sealed(contacts, Allotted(meant, bracketed))
        else:
            _add(session, contacts, Allotted(meant, bracketed))
    return bracketed


def can_be_given(pseudonym: str) -> bool:
    """Whether a person may give this pseudonym, with or without its brackets."""
    return _GIVEN.fullmatch(_plain(pseudonym)) is not None


def _plain(pseudonym: str) -> str:
    return pseudonym.strip().removeprefix("[").removesuffix("]").strip()


def _next(label: str, taken: Iterable[str]) -> str:
    numbers = [int(match[1]) for each in taken if (match := re.fullmatch(rf"\[{re.escape(label)} (\d+)\]", each))]
    return f"[{label} {max(numbers, default=0) + 1}]"


def _rows(session: Session, contacts: Contacts) -> list[tuple[SealedPseudonym, Allotted]]:
    rows = session.exec(select(SealedPseudonym).order_by(col(SealedPseudonym.id))).all()
    return [(row, Allotted(**json.loads(contacts.unseal(row.sealed)))) for row in rows]


def _read(session: Session, contacts: Contacts) -> list[Allotted]:
    return [each for _, each in _rows(session, contacts)]


def _add(session: Session, contacts: Contacts, allotted: Allotted) -> None:
    session.add(SealedPseudonym(sealed=_sealed(contacts, allotted)))
    session.flush()


def _sealed(contacts: Contacts, allotted: Allotted) -> bytes:
    return contacts.seal(json.dumps(asdict(allotted)).encode())
