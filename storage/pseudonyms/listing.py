"""Who has which pseudonym, as a list for the data manager, and names that they put on the roster."""

from dataclasses import dataclass

from storage.contacts import Contacts
from storage.errors import PseudonymError
from storage.pseudonyms.allotment import give, read_allotted
from storage.pseudonyms.finding.findings import Kind
from storage.pseudonyms.finding.word_lists import ordinary_words, stems
from storage.pseudonyms.log import used_pseudonyms
from storage.pseudonyms.roster import RosterEntry, add_entry, coded_names, entry_of, names_known, read_entries

ROSTER, MET = "roster", "met in a transcript"


@dataclass(frozen=True, slots=True)
class PseudonymRow:
    """A name, its pseudonym ('' where none was needed yet), where the name is from, and how often it was replaced.

    A pseudonym that stands for several names has its count at each of them.
    """

    name: str
    kind: str
    pseudonym: str
    source: str
    replaced: int


def pseudonym_rows(contacts: Contacts) -> tuple[PseudonymRow, ...]:
    """The roster in its order, then what was met in transcripts; participants, who are their codes, are not listed."""
    allotted = read_allotted(contacts)
    used = used_pseudonyms(contacts)
    entries = read_entries(contacts)
    listed = [
        PseudonymRow(
            each.name, each.kind, allotted.get(each.meant, ""), ROSTER, used.get(allotted.get(each.meant, ""), 0)
        )
        for each in entries
    ]
    known = {each.meant for each in entries}
    met = [
        PseudonymRow(name, kind, pseudonym, MET, used.get(pseudonym, 0))
        for meant, pseudonym in allotted.items()
        if meant not in known
        for kind, name in [_parts(meant)]
    ]
    return (*listed, *met)


def put_on_roster(contacts: Contacts, name: str, kind: str, pseudonym: str = "") -> str:
    """Put a name on the roster and return the pseudonym that stands for it, '' where none does yet.

    Raises PseudonymError where it cannot be, above all where a pseudonym would tell a name; then nothing was put there.
    """
    entry = entry_of(name, Kind(kind))
    if code := coded_names(contacts).get(entry.meant):
        raise PseudonymError(f"That is the name of {code}, whose code stands for it already. It needs no other.")
    told = names_known(contacts) | _telling(entry)
    if not told.isdisjoint(stems(pseudonym)):
        raise PseudonymError("That pseudonym is the name of somebody whom this study knows. Choose another.")
    stands = read_allotted(contacts).get(entry.meant, "")
    if pseudonym:
        is_used = bool(stands) and stands in used_pseudonyms(contacts)
        stands = give(contacts, entry.meant, pseudonym, is_used=is_used)
    add_entry(contacts, entry.name, entry.kind)
    return stands


def _telling(entry: RosterEntry) -> frozenset[str]:
    """The words of a name that a pseudonym for it would give away: of a place, 'hospital' does not."""
    words = stems(entry.name)
    return words if entry.kind == Kind.PERSON else words - ordinary_words()


def _parts(meant: str) -> tuple[str, str]:
    """Kind and name of a key such as 'place:elm house'."""
    what, _, name = meant.partition(":")
    return (Kind.PLACE if what == "place" else Kind.PERSON), name
