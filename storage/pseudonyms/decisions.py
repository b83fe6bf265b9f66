"""From a review as a person left it to what is replaced and kept; a review that does not fit is refused whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from storage.errors import PseudonymError
from storage.interviews import code_of
from storage.pseudonyms.candidates import Candidate, named_by_hand, with_pseudonym
from storage.pseudonyms.finding.findings import Kind
from storage.pseudonyms.finding.word_lists import ordinary_words, stems
from storage.pseudonyms.review_file import Choice, Decided
from storage.transcripts.transcript import InterviewTranscript

WRITE_ANEW = "Nothing was changed; write a new review and decide on that."


@dataclass(frozen=True, slots=True)
class Examined:
    """A transcript, its texts (those of its utterances, then its notes), and what was found in them.

    `source_guid` is of the version that it was made of by pseudonymisation, '' for any other one.
    """

    transcript: InterviewTranscript
    texts: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    source_guid: str = ""


@dataclass(frozen=True, slots=True)
class Choices:
    """What is to be done with a transcript."""

    replace: tuple[Candidate, ...]
    keep: tuple[Candidate, ...] = ()


def certain_ones(examined: Examined) -> Choices:
    """What is done where nobody has decided."""
    return Choices(tuple(candidate for candidate in examined.candidates if candidate.is_certain))


def choices_of(examined: Examined, decided: Iterable[Decided]) -> Choices:
    """What a review says of a transcript. Raises PseudonymError where a row does not fit, or one is missing."""
    rows = {row.place: row for row in decided if row.place and row.version_guid == examined.transcript.version_guid}
    found = {candidate.place: candidate for candidate in examined.candidates}
    for place, row in rows.items():
        if place not in found or found[place].original != row.original:
            raise PseudonymError(
                f"Line {row.line} of the review is about words that are not found in {examined.transcript.label}, "
                f"or not there. {WRITE_ANEW}"
            )
    if missing := len(found.keys() - rows.keys()):
        raise PseudonymError(
            f"{missing} of the words found in {examined.transcript.label} are not in the review: rows were taken out "
            f"of it, or the roster has grown since. {WRITE_ANEW}"
        )
    replace = (_replaced(found[place], row) for place, row in rows.items() if row.choice == Choice.REPLACE)
    keep = (found[place] for place, row in rows.items() if row.choice == Choice.KEEP)
    return Choices(tuple(sorted(replace, key=_place)), tuple(sorted(keep, key=_place)))


def added_for(examined: Examined, decided: Iterable[Decided]) -> list[Decided]:
    """The rows that a person has added for a transcript, or for all."""
    transcript = examined.transcript
    return [
        row
        for row in decided
        if row.choice == Choice.ADD and row.label in ("", transcript.label, transcript.code, code_of(transcript.label))
    ]


def refuse_strangers(examined: Sequence[Examined], decided: Iterable[Decided]) -> None:
    """Raise PseudonymError for a row about a version that is not the newest one, or about words that nobody said.

    Rows that were carried out already, before a run was broken off, are in order.
    """
    versions = {guid for each in examined for guid in (each.transcript.version_guid, each.source_guid)}
    for row in decided:
        if row.choice != Choice.ADD and row.version_guid not in versions:
            raise PseudonymError(
                f"Line {row.line} of the review ({row.label or 'no transcript'}) is about a version that is not the "
                f"newest of any transcript named: it was changed since the review was written. {WRITE_ANEW}"
            )
        if row.choice == Choice.ADD and not any(_stands(each, row) for each in examined if added_for(each, [row])):
            raise PseudonymError(
                f"Line {row.line} of the review adds words that do not stand in the transcript it names. "
                "Nothing was changed; write them as they stand there, capitals included."
            )


def refuse_telling(examined: Sequence[Examined], decided: Sequence[Decided], known: frozenset[str]) -> None:
    """Raise PseudonymError for a pseudonym that holds a known name, or one that stands in the transcripts."""
    found = [candidate for each in examined for candidate in each.candidates if candidate.kind == Kind.PERSON]
    names = [*(each.original for each in found), *(row.original for row in decided if _adds_person(row))]
    told = known | {word for name in names for word in stems(name) if word not in ordinary_words()}
    given = {candidate.pseudonym for each in examined for candidate in each.candidates}
    for row in decided:
        if row.pseudonym not in given and not told.isdisjoint(stems(row.pseudonym)):
            raise PseudonymError(
                f"Line {row.line} of the review: its pseudonym holds a name. Nothing was changed; write another."
            )


def _adds_person(row: Decided) -> bool:
    return row.choice == Choice.ADD and row.kind == Kind.PERSON


def _stands(examined: Examined, row: Decided) -> bool:
    return bool(named_by_hand(examined.texts, row.original, Kind(row.kind), ""))


def _replaced(candidate: Candidate, row: Decided) -> Candidate:
    return with_pseudonym(candidate, row.pseudonym) if row.pseudonym else candidate


def _place(candidate: Candidate) -> tuple[int, int, int]:
    return candidate.place
