"""Which codings may be seen, and how codes and coders are named by people.

A coding is seen when it is not retired and its participant's newest consent still allows the interview and its
recording.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, count
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, select
from sqlmodel import Session, col

from storage.codes.codebook import ARROW, folded, paths_of
from storage.errors import StorageError
from storage.imports.coded_project import ProjectCode
from storage.interviews import is_consent_of
from storage.tables import CLOSED_STATES, Coder, Coding, Consent, Interview, Participant, Transcript, Version


def told(group: str = "") -> CTE:
    """Every version whose codings may be seen, of one group where it is named, as a table of a statement.

    Its columns are version_id, participant, group, starts_at (of the interview) and may_be_quoted. Worked out once:
    left to itself, SQLite looks all of it up for each coding.
    """
    query: Select[Any] = (
        select(
            col(Version.id).label("version_id"),
            col(Participant.code).label("participant"),
            col(Participant.group).label("group"),
            col(Interview.starts_at).label("starts_at"),
            col(Consent.quotation).label("may_be_quoted"),
        )
        .join(Transcript, col(Transcript.id) == Version.transcript_id)
        .join(Interview, col(Interview.id) == Transcript.interview_id)
        .join(Participant, col(Participant.code) == Interview.participant_code)
        .join(Consent, is_consent_of(col(Participant.code)))
        .where(col(Consent.interview), col(Consent.recording))
        .where(col(Interview.state).not_in(CLOSED_STATES))
    )
    if group:
        query = query.where(col(Participant.group) == group)
    return query.cte("told").prefix_with("MATERIALIZED")


def told_in(session: Session, group: str = "") -> dict[int, Any]:
    """The rows of `told` by version."""
    return {row.version_id: row for row in session.connection().execute(select(told(group)))}


def counted(session: Session, coder: str = "") -> list[ColumnElement[bool]]:
    """What holds of codings that count; of one coder's, where one is named. Raises StorageError where there is none."""
    live: ColumnElement[bool] = col(Coding.retired_by).is_(None)
    return [live, col(Coding.coder_id).in_(coder_ids(session, coder))] if coder else [live]


def named_paths(codebook: Iterable[ProjectCode]) -> dict[str, str]:
    """By GUID, the names from the top down to each code, such as 'Money > Rent', each once in the codebook.

    The second that is called alike has '(2)', and what is below it begins so. A code stands after what it is below.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for code in codebook:
        name = ARROW.join(filter(None, (names.get(code.parent_guid), code.name)))
        numbered = (f"{name} ({number})" for number in count(2))
        names[code.guid] = next(each for each in chain([name], numbered) if each not in taken)
        taken.add(names[code.guid])
    return names


def codes_named(codebook: Sequence[ProjectCode], name: str, *, below: bool = False) -> list[ProjectCode]:
    """The code of this name or path, and with `below` those below it. Raises StorageError where it is not just one.

    What the list shows is always one code, letter by letter: of two that are called alike the second has '(2)'.
    """
    shown = named_paths(codebook)
    asked = folded(name.split(ARROW.strip()))
    found = [guid for guid, path in paths_of(codebook).items() if folded(path)[-len(asked) :] == asked]
    as_shown = [guid for guid, path in shown.items() if folded(path.split(ARROW.strip())) == asked]
    tails = [guid for guid, path in shown.items() if folded(path.split(ARROW.strip()))[-len(asked) :] == asked]
    to_the_letter = [guid for guid, path in shown.items() if path == name.strip()]
    one = next((guids[0] for guids in (to_the_letter, as_shown, found, tails) if len(guids) == 1), "")
    if not one:
        if not found and not tails:
            raise StorageError(f"There is no code {name}. 'fieldcall codes list' shows those there are.")
        several = ", ".join(f"'{shown[guid]}'" for guid in found or tails)
        raise StorageError(f"There are several codes {name}: {several}. Name one of them in full.")
    wanted = {one}
    if below:
        parents = {code.guid: code.parent_guid for code in codebook}
        wanted |= {guid for guid in parents if one in _above(guid, parents)}
    return [code for code in codebook if code.guid in wanted]


def _above(guid: str, parents: Mapping[str, str]) -> Iterator[str]:
    """The codes that a code is below. A codebook has no circles."""
    while guid := parents.get(guid, ""):
        yield guid


def coder_ids(session: Session, name: str) -> Collection[int]:
    """The ids of the coders of this name. Raises StorageError where there is none."""
    coders = session.connection().execute(select(col(Coder.id), col(Coder.name))).all()
    found = [coder_id or 0 for coder_id, its_name in coders if folded([its_name]) == folded([name])]
    if not found:
        names = ", ".join(sorted({its_name for _, its_name in coders if its_name})) or "nobody yet"
        raise StorageError(f"There is no coder {name}; there is {names}.")
    return found
