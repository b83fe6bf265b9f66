"""The log of what was replaced: sealed, in the contacts database, apart from the texts.

It is written before the version that it tells of, under the GUID that this version will have: after a crash between the
two the same decisions give the same GUID again, and what is logged of a version that never came to be is cleared away.
Nothing else of the log leaves the contacts database: no delivery, no other database, no file.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import col, delete, select

from storage.contacts import Contacts, SealedReplacement
from storage.pseudonyms.rewriting import Replacement, replaced


class Decision(StrEnum):
    """What was done with what was found."""

    REPLACE = "replace"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Logged:
    """One decision: `place` is the number of the utterance, or of a note, which are counted after the utterances.

    `start` and `end` are its position in the text of the source version, `new_start` and `new_end` in the new one.
    """

    source_guid: str
    place: int
    start: int
    end: int
    new_start: int
    new_end: int
    decision: Decision
    kind: str
    original: str
    pseudonym: str
    rule: str
    actor: str
    at: str  # ISO 8601, UTC


def write_log(contacts: Contacts, version_guid: str, code: str, logged: Sequence[Logged]) -> None:
    """Log the decisions that make a version, all or none; what is there of it already stays."""
    with contacts.database.writing() as session:
        there = select(SealedReplacement.number).where(SealedReplacement.version_guid == version_guid)
        if session.exec(there).first() is None:
            session.add_all(
                SealedReplacement(
                    version_guid=version_guid,
                    number=number,
                    code=code,
                    sealed=contacts.seal(json.dumps(asdict(each)).encode()),
                )
                for number, each in enumerate(logged)
            )


def read_log(contacts: Contacts, version_guid: str) -> tuple[Logged, ...]:
    """What was decided for a version, in order; nothing for a version that no pseudonyms were put into."""
    query = select(SealedReplacement).where(SealedReplacement.version_guid == version_guid)
    with contacts.database.reading() as session:
        rows = session.exec(query.order_by(col(SealedReplacement.number))).all()
    return tuple(_logged(contacts, row) for row in rows)


def used_pseudonyms(contacts: Contacts, version_guids: Collection[str] = ()) -> dict[str, int]:
    """How often each pseudonym was put into a text, in the versions named or in all."""
    query = select(SealedReplacement).order_by(col(SealedReplacement.version_guid), col(SealedReplacement.number))
    counts: dict[str, int] = {}
    with contacts.database.reading() as session:
        for row in session.exec(query).all():
            if version_guids and row.version_guid not in version_guids:
                continue
            each = _logged(contacts, row)
            if each.decision == Decision.REPLACE:
                counts[each.pseudonym] = counts.get(each.pseudonym, 0) + 1
    return counts


def clear_unmade(contacts: Contacts, code: str, made: Collection[str]) -> None:
    """Clear away what is logged of a participant's versions that never came to be; `made` are those that did."""
    with contacts.database.writing() as session:
        unmade = delete(SealedReplacement).where(
            col(SealedReplacement.code) == code, col(SealedReplacement.version_guid).not_in(list(made))
        )
        session.execute(unmade)


def replayed(texts: Sequence[str], logged: Iterable[Logged]) -> tuple[str, ...]:
    """The texts of a version, made again from those of its source and the log."""
    by_place: dict[int, list[Replacement]] = {}
    for each in logged:
        if each.decision == Decision.REPLACE:
            by_place.setdefault(each.place, []).append(Replacement(each.start, each.end, each.pseudonym))
    return tuple(replaced(text, by_place.get(place, ())) for place, text in enumerate(texts))


def instant(at: datetime) -> str:
    """When something was decided, as it is logged."""
    return at.isoformat(timespec="seconds")


def _logged(contacts: Contacts, row: SealedReplacement) -> Logged:
    told = json.loads(contacts.unseal(row.sealed))
    return Logged(**{**told, "decision": Decision(told["decision"])})
