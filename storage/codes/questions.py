"""What a researcher asks of the codings: quotes, codes by group, codes that go together, how often each is used.

Every answer comes from a statement or two over the indexes of `Coding`, however large the study.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlmodel
from sqlalchemy import CTE, ColumnElement, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from storage.codes.codebook import read_codebook
from storage.codes.seen import codes_named, counted, named_paths, told, told_in
from storage.imports.coded_project import ProjectCode
from storage.interviews import label
from storage.study import Study
from storage.tables import Code, Coder, Coding, Participant, Standing

_QUOTED: tuple[Any, ...] = (Coding.start_ms, Coding.end_ms, Coding.quote, Coding.reason, Coding.guid)

Place = tuple[int, str, int, int, int, int]  # version, style, coder, start, end, code


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that were given a code, with all that a citation needs."""

    code: str  # its path
    label: str  # of the interview, such as 'C_031_06/20'
    group: str
    start_ms: int | None
    end_ms: int | None
    coder: str
    words: str  # '' where only a stretch of the recording was coded
    may_be_quoted: bool  # whether the newest consent allows quotation
    reason: str  # why it is flagged, or ''
    guid: str


@dataclass(frozen=True, slots=True)
class CodeUse:
    """A code, and how much it is used."""

    code: ProjectCode
    path: str
    codings: int
    participants: int
    coders: int
    flagged: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many codings, and of how many participants."""

    codings: int = 0
    participants: int = 0


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows and columns by name, and a tally for every pair that is not nothing."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], Tally]

    def cell(self, row: str, column: str) -> Tally:
        return self.cells.get((row, column), Tally())


def quotes(
    session: Session,
    study: Study,
    *,
    code: str = "",
    below: bool = False,
    group: str = "",
    coder: str = "",
    limit: int = 0,
) -> list[Quote]:
    """What was given a code (any where none is named), by code, interview and time; with `below` those below it too.

    `limit` is how many are wanted, 0 all. Raises StorageError where there is no such code or coder, or several such
    codes.
    """
    codebook = read_codebook(session)
    paths = named_paths(codebook)
    ids = {guid: code_id for code_id, guid in _guids(session).items()}
    people, of_coder = told_in(session, group), counted(session, coder)
    found: list[Quote] = []
    for each in codes_named(codebook, code, below=below) if code else codebook:
        query = (
            select(col(Coding.version_id), *map(col, _QUOTED), col(Coder.name))
            .join(Coder, col(Coder.id) == Coding.coder_id)
            .where(col(Coding.code_id) == ids[each.guid], *of_coder)
        )
        rows = [
            (people[row.version_id], row) for row in session.connection().execute(query) if row.version_id in people
        ]
        rows.sort(key=lambda row: (row[0].participant, row[0].starts_at, row[1].start_ms or 0, row[1].guid))
        wanted = rows[: limit - len(found)] if limit else rows
        found += (_quote(paths[each.guid], study, at, row) for at, row in wanted)
        if limit and len(found) == limit:
            break
    return found


def _quote(path: str, study: Study, at: Any, row: Any) -> Quote:
    return Quote(
        code=path,
        label=label(at.participant, at.starts_at, study.zone),
        group=at.group,
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        coder=row.name,
        words=row.quote,
        may_be_quoted=at.may_be_quoted,
        reason=row.reason,
        guid=row.guid,
    )


def code_uses(session: Session) -> list[CodeUse]:
    """Every code of the codebook as a tree is read, with how much it is used."""
    at = told()
    flagged = func.count().filter(col(Coding.standing) == Standing.FLAGGED)
    query = (
        select(
            col(Coding.code_id),
            func.count(),
            func.count(at.c.participant.distinct()),
            func.count(col(Coding.coder_id).distinct()),
            flagged,
        )
        .join(at, _is_in(at))
        .where(*counted(session))
        .group_by(col(Coding.code_id))
    )
    guids = _guids(session)
    uses = {guids[code_id]: numbers for code_id, *numbers in session.connection().execute(query)}
    codebook = read_codebook(session)
    paths = named_paths(codebook)
    return [CodeUse(code, paths[code.guid], *uses.get(code.guid, (0, 0, 0, 0))) for code in codebook]


def matrix(session: Session, *, below: bool = False, coder: str = "") -> Matrix:
    """Codes by groups of participants. With `below` a code counts what is coded below it, too."""
    at, up = told(), _upward(below)
    query = (
        select(up.c.counts_for, at.c.group, func.count(), func.count(at.c.participant.distinct()))
        .select_from(Coding)
        .join(up, up.c.code_id == Coding.code_id)
        .join(at, _is_in(at))
        .where(*counted(session, coder))
        .group_by(up.c.counts_for, at.c.group)
    )
    found, guids = session.connection().execute(query).all(), _guids(session)
    groups = sqlmodel.select(Participant.group).distinct()
    codebook = read_codebook(session)
    paths = named_paths(codebook)
    return Matrix(
        rows=tuple(paths[code.guid] for code in codebook),
        columns=tuple(sorted(session.exec(groups))),
        cells={(paths[guids[code_id]], group): Tally(codings, people) for code_id, group, codings, people in found},
    )


def _guids(session: Session) -> dict[int, str]:
    """The GUIDs of codes by their ids."""
    return dict(session.connection().execute(select(col(Code.id), col(Code.guid))).all())  # type: ignore[arg-type]


def _is_in(at: CTE) -> ColumnElement[bool]:
    """A coding is of a version of `told`. The sum keeps SQLite from looking up codings by version, which takes twice
    as long as reading them in the order of their codes."""
    return at.c.version_id == col(Coding.version_id) + 0


def _upward(below: bool) -> CTE:
    """For every code, the codes that it counts for: itself and, if asked for, all that it is below."""
    up = select(col(Code.id).label("code_id"), col(Code.id).label("counts_for")).cte("up", recursive=True)
    if not below:
        return up
    parent = aliased(Code)
    higher = select(up.c.code_id, col(parent.parent_id)).join(parent, col(parent.id) == up.c.counts_for)
    return up.union_all(higher.where(col(parent.parent_id).is_not(None)))


def together(session: Session, *, coder: str = "") -> Matrix:
    """How often two codes share at least one character: pairs of codings of one coder in one text.

    What two coders gave to a passage are no pairs: that is their agreement. Codings that are flagged, and those of a
    stretch of the recording alone, have no characters.
    """
    people_in = {version_id: row.participant for version_id, row in told_in(session).items()}
    pairs: dict[tuple[int, int], int] = defaultdict(int)
    people: dict[tuple[int, int], set[str]] = defaultdict(set)
    for version_id, one, other in overlapping(_in_place(session, coder)):
        if version_id in people_in:
            pair = (one, other) if one < other else (other, one)
            pairs[pair] += 1
            people[pair].add(people_in[version_id])
    codebook = read_codebook(session)
    paths = named_paths(codebook)
    names = {code_id: paths[guid] for code_id, guid in _guids(session).items()}
    cells = {}
    for (one, other), count in pairs.items():
        tally = Tally(count, len(people[one, other]))
        cells[names[one], names[other]] = cells[names[other], names[one]] = tally
    used = {name for pair in cells for name in pair}
    rows = tuple(paths[code.guid] for code in codebook if paths[code.guid] in used)
    return Matrix(rows, rows, cells)


def _in_place(session: Session, coder: str) -> Iterable[Place]:
    """Where codings are: version, style, coder, start, end, code; in this order."""
    columns = (
        col(Coding.version_id),
        col(Coding.style),
        col(Coding.coder_id),
        col(Coding.start),
        col(Coding.end),
        col(Coding.code_id),
    )
    is_in_place = (col(Coding.standing) == Standing.KEPT, col(Coding.start).is_not(None))
    query = select(*columns).where(*counted(session, coder), *is_in_place).order_by(*columns)
    return session.connection().execute(query)  # type: ignore[return-value]


def overlapping(places: Iterable[Place]) -> Iterator[tuple[int, int, int]]:
    """Every two codings of different codes that share a character, as version and codes. Places are in order."""
    here, open_ones = None, list[tuple[int, int]]()
    for version_id, style, coder_id, start, end, code_id in places:
        if here != (version_id, style, coder_id):
            here, open_ones = (version_id, style, coder_id), []
        open_ones = [each for each in open_ones if each[0] > start]
        for _, other in open_ones:
            if other != code_id:
                yield version_id, other, code_id
        open_ones.append((end, code_id))
